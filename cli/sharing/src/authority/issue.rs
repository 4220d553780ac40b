//! `medshare authority issue`.

use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::names::nearest;
use crate::told::Told;
use crate::waiting::{Again, while_deciding};
use clap::Args;
use medshare_agent::client::{NodeClient, while_too_early};
use medshare_agent::clock;
use medshare_cli_terminal::confirm::confirmed;
use medshare_cli_terminal::{Answer, Exit, Failure};
use medshare_crypto::abe::{Registration, VerifiedRegistration};
use medshare_crypto::policy::{AttributeName, Policy};
use medshare_exchange::api::Revocations;
use medshare_exchange::proxy_key::{ProxyKeyDelivery, SealedProxyKey, proxy_key_commitment, seal_proxy_key};
use medshare_genesis::dataset::can_be_issued;
use medshare_genesis::keys::AuthorityKeys;
use medshare_ledger::entry::{AttributeGrant, AttributeKey, AttributeKeys, Entry};
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::facts::{Authority, NetworkFacts};
use medshare_ledger::id::RequestorId;
use rand_core::OsRng;
use serde::Serialize;
use std::collections::BTreeSet;

/// Version of an attribute's first key.
const FIRST_VERSION: u32 = 1;

/// Issue attributes to a requestor.
///
/// Checks the requestor's registration on the ledger, publishes the attribute's key where the ledger lacks it, seals a proxy
/// key to every validator of the genesis, and waits until the grant is on the ledger. A grant holds behind the revocations that its
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

#[derive(Serialize)]
struct IssuedAttribute {
    attribute: String,
    version: u32,
    /// Whether the attribute's key was published just now.
    published: bool,
    /// Whether the requestor held it before.
    held: bool,
    /// Hash of the grant's entry.
    entry: String,
    height: Option<u64>,
    /// Nodes that a proxy key was sealed to.
    nodes: usize,
}

pub fn run(args: &IssueArgs, context: &Context) -> Result<Answer, Failure> {
    let (facts, node) = (context.facts()?, context.node()?);
    let keys = args.key.authority(context)?;
    let desk = Desk { authority: own_authority(&facts, &keys)?, facts: &facts, node: &node, keys: &keys };
    let to = registered(&node, args.requestor)?;
    known(args, to.revocations.count, context.json())?;
    let mut wanted = args.attributes.clone();
    let mut seen = BTreeSet::new();
    wanted.retain(|attribute| seen.insert(attribute.clone()));
    // all of them are looked at before the first is recorded
    let versions = wanted.iter().map(|attribute| desk.published_version(attribute, args.new));
    let versions = versions.collect::<Result<Vec<_>, _>>()?;
    let mut attributes = Vec::new();
    for (attribute, version) in wanted.iter().zip(versions) {
        let what = format!("waiting until {attribute} is on the ledger");
        let issued = while_deciding(context, &node, &what, Again::Issues, || desk.issue(attribute, version, &to));
        attributes.push(issued.map_err(|failure| after(failure, &attributes))?);
    }
    let lines = attributes.iter().map(|issued| {
        let published = if issued.published { ", its key published" } else { "" };
        let held = if issued.held { ": she held it already, and it is issued anew" } else { "" };
        let (attribute, height) = (&issued.attribute, issued.height.unwrap_or_default());
        format!("issued {attribute} to {} at height {height}{published}{held}", args.requestor)
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let issued =
        Issued { requestor: args.requestor.to_string(), authority: desk.authority.name.to_string(), attributes };
    Answer::new(&issued, text)
}

/// A failure with what was issued before it.
fn after(failure: Failure, issued: &[IssuedAttribute]) -> Failure {
    let names: Vec<&str> = issued.iter().map(|issued| issued.attribute.as_str()).collect();
    if names.is_empty() { failure } else { failure.detail("issued_before", names) }
}

fn own_authority<'a>(facts: &'a NetworkFacts, keys: &AuthorityKeys) -> Result<&'a Authority, Failure> {
    let key = keys.signing.verifying_key();
    let own = facts.genesis().authorities.iter().find(|authority| authority.key == key);
    own.ok_or_else(|| {
        Failure::new(Exit::Key, "not-an-authority", "this key is no authority's of this network")
            .hint("authorities stand in the genesis")
    })
}

/// Who is given an attribute.
struct To {
    requestor: RequestorId,
    user: VerifiedRegistration,
    /// The revocations of her access that the authority knows of.
    revocations: EntryChain,
    /// The attributes that she holds.
    held: Vec<String>,
}

