//! `medshare package list`.

use crate::answer::Answer;
use crate::context::Context;
use crate::failure::Failure;
use crate::passphrase::PassphraseArgs;
use crate::text::table;
use clap::Args;
use medshare_agent::session::{PackageFile, SessionError};
use medshare_genesis::keys::{RequestorKeys, StoredKeys as _};
use serde_json::{Value, json};
use std::path::PathBuf;

/// List the files in a package.
///
/// Their names and sizes stand in the open: listing needs no key and is no action. With --key it fails unless the package was
/// made for that key.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Package file.
    package: PathBuf,
    /// Key file that the package should be for.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub fn run(args: &ListArgs, context: &Context) -> Result<Answer, Failure> {
    let package = PackageFile::verify(&args.package, &context.facts()?)?;
    if let Some(key) = &args.key
        && args.passphrase.open(key, RequestorKeys::load)?.id() != package.manifest().requestor
    {
        return Err(SessionError::NotYours.into());
    }
    let files = &package.manifest().files;
    let json: Vec<Value> = files.iter().map(|file| json!({"name": file.name, "bytes": file.length})).collect();
    let rows: Vec<Vec<String>> = files.iter().map(|file| vec![file.name.clone(), file.length.to_string()]).collect();
    Answer::new(&json, table(&["file", "bytes"], &rows, "the package holds no files"))
}
