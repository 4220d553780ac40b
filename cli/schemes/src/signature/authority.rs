//! `medshare signature create | publish`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::lock::Lock;
use medshare_cli_terminal::whole_file::{hand_out_over, write_beside};
use medshare_crypto::attribute_signature::{MAX_MEDIATORS, SignatureAuthority, SignaturePublic};
use medshare_crypto::policy::AttributeName;
use rand_core::OsRng;
use serde_json::json;
use zeroize::Zeroizing;

use crate::scheme::failure::refused;
use crate::scheme::output::Output;
use crate::scheme::secrets::{Protection, damaged};
use crate::scheme::text_file::{TextFile, text_of};
use crate::scheme::{names, new_files};

/// Kind of the authority's key file.
const KIND: &str = "signature-authority";
const PUBLIC: &str = "medshare-signature-public: 2";
/// How public files of before begin: they named no mediators.
const BEFORE: &str = "medshare-signature-public: 1\n";

#[derive(Debug, Args)]
struct MediatorArgs {
    /// A mediator's name, e.g. ACTIVE@CLOUD-C: signatures count with the help of those that the public file names, and of no other. Can be given several times.
    #[arg(long = "mediator", required = true, value_name = "MEDIATOR")]
    names: Vec<String>,
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The authority's name, e.g. HOSPITAL-A.
    name: String,
    #[command(flatten)]
    mediators: MediatorArgs,
    /// Folder for the two files.
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

pub fn create(args: &CreateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    ensure!(!args.name.is_empty(), Failure::argument("an authority has a name"));
    let mediators = args.mediators.parse()?;
    let [key, public] = new_files(&args.out, &args.name, ["signing.key", "signing.public"])?;
    let authority = SignatureAuthority::generate(&mut OsRng);
    secrets.write(&key, KIND, &args.name, authority.to_bytes().as_slice())?;
    write_beside(&key, &public, &text(&authority.public(mediators.clone())))?;
    let named: Vec<&str> = mediators.iter().map(AttributeName::as_str).collect();
    let results = vec![
        ("authority", json!(args.name)),
        ("mediators", json!(named)),
        ("key file", json!(key.display().to_string())),
        ("public file", json!(public.display().to_string())),
    ];
    output.print(&names::told(named.into_iter().chain([args.name.as_str()]), results, output))
}

impl MediatorArgs {
    fn parse(&self) -> anyhow::Result<BTreeSet<AttributeName>> {
        let names: BTreeSet<_> =
            self.names.iter().map(|text| names::new_attribute(text)).collect::<anyhow::Result<_>>()?;
        ensure!(
            names.len() <= MAX_MEDIATORS,
            Failure::argument(format!("an authority names {MAX_MEDIATORS} mediators at most"))
        );
        Ok(names)
    }
}

fn text(public: &SignaturePublic) -> Zeroizing<String> {
    text_of(PUBLIC, [("key", public.to_bytes().as_slice())])
}

#[derive(Debug, Args)]
pub struct PublishArgs {
    /// The authority's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    mediators: MediatorArgs,
    /// The public file, NAME.signing.public. It is replaced.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
}

pub fn publish(args: &PublishArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let mediators = args.mediators.parse()?;
    // What is wrong with it is told before a passphrase is asked for; what counts is what it says under its lock.
    drop(published(&args.public)?);
    let authority = read(&args.key, secrets)?;
    let lock = Lock::of(&args.public)?;
    let old = published(&args.public)?;
    let new = authority.public(mediators.clone());
    if let Some(old) = &old {
        belongs(old, &authority, &args.public)?;
    }
    hand_out_over(&args.public, &text(&new), &lock)?;
    let named = |of: BTreeSet<&AttributeName>| json!(of.into_iter().map(AttributeName::as_str).collect::<Vec<_>>());
    let results = vec![
        ("mediators", named(mediators.iter().collect())),
        ("no longer", named(old.iter().flat_map(|old| old.mediators().difference(&mediators)).collect())),
        ("public file", json!(args.public.display().to_string())),
    ];
    output.print(&names::told(mediators.iter().map(AttributeName::as_str), results, output))
}

/// The public file so far; none where it is gone, or of a build that named no mediators: the key is enough to write it anew.
fn published(path: &Path) -> anyhow::Result<Option<SignaturePublic>> {
    let mut beginning = String::new();
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Ok(file) => drop(file.take(BEFORE.len() as u64).read_to_string(&mut beginning)),
        Err(_) => {}
    }
    if beginning == BEFORE { Ok(None) } else { read_public(path).map(Some) }
}

/// Whether a public file is this authority's.
///
/// # Errors
/// When it is another's.
pub fn belongs(public: &SignaturePublic, authority: &SignatureAuthority, path: &Path) -> anyhow::Result<()> {
    let is_own = authority.public(public.mediators().clone()) == *public;
    ensure!(is_own, refused(format!("{} is the public file of another authority", path.display())));
    Ok(())
}

/// Reads the authority's key file.
pub fn read(path: &Path, secrets: &Protection) -> anyhow::Result<SignatureAuthority> {
    let bytes = secrets.open(path, KIND)?;
    let seed = Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok().with_context(|| damaged(path))?);
    Ok(SignatureAuthority::from_bytes(seed))
}

/// Reads the authority's public file.
pub fn read_public(path: &Path) -> anyhow::Result<SignaturePublic> {
    TextFile::read(path, PUBLIC)?.only(&["key"])?.one("key", SignaturePublic::from_bytes)
}
