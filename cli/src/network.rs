//! `medshare network`: found, start, stop and look at a network on this machine.

mod create;
mod processes;
mod status;

use anyhow::Result;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

pub use create::{CreateArgs, Founded, create};
pub use processes::{kill, running, spawn, start, stop};
pub use status::{ask, states};

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
    Start {
        /// Folder of the network.
        folder: PathBuf,
    },
    /// Stop all nodes in order.
    Stop {
        /// Folder of the network.
        folder: PathBuf,
    },
    /// Show validators, heights, lag and peers.
    Status {
        /// Folder of the network.
        folder: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// What went wrong, with what to do about it.
pub fn run(args: NetworkArgs, json: bool) -> Result<ExitCode> {
    match args.command {
        NetworkCommand::Create(args) => {
            let founded = create(&args)?;
            founded.print(json)
        }
        NetworkCommand::Start { folder } => {
            start(&folder)?;
            status::print(&states(&folder)?, json)
        }
        NetworkCommand::Stop { folder } => {
            let stopped = stop(&folder)?;
            processes::print_stopped(&stopped, json)
        }
        NetworkCommand::Status { folder } => status::print(&states(&folder)?, json),
    }
}
