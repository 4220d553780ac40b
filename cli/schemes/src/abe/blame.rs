//! `medshare abe blame …`: evidence against a node whose answer was wrong.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use medshare_cli_terminal::whole_file::{must_be_new, write_new};
use medshare_crypto::abe::{BlameProof, Ciphertext};
use rand_core::OsRng;
use serde_json::json;

use super::bundle::read_registration;
use super::transform_file::TransformFile;
use super::user::read_user;
use crate::scheme::output::Output;
use crate::scheme::party::PartyPublic;
use crate::scheme::secrets::Protection;
use crate::scheme::stored::read_header;
use crate::scheme::text_file::{TextFile, text_of};

const BLAME: &str = "medshare-abe-blame: 1";

#[derive(Debug, Subcommand)]
pub enum BlameAction {
    /// The user's part: make evidence that a node's answer does not open the file.
    ///
    /// The evidence shows nothing of your key. It cannot be made against a right answer, which it would open for everybody.
    Create(CreateArgs),
    /// Anybody's part: check the evidence, and that the node signed the answer.
    ///
    /// It also convicts the node when the file itself was made so that nothing opens it: look at who signed the file.
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Your key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The node's answer.
    #[arg(long, value_name = "FILE")]
    transform: PathBuf,
    /// The encrypted file.
    input: PathBuf,
    /// File for the evidence.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The accuser's registration.
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// The node's answer.
    #[arg(long, value_name = "FILE")]
    transform: PathBuf,
    /// The accused node's public file, NAME.party.
    #[arg(long, value_name = "FILE")]
    accused: PathBuf,
    /// The encrypted file.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// The evidence.
    evidence: PathBuf,
}

pub fn run(action: BlameAction, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    match action {
        BlameAction::Create(args) => create(&args, secrets, output),
        BlameAction::Verify(args) => verify(&args, output),
    }
}

fn create(args: &CreateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let transform = TransformFile::read(&args.transform)?.transform_of(&args.input)?;
    let header = read_header::<Ciphertext>(&args.input)?;
    let (user, registration) = read_user(&args.key, secrets)?;
    let evidence = user.blame(&registration, header.capsule(), &transform, &header.context(), &mut OsRng)?;
    write_new(&args.out, &text_of(BLAME, [("evidence", evidence.to_bytes().as_slice())]))?;
    output.print(&[("evidence", json!(args.out.display().to_string()))])
}

fn verify(args: &VerifyArgs, output: Output) -> anyhow::Result<()> {
    let user = read_registration(&args.registration)?;
    let node = PartyPublic::read(&args.accused)?;
    let answer = TransformFile::read(&args.transform)?;
    let evidence = TextFile::read(&args.evidence, BLAME)?.only(&["evidence"])?;
    let evidence = evidence.one("evidence", BlameProof::from_bytes)?;
    answer.check_node(&node.verifying, &user)?;
    let transform = answer.transform_of(&args.file)?;
    let header = read_header::<Ciphertext>(&args.file)?;
    evidence.verify(&user, header.capsule(), &transform, &header.context()).context("the accusation is not upheld")?;
    output.print(&[
        ("accuser", json!(String::from_utf8_lossy(user.gid()))),
        ("node", json!(node.verifying.to_string())),
        ("answer", json!("wrong")),
    ])
}
