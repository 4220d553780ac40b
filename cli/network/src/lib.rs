//! `medshare network`: networks of node processes on this machine.
//!
//! They are founded, started, stopped and looked at; the other crates of commands use the same to try a network out.

#![forbid(unsafe_code)]

mod create;
mod founding;
mod guessed;
mod holder;
mod homes;
mod organisations;
mod ports;
mod probe;
mod process;
mod start;
mod started;
mod status;
mod stop;

use anyhow::Result;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use medshare_cli_terminal::interrupt::undo_if_interrupted;
use medshare_cli_terminal::{Exit, Failure, Progress, shell};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub use create::{CreateArgs, Founded, create};
pub use guessed::lines as guessed_lines;
pub use probe::ask;
pub use process::{kill, running, spawn};
pub use start::start;
pub use started::Started;
pub use status::{NetworkState, NodeState, states};
pub use stop::stop;

/// Found, start, stop and look at networks of nodes on this machine.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  medshare network create net --validators 4
  medshare network start net
  medshare network status net
  medshare network stop net
Every command of people then needs net/genesis.toml and the address of a node;
`medshare config` sets both once for all.")]
pub struct NetworkArgs {
    #[command(subcommand)]
    command: NetworkCommand,
}

#[derive(Subcommand, Debug)]
enum NetworkCommand {
    /// Found a network: keys, genesis, and a home for every node.
    #[command(after_help = "\
Examples:
  medshare network create /tmp/net --validators 4
  medshare network create /tmp/net --organisation HOSPITAL-A \\
      --source /data/fhir --k 10

Afterwards: medshare network start /tmp/net")]
    Create(Box<CreateArgs>),
    /// Start all nodes, each as a process of its own, and wait until heights advance.
    ///
    /// Every folder in nodes/ is a node's home; where the config.toml of one is missing or not valid, that is said and none is started.
    /// Waits for at most 60 seconds. A node that ends at once is named with its reason, and the others that were started end again; so
    /// they do on Ctrl-C. Nodes that only take long go on, and are named. Each writes node.log in its home, which is nodes/NAME in
    /// the folder. Nodes that run already stay as they are.
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
    /// every node answers, else with 1. One whose config.toml is missing or not valid is `broken`, with the reason below the table. A
    /// node that serves HTTPS is asked for the certificate that its config.toml names.
    Status {
        /// Folder of the network.
        folder: PathBuf,
    },
}

/// Starts the nodes; when this is interrupted, those that it started end with it, and that is said.
fn start_or_undo(folder: &Path, json: bool) -> Result<()> {
    let started = Started::default();
    let undo = {
        let (started, folder) = (started.clone(), shell::path(folder));
        move || {
            let message = format!("interrupted; {}", started.end());
            let hint = format!("`medshare network status {folder}` tells which nodes run");
            Failure::new(Exit::Failure, "interrupted", message).hint(hint).print(json);
        }
    };
    let _undo = undo_if_interrupted(undo);
    let progress = Progress::start(json, "starting the nodes");
    start(folder, &started, &|waiting| progress.say(&waiting))
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
            let folder = args.folder.clone();
            // What was made before it is undone first.
            let tell = move || {
                founding::interrupted(&folder).print(json);
            };
            let _told = undo_if_interrupted(tell);
            let bar = bytes_bar(json);
            let founded = create(&args, &|read, total| {
                bar.set_length(total);
                bar.set_position(read);
            });
            bar.finish_and_clear();
            founded?.print(json)
        }
        NetworkCommand::Start { folder } => {
            start_or_undo(&folder, json)?;
            status::print(&states(&folder)?, json)
        }
        NetworkCommand::Stop { folder } => {
            let stopped = stop(&folder)?;
            stop::print(&stopped, json)
        }
        NetworkCommand::Status { folder } => status::print(&states(&folder)?, json),
    }
}
