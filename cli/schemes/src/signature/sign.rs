//! `medshare signature begin | finish`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use medshare_cli_terminal::whole_file::{NewFiles, must_be_new};
use medshare_crypto::attribute_signature::{Claim, MediatedRow, PendingSignature, SignerKey};
use medshare_crypto::policy::AttributeName;
use rand_core::OsRng;
use serde_json::json;

use super::authority::read_public;
use super::mediator::{REQUEST, ROW};
use super::message::of_file;
use super::verify::{SignatureFile, claim_of, is_named};
use crate::scheme::handed::{SIGNER_KEY, read};
use crate::scheme::letter;
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::secrets::Protection;
use crate::scheme::text_file::{TextFile, text_of};

const PENDING: &str = "medshare-signature-pending: 2";

#[derive(Debug, Args)]
pub struct BeginArgs {
    /// Your signing key, as `medshare party accept` made it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The authority's public file, NAME.signing.public.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// What the signature says about you, e.g. "DOCTOR@HOSPITAL-A" or "2 of (A@X, B@Y, C@Z)".
    #[arg(long, value_name = "POLICY")]
    claim: String,
    /// Take names in it that are written so that others look the same, where builds before made them.
    #[arg(long)]
    earlier_names: bool,
    /// The mediator, e.g. ACTIVE@CLOUD-C.
    #[arg(long)]
    mediator: String,
    /// Your party's key file: signs the letter.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// The mediator's public file as a party.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// The file to sign.
    #[arg(value_name = "DOCUMENT")]
    file: PathBuf,
    /// File for the letter to the mediator.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// File that you keep until the mediator answers.
    #[arg(long, value_name = "FILE")]
    pending: PathBuf,
}

#[derive(Debug, Args)]
pub struct FinishArgs {
    /// The authority's public file, NAME.signing.public.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// The file that was kept.
    #[arg(long, value_name = "FILE")]
    pending: PathBuf,
    /// The mediator's answer.
    #[arg(long, value_name = "FILE")]
    row: PathBuf,
    /// The file to sign.
    #[arg(value_name = "DOCUMENT")]
    file: PathBuf,
    /// File for the signature.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn begin(args: &BeginArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let files = NewFiles::create(&[&args.out, &args.pending])?;
    let (policy, mediator) = (names::typed_claim(&args.claim, args.earlier_names)?, names::attribute(&args.mediator)?);
    let claim = Claim::new(&policy, &mediator)?;
    let (public, to) = (read_public(&args.public)?, PartyPublic::read(&args.to)?);
    is_named(&public, &mediator)?;
    let key = read(&args.key, SIGNER_KEY, secrets, SignerKey::from_bytes)?;
    let party = Party::read(&args.party, secrets)?;
    let message = of_file(&args.file, output)?;
    let (request, pending) = key.begin(&message, claim, &public, &mut OsRng)?;
    let letter = letter::seal(&party, &to, &text_of(REQUEST, [("request", request.to_bytes().as_slice())]))?;
    let (claimed, pending) = (policy.to_string(), pending.to_bytes());
    let lines =
        [("claim", claimed.as_bytes()), ("mediator", mediator.as_str().as_bytes()), ("pending", pending.as_slice())];
    files.write(&[&letter, &text_of(PENDING, lines)])?.finish()?;
    names::tell_earlier(policy.leaves());
    let results = vec![
        ("claim", json!(claimed)),
        ("request", json!(args.out.display().to_string())),
        ("pending", json!(args.pending.display().to_string())),
    ];
    output.print(&names::told(
        policy.leaves().into_iter().chain([&mediator]).map(AttributeName::as_str),
        results,
        output,
    ))
}

pub fn finish(args: &FinishArgs, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let public = read_public(&args.public)?;
    let file = TextFile::read(&args.pending, PENDING)?.only(&["claim", "mediator", "pending"])?;
    let (policy, mediator) = (file.text("claim")?, file.text("mediator")?);
    let claim = claim_of(&policy, &mediator)?;
    let pending = file.one("pending", PendingSignature::from_bytes)?;
    let row = TextFile::read(&args.row, ROW)?.only(&["row"])?.one("row", MediatedRow::from_bytes)?;
    let signature = pending.complete(row);
    signature
        .verify(&of_file(&args.file, output)?, &claim, &public)
        .context("the parts make no signature: they are of different files, or the mediator's is wrong")?;
    SignatureFile { policy: policy.clone(), mediator: mediator.clone(), signature }.write(&args.out)?;
    output.print(&[
        ("claim", json!(policy)),
        ("mediator", json!(mediator)),
        ("signature", json!(args.out.display().to_string())),
    ])
}
