//! `medshare aggregate setup | contribute | check`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use medshare_cli_terminal::whole_file::{hand_out, must_be_new};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::key_aggregate::{AggregateParameters, MAX_CLASSES};
use rand_core::OsRng;
use serde_json::json;

use crate::scheme::output::Output;
use crate::scheme::text_file::{TextFile, text_of};

const PARAMETERS: &str = "medshare-aggregate-parameters: 1";

#[derive(Debug, Args)]
pub struct SetupArgs {
    /// How many classes every owner has.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_CLASSES)))]
    classes: u16,
    /// File for the parameters.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct ContributeArgs {
    /// The parameters so far.
    parameters: PathBuf,
    /// File for the new parameters.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The parameters.
    parameters: PathBuf,
}

pub fn setup(args: &SetupArgs, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    write(&args.out, &AggregateParameters::generate(args.classes, &mut OsRng)?, output)
}

pub fn contribute(args: &ContributeArgs, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    write(&args.out, &read_checked(&args.parameters)?.contribute(&mut OsRng), output)
}

pub fn check(args: &CheckArgs, output: Output) -> anyhow::Result<()> {
    let parameters = read_checked(&args.parameters)?;
    report(&parameters, &args.parameters, output)
}

fn write(path: &Path, parameters: &AggregateParameters, output: Output) -> anyhow::Result<()> {
    hand_out(path, &text_of(PARAMETERS, [("parameters", parameters.to_bytes().as_slice())]))?;
    report(parameters, path, output)
}

fn report(parameters: &AggregateParameters, path: &Path, output: Output) -> anyhow::Result<()> {
    output.print(&[
        ("classes", json!(parameters.classes())),
        ("parameters", json!(path.display().to_string())),
        ("fingerprint", json!(fingerprint(parameters).to_string())),
    ])
}

/// Names parameters.
pub fn fingerprint(parameters: &AggregateParameters) -> Hash32 {
    sha256(&parameters.to_bytes())
}

/// Reads parameters; each element is checked, their relation is not.
pub fn read(path: &Path) -> anyhow::Result<AggregateParameters> {
    TextFile::read(path, PARAMETERS)?.only(&["parameters"])?.one("parameters", AggregateParameters::from_bytes)
}

/// Reads parameters and checks that they are powers of one number.
pub fn read_checked(path: &Path) -> anyhow::Result<AggregateParameters> {
    let parameters = read(path)?;
    parameters.verify().with_context(|| format!("do not use {}", path.display()))?;
    Ok(parameters)
}