/// The requestor as the ledger has her, the proof of her registration checked here.
fn registered(node: &NodeClient, requestor: RequestorId) -> Result<To, Failure> {
    let identity = node.identity(requestor).map_err(Told::told)?.ok_or_else(|| {
        Failure::new(Exit::Refused, "unknown-requestor", format!("{requestor} is not registered"))
            .hint("an organisation registers a requestor with `medshare owner register`")
    })?;
    let bad = || {
        let message = format!("the registration of {requestor} does not verify");
        Failure::new(Exit::Verification, "registration", message)
    };
    let bytes = hex::decode(&identity.registration).map_err(|_| bad())?;
    let registration = Registration::from_bytes(&bytes).map_err(|_| bad())?;
    let verified = registration.verify().map_err(|_| bad())?;
    if verified.gid() != requestor.as_bytes() {
        return Err(bad());
    }
    let Revocations { count, head } = identity.revocations;
    let head = head.parse().map_err(|_| {
        Failure::new(
            Exit::Unreachable,
            "bad-answer",
            "the node does not say how often access was revoked; ask another one",
        )
    })?;
    Ok(To { requestor, user: verified, revocations: EntryChain { count, head }, held: identity.attributes })
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

/// Refuses to publish a name that no data set's policy has.
fn named(facts: &NetworkFacts, attribute: &AttributeName) -> Result<(), Failure> {
    let policies = facts.genesis().datasets.iter().filter_map(|dataset| dataset.policy.parse::<Policy>().ok());
    let known: BTreeSet<AttributeName> = policies.flat_map(|policy| policy.attributes()).collect();
    if known.contains(attribute) {
        return Ok(());
    }
    let message =
        format!("no data set's policy names {attribute}: it would stand on the ledger for good, and open nothing");
    let failure = Failure::new(Exit::Refused, "unnamed-attribute", message);
    Err(match nearest(attribute.as_str(), known.iter().map(AttributeName::as_str)) {
        Some(near) => failure.detail("nearest", near).hint(format!("did you mean {near}? --new publishes it as it is")),
        None => failure.hint("--new publishes it as it is, for a data set of the future"),
    })
}

struct Desk<'a> {
    facts: &'a NetworkFacts,
    node: &'a NodeClient,
    keys: &'a AuthorityKeys,
    authority: &'a Authority,
}

impl Desk<'_> {
    fn issue(&self, attribute: &AttributeName, known: Option<u32>, to: &To) -> Result<IssuedAttribute, Failure> {
        let (version, published) = match known {
            Some(version) => (version, false),
            None => (self.publish(attribute)?, true),
        };
        let proxy_key = self.keys.secret.issue(&to.user, attribute, version).map_err(refused)?;
        let proxy_key = proxy_key.to_bytes();
        let copies = self.copies(&proxy_key)?;
        let nodes = copies.len();
        let signed = || {
            let grant = AttributeGrant {
                network: self.facts.network(),
                authority: self.authority.name.clone(),
                requestor: to.requestor,
                attribute: attribute.to_string(),
                version,
                proxy_key: proxy_key_commitment(&proxy_key),
                revocations: to.revocations,
                at: clock::now(),
            };
            ProxyKeyDelivery::sign(grant, copies.clone(), &self.keys.signing)
        };
        let decided = while_too_early(|| self.node.deliver_proxy_key(&signed())).map_err(Told::told)?;
        Ok(IssuedAttribute {
            attribute: attribute.to_string(),
            version,
            published,
            held: to.held.iter().any(|held| held == attribute.as_str()),
            entry: decided.entry,
            height: decided.height,
            nodes,
        })
    }

    /// The version of the attribute's key on the ledger; none where it has to be published.
    fn published_version(&self, attribute: &AttributeName, insisted: bool) -> Result<Option<u32>, Failure> {
        let own = |version| self.keys.secret.attribute_public(attribute, version).map_err(refused);
        let first = own(FIRST_VERSION)?;
        let Some(known) = self.node.attribute_key(attribute.as_str()).map_err(Told::told)? else {
            can_be_issued(attribute).map_err(|wrong| Failure::argument(wrong.to_string()))?;
            return if insisted { Ok(None) } else { named(self.facts, attribute).map(|()| None) };
        };
        let key = if known.version == FIRST_VERSION { first } else { own(known.version)? };
        if key.to_bytes() == known.public {
            Ok(Some(known.version))
        } else {
            let message = format!("the published key of {attribute} does not belong to this key file");
            Err(Failure::new(Exit::Key, "other-generation", message))
        }
    }

    /// Publishes the first key of an attribute.
    fn publish(&self, attribute: &AttributeName) -> Result<u32, Failure> {
        let public = self.keys.secret.attribute_public(attribute, FIRST_VERSION).map_err(refused)?.to_bytes();
        let key = AttributeKey { attribute: attribute.to_string(), version: FIRST_VERSION, public };
        let signed = || {
            let keys = AttributeKeys {
                network: self.facts.network(),
                authority: self.authority.name.clone(),
                keys: vec![key.clone()],
                at: clock::now(),
            };
            let signature = self.keys.signing.sign(&keys);
            Entry::AttributeKeys(keys, signature)
        };
        while_too_early(|| self.node.submit_entry(&signed())).map_err(Told::told)?;
        Ok(FIRST_VERSION)
    }

    /// A copy for every validator, ascending by node, as the validator set is ordered.
    fn copies(&self, proxy_key: &[u8]) -> Result<Vec<SealedProxyKey>, Failure> {
        let validators = self.facts.validators().as_slice().iter();
        let copies =
            validators.map(|validator| seal_proxy_key(proxy_key, validator.id, &validator.sealing_key, &mut OsRng));
        copies
            .collect::<Result<_, _>>()
            .map_err(|e| Failure::new(Exit::Failure, "genesis", format!("a validator's key cannot be used: {e}")))
    }
}

fn refused(error: medshare_crypto::abe::IssueError) -> Failure {
    Failure::new(Exit::Refused, "foreign-attribute", error.to_string())
}
