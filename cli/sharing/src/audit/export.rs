//! `medshare audit export`.

use crate::Context;
use crate::new_file::Output;
use crate::told::Told;
use clap::Args;
use medshare_cli_terminal::{Answer, Failure, Progress};
use medshare_ledger::id::RequestorId;
use serde_json::json;
use std::path::PathBuf;

/// Store everything about a requestor as a bundle that verifies offline.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// RID.
    #[arg(long, value_name = "RID")]
    requestor: RequestorId,
    /// File to make; an existing one is never replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(args: &ExportArgs, context: &Context) -> Result<Answer, Failure> {
    let node = context.node()?;
    let mut output = Output::begin(&args.out)?;
    let progress = Progress::start(context.json(), "fetching the bundle");
    let bytes = node.download_bundle(args.requestor, output.writer()?).map_err(Told::told)?;
    output.finish()?;
    drop(progress);
    let file = args.out.display().to_string();
    let made = json!({"requestor": args.requestor.to_string(), "file": file, "bytes": bytes});
    Answer::new(&made, format!("stored {file} ({bytes} bytes)\nverify it: medshare audit verify {file}"))
}
