//! `medshare audit export`.

use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::known;
use crate::new_file::Output;
use crate::told::Told;
use crate::typed_id::TypedId;
use clap::Args;
use medshare_cli_terminal::{Answer, Failure, Progress, shell};
use medshare_ledger::id::RequestorId;
use serde_json::json;
use std::path::PathBuf;

/// Store everything about a requestor as a bundle that verifies offline.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// RID. The first digits are enough for your own, and for those who asked you for data; anybody else's is typed whole.
    #[arg(long, value_name = "RID")]
    requestor: TypedId<RequestorId>,
    #[command(flatten)]
    key: KeyFileArgs,
    /// File to make; an existing one is never replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(args: &ExportArgs, context: &Context) -> Result<Answer, Failure> {
    let node = context.node()?;
    let requestor = args.requestor.among(known::LIST, || known::requestors(&node, &args.key, context))?;
    let mut output = Output::begin(&args.out)?;
    let progress = Progress::start(context.json(), "fetching the bundle");
    let (_, file) = output.unfinished()?;
    let bytes = node.download_bundle(requestor, file).map_err(Told::told)?;
    output.finish()?;
    drop(progress);
    let file = args.out.display().to_string();
    let made = json!({"requestor": requestor.to_string(), "file": file, "bytes": bytes});
    let next = format!("medshare audit verify {}{}", shell::path(&args.out), context.typed());
    Answer::new(&made, format!("stored {file} ({bytes} bytes), of requestor {requestor}\nverify it: {next}"))
}
