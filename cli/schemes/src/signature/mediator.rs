//! `medshare signature mediate | revoke`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use medshare_cli_terminal::whole_file::{must_be_new, write_new};
use medshare_crypto::attribute_signature::{MediationRequest, MediatorKey};
use medshare_crypto::encoding::DecodeError;
use medshare_crypto::letter::LetterError;
use medshare_crypto::sign::VerifyingKey;
use rand_core::OsRng;
use serde_json::{Value, json};

use super::authority::read_public;
use super::message::digest;
use crate::scheme::failure::{refused, unverified};
use crate::scheme::handed::MEDIATOR_KEY;
use crate::scheme::letter;
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::party::Party;
use crate::scheme::secrets::{Protection, damaged};
use crate::scheme::text_file::text_of;

/// First line of what a signer asks. What has 1 here, in answers and in signatures is from before mediators had a key space of their own.
pub const REQUEST: &str = "medshare-signature-request: 2";
/// First line of what the mediator answers.
pub const ROW: &str = "medshare-signature-row: 2";

#[derive(Debug, Args)]
pub struct MediateArgs {
    /// Your part of the signer's key, as `medshare party accept` made it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The authority's public file, NAME.signing.public.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// Your party's key file.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// The signer's letter.
    request: PathBuf,
    /// File for the answer.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// Your part of the signer's key. It is deleted.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

pub fn mediate(args: &MediateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let public = read_public(&args.public)?;
    let (signer, key) = read(&args.key, secrets)?;
    let party = Party::read(&args.party, secrets)?;
    // Only letters from the party to whom the key was issued are answered.
    let file = letter::read_kind(&args.request, &signer, &party, REQUEST)
        .map_err(|error| whose_request(error, &args.request))?
        .only(&["request"])?;
    let request = file.one("request", MediationRequest::from_bytes)?;
    // What the mediator records must be what is signed.
    let digest = digest(&request.message).context(refused("the request is not for the hash of a file"))?;
    let row = key.mediate(&request, &public, &mut OsRng)?;
    write_new(&args.out, &text_of(ROW, [("row", row.to_bytes().as_slice())]))?;
    let label = Protection::public(&args.key)?;
    names::tell_earlier(request.claim.policy().leaves());
    output.print(&[
        whose("user", &label),
        mediator(&label),
        ("claim", json!(request.claim.policy().to_string())),
        ("sha256", json!(hex::encode(digest))),
        ("row", json!(args.out.display().to_string())),
    ])
}

/// A letter from somebody else is no request from the signer.
fn whose_request(error: anyhow::Error, path: &Path) -> anyhow::Error {
    if error.downcast_ref() == Some(&LetterError::OtherSender) {
        let message = format!("{} is no request from the party to whom that key was issued", path.display());
        return unverified(message).into();
    }
    error
}

fn read(path: &Path, secrets: &Protection) -> anyhow::Result<(VerifyingKey, MediatorKey)> {
    let bytes = secrets.open(path, MEDIATOR_KEY)?;
    let damaged = || damaged(path);
    let (signer, key) = bytes.split_first_chunk::<32>().with_context(damaged)?;
    let signer = VerifyingKey::from_bytes(*signer).with_context(damaged)?;
    match MediatorKey::from_bytes(key) {
        Err(DecodeError::UnknownTag { .. }) => {
            let message = format!("{} is a mediator's key of an earlier build, which counts no more", path.display());
            bail!(refused(message).hint("the authority issues the signer's key anew"))
        }
        key => Ok((signer, key.with_context(damaged)?)),
    }
}

pub fn revoke(args: &RevokeArgs, output: Output) -> anyhow::Result<()> {
    let label = Protection::public_of_kind(&args.key, MEDIATOR_KEY)?;
    std::fs::remove_file(&args.key).with_context(|| format!("cannot delete {}", args.key.display()))?;
    output.print(&[whose("revoked", &label), mediator(&label), ("deleted", json!(args.key.display().to_string()))])
}

/// Stands in a key file's label between the mediator's attribute and the signer's name.
pub const FOR: &str = " for ";

fn whose<'a>(name: &'a str, label: &str) -> (&'a str, Value) {
    (name, json!(label.split_once(FOR).map_or(label, |(_, user)| user)))
}

fn mediator(label: &str) -> (&'static str, Value) {
    ("mediator", json!(label.split_once(FOR).map(|(mediator, _)| mediator)))
}
