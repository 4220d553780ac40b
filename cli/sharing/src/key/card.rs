//! `medshare key card`.

use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::names;
use crate::told::Told;
use clap::Args;
use medshare_agent::card::Card;
use medshare_agent::clock;
use medshare_agent::vault::durable::create_new;
use medshare_cli_terminal::{Answer, Exit, Failure};
use medshare_ledger::id::Label;
use rand_core::OsRng;
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;

/// Make the card with which an organisation registers a requestor.
///
/// The card holds her public keys and her role, signed by her. It is no secret, but it is a pseudonym: hand it to that
/// organisation only, which registers her with `medshare owner register`.
#[derive(Debug, Args)]
pub struct CardArgs {
    #[command(flatten)]
    key: KeyFileArgs,
    /// Organisation that is asked to vouch, by name or OID.
    #[arg(long, value_name = "NAME")]
    organisation: String,
    /// Role for admission policies, such as researcher or doctor.
    #[arg(long)]
    role: Label,
    /// File to make; an existing one is never replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(args: CardArgs, context: &Context) -> Result<Answer, Failure> {
    let facts = context.facts()?;
    let organisation = names::owner(&facts, &args.organisation)?;
    let keys = args.key.requestor()?;
    let card =
        Card::sign(&keys, facts.network(), organisation, args.role, clock::now(), &mut OsRng).map_err(Told::told)?;
    let text = card.to_text();
    create_new(&args.out, |file| file.write_all(text.as_bytes())).map_err(|e| {
        let message = format!("cannot write the card {}: {e}", args.out.display());
        Failure::new(Exit::Failure, "output", message)
    })?;
    let made = json!({
        "file": args.out.display().to_string(),
        "requestor": card.requestor().to_string(),
        "organisation": organisation.id.to_string(),
        "role": card.identity.role.as_str(),
        "network": facts.network().to_string(),
    });
    let text = format!(
        "made {}\nRID  {}\n{} registers it with `medshare owner register --requestor {}`",
        args.out.display(),
        card.requestor(),
        organisation.name,
        args.out.display()
    );
    Answer::new(&made, text)
}
