//! `medshare demo`: the whole story on a network of four processes, each step checked.
//!
//! Everything is done as a user does it: by running this program's own commands as processes of their own. What no command
//! can do, such as changing a request after it was signed, is sent to the nodes as an attacker would send it.

mod attacker;
mod cast;
mod commands;
mod ending;
mod outage;
mod package;
mod record;
mod story;

use crate::interrupted::withdraw_if_interrupted;
use anyhow::Result;
use clap::Args;
use medshare_cli_network::CreateArgs;
use medshare_cli_terminal::with_causes;
use record::Record;
use std::path::PathBuf;
use std::process::ExitCode;

/// The whole story, from founding a network to an audit with the network stopped.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  medshare demo
  medshare demo --source /data/fhir --keep /tmp/net

Exit code 0 only if every step did what it should. With --json one document:
{\"ok\":…, \"steps\":[{\"step\",\"ok\",\"ms\",\"detail\",\"messages\"}]}.")]
pub struct DemoArgs {
    /// Patients of the built-in synthetic cohort.
    #[arg(long, default_value_t = 200, conflicts_with = "source")]
    patients: usize,
    /// Folder with records instead of the cohort: FHIR R4 NDJSON, one file per resource type, or one CSV; plain or .gz.
    #[arg(long)]
    source: Option<PathBuf>,
    /// Leave the network running in this new folder, to play with.
    #[arg(long)]
    keep: Option<PathBuf>,
    /// First port on loopback; the four nodes take twelve.
    #[arg(long, default_value_t = 27_100)]
    base_port: u16,
}

/// Runs the demo.
///
/// # Errors
/// When the story cannot begin; steps that fail are reported, not returned.
pub fn run(args: DemoArgs, json: bool) -> Result<ExitCode> {
    let temporary = tempfile::Builder::new().prefix("medshare-demo-").tempdir()?;
    let folder = match &args.keep {
        Some(folder) => std::path::absolute(folder)?,
        None => temporary.path().join("network"),
    };
    let create = CreateArgs {
        folder,
        validators: Some(4),
        organisations: Vec::new(),
        name: "demo".to_owned(),
        base_port: args.base_port,
        authorities: vec!["UNIVERSITY".to_owned(), "ETHICS-BOARD".to_owned()],
        dataset: "records".to_owned(),
        source: args.source.clone(),
        deid: None,
        patients: args.patients,
        policy: "RESEARCHER@UNIVERSITY AND APPROVED@ETHICS-BOARD".to_owned(),
        purposes: vec!["HRESCH".to_owned(), "PUBHLTH".to_owned()],
        k: 5,
    };
    let mut record = Record::new(json);
    let undo = withdraw_if_interrupted(&create.folder, args.keep.is_none().then(|| temporary.path()));
    let told = story::tell(&create, args.keep.is_some(), &mut record);
    // An interruption ends the process here.
    drop(undo);
    if args.keep.is_none() {
        drop(medshare_cli_network::stop(&create.folder));
    }
    let unfinished = told.err().map(|error| with_causes(error.as_ref()));
    record.finish(unfinished)
}
