//! `medshare aggregate encrypt | decrypt | inspect`.

use std::path::PathBuf;

use clap::Args;
use medshare_crypto::class_file::{open_file, seal_file};
use medshare_crypto::key_aggregate::{AggregateKey, AggregateOwnerPublic, AggregateParameters, ClassCiphertext};
use rand_core::OsRng;
use serde_json::json;

use super::owner::read_public;
use super::parameters;
use crate::scheme::file::{ENCRYPT, InspectArgs, Passage, PlainFileArgs, SealedFileArgs};
use crate::scheme::handed::{AGGREGATE_KEY, read};
use crate::scheme::output::Output;
use crate::scheme::secrets::Protection;
use crate::scheme::stored::{read_header, sizes};

/// Whose files these are.
#[derive(Debug, Args)]
struct OwnerArgs {
    /// The public parameters.
    #[arg(long, value_name = "FILE")]
    parameters: PathBuf,
    /// The owner's public file.
    #[arg(long, value_name = "FILE")]
    owner: PathBuf,
}

#[derive(Debug, Args)]
pub struct EncryptArgs {
    #[command(flatten)]
    owner: OwnerArgs,
    /// The file's class, from 1.
    #[arg(long)]
    class: u16,
    #[command(flatten)]
    file: PlainFileArgs,
}

#[derive(Debug, Args)]
pub struct DecryptArgs {
    #[command(flatten)]
    owner: OwnerArgs,
    /// Your key file, as `medshare party accept` made it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    file: SealedFileArgs,
}

impl OwnerArgs {
    fn read(&self) -> anyhow::Result<(AggregateParameters, AggregateOwnerPublic)> {
        let parameters = parameters::read(&self.parameters)?;
        let owner = read_public(&self.owner, &parameters)?;
        Ok((parameters, owner))
    }
}

pub fn encrypt(args: &EncryptArgs, output: Output) -> anyhow::Result<()> {
    let PlainFileArgs { input, out } = &args.file;
    let (parameters, owner) = args.owner.read()?;
    let passage = Passage::between(input, out, output)?;
    let bytes =
        passage.through(ENCRYPT, |from, to| seal_file(&owner, &parameters, args.class, from, to, &mut OsRng))?;
    output.print(&[("file", json!(out.display().to_string())), ("class", json!(args.class)), ("bytes", json!(bytes))])
}

pub fn decrypt(args: &DecryptArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let SealedFileArgs { input, out } = &args.file;
    let (parameters, owner) = args.owner.read()?;
    let key = read(&args.key, AGGREGATE_KEY, secrets, AggregateKey::from_bytes)?;
    let passage = Passage::between(input, out, output)?;
    let bytes = passage.through("open", |from, to| open_file(&key, &owner, &parameters, from, to))?;
    output.print(&[("file", json!(out.display().to_string())), ("bytes", json!(bytes))])
}

pub fn inspect(args: &InspectArgs, output: Output) -> anyhow::Result<()> {
    let header = read_header::<ClassCiphertext>(&args.input)?;
    let [inside, stored] = sizes(&args.input, &header)?;
    let class = json!(header.capsule().class());
    output.print(&[("class", class), ("record", json!(header.record().to_string())), inside, stored])
}
