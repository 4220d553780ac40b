//! `medshare abe challenge …`: does somebody satisfy a policy?

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::whole_file::{must_be_new, write_new};
use medshare_crypto::abe::{ChallengeAnswer, Ciphertext, PendingChallenge, Transcript, challenge, transform};
use medshare_crypto::policy::Policy;
use rand_core::OsRng;
use serde_json::json;

use super::bundle::{misspelt, read_issued, read_public};
use super::user::read_user;
use crate::scheme::failure::refused;
use crate::scheme::output::Output;
use crate::scheme::party::PartyPublic;
use crate::scheme::secrets::{Protection, damaged};
use crate::scheme::text_file::{TextFile, fixed, text_of};

const CHALLENGE: &str = "medshare-abe-challenge: 1";
const ANSWER: &str = "medshare-abe-answer: 1";
/// Kind of the key file in which a challenge waits for its answer.
const KIND: &str = "abe-challenge";
/// Longest purpose, in bytes.
const MAX_PURPOSE_LEN: usize = 1024;

#[derive(Debug, Subcommand)]
pub enum ChallengeAction {
    /// The asking side: challenge one party to satisfy a policy, for a purpose.
    Create(CreateArgs),
    /// The answering side: answer a challenge by the party that asks you, after reading its purpose.
    ///
    /// The answer is valid between these two parties only. A challenge that somebody passes on in his own name, and a file that
    /// somebody dresses up as a challenge, are not answered.
    Answer(AnswerArgs),
    /// The asking side: check the answer. A challenge is checked once.
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// What the other side has to satisfy.
    #[arg(long)]
    policy: String,
    /// Public file of an authority that the policy names. Can be given several times.
    #[arg(long, required = true, value_name = "FILE")]
    public: Vec<PathBuf>,
    /// Your own public file as a party, NAME.party.
    #[arg(long, value_name = "FILE")]
    me: PathBuf,
    /// The other side's public file as a party.
    #[arg(long, value_name = "FILE")]
    prover: PathBuf,
    /// What is being authorised, in words; the other side reads it.
    #[arg(long, value_name = "TEXT")]
    purpose: String,
    /// File for the challenge, to be sent.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// File that you keep until the answer comes. Secret.
    #[arg(long, value_name = "FILE")]
    pending: PathBuf,
}

#[derive(Debug, Args)]
pub struct AnswerArgs {
    /// Your key file (`medshare abe user create`).
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A file of keys that an authority issued for you. Can be given several times.
    #[arg(long, required = true, value_name = "FILE")]
    issued: Vec<PathBuf>,
    /// Your own public file as a party.
    #[arg(long, value_name = "FILE")]
    me: PathBuf,
    /// The public file of the party that asks you.
    #[arg(long, value_name = "FILE")]
    verifier: PathBuf,
    /// The challenge.
    challenge: PathBuf,
    /// File for the answer.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The file that was kept; it is deleted.
    #[arg(long, value_name = "FILE")]
    pending: PathBuf,
    /// The answer.
    answer: PathBuf,
}

pub fn run(action: ChallengeAction, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    match action {
        ChallengeAction::Create(args) => create(&args, secrets, output),
        ChallengeAction::Answer(args) => answer(&args, secrets, output),
        ChallengeAction::Verify(args) => verify(&args, secrets, output),
    }
}

fn create(args: &CreateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let policy: Policy = args.policy.parse()?;
    must_be_new(&[&args.out, &args.pending])?;
    if args.purpose.is_empty() || args.purpose.len() > MAX_PURPOSE_LEN {
        bail!(Failure::argument(format!("the purpose is a text of 1 to {MAX_PURPOSE_LEN} bytes")));
    }
    let transcript = Transcript {
        verifier: PartyPublic::read(&args.me)?.verifying,
        prover: PartyPublic::read(&args.prover)?.verifying,
        nonce: [0; 32],
        purpose: args.purpose.clone().into_bytes(),
    };
    let keys = read_public(&args.public)?;
    let made = challenge(&policy, &keys, transcript, &mut OsRng);
    let (ciphertext, transcript, pending) = made.map_err(|error| misspelt(error, &args.public))?;
    secrets.write(&args.pending, KIND, "waits for an answer", &pending.to_bytes())?;
    let (transcript, ciphertext) = (transcript.to_bytes(), ciphertext.to_bytes());
    let lines = [("transcript", transcript.as_slice()), ("ciphertext", ciphertext.as_slice())];
    write_new(&args.out, &text_of(CHALLENGE, lines))?;
    output.print(&[
        ("policy", json!(policy.to_string())),
        ("purpose", json!(args.purpose)),
        ("challenge", json!(args.out.display().to_string())),
        ("pending", json!(args.pending.display().to_string())),
    ])
}

fn answer(args: &AnswerArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let file = TextFile::read(&args.challenge, CHALLENGE)?.only(&["transcript", "ciphertext"])?;
    let transcript = file.one("transcript", Transcript::from_bytes)?;
    let ciphertext = file.one("ciphertext", Ciphertext::from_bytes)?;
    let (me, verifier) = (PartyPublic::read(&args.me)?, PartyPublic::read(&args.verifier)?);
    if transcript.prover != me.verifying {
        bail!(refused("the challenge is for another party than you: do not answer it for somebody else"));
    }
    if transcript.verifier != verifier.verifying {
        bail!(refused("the challenge is by another party than the one you named: somebody may be in between"));
    }
    let (user, registration) = read_user(&args.key, secrets)?;
    let transformed = transform(&ciphertext, &registration, &read_issued(&args.issued)?)?;
    let answer = user.answer(&ciphertext, &transformed, &transcript).context("the challenge is not answered")?;
    write_new(&args.out, &text_of(ANSWER, [("answer", answer.0.as_slice())]))?;
    output.print(&[
        ("policy", json!(ciphertext.policy()?.to_string())),
        ("purpose", json!(String::from_utf8_lossy(&transcript.purpose))),
        ("answer", json!(args.out.display().to_string())),
    ])
}

fn verify(args: &VerifyArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let answer = TextFile::read(&args.answer, ANSWER)?.only(&["answer"])?;
    let answer = answer.one("answer", fixed(|bytes| Ok(ChallengeAnswer(*bytes))))?;
    let pending = secrets.open(&args.pending, KIND)?;
    let pending = PendingChallenge::from_bytes(&pending).with_context(|| damaged(&args.pending))?;
    std::fs::remove_file(&args.pending).with_context(|| format!("cannot delete {}", args.pending.display()))?;
    let transcript = pending.transcript().clone();
    pending.check(&answer)?;
    output.print(&[
        ("party", json!(transcript.prover.to_string())),
        ("purpose", json!(String::from_utf8_lossy(&transcript.purpose))),
        ("satisfied", json!(true)),
    ])
}
