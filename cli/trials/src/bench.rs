//! `medshare bench`: whole-process measurements on a network of four processes; `scripts/bench` calls it.

mod commit;
mod crowd;
mod idle;
mod latency;
mod memory;
mod outage;
mod revocation;
mod row;
mod stage;

use anyhow::Result;
use clap::{Args, ValueEnum};
use medshare_cli_terminal::Answer;
use row::Row;
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measurements of whole networks on this machine.
#[derive(Args, Debug)]
#[command(after_help = "\
With --json one array of flat objects: {\"bench\",\"value\",\"unit\", and what tells
it apart}.")]
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
    /// Requests one after another, with all four validators and with one of them down.
    Outage,
    /// Bytes of log and views, and bytes written, for a height without entries.
    Idle,
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
        Measurement::Outage => outage::measure()?,
        Measurement::Idle => idle::measure()?,
    };
    let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
    let rows: Vec<Value> = rows.iter().map(Row::json).collect();
    Answer::new(&rows, lines.join("\n"))?.print(as_json)?;
    Ok(ExitCode::SUCCESS)
}
