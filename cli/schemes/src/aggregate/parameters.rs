//! `medshare aggregate setup | contribute | check`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use medshare_cli_terminal::whole_file::{hand_out, must_be_new};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::key_aggregate::{AggregateParameters, MAX_CLASSES, ParameterTranscript};
use rand_core::OsRng;
use serde_json::json;

use crate::scheme::failure::unverified;
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::secrets::Protection;
use crate::scheme::text_file::{TextFile, text_of};

const PARAMETERS: &str = "medshare-aggregate-parameters: 2";

#[derive(Debug, Args)]
pub struct SetupArgs {
    /// How many classes every owner has.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_CLASSES)))]
    classes: u16,
    /// Your key file as a party: signs your contribution.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// File for the parameters.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct ContributeArgs {
    /// The parameters so far.
    parameters: PathBuf,
    /// Your key file as a party: signs your contribution.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// File for the new parameters.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The parameters.
    parameters: PathBuf,
    /// Public file of a party that must have contributed, NAME.party: one whom you trust to have forgotten its number is enough. Can be given several times.
    #[arg(long = "contributor", value_name = "FILE")]
    contributors: Vec<PathBuf>,
}

/// Whether all these parties, by their public files, have contributed.
///
/// # Errors
/// When one has not.
pub fn must_have_contributed(files: &[PathBuf], transcript: &ParameterTranscript) -> anyhow::Result<()> {
    for (path, party) in files.iter().zip(PartyPublic::read_all(files)?) {
        let is_in = transcript.contributions().iter().any(|one| one.by() == party.verifying);
        ensure!(is_in, unverified(format!("{} has not contributed to the parameters", path.display())));
    }
    Ok(())
}

/// Parameters, and how they came about.
type Made = (AggregateParameters, ParameterTranscript);

pub fn setup(args: &SetupArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let party = Party::read(&args.party, secrets)?;
    write(&args.out, &ParameterTranscript::begin(args.classes, &party.signing, &mut OsRng)?, output)
}

pub fn contribute(args: &ContributeArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let (parameters, transcript) = read_checked(&args.parameters)?;
    let party = Party::read(&args.party, secrets)?;
    write(&args.out, &transcript.contribute(&parameters, &party.signing, &mut OsRng)?, output)
}

pub fn check(args: &CheckArgs, output: Output) -> anyhow::Result<()> {
    let made = read_checked(&args.parameters)?;
    must_have_contributed(&args.contributors, &made.1)?;
    report(&made, &args.parameters, output)
}

fn write(path: &Path, made: &Made, output: Output) -> anyhow::Result<()> {
    let (parameters, transcript) = (made.0.to_bytes(), made.1.to_bytes());
    let lines = [("parameters", parameters.as_slice()), ("transcript", transcript.as_slice())];
    hand_out(path, &text_of(PARAMETERS, lines))?;
    report(made, path, output)
}

fn report((parameters, transcript): &Made, path: &Path, output: Output) -> anyhow::Result<()> {
    let by: Vec<_> = transcript.contributions().iter().map(|one| one.by().to_string()).collect();
    output.print(&[
        ("classes", json!(parameters.classes())),
        ("parameters", json!(path.display().to_string())),
        ("fingerprint", json!(fingerprint(parameters).to_string())),
        ("contributors", json!(by)),
    ])
}

/// Names parameters.
pub fn fingerprint(parameters: &AggregateParameters) -> Hash32 {
    sha256(&parameters.to_bytes())
}

/// Reads parameters; each element is checked, their relation is not.
pub fn read(path: &Path) -> anyhow::Result<AggregateParameters> {
    parameters_of(&file(path)?)
}

fn file(path: &Path) -> anyhow::Result<TextFile> {
    TextFile::read(path, PARAMETERS)?.only(&["parameters", "transcript"])
}

fn parameters_of(file: &TextFile) -> anyhow::Result<AggregateParameters> {
    file.one("parameters", AggregateParameters::from_bytes)
}

/// Reads parameters, and checks that they are powers of one number, to which every contributor gave a factor.
pub fn read_checked(path: &Path) -> anyhow::Result<Made> {
    let file = file(path)?;
    let (parameters, transcript) = (parameters_of(&file)?, file.one("transcript", ParameterTranscript::from_bytes)?);
    transcript.verify(&parameters).with_context(|| format!("do not use {}", path.display()))?;
    Ok((parameters, transcript))
}
