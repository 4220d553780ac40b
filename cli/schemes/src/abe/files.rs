//! `medshare abe encrypt | decrypt | rekey | inspect`.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use medshare_crypto::abe::AttributeVersion;
use medshare_crypto::abe_file::{AbeFileError, FileHeader, Payload, rekey_file, seal_file};
use medshare_crypto::policy::Policy;
use rand_core::OsRng;
use serde_json::json;

use super::opener::{OpenerArgs, OpenerKeys};
use super::origin::OriginArgs;
use super::rows::RowsArgs;
use crate::scheme::file::{ENCRYPT, InspectArgs, Passage, PlainFileArgs, SealedFileArgs, not_encrypted};
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::secrets::Protection;
use crate::scheme::stored::sizes;

#[derive(Debug, Args)]
pub struct EncryptArgs {
    #[command(flatten)]
    rows: RowsArgs,
    #[command(flatten)]
    file: PlainFileArgs,
}

#[derive(Debug, Args)]
pub struct DecryptArgs {
    #[command(flatten)]
    opener: OpenerArgs,
    #[command(flatten)]
    origin: OriginArgs,
    #[command(flatten)]
    file: SealedFileArgs,
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

pub fn encrypt(args: EncryptArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let PlainFileArgs { input, out } = &args.file;
    let policy = args.rows.policy()?;
    let owner = args.rows.owner(secrets)?;
    let passage = Passage::between(input, out, output)?;
    // A set from a pool is spent from here on, whether the file comes about or not.
    let (rows, shares) = args.rows.make(&owner)?;
    let bytes = passage.through(ENCRYPT, |from, to| seal_file(rows, shares, &owner.signing, from, to, &mut OsRng))?;
    report(output, out, &policy, Some(bytes))
}

pub fn decrypt(args: DecryptArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let SealedFileArgs { input, out } = &args.file;
    let mut keys = args.opener.read(input, secrets)?;
    keys.choose(input, |header| args.origin.check(header))?;
    let passage = Passage::between(input, out, output)?;
    let bytes = passage.through("open", |from, to| {
        let header = args.origin.check(FileHeader::read(from)?)?;
        header.open(keys.opener(), from, to).map_err(|error| explained(error, &keys))
    })?;
    output.print(&[("file", json!(out.display().to_string())), ("bytes", json!(bytes))])
}

pub fn rekey(args: RekeyArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let policy = args.rows.policy()?;
    let mut keys = args.opener.read(&args.input, secrets)?;
    let payload = if args.strict { Payload::Reencrypt } else { Payload::Keep };
    let owner = args.rows.owner(secrets)?;
    keys.choose(&args.input, |header| Ok(header.of_owner(&[owner.public().verifying])?))?;
    let passage = Passage::between(&args.input, &args.out, output)?;
    let rows = args.rows.make(&owner)?;
    passage.through("rekey", |from, to| {
        let rekeyed = rekey_file(keys.opener(), rows, payload, &owner.signing, from, to, &mut OsRng);
        rekeyed.map_err(|error| explained(error, &keys))
    })?;
    report(output, &args.out, &policy, None)
}

pub fn inspect(args: InspectArgs, output: Output) -> anyhow::Result<()> {
    let context = || format!("cannot inspect {}", args.input.display());
    let file = File::open(&args.input).with_context(context)?;
    let header = FileHeader::read(&mut BufReader::new(file)).with_context(context);
    let header = header.map_err(|error| not_encrypted(error, &args.input))?;
    let policy = header.policy()?;
    names::tell_earlier(policy.leaves());
    let versions = header.versions()?.into_iter().map(|of| {
        let AttributeVersion { attribute, generation, version } = of;
        let object = json!({ "attribute": attribute.to_string(), "generation": generation, "version": version });
        (format!("{attribute} version {version}, keys {generation}"), object)
    });
    let versions = versions.collect();
    let [inside, stored] = sizes(&args.input, &header)?;
    let results = [
        ("policy", json!(policy.to_string())),
        ("attributes", json!(policy.leaf_count())),
        ("record", json!(header.record().to_string())),
        ("owner", json!(header.owner().map(|owner| owner.to_string()))),
        ("signed", json!(header.signed_by().is_ok())),
        ("rekeyed", json!(header.epoch())),
        inside,
        stored,
    ];
    output.print_with_rows(&results, "versions", versions)
}

/// An error with what to do, where opening failed for no visible reason.
pub fn explained(error: AbeFileError, keys: &OpenerKeys) -> anyhow::Error {
    match error {
        AbeFileError::Recover(error) => keys.unopened(&error).into(),
        other => other.into(),
    }
}

fn report(output: Output, file: &Path, policy: &Policy, bytes: Option<u64>) -> anyhow::Result<()> {
    let mut results = vec![("file", json!(file.display().to_string())), ("policy", json!(policy.to_string()))];
    results.extend(bytes.map(|bytes| ("bytes", json!(bytes))));
    output.print(&names::told_in(policy, results, output))
}
