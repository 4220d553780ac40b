//! `medshare abe issue`.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use medshare_cli_terminal::whole_file::{must_be_new, write_new};
use medshare_crypto::abe::ProxyKey;
use serde_json::json;

use super::authority_key::AuthorityKey;
use super::bundle::{PublicFile, issued_text, read_registration};
use crate::scheme::failure::refused;
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::secrets::Protection;

/// Issue attributes for a registration.
///
/// Check first that the registration's name is the person's: the proof in it shows that the person has the key, not who the person is. Give the issued keys
/// to the person, or to a node that opens files with the person. Keys are of the version in force, which the key file knows.
#[derive(Debug, Args)]
pub struct IssueArgs {
    /// The authority's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The registration of whoever gets the attributes.
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// The authority's public file: checks that the key file is not older than it. A key file of an earlier build needs it.
    #[arg(long, value_name = "FILE")]
    public: Option<PathBuf>,
    /// An older version than the one in force, for files that stay at it: gives back what was taken from everybody.
    #[arg(long)]
    version: Option<u32>,
    /// File for the issued keys.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Attributes, e.g. DOCTOR NURSE.
    #[arg(required = true)]
    attributes: Vec<String>,
}

pub fn run(args: &IssueArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let registration = read_registration(&args.registration)?;
    let (mut authority, as_read) = AuthorityKey::read_to_hand_out(&args.key, secrets)?;
    if let Some(public) = &args.public {
        authority.compare(&PublicFile::read(public)?)?;
    }
    let attributes = authority.full_names(&args.attributes)?;
    // Of its final size at once: keys that moved would leave their K' behind.
    let mut keys = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        let in_force = authority.version(&attribute)?;
        let version = args.version.unwrap_or(in_force);
        if version > in_force {
            let failure = refused(format!("{attribute} is at version {in_force}, below version {version}"));
            bail!(failure.hint("raise it before that version is issued"));
        }
        keys.push(authority.secret.issue(&registration, &attribute, version)?);
    }
    as_read.must_still_be_in(&args.key)?;
    write_new(&args.out, &issued_text(&keys))?;
    let issued = keys.iter().map(|key| {
        let (attribute, version) = (key.attribute().as_str(), key.version());
        (format!("{attribute} version {version}"), json!({"attribute": attribute, "version": version}))
    });
    names::tell_earlier(keys.iter().map(ProxyKey::attribute));
    let user = String::from_utf8_lossy(registration.gid());
    let results = vec![("user", json!(user)), ("file", json!(args.out.display().to_string()))];
    let told = keys.iter().map(|key| key.attribute().as_str()).chain([user.as_ref()]);
    let results = output.warned(names::told(told, results, output), authority.warning()?);
    output.print_with_rows(&results, "issued", issued.collect())
}
