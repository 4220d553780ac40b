//! `medshare package list`.

use super::addressee::AddresseeArgs;
use crate::Context;
use crate::file_kind::told_apart;
use crate::told::Told;
use clap::Args;
use medshare_agent::session::PackageFile;
use medshare_cli_terminal::file_kind::PACKAGE;
use medshare_cli_terminal::{Answer, Failure, Table, TableArgs};
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
    #[command(flatten)]
    addressee: AddresseeArgs,
    #[command(flatten)]
    table: TableArgs,
}

pub fn run(args: &ListArgs, context: &Context) -> Result<Answer, Failure> {
    let verified = PackageFile::verify(&args.package, &context.facts()?);
    let package = verified.map_err(|error| told_apart(error.told(), &args.package, PACKAGE))?;
    args.addressee.check(&package)?;
    let files = &package.manifest().files;
    let json: Vec<Value> = files.iter().map(|file| json!({"name": file.name, "bytes": file.length})).collect();
    let mut table = Table::new(&["file", "bytes"]);
    files.iter().for_each(|file| table.row(vec![file.name.clone().into(), file.length.to_string().into()]));
    Answer::new(&json, table.text(args.table, "the package holds no files"))
}
