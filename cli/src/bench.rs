//! `medshare bench`: whole-process measurements on a network of four processes; `scripts/bench` calls it.

mod commit;
mod crowd;
mod latency;
mod memory;
mod revocation;
mod stage;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measurements of whole networks on this machine.
#[derive(Args, Debug)]
#[command(
    after_help = "With --json one array of flat objects: {\"bench\",\"value\",\"unit\", and what tells it apart}."
)]
pub struct BenchArgs {
    /// What to measure.
    #[arg(value_enum)]
    what: Measurement,

    /// For `commit`: this program again, built with empty execution, to be measured afterwards.
    #[arg(long, value_name = "PROGRAM")]
    beside: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Measurement {
    /// Concurrent requestors, from request sent to package received (the paper's Table 1).
    Latency,
    /// From a reported violation to refusal at every node.
    Revocation,
    /// Entries per second through four validators.
    Commit,
    /// Largest resident set of a node after a demo's work.
    Memory,
}

/// One measured value.
pub struct Row {
    bench: &'static str,
    value: f64,
    unit: &'static str,
    rest: Vec<(&'static str, Value)>,
}

impl Row {
    /// A value with its unit.
    pub const fn new(bench: &'static str, value: f64, unit: &'static str) -> Self {
        Self { bench, value, unit, rest: Vec::new() }
    }

    /// What tells it apart.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.rest.push((name, value.into()));
        self
    }

    fn json(&self) -> Value {
        let rounded = (self.value * 1000.0).round() / 1000.0;
        let mut object = serde_json::Map::new();
        object.insert("bench".to_owned(), self.bench.into());
        object.insert("value".to_owned(), rounded.into());
        object.insert("unit".to_owned(), self.unit.into());
        object.extend(self.rest.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Value::Object(object)
    }
}

/// Runs a measurement and prints its rows.
///
/// # Errors
/// When the network does not do what it should.
pub fn run(args: &BenchArgs, as_json: bool) -> Result<ExitCode> {
    let rows = match args.what {
        Measurement::Latency => latency::measure()?,
        Measurement::Revocation => revocation::measure()?,
        Measurement::Commit => commit::measure(args.beside.as_deref())?,
        Measurement::Memory => memory::measure()?,
    };
    let mut out = std::io::stdout().lock();
    if as_json {
        let rows: Vec<Value> = rows.iter().map(Row::json).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
    } else {
        for row in &rows {
            let rest: Vec<String> = row
                .rest
                .iter()
                .map(|(name, value)| format!("{name}={}", value.to_string().trim_matches('"')))
                .collect();
            writeln!(out, "{:<12} {:<40} {:>12.3} {}", row.bench, rest.join(" "), row.value, row.unit)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The value below which this share of the sorted samples lies.
pub fn percentile(samples: &mut [f64], share: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position among the samples")]
    let position = ((samples.len() as f64 * share).ceil() as usize).clamp(1, samples.len().max(1));
    samples.get(position - 1).copied().unwrap_or(f64::NAN)
}
