//! `medshare abe challenge …`: does somebody satisfy a policy?

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::whole_file::{NewFiles, must_be_new, write_new};
use medshare_crypto::abe::{
    Challenge, ChallengeAnswer, Ciphertext, PendingChallenge, Transcript, challenge, transform,
};
use medshare_crypto::hash::Hash32;
use medshare_crypto::policy::Policy;
use rand_core::OsRng;
use serde_json::json;

use super::bundle::{misspelt, read_issued, read_public_for};
use super::user::{read_own, read_user};
use crate::scheme::failure::unverified;
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic, signature};
use crate::scheme::secrets::{Protection, damaged};
use crate::scheme::text_file::{TextFile, fixed, text_of};

const CHALLENGE: &str = "medshare-abe-challenge: 2";
/// With 2 it did not say to which challenge it is: one to another was taken for a wrong one.
const ANSWER: &str = "medshare-abe-answer: 3";
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
    /// The answer is valid between these two parties only, and signed with your party's key: another who has the attributes does not answer for you. A challenge
    /// that is not signed by the party that asks you, one that somebody passes on in his own name, and a file that somebody dresses up as a challenge, are not answered.
    Answer(AnswerArgs),
    /// The asking side: check the answer. A challenge is checked once: a wrong answer uses it up, and one to another challenge leaves it.
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
    /// Your party's key file, NAME.party.key: signs the challenge.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
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
    /// Your party's key file, NAME.party.key: signs the answer.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
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
    let policy = Policy::typed(&args.policy)?;
    let files = NewFiles::create(&[&args.out, &args.pending])?;
    if args.purpose.is_empty() || args.purpose.len() > MAX_PURPOSE_LEN {
        bail!(Failure::argument(format!("the purpose is a text of 1 to {MAX_PURPOSE_LEN} bytes")));
    }
    let (party, prover) = (Party::read(&args.party, secrets)?, PartyPublic::read(&args.prover)?);
    let keys = read_public_for(&policy, &args.public)?;
    let parties = (&party.signing, prover.verifying);
    let made = challenge(&policy, &keys, parties, args.purpose.as_bytes(), &mut OsRng);
    let (made, pending) = made.map_err(|error| misspelt(error, &args.public))?;
    let pending = secrets.text(KIND, "waits for an answer", &pending.to_bytes())?;
    let (transcript, ciphertext) = (made.transcript.to_bytes(), made.ciphertext.to_bytes());
    let signature = made.signature.to_bytes();
    let lines: [(&str, &[u8]); 3] =
        [("transcript", &transcript), ("ciphertext", &ciphertext), ("signature", &signature)];
    files.write(&[&text_of(CHALLENGE, lines), &pending])?.finish()?;
    let results = vec![
        ("policy", json!(policy.to_string())),
        ("purpose", json!(args.purpose)),
        ("challenge", json!(args.out.display().to_string())),
        ("pending", json!(args.pending.display().to_string())),
    ];
    output.print(&names::told_in(&policy, results, output))
}

fn answer(args: &AnswerArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let file = TextFile::read(&args.challenge, CHALLENGE)?.only(&["transcript", "ciphertext", "signature"])?;
    let asked = Challenge {
        transcript: file.one("transcript", Transcript::from_bytes)?,
        ciphertext: file.one("ciphertext", Ciphertext::from_bytes)?,
        signature: file.one("signature", fixed(signature))?,
    };
    let (party, verifier) = (Party::read(&args.party, secrets)?, PartyPublic::read(&args.verifier)?);
    asked.check(&verifier.verifying, &party.public().verifying)?;
    let (user, registration) = read_user(&args.key, secrets)?;
    let transformed = transform(&asked.ciphertext, &read_own(&registration, &args.key)?, &read_issued(&args.issued)?)?;
    let parties = (&verifier.verifying, &party.signing);
    let answer = user.answer(&asked, &transformed, parties).context("the challenge is not answered")?;
    let signature = answer.signature.to_bytes();
    let lines: [(&str, &[u8]); 3] =
        [("challenge", answer.challenge.as_bytes()), ("answer", &answer.mac), ("signature", &signature)];
    write_new(&args.out, &text_of(ANSWER, lines))?;
    let Challenge { transcript, ciphertext, .. } = asked;
    let policy = ciphertext.policy()?;
    names::tell_earlier(policy.leaves());
    output.print(&[
        ("policy", json!(policy.to_string())),
        ("purpose", json!(String::from_utf8_lossy(&transcript.purpose))),
        ("answer", json!(args.out.display().to_string())),
    ])
}

fn verify(args: &VerifyArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let answer = TextFile::read(&args.answer, ANSWER)?.only(&["challenge", "answer", "signature"])?;
    let answer = ChallengeAnswer {
        challenge: answer.one("challenge", fixed(|bytes| Ok(Hash32::from_bytes(*bytes))))?,
        mac: answer.one("answer", fixed(|bytes| Ok(*bytes)))?,
        signature: answer.one("signature", fixed(signature))?,
    };
    let pending = secrets.open(&args.pending, KIND)?;
    let pending = PendingChallenge::from_bytes(&pending).with_context(|| damaged(&args.pending))?;
    if !pending.is_meant(&answer) {
        let (answer, pending) = (args.answer.display(), args.pending.display());
        let message = format!("{answer} answers another challenge than {pending} waits for");
        bail!(unverified(message).hint("ask for the answer to this one: it still waits"));
    }
    std::fs::remove_file(&args.pending).with_context(|| format!("cannot delete {}", args.pending.display()))?;
    let transcript = pending.transcript().clone();
    pending.check(&answer).map_err(|wrong| {
        let used_up = format!("{} is used up by it, and was deleted: make another challenge", args.pending.display());
        unverified(wrong.to_string()).hint(used_up)
    })?;
    output.print(&[
        ("party", json!(transcript.prover.to_string())),
        ("purpose", json!(String::from_utf8_lossy(&transcript.purpose))),
        ("satisfied", json!(true)),
    ])
}
