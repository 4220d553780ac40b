//! `medshare aggregate create | issue`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::whole_file::{must_be_new, write_beside};
use medshare_crypto::hash::Hash32;
use medshare_crypto::key_aggregate::{AggregateOwner, AggregateOwnerPublic, AggregateParameters};
use rand_core::OsRng;
use serde_json::json;

use super::classes;
use super::parameters::{fingerprint, must_have_contributed, read, read_checked};
use crate::scheme::failure::unverified;
use crate::scheme::handed::{AGGREGATE_KEY, contents};
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::secrets::{Protection, damaged, joined};
use crate::scheme::text_file::{TextFile, fixed, text_of};
use crate::scheme::{letter, names, new_files};

/// Kind of an owner's key file. Its secret is γ (32) and the fingerprint of the parameters (32).
const KIND: &str = "aggregate-owner";
const PUBLIC: &str = "medshare-aggregate-public: 1";

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The owner's name, e.g. alice.
    name: String,
    /// The public parameters, which are checked.
    #[arg(long, value_name = "FILE")]
    parameters: PathBuf,
    /// Public file of a party that must have contributed, NAME.party: whoever made parameters alone opens every file, and one whom you trust to have
    /// forgotten its number is enough. Can be given several times.
    #[arg(long = "contributor", value_name = "FILE", required = true)]
    contributors: Vec<PathBuf>,
    /// Folder for the two files.
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct IssueArgs {
    /// The public parameters.
    #[arg(long, value_name = "FILE")]
    parameters: PathBuf,
    /// The owner's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Classes that the key opens, e.g. 1-5,7.
    #[arg(long)]
    classes: String,
    /// The owner's key file as a party: signs the letter.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// Public file of the party that gets the key, NAME.party.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// File for the letter.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn create(args: &CreateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    ensure!(!args.name.is_empty(), Failure::argument("an owner has a name"));
    let [key, public] = new_files(&args.out, &args.name, ["key", "public"])?;
    let (parameters, transcript) = read_checked(&args.parameters)?;
    must_have_contributed(&args.contributors, &transcript)?;
    let name = fingerprint(&parameters);
    let owner = AggregateOwner::generate(&mut OsRng);
    let secret = joined(&[owner.to_bytes().as_slice(), name.as_ref()]);
    secrets.write(&key, KIND, &args.name, &secret)?;
    let value = owner.public().to_bytes();
    write_beside(&key, &public, &text_of(PUBLIC, [("owner", value.as_slice()), ("parameters", name.as_ref())]))?;
    let results = vec![
        ("owner", json!(args.name)),
        ("key file", json!(key.display().to_string())),
        ("public file", json!(public.display().to_string())),
    ];
    output.print(&names::told([args.name.as_str()], results, output))
}

pub fn issue(args: &IssueArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let set = classes::parse(&args.classes)?;
    let parameters = read(&args.parameters)?;
    let secret = secrets.open(&args.key, KIND)?;
    let damaged = || damaged(&args.key);
    let (gamma, name) = secret.split_first_chunk::<32>().with_context(damaged)?;
    check_parameters(&parameters, name, &args.key)?;
    let owner = AggregateOwner::from_bytes(gamma).with_context(damaged)?;
    let key = owner.aggregate_key(&parameters, &set)?;
    let (party, to) = (Party::read(&args.party, secrets)?, PartyPublic::read(&args.to)?);
    let about = format!("classes {}", classes::text(&set));
    letter::write(&args.out, &party, &to, &contents(AGGREGATE_KEY, &about, &key.to_bytes()))?;
    output.print(&[("classes", json!(classes::text(&set))), ("letter", json!(args.out.display().to_string()))])
}

/// Refuses parameters other than those that a file was made for.
fn check_parameters(parameters: &AggregateParameters, name: &[u8], file: &Path) -> anyhow::Result<()> {
    if fingerprint(parameters).as_bytes().as_slice() != name {
        let failure = unverified(format!("{} was made for other parameters", file.display()));
        bail!(failure.hint("`medshare aggregate check` shows their fingerprint"));
    }
    Ok(())
}

/// Reads an owner's public file, which must be for these parameters.
pub fn read_public(path: &Path, parameters: &AggregateParameters) -> anyhow::Result<AggregateOwnerPublic> {
    let file = TextFile::read(path, PUBLIC)?.only(&["owner", "parameters"])?;
    let name = file.one("parameters", fixed(|bytes| Ok(Hash32::from_bytes(*bytes))))?;
    check_parameters(parameters, name.as_ref(), path)?;
    file.one("owner", fixed(AggregateOwnerPublic::from_bytes))
}
