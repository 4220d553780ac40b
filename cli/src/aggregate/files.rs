//! `medshare aggregate encrypt | decrypt | inspect`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use medshare_crypto::class_file::{open_file, seal_file};
use medshare_crypto::key_aggregate::{AggregateKey, ClassCiphertext};
use medshare_crypto::stream::plaintext_len;
use rand_core::OsRng;
use serde_json::json;

use super::owner::read_public;
use super::parameters;
use crate::scheme::handed::{AGGREGATE_KEY, read};
use crate::scheme::input::open_input;
use crate::scheme::output::{NewFile, Output};
use crate::scheme::secrets::Protection;
use crate::scheme::stored::read_header;

#[derive(Debug, Args)]
pub struct EncryptArgs {
    /// The public parameters.
    #[arg(long, value_name = "FILE")]
    parameters: PathBuf,
    /// The owner's public file.
    #[arg(long, value_name = "FILE")]
    owner: PathBuf,
    /// The file's class, from 1.
    #[arg(long)]
    class: u16,
    /// The file to encrypt; - is standard input.
    input: PathBuf,
    /// The encrypted file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct DecryptArgs {
    /// The public parameters.
    #[arg(long, value_name = "FILE")]
    parameters: PathBuf,
    /// The owner's public file.
    #[arg(long, value_name = "FILE")]
    owner: PathBuf,
    /// Your key file, as `medshare party accept` made it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The encrypted file.
    input: PathBuf,
    /// The opened file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The encrypted file.
    input: PathBuf,
}

pub fn encrypt(args: &EncryptArgs, output: Output) -> anyhow::Result<()> {
    let parameters = parameters::read(&args.parameters)?;
    let owner = read_public(&args.owner, &parameters)?;
    let mut reader = open_input(&args.input, output)?;
    let mut file = NewFile::create(&args.out)?;
    let bytes = seal_file(&owner, &parameters, args.class, &mut reader, file.writer()?, &mut OsRng)
        .with_context(|| format!("cannot encrypt {}", args.input.display()))?;
    file.finish()?;
    output.print(&[
        ("file", json!(args.out.display().to_string())),
        ("class", json!(args.class)),
        ("bytes", json!(bytes)),
    ])
}

pub fn decrypt(args: &DecryptArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let parameters = parameters::read(&args.parameters)?;
    let owner = read_public(&args.owner, &parameters)?;
    let key = read(&args.key, AGGREGATE_KEY, secrets, AggregateKey::from_bytes)?;
    let mut reader = open_input(&args.input, output)?;
    let mut file = NewFile::create(&args.out)?;
    let bytes = open_file(&key, &owner, &parameters, &mut reader, file.writer()?)
        .with_context(|| format!("cannot open {}", args.input.display()))?;
    file.finish()?;
    output.print(&[("file", json!(args.out.display().to_string())), ("bytes", json!(bytes))])
}

pub fn inspect(args: &InspectArgs, output: Output) -> anyhow::Result<()> {
    let header = read_header::<ClassCiphertext>(&args.input)?;
    let context = || format!("cannot inspect {}", args.input.display());
    let stored = std::fs::metadata(&args.input).with_context(context)?.len();
    let payload = stored.saturating_sub(header.to_bytes().len() as u64);
    output.print(&[
        ("class", json!(header.capsule().class())),
        ("record", json!(header.record().to_string())),
        ("bytes inside", json!(plaintext_len(payload).with_context(context)?)),
        ("bytes stored", json!(stored)),
    ])
}
