//! `medshare signature create`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::whole_file::write_beside;
use medshare_crypto::attribute_signature::{SignatureAuthority, SignaturePublic};
use rand_core::OsRng;
use serde_json::json;
use zeroize::Zeroizing;

use crate::scheme::new_files;
use crate::scheme::output::Output;
use crate::scheme::secrets::{Protection, damaged};
use crate::scheme::text_file::{TextFile, text_of};

/// Kind of the authority's key file.
const KIND: &str = "signature-authority";
const PUBLIC: &str = "medshare-signature-public: 1";

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The authority's name, e.g. HOSPITAL-A.
    name: String,
    /// Folder for the two files.
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

pub fn create(args: &CreateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    ensure!(!args.name.is_empty(), Failure::argument("an authority has a name"));
    let [key, public] = new_files(&args.out, &args.name, ["signing.key", "signing.public"])?;
    let authority = SignatureAuthority::generate(&mut OsRng);
    secrets.write(&key, KIND, &args.name, authority.to_bytes().as_slice())?;
    write_beside(&key, &public, &text_of(PUBLIC, [("key", authority.public().to_bytes().as_slice())]))?;
    output.print(&[
        ("authority", json!(args.name)),
        ("key file", json!(key.display().to_string())),
        ("public file", json!(public.display().to_string())),
    ])
}

/// Reads the authority's key file.
pub fn read(path: &Path, secrets: &Protection) -> anyhow::Result<SignatureAuthority> {
    let bytes = secrets.open(path, KIND)?;
    let seed: [u8; 32] = bytes.as_slice().try_into().ok().with_context(|| damaged(path))?;
    Ok(SignatureAuthority::from_bytes(Zeroizing::new(seed)))
}

/// Reads the authority's public file.
pub fn read_public(path: &Path) -> anyhow::Result<SignaturePublic> {
    TextFile::read(path, PUBLIC)?.only(&["key"])?.one("key", SignaturePublic::from_bytes)
}
