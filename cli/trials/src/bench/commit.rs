//! Entries per second through four validators: attribute grants, submitted to all nodes at once.

use super::row::Row;
use super::stage::Stage;
use anyhow::{Context as _, Result, anyhow};
use medshare_agent::clock;
use medshare_crypto::hash::sha256;
use medshare_ledger::codec;
use medshare_ledger::entry::{AttributeGrant, Entry};
use medshare_ledger::entry_chain::EntryChain;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Name of the rate among the metrics.
const RATE: &str = "entries_per_second";
const AUTHORITY: &str = "UNIVERSITY";
/// Fewer of each than the ledger lets a requestor hold of one authority.
const ATTRIBUTES: usize = 10;
const REQUESTORS: usize = 500;
const SENDERS: usize = 16;
const LIMIT: Duration = Duration::from_secs(120);

/// Which execution this binary was built with.
const CASE: &str = if cfg!(feature = "empty-execution") { "empty" } else { "full" };

/// Measures how fast the network orders and executes; beside another program, how its rate compares.
///
/// # Errors
/// When entries are not decided.
pub fn measure(beside: Option<&Path>) -> Result<Vec<Row>> {
    let mut rows = own()?;
    if let Some(program) = beside {
        let rate = rows.first().context("nothing was measured")?.value;
        let other = rate_of(program)?;
        rows.push(row("empty", RATE, other, "1/s"));
        rows.push(row("full over empty", "ratio", rate / other, ""));
    }
    Ok(rows)
}

fn own() -> Result<Vec<Row>> {
    let stage = Stage::new(20, 27_300)?;
    let authority = stage.authority(AUTHORITY)?;
    let attributes: Vec<String> = (0..ATTRIBUTES).map(|i| format!("A{i:03}@{AUTHORITY}")).collect();
    stage.publish(&authority, AUTHORITY, &attributes)?;
    let requestors = stage.requestors(REQUESTORS)?;
    let mut entries = Vec::new();
    for attribute in &attributes {
        for requestor in &requestors {
            let grant = AttributeGrant {
                network: stage.facts.network(),
                authority: AUTHORITY.parse()?,
                requestor: requestor.id(),
                attribute: attribute.clone(),
                version: 1,
                proxy_key: sha256(attribute.as_bytes()),
                revocations: EntryChain::default(),
                at: clock::now(),
            };
            let signature = authority.signing.sign(&grant);
            entries.push(codec::encode(&Entry::AttributeGrant(grant, signature)));
        }
    }
    let before = history(&stage)?;
    let began = Instant::now();
    send(&stage, &entries)?;
    let sent = began.elapsed();
    let target = before + entries.len() as u64;
    loop {
        let decided = history(&stage)?;
        if decided >= target {
            break;
        }
        let left = target - decided;
        anyhow::ensure!(began.elapsed() < LIMIT, "{left} of {} entries are not decided in time", entries.len());
        std::thread::sleep(Duration::from_millis(10));
    }
    let seconds = began.elapsed().as_secs_f64();
    Ok(vec![
        row(CASE, RATE, entries.len() as f64 / seconds, "1/s"),
        row(CASE, "sending", sent.as_secs_f64(), "s"),
        row(CASE, "total", seconds, "s"),
    ])
}

fn row(case: &str, metric: &str, value: f64, unit: &'static str) -> Row {
    Row::new("commit", value, unit).with("case", case).with("metric", metric)
}

/// The rate that another program measures.
fn rate_of(program: &Path) -> Result<f64> {
    let output = Command::new(program).args(["--json", "bench", "commit"]).stderr(Stdio::inherit()).output()?;
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{} did not measure anything", program.display()))?;
    let rate = rows.iter().find(|row| row["metric"] == RATE).and_then(|row| row["value"].as_f64());
    rate.context("the other program measured no rate")
}

fn history(stage: &Stage) -> Result<u64> {
    Ok(stage.client(0)?.status()?.history_size)
}

fn send(stage: &Stage, entries: &[Vec<u8>]) -> Result<()> {
    let share = entries.len().div_ceil(SENDERS);
    std::thread::scope(|scope| {
        let threads: Vec<_> = entries
            .chunks(share)
            .enumerate()
            .map(|(i, chunk)| {
                scope.spawn(move || -> Result<()> {
                    let url = stage.founded.urls.get(i % stage.founded.urls.len()).context("no node")?;
                    let agent =
                        medshare_lookup::agent(ureq::config::Config::builder().timeout_global(Some(LIMIT)).build());
                    for entry in chunk {
                        agent.post(format!("{url}/v1/entries")).send(entry.as_slice())?.body_mut().read_to_vec()?;
                    }
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|t| t.join().map_err(|_| anyhow!("a sender failed"))?)
    })
}
