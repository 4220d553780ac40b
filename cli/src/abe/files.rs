//! `medshare abe encrypt | decrypt | rekey | inspect`.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use medshare_crypto::abe_file::{AbeFileError, FileHeader, Payload, open_file, rekey_file, seal_file};
use medshare_crypto::policy::Policy;
use medshare_crypto::stream::plaintext_len;
use rand_core::OsRng;
use serde_json::json;

use super::opener::{OpenerArgs, OpenerKeys};
use super::rows::RowsArgs;
use crate::scheme::input::open_input;
use crate::scheme::output::{NewFile, Output, must_be_new};
use crate::scheme::party::PartyPublic;
use crate::scheme::secrets::Protection;

#[derive(Debug, Args)]
pub struct EncryptArgs {
    #[command(flatten)]
    rows: RowsArgs,
    /// Public file of the file's owner, NAME.party: whoever stores the file then takes changes of its policy from the owner only.
    ///
    /// The owner's key shows in the file. Without an owner, nobody can tell who made a change.
    #[arg(long, value_name = "FILE")]
    owner: Option<PathBuf>,
    /// The file to encrypt; - is standard input.
    input: PathBuf,
    /// The encrypted file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct DecryptArgs {
    #[command(flatten)]
    opener: OpenerArgs,
    /// The encrypted file.
    input: PathBuf,
    /// The opened file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct RekeyArgs {
    #[command(flatten)]
    opener: OpenerArgs,
    #[command(flatten)]
    rows: RowsArgs,
    /// Encrypt the contents again too: for taking access away from somebody who has opened the file before.
    #[arg(long)]
    strict: bool,
    /// The encrypted file.
    input: PathBuf,
    /// The file under the new policy.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The encrypted file.
    input: PathBuf,
}

pub fn encrypt(args: EncryptArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let policy = args.rows.policy()?;
    let owner = args.owner.as_ref().map(|path| PartyPublic::read(path)).transpose()?;
    let mut reader = open_input(&args.input, output)?;
    must_be_new(&[&args.out])?;
    // A set from a pool is spent from here on, whether the file comes about or not.
    let (rows, shares) = args.rows.make(secrets)?;
    let mut file = NewFile::create(&args.out)?;
    let owner = owner.map(|owner| owner.verifying);
    let bytes = seal_file(rows, shares, owner, &mut reader, file.writer()?, &mut OsRng)
        .with_context(|| format!("cannot encrypt {}", args.input.display()))?;
    file.finish()?;
    report(output, &args.out, &policy, Some(bytes))
}

pub fn decrypt(args: DecryptArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let keys = args.opener.read(&args.input, secrets)?;
    let mut reader = open_input(&args.input, output)?;
    let mut file = NewFile::create(&args.out)?;
    let opened = open_file(keys.opener(), &mut reader, file.writer()?);
    let bytes = opened.map_err(|error| explained(error, &keys)).with_context(|| cannot_open(&args.input))?;
    file.finish()?;
    output.print(&[("file", json!(args.out.display().to_string())), ("bytes", json!(bytes))])
}

pub fn rekey(args: RekeyArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let policy = args.rows.policy()?;
    let keys = args.opener.read(&args.input, secrets)?;
    let payload = if args.strict { Payload::Reencrypt } else { Payload::Keep };
    let mut reader = open_input(&args.input, output)?;
    must_be_new(&[&args.out])?;
    let rows = args.rows.make(secrets)?;
    let mut file = NewFile::create(&args.out)?;
    rekey_file(keys.opener(), rows, payload, &mut reader, file.writer()?, &mut OsRng)
        .map_err(|error| explained(error, &keys))
        .with_context(|| format!("cannot rekey {}", args.input.display()))?;
    file.finish()?;
    report(output, &args.out, &policy, None)
}

pub fn inspect(args: InspectArgs, output: Output) -> anyhow::Result<()> {
    let context = || format!("cannot inspect {}", args.input.display());
    let file = File::open(&args.input).with_context(context)?;
    let stored = file.metadata().with_context(context)?.len();
    let header = FileHeader::read(&mut BufReader::new(file)).with_context(context)?;
    let payload = stored.saturating_sub(header.to_bytes().len() as u64);
    let bytes = plaintext_len(payload).with_context(context)?;
    output.print(&[
        ("policy", json!(header.policy().to_string())),
        ("attributes", json!(header.policy().leaf_count())),
        ("record", json!(header.record().to_string())),
        ("owner", json!(header.owner().map_or_else(|| "nobody".to_owned(), |owner| owner.to_string()))),
        ("rekeyed", json!(header.epoch())),
        ("bytes inside", json!(bytes)),
        ("bytes stored", json!(stored)),
    ])
}

/// What a file that does not open is called.
pub fn cannot_open(input: &Path) -> String {
    format!("cannot open {}", input.display())
}

/// An error with what to do, where opening failed for no visible reason.
pub fn explained(error: AbeFileError, keys: &OpenerKeys) -> anyhow::Error {
    match error {
        AbeFileError::Recover(error) => anyhow::anyhow!("{error}; {}", keys.hint()),
        other => other.into(),
    }
}

fn report(output: Output, file: &Path, policy: &Policy, bytes: Option<u64>) -> anyhow::Result<()> {
    let mut results = vec![("file", json!(file.display().to_string())), ("policy", json!(policy.to_string()))];
    results.extend(bytes.map(|bytes| ("bytes", json!(bytes))));
    output.print(&results)
}
