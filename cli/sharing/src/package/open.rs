//! `medshare package open`.

use super::desk::{Desk, SessionArgs};
use super::ended::not_opened;
use crate::Context;
use crate::waiting::{Again, while_deciding};
use clap::Args;
use medshare_cli_terminal::text::{short_tail, utc};
use medshare_cli_terminal::{Answer, Failure, counted};
use serde_json::json;

/// Open a package: a node records it and transforms, the contract reports it, a session begins.
#[derive(Debug, Args)]
pub struct OpenArgs {
    #[command(flatten)]
    session: SessionArgs,
}

pub fn run(args: &OpenArgs, context: &Context) -> Result<Answer, Failure> {
    let desk = Desk::of(&args.session, context)?;
    let vault = args.session.vault.as_deref();
    let what = "opening: waiting until the network records it";
    let opened =
        while_deciding(context, desk.node(), what, Again::Opens, || desk.agent().open(&args.session.package, vault));
    let (session, opened) = opened.map_err(|error| not_opened(error, &desk, &args.session.package))?;
    let package = session.package();
    let files = &package.manifest().files;
    let made = json!({
        "package": package.id().to_string(),
        "block": package.block().to_string(),
        "opening": opened.opening.to_string(),
        "report": opened.report,
        "lease": opened.lease.to_string(),
        "lease_expires": opened.expires.0,
        "disowned": opened.disowned,
        "session": opened.folder.display().to_string(),
        "files": files.iter().map(|file| json!({"name": file.name, "bytes": file.length})).collect::<Vec<_>>(),
    });
    let report = opened.report.map(|report| format!("reported as side-block {}\n", short_tail(&report.side_block)));
    let disowned = opened.disowned.map(|node| {
        format!(
            "\n{node} had said that it recorded the opening before, and did not: its reports are kept; tell the owner"
        )
    });
    let text = format!(
        "opened {}: {}, recorded as side-block {}\n{}reports are taken until {}{}",
        args.session.package.display(),
        counted(files.len(), "file", "files"),
        short_tail(&opened.opening.to_string()),
        report.unwrap_or_default(),
        utc(opened.expires.0),
        disowned.unwrap_or_default()
    );
    Answer::new(&made, text)
}
