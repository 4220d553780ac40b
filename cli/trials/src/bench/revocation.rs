//! From the moment a violation is reported to the moment every node refuses.

use super::crowd::ATTRIBUTES;
use super::row::{Row, percentile};
use super::stage::Stage;
use anyhow::{Context as _, Result, bail};
use medshare_agent::client::{NodeClient, Proof};
use medshare_agent::request::{Following, follow, sign_request};
use medshare_agent::session::{Agent, PackageFile, SessionError};
use medshare_contract_abi::Action;
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::id::BlockId;
use medshare_ledger::purpose::{ActReason, Purpose};
use rand_core::OsRng;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

const SAMPLES: usize = 100;
const PATIENTS: usize = 60;
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures violations one after the other, each by a requestor of its own.
///
/// # Errors
/// When a violation is not refused everywhere.
pub fn measure() -> Result<Vec<Row>> {
    let stage = Stage::new(PATIENTS, 27_300)?;
    for (name, attribute) in ATTRIBUTES {
        stage.publish(&stage.authority(name)?, name, &[attribute.to_owned()])?;
    }
    let nodes: Vec<NodeClient> = (0..stage.founded.urls.len()).map(|i| stage.client(i)).collect::<Result<_>>()?;
    let desk = tempfile::tempdir()?;
    let mut samples = Vec::new();
    for (number, keys) in stage.requestors(SAMPLES)?.iter().enumerate() {
        stage.equip(keys)?;
        let path = desk.path().join(format!("{number}.package"));
        samples.push(violation(&stage, keys, &path, &nodes)?);
    }
    let row =
        |metric: &str, value: f64| Row::new("revocation", value, "ms").with("metric", metric).with("samples", SAMPLES);
    Ok(vec![row("p50", percentile(&mut samples, 0.5)), row("p99", percentile(&mut samples, 0.99))])
}

fn violation(stage: &Stage, keys: &RequestorKeys, path: &Path, nodes: &[NodeClient]) -> Result<f64> {
    let client = nodes.first().context("no node")?;
    let purpose = Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: Vec::new() };
    let signed = sign_request(&stage.facts, stage.dataset()?, purpose, PATIENCE, &keys.signing, &mut OsRng);
    let status = client.send_request(&signed)?;
    follow(&Following::at_owner(client, signed.hash(), PATIENCE), status, |_| ())?;
    client.download_package(&signed.hash(), None, Proof::Request(&signed.encode()), &mut File::create_new(path)?)?;
    let block = PackageFile::verify(path, &stage.facts)?.block();
    let agent = Agent { facts: &stage.facts, keys, node: client };
    let (mut session, _) = agent.open(path, None)?;
    let began = Instant::now();
    match session.act(Action::Copy, medshare_contract_abi::usage::Comment::default()) {
        Err(SessionError::Violation { .. }) => {}
        Err(other) => return Err(other.into()),
        Ok(_) => bail!("a violation was allowed"),
    }
    for node in nodes {
        refused(node, block)?;
    }
    Ok(began.elapsed().as_secs_f64() * 1000.0)
}

/// Waits until a node no longer lets the package be opened.
fn refused(node: &NodeClient, block: BlockId) -> Result<()> {
    let began = Instant::now();
    while node.permission(block)?.status != "revoked" {
        if began.elapsed() > PATIENCE {
            bail!("a node does not learn of the revocation");
        }
    }
    Ok(())
}
