//! `medshare package open`.

use super::desk::{Desk, SessionArgs};
use crate::Context;
use crate::told::Told;
use clap::Args;
use medshare_cli_terminal::text::{short_tail, utc};
use medshare_cli_terminal::{Answer, Failure, Progress};
use serde_json::json;

/// Open a package: a node records it and transforms, the contract reports it, a session begins.
#[derive(Debug, Args)]
pub struct OpenArgs {
    #[command(flatten)]
    session: SessionArgs,
}

pub fn run(args: &OpenArgs, context: &Context) -> Result<Answer, Failure> {
    let desk = Desk::of(&args.session, context)?;
    let progress = Progress::start(context.json(), "opening: the network records it");
    let vault = args.session.vault.as_deref();
    let (session, opened) = desk.agent().open(&args.session.package, vault).map_err(Told::told)?;
    drop(progress);
    let package = session.package();
    let files = &package.manifest().files;
    let made = json!({
        "package": package.id().to_string(),
        "block": package.block().to_string(),
        "opening": opened.opening.to_string(),
        "report": opened.report,
        "lease": opened.lease.to_string(),
        "lease_expires": opened.expires.0,
        "session": opened.folder.display().to_string(),
        "files": files.iter().map(|file| json!({"name": file.name, "bytes": file.length})).collect::<Vec<_>>(),
    });
    let report = opened.report.map(|report| format!("reported as side-block {}\n", short_tail(&report.side_block)));
    let text = format!(
        "opened {}: {} files, recorded as side-block {}\n{}reports are taken until {}",
        args.session.package.display(),
        files.len(),
        short_tail(&opened.opening.to_string()),
        report.unwrap_or_default(),
        utc(opened.expires.0)
    );
    Answer::new(&made, text)
}
