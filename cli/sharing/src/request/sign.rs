//! `medshare request sign`, and what of it `submit` shares: the wish and its signature.

use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::names;
use crate::new_file;
use clap::Args;
use medshare_agent::request::sign_request;
use medshare_cli_terminal::{Answer, Failure, shell, whole};
use medshare_exchange::request::SignedRequest;
use medshare_ledger::purpose::{ActReason, Purpose, ResearchUse, UseModifier};
use medshare_ledger::request::MAX_REQUEST_LIFETIME_MS;
use rand_core::OsRng;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// Longest time for an answer that the ledger takes, in hours.
const MAX_HOURS: u64 = MAX_REQUEST_LIFETIME_MS / (60 * 60 * 1_000);

/// What is asked for.
#[derive(Debug, Args)]
pub struct WishArgs {
    /// Owner of the data, by name or OID.
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// The owner's data set.
    #[arg(long, value_name = "NAME")]
    dataset: String,
    /// What for, an HL7 ActReason code such as HRESCH.
    #[arg(long, value_name = "CODE")]
    purpose: ActReason,
    /// Which research, a GA4GH DUO code such as HMB.
    #[arg(long, value_name = "CODE")]
    research: Option<ResearchUse>,
    /// Condition that is accepted, a GA4GH DUO code such as IRB; may be repeated.
    #[arg(long = "accept", value_name = "CODE")]
    accepts: Vec<UseModifier>,
    /// For how long it may be answered, in whole hours, at most 720 (30 days): afterwards nobody delivers on it any more.
    #[arg(long, value_name = "HOURS", default_value_t = 1, value_parser = whole("hours", 1..=MAX_HOURS), allow_negative_numbers = true)]
    answer_within: u64,
    #[command(flatten)]
    key: KeyFileArgs,
}

impl WishArgs {
    /// Whose wish it is.
    pub const fn key(&self) -> &KeyFileArgs {
        &self.key
    }

    /// Signs what is asked for.
    ///
    /// # Errors
    /// When no genesis is named or the network has no such owner or data set, or the key does not open.
    pub fn sign(&self, context: &Context) -> Result<SignedRequest, Failure> {
        let facts = context.facts()?;
        let owner = names::owner(&facts, &self.owner)?;
        let dataset = names::dataset(&facts, owner, &self.dataset)?;
        let keys = self.key.requestor(context)?;
        let mut accepts = self.accepts.clone();
        accepts.sort_unstable();
        accepts.dedup();
        let purpose = Purpose { reason: self.purpose, research: self.research, accepts };
        let answered_within = Duration::from_secs(self.answer_within * 60 * 60);
        Ok(sign_request(&facts, dataset, purpose, answered_within, &keys.signing, &mut OsRng))
    }
}

/// Sign a request without sending it.
#[derive(Debug, Args)]
pub struct SignArgs {
    #[command(flatten)]
    wish: WishArgs,
    /// File to make; an existing one is never replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(args: &SignArgs, context: &Context) -> Result<Answer, Failure> {
    let signed = args.wish.sign(context)?;
    new_file::write(&args.out, &signed.encode())?;
    let file = args.out.display().to_string();
    let made = json!({
        "request": signed.hash().to_string(),
        "requestor": signed.request.requestor().to_string(),
        "owner": signed.request.owner.to_string(),
        "file": file,
    });
    let next = format!("medshare request send {}{}", shell::path(&args.out), context.typed());
    Answer::new(&made, format!("signed {}\nsend it within ten minutes: {next}", signed.hash()))
}
