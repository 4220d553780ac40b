//! `medshare abe authority …` and `medshare abe issue`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use medshare_crypto::abe::{AttributePublic, AuthoritySecret};
use medshare_crypto::policy::AttributeName;
use rand_core::OsRng;
use serde_json::json;

use super::bundle::{attribute_line, issued_text, public_text, read_attributes, read_registration};
use crate::scheme::output::{Output, must_be_new, write_new};
use crate::scheme::secrets::Protection;

/// Kind of an authority's key file.
const KIND: &str = "abe-authority";

#[derive(Debug, Subcommand)]
pub enum AuthorityAction {
    /// Make an authority: NAME.key is its secret, NAME.public is for everybody.
    Create(CreateArgs),
    /// Add attributes, or new versions of them, to the public file.
    Attribute(AttributeArgs),
    /// Change the authority's keys: a new generation with the same attributes at version 0.
    ///
    /// For a key file that may have been copied. Nothing of the old generation fits the new one: attributes are issued again to
    /// everybody, and files are rekeyed by somebody who can open them. Keep the old key file until that is done.
    Rotate(RotateArgs),
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The authority's name, e.g. HOSPITAL.
    name: String,
    /// An attribute that it issues, e.g. DOCTOR. Can be given several times.
    #[arg(long = "attribute", value_name = "ATTRIBUTE")]
    attributes: Vec<String>,
    /// Folder for the two files.
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct AttributeArgs {
    /// The authority's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The authority's public file, which gets the new lines.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// Version of the attributes. Raise it after a proxy key may have been copied.
    #[arg(long, default_value_t = 0)]
    version: u32,
    /// Attributes, e.g. DOCTOR NURSE.
    #[arg(required = true)]
    attributes: Vec<String>,
}

#[derive(Debug, Args)]
pub struct RotateArgs {
    /// The authority's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The authority's public file.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// Folder for the two new files, another one than the old files are in.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct IssueArgs {
    /// The authority's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The registration of whoever gets the attributes.
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// The authority's public file: issues the versions that are in force.
    #[arg(long, conflicts_with = "version", value_name = "FILE")]
    public: Option<PathBuf>,
    /// Version of the attributes.
    #[arg(long, default_value_t = 0)]
    version: u32,
    /// File for the issued keys.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Attributes, e.g. DOCTOR NURSE.
    #[arg(required = true)]
    attributes: Vec<String>,
}

pub fn run(action: AuthorityAction, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    match action {
        AuthorityAction::Create(args) => create(args, secrets, output),
        AuthorityAction::Attribute(args) => add_attributes(args, secrets, output),
        AuthorityAction::Rotate(args) => rotate(&args, secrets, output),
    }
}

fn create(args: CreateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let name = args.name.parse().context("that is no name for an authority")?;
    let authority = AuthoritySecret::generate(name, &mut OsRng);
    let attributes = public_attributes(&authority, &args.attributes, 0)?;
    write(&authority, &attributes, &args.out, secrets, output)
}

fn rotate(args: &RotateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let old = read_authority(&args.key, secrets)?;
    let names = read_attributes(&args.public)?.into_iter().map(|key| key.attribute().to_string());
    let authority = old.rotate(&mut OsRng);
    let attributes = public_attributes(&authority, &names.collect::<Vec<_>>(), 0)?;
    write(&authority, &attributes, &args.out, secrets, output)
}

/// Writes an authority's two files.
fn write(
    authority: &AuthoritySecret,
    attributes: &[AttributePublic],
    folder: &Path,
    secrets: &Protection,
    output: Output,
) -> anyhow::Result<()> {
    let file = |extension: &str| folder.join(format!("{}.{extension}", authority.name()));
    let (key, public) = (file("key"), file("public"));
    must_be_new(&[&key, &public])?;
    secrets.write(&key, KIND, authority.name().as_str(), &authority.to_bytes())?;
    write_new(&public, &public_text(&authority.public(), attributes))?;
    output.print(&[
        ("authority", json!(authority.name().as_str())),
        ("key file", json!(key.display().to_string())),
        ("public file", json!(public.display().to_string())),
        ("attributes", names(attributes)),
    ])
}

fn add_attributes(args: AttributeArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let authority = read_authority(&args.key, secrets)?;
    let attributes = public_attributes(&authority, &args.attributes, args.version)?;
    append(&args.public, &attributes)?;
    output.print(&[("attributes", names(&attributes)), ("version", json!(args.version))])
}

/// Adds lines to a public file.
pub fn append(public: &Path, attributes: &[AttributePublic]) -> anyhow::Result<()> {
    let lines: String = attributes.iter().map(attribute_line).collect();
    let context = || format!("cannot add to {}", public.display());
    let mut file = OpenOptions::new().append(true).open(public).with_context(context)?;
    file.write_all(lines.as_bytes()).with_context(context)
}

pub fn issue(args: IssueArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let authority = read_authority(&args.key, secrets)?;
    let registration = read_registration(&args.registration)?;
    let mut keys = Vec::with_capacity(args.attributes.len());
    let in_force = args.public.as_ref().map(|path| read_attributes(path)).transpose()?;
    for attribute in &args.attributes {
        let attribute = full_name(&authority, attribute)?;
        let version = match &in_force {
            Some(attributes) => version_of(attributes, &attribute)?,
            None => args.version,
        };
        keys.push(authority.issue(&registration, &attribute, version)?);
    }
    write_new(&args.out, &issued_text(&keys))?;
    let issued: Vec<&str> = keys.iter().map(|key| key.attribute().as_str()).collect();
    output.print(&[("issued", json!(issued)), ("file", json!(args.out.display().to_string()))])
}

/// The version of the attribute that is in force.
pub fn version_of(attributes: &[AttributePublic], name: &AttributeName) -> anyhow::Result<u32> {
    let found = attributes.iter().find(|key| key.attribute() == name);
    let found = found.with_context(|| format!("the public file does not have {name}"))?;
    Ok(found.version())
}

/// Reads an authority's key file.
pub fn read_authority(path: &Path, secrets: &Protection) -> anyhow::Result<AuthoritySecret> {
    let bytes = secrets.open(path, KIND)?;
    AuthoritySecret::from_bytes(&bytes).with_context(|| format!("{} is damaged", path.display()))
}

/// `DOCTOR` or `DOCTOR@HOSPITAL`.
pub fn full_name(authority: &AuthoritySecret, text: &str) -> anyhow::Result<AttributeName> {
    let whole = if text.contains('@') { text.to_owned() } else { format!("{text}@{}", authority.name()) };
    whole.parse().with_context(|| format!("{text:?} is no attribute"))
}

fn public_attributes(
    authority: &AuthoritySecret,
    attributes: &[String],
    version: u32,
) -> anyhow::Result<Vec<AttributePublic>> {
    let public = |text: &String| {
        let name = full_name(authority, text)?;
        Ok(authority.attribute_public(&name, version)?)
    };
    attributes.iter().map(public).collect()
}

fn names(attributes: &[AttributePublic]) -> serde_json::Value {
    let names: Vec<&str> = attributes.iter().map(|key| key.attribute().as_str()).collect();
    json!(names)
}
