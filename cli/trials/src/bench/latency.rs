//! The paper's Table 1 again: concurrent requestors, from request sent to package received, every stage included.

use super::crowd::ATTRIBUTES;
use super::row::{Row, percentile};
use super::stage::Stage;
use anyhow::{Result, anyhow};
use medshare_agent::client::Proof;
use medshare_agent::request::{Following, follow, sign_request};
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::purpose::{ActReason, Purpose};
use rand_core::OsRng;
use std::sync::Barrier;
use std::time::{Duration, Instant};

const PATIENTS: usize = 1_000;
const CROWDS: [usize; 8] = [5, 10, 15, 20, 30, 40, 50, 100];
/// Total seconds that the paper reports for the smallest and the largest crowd (MeDShare, Table 1).
const PAPER: [(usize, f64); 2] = [(5, 53.40), (100, 1_286.73)];
const PATIENCE: Duration = Duration::from_secs(300);

/// Measures every crowd.
///
/// # Errors
/// When a request is not delivered.
pub fn measure() -> Result<Vec<Row>> {
    let stage = Stage::new(PATIENTS, 27_300)?;
    for (name, attribute) in ATTRIBUTES {
        stage.publish(&stage.authority(name)?, name, &[attribute.to_owned()])?;
    }
    let requestors = stage.requestors(CROWDS.into_iter().max().unwrap_or(1))?;
    // The first request reads the records; a server that has just started is not what is measured.
    if let Some(first) = requestors.first() {
        one(&stage, first)?;
    }
    let mut rows = Vec::new();
    for count in CROWDS {
        let (total, mut samples) = crowd(&stage, requestors.get(..count).unwrap_or_default())?;
        let row =
            |metric: &str, value: f64| Row::new("latency", value, "s").with("requestors", count).with("metric", metric);
        let mut total_row = row("total", total);
        if let Some((_, paper)) = PAPER.iter().find(|(requestors, _)| *requestors == count) {
            total_row = total_row.with("paper_s", *paper);
        }
        rows.extend([total_row, row("p50", percentile(&mut samples, 0.5)), row("p95", percentile(&mut samples, 0.95))]);
    }
    Ok(rows)
}

fn crowd(stage: &Stage, requestors: &[RequestorKeys]) -> Result<(f64, Vec<f64>)> {
    let barrier = Barrier::new(requestors.len() + 1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = requestors
            .iter()
            .map(|keys| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    one(stage, keys)
                })
            })
            .collect();
        barrier.wait();
        let began = Instant::now();
        let samples: Result<Vec<f64>> =
            threads.into_iter().map(|t| t.join().map_err(|_| anyhow!("a requestor's thread failed"))?).collect();
        Ok((began.elapsed().as_secs_f64(), samples?))
    })
}

/// One request, from its signature to the last byte of its package, in seconds.
///
/// # Errors
/// When it is not delivered.
pub fn one(stage: &Stage, keys: &RequestorKeys) -> Result<f64> {
    let client = stage.client(0)?;
    let purpose = Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: Vec::new() };
    let began = Instant::now();
    let signed = sign_request(&stage.facts, stage.dataset()?, purpose, PATIENCE, &keys.signing, &mut OsRng);
    let status = client.send_request(&signed)?;
    follow(&Following::at_owner(&client, signed.hash(), PATIENCE), status, |_| ())?;
    let bytes =
        client.download_package(&signed.hash(), None, Proof::Request(&signed.encode()), &mut std::io::sink())?;
    anyhow::ensure!(bytes > 0, "an empty package was delivered");
    Ok(began.elapsed().as_secs_f64())
}
