//! `medshare key card`.

use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::names;
use crate::new_file;
use crate::told::Told;
use clap::Args;
use medshare_agent::card::Card;
use medshare_cli_terminal::{Answer, Failure, shell};
use medshare_ledger::id::Label;
use rand_core::OsRng;
use serde_json::json;
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
    /// Role for admission policies, such as researcher or doctor: it stands on the ledger for good.
    #[arg(long)]
    role: Label,
    /// Take a role that is spelt almost like a usual one.
    #[arg(long)]
    new: bool,
    /// File to make; an existing one is never replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(args: CardArgs, context: &Context) -> Result<Answer, Failure> {
    let facts = context.facts()?;
    let organisation = names::owner(&facts, &args.organisation)?;
    names::role(&args.role, args.new)?;
    let keys = args.key.requestor(context)?;
    let card = Card::sign(&keys, facts.network(), organisation, args.role, &mut OsRng).map_err(Told::told)?;
    let text = card.to_text();
    new_file::hand_out(&args.out, &text)?;
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
        shell::path(&args.out)
    );
    Answer::new(&made, text)
}
