//! `medshare node`: run one node from its home.

#![forbid(unsafe_code)]

mod writer;

use crate::writer::AsFarAsPossible;
use anyhow::{Context as _, Result, anyhow};
use clap::{Args, Subcommand};
use medshare_cli_terminal::interrupt::{Listener, leave_the_end_to_listeners};
use medshare_cli_terminal::passphrase::PassphraseArgs;
use medshare_cli_terminal::{Exit, Failure};
use medshare_genesis::key_files;
use rustix::fs::Mode;
use rustix::process::umask;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::SignalKind;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, fmt, reload};

/// Unless asked for otherwise: warnings, and this program's own news, whose crates' names all begin with `medshare`. The engine's
/// network reports every failed dial as an error while peers are still starting; who is connected, status and metrics tell.
const DEFAULT_LOG: &str = "warn,arc_malachitebft_network=off,medshare=info";

/// While the node stops, by default: the engine warns that one of its parts ended, which it was told to.
const STOPPING_LOG: &str = "warn,arc_malachitebft_network=off,arc_malachitebft_engine=error,medshare=info";

const LOG_VARIABLE: &str = "RUST_LOG";

/// What is logged, which can change.
type Filter = reload::Handle<EnvFilter, Registry>;

/// Exit code of a node that had to halt.
const HALTED: i32 = 1;

/// Run one node from its home.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  medshare node start --home net/nodes/HOSPITAL-A
`medshare network create` makes homes, and `medshare network start` runs those
of one machine together.")]
pub struct NodeArgs {
    #[command(subcommand)]
    command: NodeCommand,
}

#[derive(Subcommand, Debug)]
enum NodeCommand {
    /// Run the node of a home in the foreground until it is told to stop (SIGTERM, Ctrl-C).
    #[command(after_help = "\
The home holds config.toml, genesis.toml, keys/, log/, views/, wal/, private/
and packages/. RUST_LOG sets what is logged, e.g. RUST_LOG=debug.

Exit codes: 0 stopped in order, 1 could not start or had to halt.")]
    Start {
        /// The node's home.
        #[arg(long)]
        home: PathBuf,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        /// Log as JSON lines.
        #[arg(long)]
        log_json: bool,
    },
}

/// Runs the command.
///
/// # Errors
/// What went wrong, with what to do about it.
pub fn run(args: NodeArgs) -> Result<ExitCode, Failure> {
    let NodeCommand::Start { home, passphrase, log_json } = args.command;
    // Whatever a node writes is its user's alone, also what libraries write.
    umask(Mode::RWXG | Mode::RWXO);
    let filter = log(log_json)?;
    if home.is_dir() && !home.join("config.toml").exists() {
        return Err(anyhow!(
            "{} is no node's home, which holds a config.toml; in a network made by `medshare network create` the homes are in nodes/",
            home.display()
        )
        .into());
    }
    let key = home.join("keys").join("node.key");
    // A file that cannot be read is told with everything else that keeps the node from starting.
    let is_encrypted = key_files::read(&key).is_ok_and(|file| file.is_encrypted());
    let passphrase = if is_encrypted { passphrase.of_key_file(&key)? } else { None };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    Ok(runtime.block_on(serve(&home, passphrase.as_deref().map(Vec::as_slice), filter))?)
}

async fn serve(home: &Path, passphrase: Option<&[u8]>, filter: Option<Filter>) -> Result<ExitCode> {
    let mut node = medshare_node::run::start(home, passphrase).await?;
    let mut terminate = Listener::of(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = Listener::of(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    // The question for a passphrase listened, too.
    leave_the_end_to_listeners();
    tokio::select! {
        reason = node.halted() => {
            tracing::error!(%reason, "the node halted");
            // At once: whatever waits for the disk that failed, or meets it once more as it is dropped, must not keep the process.
            std::process::exit(HALTED);
        }
        () = terminate.heard() => {}
        () = interrupt.heard() => {}
    }
    tracing::info!("stopping");
    // Where it cannot be changed, a line too much is logged.
    filter.into_iter().for_each(|filter| drop(filter.reload(EnvFilter::new(STOPPING_LOG))));
    node.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Begins to log. Returns the filter where nobody chose another one.
fn log(json: bool) -> Result<Option<Filter>, Failure> {
    let wanted = std::env::var(LOG_VARIABLE).ok().filter(|wanted| !wanted.trim().is_empty());
    let is_chosen = wanted.is_some();
    let filter = match wanted {
        Some(wanted) => EnvFilter::try_new(wanted).map_err(|error| {
            let message = format!("{LOG_VARIABLE} does not say what to log: {error}");
            Failure::new(Exit::Usage, "usage", message)
                .hint(format!("say for instance {LOG_VARIABLE}=debug, or unset it"))
        })?,
        None => EnvFilter::new(DEFAULT_LOG),
    };
    let (filter, handle) = reload::Layer::new(filter);
    let lines = fmt::layer().with_ansi(false).log_internal_errors(false);
    let lines = lines.with_writer(|| AsFarAsPossible(std::io::stderr()));
    let lines = if json { lines.json().boxed() } else { lines.boxed() };
    tracing_subscriber::registry().with(filter).with(lines).init();
    Ok((!is_chosen).then_some(handle))
}
