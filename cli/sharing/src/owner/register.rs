//! `medshare owner register`.

use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::names;
use crate::setting::Name;
use crate::told::Told;
use crate::waiting::{Again, while_deciding};
use clap::Args;
use medshare_agent::card::Card;
use medshare_agent::client::{NodeClient, dated};
use medshare_cli_terminal::{Answer, Exit, Failure};
use medshare_ledger::entry::Identity;
use medshare_ledger::id::Label;
use medshare_ledger::identity_proof::IdentityStanding;
use medshare_ledger::rejection::Rejection;
use medshare_ledger::state::IdentityRecord;
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
    let (requestor, role) = (card.requestor(), identity.role.to_string());
    let what = format!("waiting until it is proven that nobody is registered as {requestor}");
    let ask = |one: &NodeClient, certified| one.proven_identity(&facts, requestor, certified);
    let look = || node.proven_now(&facts, ask, |standing| standing.time);
    let before = while_deciding(context, &node, &what, Again::Nothing, look).map_err(Told::told)?;
    if let Some(known) = before.identity {
        return Err(registered_already(&known.identity, identity));
    }
    let entry = card.clone().countersigned(&keys.signing, dated(&facts, before.time));
    // the same registered at the same moment is as good
    let is_it = |record: &IdentityRecord| is_same(&record.identity, identity);
    let settles = |standing: &IdentityStanding| (standing.identity.is_some(), standing.height);
    let what = "waiting until the registration is on the ledger";
    let bring = || node.bring(&entry, ask, settles);
    let brought = while_deciding(context, &node, what, Again::Nothing, bring).map_err(Told::told)?;
    // who stands there stays: somebody was registered under that RID meanwhile
    if let Some(other) = brought.standing.identity.as_ref().filter(|record| !is_it(record)) {
        return Err(registered_already(&other.identity, identity));
    }
    let registered = json!({
        "requestor": requestor.to_string(),
        "role": role,
        "organisation": keys.id().to_string(),
        "entry": entry.hash().to_string(),
        "height": brought.height,
    });
    let place = brought.height.map_or_else(String::new, |height| format!(" at height {height}"));
    Answer::new(&registered, format!("registered {requestor} as {role}{place}"))
}

/// Whether two registrations are of one person, role and organisation, whenever they were signed.
fn is_same(known: &Identity, card: &Identity) -> bool {
    *known == Identity { at: known.at, ..card.clone() }
}

/// A registration stands for good: whoever stands there with other keys, role or organisation stays so.
fn registered_already(known: &Identity, card: &Identity) -> Failure {
    let rejection = Rejection::IdentityExists;
    let failure = Failure::new(Exit::Refused, "rejected", rejection.to_string()).detail("rejection", rejection.code());
    if is_same(known, card) {
        failure.hint("nothing is to be done: `medshare authority issue` can issue to this RID")
    } else {
        let (role, organisation) = (known.role.to_string(), known.organisation.to_string());
        failure.detail("role", role).detail("organisation", organisation).hint(
            "as the card does not say: with another role, organisation or sealing key, which stay; under another RID she makes a new key and card",
        )
    }
}

fn refused(message: &str, hint: &str) -> Failure {
    Failure::new(Exit::Refused, "card", message).hint(hint)
}
