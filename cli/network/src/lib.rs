//! `medshare network`: networks of node processes on this machine.
//!
//! They are founded, started, stopped and looked at; the other crates of commands use the same to try a network out.

#![forbid(unsafe_code)]

mod create;
mod homes;
mod process;
mod start;
mod status;
mod stop;

use anyhow::Result;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::PathBuf;
use std::process::ExitCode;

pub use create::{CreateArgs, Founded, create};
pub use process::{kill, running, spawn};
pub use start::start;
pub use status::{NodeState, ask, states};
pub use stop::stop;

/// Networks on this machine.
#[derive(Args, Debug)]
pub struct NetworkArgs {
    #[command(subcommand)]
    command: NetworkCommand,
}

#[derive(Subcommand, Debug)]
enum NetworkCommand {
    /// Found a network: keys, genesis, and a home for every node.
    #[command(
        after_help = "EXAMPLES:\n  medshare network create /tmp/net --validators 4\n  medshare network create /tmp/net --validators 4 --source /data/fhir --k 10\n\nAfterwards: medshare network start /tmp/net"
    )]
    Create(CreateArgs),
    /// Start all nodes, each as a process of its own, and wait until heights advance.
    ///
    /// Waits for at most 60 seconds; a node that ends at once is named with what it said last. Each writes node.log in its home,
    /// which is nodes/NAME in the folder. Nodes that run already stay as they are.
    Start {
        /// Folder of the network.
        folder: PathBuf,
    },
    /// Stop all nodes in order.
    ///
    /// Nothing is lost: `network start` goes on where they stopped.
    Stop {
        /// Folder of the network.
        folder: PathBuf,
    },
    /// Show validators, heights, lag and peers.
    ///
    /// Lag is how many batches a node is behind the farthest; waiting are entries that are not ordered yet. Ends with 0 when
    /// every node answers, else with 1.
    Status {
        /// Folder of the network.
        folder: PathBuf,
    },
}

/// How much of a source is read: in a terminal, not with `--json`.
fn bytes_bar(json: bool) -> ProgressBar {
    let is_seen = !json && console::Term::stderr().is_term();
    let target = if is_seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(0), target).with_message("reading the records");
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {bytes}/{total_bytes}") {
        bar.set_style(style);
    }
    bar
}

/// Runs the command.
///
/// # Errors
/// What went wrong, with what to do about it.
pub fn run(args: NetworkArgs, json: bool) -> Result<ExitCode> {
    match args.command {
        NetworkCommand::Create(args) => {
            let bar = bytes_bar(json);
            let founded = create(&args, &|read, total| {
                bar.set_length(total);
                bar.set_position(read);
            });
            bar.finish_and_clear();
            founded?.print(json)
        }
        NetworkCommand::Start { folder } => {
            start(&folder)?;
            status::print(&states(&folder)?, json)
        }
        NetworkCommand::Stop { folder } => {
            let stopped = stop(&folder)?;
            stop::print(&stopped, json)
        }
        NetworkCommand::Status { folder } => status::print(&states(&folder)?, json),
    }
}
