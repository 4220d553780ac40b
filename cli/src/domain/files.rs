//! `medshare domain encrypt | decrypt | inspect`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use medshare_crypto::domain_file::{open_file, seal_file};
use medshare_crypto::kp_abe::{KpCiphertext, KpKey};
use medshare_crypto::policy::AttributeName;
use medshare_crypto::stream::plaintext_len;
use rand_core::OsRng;
use serde_json::json;

use super::public::{Public, full_name};
use crate::scheme::handed::{DOMAIN_KEY, read};
use crate::scheme::input::open_input;
use crate::scheme::output::{NewFile, Output};
use crate::scheme::secrets::Protection;
use crate::scheme::stored::read_header;

#[derive(Debug, Args)]
pub struct EncryptArgs {
    /// The domain's public file.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// A label of the record, e.g. allergies. Can be given several times.
    #[arg(long = "label", required = true, value_name = "LABEL")]
    labels: Vec<String>,
    /// The file to encrypt; - is standard input.
    input: PathBuf,
    /// The encrypted file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct DecryptArgs {
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
    let public = Public::read(&args.public)?;
    let mut labels = Vec::with_capacity(args.labels.len());
    for label in &args.labels {
        labels.push(public.label(&full_name(public.domain.name(), label)?)?.clone());
    }
    let mut reader = open_input(&args.input, output)?;
    let mut file = NewFile::create(&args.out)?;
    let bytes = seal_file(&public.domain, &labels, &mut reader, file.writer()?, &mut OsRng)
        .with_context(|| format!("cannot encrypt {}", args.input.display()))?;
    file.finish()?;
    output.print(&[
        ("file", json!(args.out.display().to_string())),
        ("labels", json!(labels.iter().map(|label| label.label().as_str()).collect::<Vec<_>>())),
        ("bytes", json!(bytes)),
    ])
}

pub fn decrypt(args: &DecryptArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let key = read(&args.key, DOMAIN_KEY, secrets, KpKey::from_bytes)?;
    let mut reader = open_input(&args.input, output)?;
    let mut file = NewFile::create(&args.out)?;
    let bytes = open_file(&key, &mut reader, file.writer()?)
        .with_context(|| format!("cannot open {}", args.input.display()))?;
    file.finish()?;
    output.print(&[("file", json!(args.out.display().to_string())), ("bytes", json!(bytes))])
}

pub fn inspect(args: &InspectArgs, output: Output) -> anyhow::Result<()> {
    let header = read_header::<KpCiphertext>(&args.input)?;
    let context = || format!("cannot inspect {}", args.input.display());
    let stored = std::fs::metadata(&args.input).with_context(context)?.len();
    let payload = stored.saturating_sub(header.to_bytes().len() as u64);
    let labels: Vec<&str> = header.capsule().labels().map(AttributeName::as_str).collect();
    output.print(&[
        ("labels", json!(labels)),
        ("record", json!(header.record().to_string())),
        ("bytes inside", json!(plaintext_len(payload).with_context(context)?)),
        ("bytes stored", json!(stored)),
    ])
}
