//! What requests take while one validator of four is down, beside what they take while none is.

use super::crowd::ATTRIBUTES;
use super::latency::one;
use super::row::{Row, percentile};
use super::stage::Stage;
use anyhow::{Context as _, Result};
use medshare_cli_network::kill;
use medshare_genesis::keys::RequestorKeys;
use std::time::Duration;

const PATIENTS: usize = 100;
/// Requests one after another, in each state: each of the four proposers has many turns.
const REQUESTS: usize = 100;
/// For the others to see that it is gone.
const NOTICED: Duration = Duration::from_secs(5);

/// Measures both.
///
/// # Errors
/// When a request is not delivered.
pub fn measure() -> Result<Vec<Row>> {
    let stage = Stage::new(PATIENTS, 27_300)?;
    for (name, attribute) in ATTRIBUTES {
        stage.publish(&stage.authority(name)?, name, &[attribute.to_owned()])?;
    }
    let requestors = stage.requestors(1)?;
    let requestor = requestors.first().context("no requestor")?;
    // The first request reads the records.
    one(&stage, requestor)?;
    let mut rows = requests(&stage, requestor, 0)?;
    let last = stage.founded.nodes.last().context("no node")?;
    kill(&stage.layout.home(last))?;
    std::thread::sleep(NOTICED);
    rows.extend(requests(&stage, requestor, 1)?);
    Ok(rows)
}

fn requests(stage: &Stage, requestor: &RequestorKeys, down: usize) -> Result<Vec<Row>> {
    let mut samples = (0..REQUESTS).map(|_| one(stage, requestor)).collect::<Result<Vec<_>>>()?;
    let row = |metric: &str, value: f64| Row::new("outage", value, "s").with("down", down).with("metric", metric);
    let (median, slow) = (percentile(&mut samples, 0.5), percentile(&mut samples, 0.95));
    Ok(vec![row("p50", median), row("p95", slow), row("max", percentile(&mut samples, 1.0))])
}
