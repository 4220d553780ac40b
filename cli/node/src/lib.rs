//! `medshare node`: run one node from its home.

#![forbid(unsafe_code)]

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

/// Unless asked for otherwise: warnings, and this program's own news, whose crates' names all begin with `medshare`. The engine's
/// network reports every failed dial as an error while peers are still starting; who is connected, status and metrics tell.
const DEFAULT_LOG: &str = "warn,arc_malachitebft_network=off,medshare=info";

/// One node.
#[derive(Args, Debug)]
pub struct NodeArgs {
    #[command(subcommand)]
    command: NodeCommand,
}

#[derive(Subcommand, Debug)]
enum NodeCommand {
    /// Run the node of a home in the foreground until it is told to stop (SIGTERM, Ctrl-C).
    #[command(
        after_help = "The home holds config.toml, genesis.toml, keys/, log/, views/, wal/, private/ and packages/.\nRUST_LOG sets what is logged, e.g. RUST_LOG=debug.\n\nEXIT CODES: 0 stopped in order, 1 could not start or had to halt."
    )]
    Start {
        /// The node's home.
        #[arg(long)]
        home: PathBuf,
        /// File with the passphrase of the node's key; MEDSHARE_PASSPHRASE works as well.
        #[arg(long)]
        passphrase_file: Option<PathBuf>,
        /// Log as JSON lines.
        #[arg(long)]
        log_json: bool,
    },
}

/// Runs the command.
///
/// # Errors
/// What went wrong, with what to do about it.
pub fn run(args: NodeArgs) -> Result<ExitCode> {
    let NodeCommand::Start { home, passphrase_file, log_json } = args.command;
    log(log_json);
    if home.is_dir() && !home.join("config.toml").exists() {
        anyhow::bail!(
            "{} is no node's home, which holds a config.toml; in a network made by `medshare network create` the homes are in nodes/",
            home.display()
        );
    }
    let passphrase = passphrase(passphrase_file.as_deref())?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(serve(&home, passphrase.as_deref().map(Vec::as_slice)))
}

async fn serve(home: &Path, passphrase: Option<&[u8]>) -> Result<ExitCode> {
    let mut node = medshare_node::run::start(home, passphrase).await?;
    let mut term = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    tokio::select! {
        reason = node.halted() => {
            tracing::error!(%reason, "the node halted");
            return Ok(ExitCode::FAILURE);
        }
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    tracing::info!("stopping");
    node.stop().await;
    Ok(ExitCode::SUCCESS)
}

fn log(json: bool) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    if json { builder.json().init() } else { builder.init() }
}

fn passphrase(file: Option<&Path>) -> Result<Option<Zeroizing<Vec<u8>>>> {
    match file {
        Some(path) => {
            let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let end = text.iter().rposition(|b| !matches!(b, b'\n' | b'\r')).map_or(0, |i| i + 1);
            Ok(Some(Zeroizing::new(text.get(..end).unwrap_or_default().to_vec())))
        }
        None => Ok(std::env::var_os("MEDSHARE_PASSPHRASE").map(|text| Zeroizing::new(text.into_encoded_bytes()))),
    }
}
