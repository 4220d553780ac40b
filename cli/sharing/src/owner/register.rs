//! `medshare owner register`.

use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::names;
use crate::setting::Name;
use crate::told::Told;
use crate::waiting::{Again, while_deciding};
use clap::Args;
use medshare_agent::card::Card;
use medshare_agent::client::while_too_early;
use medshare_agent::clock;
use medshare_cli_terminal::{Answer, Exit, Failure};
use medshare_ledger::id::Label;
use serde_json::json;
use std::path::PathBuf;

/// Register a requestor from her card.
///
/// Checks the card's signature, network, organisation and registration, adds the organisation's signature, and waits until the
/// registration is on the ledger, where key and role stand for good. Whether the card is hers is for the organisation to find out: compare the RID with her.
#[derive(Debug, Args)]
pub struct RegisterArgs {
    /// Card that the requestor made with `medshare key card`.
    #[arg(long = "requestor", value_name = "CARD")]
    card: PathBuf,
    /// Refuse the card unless it asks for this role.
    #[arg(long)]
    role: Option<Label>,
    /// Take a role that is spelt almost like a usual one.
    #[arg(long)]
    new: bool,
    #[command(flatten)]
    key: KeyFileArgs,
}

pub fn run(args: &RegisterArgs, context: &Context) -> Result<Answer, Failure> {
    let (facts, node) = (context.facts()?, context.node()?);
    let card = Card::read(&args.card).map_err(Told::told)?;
    let keys = args.key.owner(context)?;
    let identity = &card.identity;
    let again = "the requestor makes a new card with `medshare key card`";
    if identity.network != facts.network() {
        return Err(context.whence(&[Name::Genesis], refused("the card was made for another network", again)));
    }
    if identity.organisation != keys.id() {
        let asked = names::owner_name(&facts, identity.organisation);
        let message =
            format!("the card asks {asked} to vouch, and the key is that of {}", names::owner_name(&facts, keys.id()));
        return Err(context.whence(&[Name::Key], refused(&message, again)));
    }
    if let Some(role) = args.role.as_ref().filter(|role| **role != identity.role) {
        let message = format!("the card asks for the role {}, and --role is {role}", identity.role);
        return Err(refused(
            &message,
            "if she is to have that role, name it with --role; otherwise she makes a new card",
        ));
    }
    names::role(&identity.role, args.new)?;
    let requestor = card.requestor().to_string();
    let role = identity.role.to_string();
    let submit = || while_too_early(|| node.submit_entry(&card.clone().countersigned(&keys.signing, clock::now())));
    let what = "waiting until the registration is on the ledger";
    let decided = while_deciding(context, &node, what, Again::Nothing, submit).map_err(Told::told)?;
    let registered = json!({
        "requestor": requestor,
        "role": role,
        "organisation": keys.id().to_string(),
        "entry": decided.entry,
        "height": decided.height,
    });
    let height = decided.height.unwrap_or_default();
    Answer::new(&registered, format!("registered {requestor} as {role} at height {height}"))
}

fn refused(message: &str, hint: &str) -> Failure {
    Failure::new(Exit::Refused, "card", message).hint(hint)
}
