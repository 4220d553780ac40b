//! `medshare abe authority …`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::whole_file::{hand_out, must_be_new, write_beside, write_new};
use medshare_crypto::abe::{AttributeRegister, AuthoritySecret};
use medshare_crypto::policy::{AttributeName, AuthorityName};
use rand_core::OsRng;
use serde_json::json;

use super::authority_key::{AuthorityKey, unknown};
use super::bundle::{PublicFile, public_text};
use crate::scheme::output::Output;
use crate::scheme::secrets::Protection;
use crate::scheme::{files_of, names, new_files};

#[derive(Debug, Subcommand)]
pub enum AuthorityAction {
    /// Make an authority: NAME.key is its secret, NAME.public is for everybody.
    Create(CreateArgs),
    /// Add attributes, or raise their versions.
    ///
    /// The key file remembers the versions in force, and `medshare abe issue` issues these. Versions only rise. To move stored files and
    /// the keys of those who stay along, raise with `medshare abe version raise`.
    Attribute(AttributeArgs),
    /// Write the public file anew, from the key file.
    Public(PublicArgs),
    /// Change the authority's keys: a new generation with the same attributes at version 0.
    ///
    /// For a key file that may have been copied. Nothing of the old generation fits the new one: attributes are issued again to
    /// everybody, and files are rekeyed (`medshare abe rekey --strict`) by somebody who can open them. Keep the old key file until that is done.
    Rotate(RotateArgs),
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The authority's name, e.g. HOSPITAL-A.
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
    /// Version of attributes that there are already, above the one in force. Raise it after issued keys may have been copied.
    #[arg(long)]
    version: Option<u32>,
    /// Attributes, e.g. DOCTOR NURSE.
    #[arg(required = true)]
    attributes: Vec<String>,
}

#[derive(Debug, Args)]
pub struct PublicArgs {
    /// The authority's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The public file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct RotateArgs {
    /// The authority's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The authority's public file: a key file of an earlier build needs it.
    #[arg(long, value_name = "FILE")]
    public: Option<PathBuf>,
    /// Folder for the two new files, another one than the old files are in.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub fn run(action: AuthorityAction, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    match action {
        AuthorityAction::Create(args) => create(&args, secrets, output),
        AuthorityAction::Attribute(args) => add_attributes(&args, secrets, output),
        AuthorityAction::Public(args) => write_public(&args, secrets, output),
        AuthorityAction::Rotate(args) => rotate(&args, secrets, output),
    }
}

fn create(args: &CreateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let name = AuthorityName::typed(&args.name).context("that is no name for an authority")?;
    let [key, public] = new_files(&args.out, &args.name, ["key", "public"])?;
    let secret = AuthoritySecret::generate(name, &mut OsRng);
    let mut authority = AuthorityKey::new(key.clone(), secret, AttributeRegister::new());
    for text in &args.attributes {
        let name = authority.full_name(text)?;
        name.check_made().with_context(|| format!("{text:?} is no attribute"))?;
        // Another authority's attribute is refused here.
        authority.secret.attribute_public(&name, 0)?;
        authority.register_mut()?.raise(&name, 0)?;
    }
    write(&authority, [&key, &public], secrets, output, || Ok(()))
}

fn rotate(args: &RotateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let (mut old, as_read) = AuthorityKey::read_to_hand_out(&args.key, secrets)?;
    if let Some(public) = &args.public {
        old.compare(&PublicFile::read(public)?)?;
    }
    let [key, public] = files_of(&args.out, old.secret.name().as_str(), ["key", "public"])?;
    let mut authority = AuthorityKey::new(key.clone(), old.secret.rotate(&mut OsRng), AttributeRegister::new());
    for (name, _) in old.register()?.iter() {
        authority.register_mut()?.raise(name, 0)?;
    }
    // The new passphrase is asked for before it is looked, and nobody is kept from the old key meanwhile, which stays as it is.
    write(&authority, [&key, &public], secrets, output, || as_read.must_still_be_in(&args.key))
}

/// Writes an authority's two files, where what they follow from still holds when their passphrase is there.
fn write(
    authority: &AuthorityKey,
    [key, public]: [&Path; 2],
    secrets: &Protection,
    output: Output,
    still_holds: impl FnOnce() -> Result<(), Failure>,
) -> anyhow::Result<()> {
    let text = public_text(&authority.secret.public(), &authority.publics()?);
    let secret = authority.text(secrets)?;
    still_holds()?;
    write_new(key, &secret)?;
    write_beside(key, public, &text)?;
    let results = vec![
        ("authority", json!(authority.secret.name().as_str())),
        ("key file", json!(key.display().to_string())),
        ("public file", json!(public.display().to_string())),
        ("attributes", attributes(authority)?),
    ];
    let given = authority.register()?.iter().map(|(name, _)| name.attribute());
    output.print(&names::told(given.chain([authority.secret.name().as_str()]), results, output))
}

fn write_public(args: &PublicArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let (authority, as_read) = AuthorityKey::read_to_hand_out(&args.key, secrets)?;
    let (text, attributes) = (public_text(&authority.secret.public(), &authority.publics()?), attributes(&authority)?);
    // What takes time comes before it is looked.
    as_read.must_still_be_in(&args.key)?;
    hand_out(&args.out, &text)?;
    output.print(&[("public file", json!(args.out.display().to_string())), ("attributes", attributes)])
}

fn add_attributes(args: &AttributeArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let (mut authority, lock) = AuthorityKey::read_to_change(&args.key, secrets)?;
    let mut public = PublicFile::read(&args.public)?;
    let named = authority.full_names(&args.attributes)?;
    // A version that only the public file knows is made known by naming it.
    let named_here = |name: &AttributeName, found| named.contains(name) && args.version.is_some_and(|new| new >= found);
    authority.compare_all_but(named_here, &public)?;
    // Of what was raised before, and of a raise that is not passed over by this one.
    let of_before = authority.of_before()?;
    for name in &named {
        let key = authority.secret.attribute_public(name, args.version.unwrap_or(0))?;
        if authority.register()?.version(name).is_none() {
            // One that only the public file has is made known again; of what neither has, there are no versions.
            let is_published = || public.versions().iter().any(|key| key.attribute() == name);
            if args.version.is_some() && !is_published() {
                bail!(unknown(name, authority.register()?).hint(
                    "--version raises attributes that there are: is the name spelt so? without --version it is added, at version 0"
                ));
            }
            name.check_made().with_context(|| format!("{name} cannot be added"))?;
        }
        if let (Some(version), None) = (authority.register()?.version(name), args.version) {
            let failure = Failure::argument(format!("there is {name} already, at version {version}"));
            bail!(failure.hint("--version raises it"));
        }
        authority.raise(name, key.version())?;
        public.add(key);
    }
    let warning = authority.with_under_way(of_before);
    // First the public file: a key file that knows less than it is noticed, and says what to do.
    public.write(&lock)?;
    authority.write_again(secrets, &lock)?;
    names::tell_earlier(&named);
    let whole: Vec<&str> = named.iter().map(AttributeName::as_str).collect();
    let results = vec![("attributes", json!(whole)), ("version", json!(args.version.unwrap_or(0)))];
    let results = names::told(named.iter().map(AttributeName::attribute), results, output);
    output.print(&output.warned(results, warning))
}

fn attributes(authority: &AuthorityKey) -> anyhow::Result<serde_json::Value> {
    let names: Vec<&str> = authority.register()?.iter().map(|(name, _)| name.as_str()).collect();
    Ok(json!(names))
}
