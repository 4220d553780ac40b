//! `medshare authority issue`.

use super::desk::{Desk, IssuedAttribute, PUBLISHED};
use super::refusals::has_room;
use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::told::MORE_NODES;
use crate::waiting::{Again, while_deciding};
use clap::Args;
use medshare_cli_terminal::confirm::confirmed;
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::{Answer, Exit, Failure};
use medshare_crypto::policy::AttributeName;
use medshare_genesis::keys::AuthorityKeys;
use medshare_ledger::facts::{Authority, NetworkFacts};
use medshare_ledger::id::RequestorId;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// Issue attributes to a requestor.
///
/// Takes the requestor's registration and the attribute's key from a state that a quorum of the genesis' validators certified just now, publishes
/// the key where that lacks it, seals a proxy key to every validator of the genesis, and waits until such a state has the grant. A grant holds behind the revocations that its
/// authority knew of: where the requestor's access was taken away before, you say how often that you know of, or are asked.
#[derive(Debug, Args)]
pub struct IssueArgs {
    #[command(flatten)]
    key: KeyFileArgs,
    /// Attribute, NAME@AUTHORITY; may be repeated.
    #[arg(long = "attribute", value_name = "NAME@AUTHORITY", required = true)]
    attributes: Vec<AttributeName>,
    /// RID of the requestor, whole: no list of requestors can be asked.
    #[arg(long = "to", value_name = "RID", value_parser = whole_rid)]
    requestor: RequestorId,
    /// Publish an attribute that no data set's policy names; a published one stands on the ledger for good.
    #[arg(long)]
    new: bool,
    /// How often the requestor's access was taken away that you know of, as `medshare audit verify` tells of a bundle about her: nothing is
    /// signed when it was more often. Where nobody can be asked, it is needed once it was at all.
    #[arg(long, value_name = "NUMBER")]
    revocations: Option<u32>,
}

/// An attribute is issued to nobody by mistake: the whole RID is asked for, and it is said where it stands.
fn whole_rid(text: &str) -> Result<RequestorId, String> {
    text.parse().map_err(|_| {
        "expected a whole RID, 32 hexadecimal digits: she tells it, `medshare key show` prints it of her key file, and the organisation \
         that registered her has it; first digits are not enough, as no list of requestors can be asked"
            .to_owned()
    })
}

#[derive(Serialize)]
struct Issued {
    requestor: String,
    authority: String,
    attributes: Vec<IssuedAttribute>,
}

pub fn run(args: &IssueArgs, context: &Context) -> Result<Answer, Failure> {
    let (facts, node) = (context.facts()?, context.node()?);
    let keys = args.key.authority(context)?;
    let desk = Desk { authority: own_authority(&facts, &keys)?, facts: &facts, node: &node, keys: &keys };
    let what = format!("waiting until it is proven who {} is", args.requestor);
    let to = while_deciding(context, &node, &what, Again::Nothing, || desk.registered(args.requestor))?;
    known(args, to.revocations.count, context.json())?;
    let mut wanted = args.attributes.clone();
    let mut seen = BTreeSet::new();
    wanted.retain(|attribute| seen.insert(attribute.clone()));
    // all of them are looked at before the first is recorded
    has_room(&desk.authority.name, &to, &wanted)?;
    wanted.iter().try_for_each(|attribute| desk.published(args.requestor, attribute, args.new).map(drop))?;
    let mut attributes = Vec::new();
    for attribute in &wanted {
        let what = format!("waiting until {attribute} is on the ledger");
        let issue = || desk.issue(attribute, args.new, &to);
        let issued = while_deciding(context, &node, &what, Again::Issues, issue);
        attributes.push(issued.map_err(|failure| after(failure, &attributes))?);
    }
    let lines = attributes.iter().map(|issued| {
        let published = if issued.published { ", its key published" } else { "" };
        let held = if issued.held { ": she held it already, and it is issued anew" } else { "" };
        let place = issued.height.map_or_else(String::new, |height| format!(" at height {height}"));
        let issued_to = format!("issued {} to {}{place}{published}{held}", issued.attribute, args.requestor);
        let untaken = issued.not_taken_by.iter().map(|said| untaken(&issued.attribute, said));
        [issued_to].into_iter().chain(untaken).collect::<Vec<_>>().join("\n")
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let issued =
        Issued { requestor: args.requestor.to_string(), authority: desk.authority.name.to_string(), attributes };
    Answer::new(&issued, text)
}

/// That a named node did not take the copies of an attribute's proxy key.
fn untaken(attribute: &str, said: &Value) -> String {
    let of = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    line(&format!(
        "  not taken by {}, which has the key for {attribute} once another node hands it on: {}",
        of("node"),
        of("message")
    ))
}

/// A failure with what was recorded before it.
fn after(failure: Failure, issued: &[IssuedAttribute]) -> Failure {
    let names: Vec<&str> = issued.iter().map(|issued| issued.attribute.as_str()).collect();
    let key_of =
        failure.document().pointer(&format!("/error/details/{PUBLISHED}")).and_then(Value::as_str).map(str::to_owned);
    let issued = (!names.is_empty()).then(|| format!("{} issued", names.join(", ")));
    let published = key_of.map(|attribute| format!("the key of {attribute} published"));
    let recorded = [issued, published].into_iter().flatten().collect::<Vec<_>>().join(", and ");
    if recorded.is_empty() {
        return failure;
    }
    let failure = if names.is_empty() { failure } else { failure.detail("issued_before", names) };
    // else its own hint says more
    let is_old = failure.code() == "old-state";
    let failure = failure.aside(&format!("recorded before: {recorded}"));
    if is_old { failure.hint(format!("what was recorded before stays; {MORE_NODES}")) } else { failure }
}

fn own_authority<'a>(facts: &'a NetworkFacts, keys: &AuthorityKeys) -> Result<&'a Authority, Failure> {
    let key = keys.signing.verifying_key();
    let own = facts.genesis().authorities.iter().find(|authority| authority.key == key);
    own.ok_or_else(|| {
        Failure::new(Exit::Key, "not-an-authority", "this key is no authority's of this network")
            .hint("authorities stand in the genesis")
    })
}

/// Goes on only where somebody knows of every revocation that the grant is to stand behind: its number was said, or is.
fn known(args: &IssueArgs, count: u32, json: bool) -> Result<(), Failure> {
    let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
    let taken = format!("access of {} was taken away {times}, by violations or by owners", args.requestor);
    let look = format!(
        "`medshare audit export --requestor {} --out FILE` stores the proof, and `medshare audit verify FILE` then tells how often access was taken \
         away, and by what; --revocations {count} issues all the same",
        args.requestor
    );
    let failure = |message: String| {
        let failure = Failure::new(Exit::Unconfirmed, "unseen-revocation", message);
        failure.detail("revocations", count).hint(look.clone())
    };
    match args.revocations {
        Some(known) if known == count => Ok(()),
        Some(known) => Err(failure(format!("{taken}, and --revocations says {known}; nothing was sent"))),
        None if count == 0 => Ok(()),
        None if !json && confirmed(&format!("The {taken}. Shall it be issued all the same?"))? == Some(true) => Ok(()),
        None => Err(failure(format!("{taken}, and nobody said to know of it; nothing was sent"))),
    }
}
