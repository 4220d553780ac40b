//! Entries as the parties make them, each with a hook to spoil it before it is signed.

use super::T0;
use super::counter::Counter;
use super::parties::{Parties, label, sealing_key};
pub use super::side_blocks::*;
use medshare_contract_abi::{Action, ActionSet, Sensitivity};
use medshare_crypto::abe::{AuthoritySecret, UserSecret};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::sign::{SigningKey, VerifyingKey};
use medshare_ledger::entry::{
    AttributeGrant, AttributeKey, AttributeKeys, ContractCode, Decision, Entry, Identity, IdentityCard, OwnerDecision,
    Revocation,
};
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::event::{Stage, StageEvent};
use medshare_ledger::id::{BlockId, Label, PackageId, RequestorId, Timestamp};
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::{Details, ParentBlock};
use medshare_ledger::purpose::{ActReason, Purpose, ResearchUse, UseModifier};
use medshare_ledger::request::Request;

pub const ATTRIBUTE: &str = "RESEARCHER@university";

/// The secret for attribute-based encryption of the authority of this name.
pub fn authority_secret(name: &str) -> AuthoritySecret {
    AuthoritySecret::generate(name.parse().unwrap(), &mut Counter::new(1))
}

fn signer<'a>(parties: &'a Parties, authority: &Label) -> &'a SigningKey {
    if authority.as_str() == "ethics" { &parties.ethics } else { &parties.authority }
}

/// The registration of the requestor with this key.
pub fn registration(key: &VerifyingKey) -> Vec<u8> {
    let secret = UserSecret::generate(&mut Counter::new(2));
    let gid = RequestorId::of_key(key);
    secret.registration(gid.as_bytes(), &mut Counter::new(3)).unwrap().to_bytes()
}

/// The public key of a version of an attribute.
pub fn attribute_key(attribute: &str, version: u32) -> AttributeKey {
    let (_, authority) = attribute.split_once('@').unwrap();
    let public = authority_secret(authority).attribute_public(&attribute.parse().unwrap(), version).unwrap();
    AttributeKey { attribute: attribute.to_owned(), version, public: public.to_bytes() }
}

pub fn identity(parties: &Parties, spoil: impl FnOnce(&mut Identity)) -> Entry {
    let mut identity = Identity {
        network: parties.network(),
        key: parties.requestor.verifying_key(),
        sealing_key: sealing_key(5),
        registration: registration(&parties.requestor.verifying_key()),
        role: label("researcher"),
        organisation: parties.owner(1),
        at: Timestamp(T0),
    };
    spoil(&mut identity);
    let (organisation, requestor) =
        (parties.owners[1].sign(&identity), parties.requestor.sign(&IdentityCard(&identity)));
    Entry::Identity(identity, organisation, requestor)
}

pub fn attribute_keys(parties: &Parties, spoil: impl FnOnce(&mut AttributeKeys)) -> Entry {
    let mut keys = AttributeKeys {
        network: parties.network(),
        authority: label("university"),
        keys: vec![attribute_key(ATTRIBUTE, 1)],
        at: Timestamp(T0),
    };
    spoil(&mut keys);
    let signature = signer(parties, &keys.authority).sign(&keys);
    Entry::AttributeKeys(keys, signature)
}

pub fn grant(parties: &Parties, at: u64, spoil: impl FnOnce(&mut AttributeGrant)) -> Entry {
    let mut grant = AttributeGrant {
        network: parties.network(),
        authority: label("university"),
        requestor: parties.requestor(),
        attribute: ATTRIBUTE.to_owned(),
        version: 1,
        proxy_key: sha256(b"proxy key"),
        revocations: EntryChain::default(),
        at: Timestamp(at),
    };
    spoil(&mut grant);
    let signature = signer(parties, &grant.authority).sign(&grant);
    Entry::AttributeGrant(grant, signature)
}

pub fn contract_code(parties: &Parties, code: &[u8], spoil: impl FnOnce(&mut ContractCode)) -> Entry {
    let mut code =
        ContractCode { network: parties.network(), owner: parties.owner(0), code: code.to_vec(), at: Timestamp(T0) };
    spoil(&mut code);
    let signature = parties.owners[0].sign(&code);
    Entry::ContractCode(code, signature)
}

/// What the owner decides, having looked at the violation with this hash.
pub fn decision(
    parties: &Parties,
    parent: BlockId,
    sequence: u32,
    (decision, judged): (Decision, Hash32),
    at: u64,
) -> Entry {
    let decision = OwnerDecision {
        network: parties.network(),
        owner: parties.owner(0),
        parent,
        sequence,
        decision,
        judged,
        at: Timestamp(at),
    };
    let signature = parties.owners[0].sign(&decision);
    Entry::OwnerDecision(decision, signature)
}

pub fn revocation(parties: &Parties, parent: BlockId, sequence: u32, at: u64) -> Entry {
    let revocation = Revocation {
        network: parties.network(),
        owner: parties.owner(0),
        parent,
        sequence,
        reason: 7,
        at: Timestamp(at),
    };
    let signature = parties.owners[0].sign(&revocation);
    Entry::Revocation(revocation, signature)
}

fn purpose() -> Purpose {
    Purpose {
        reason: ActReason::HealthcareResearch,
        research: Some(ResearchUse::DiseaseSpecific),
        accepts: vec![UseModifier::EthicsApproval],
    }
}

/// What the requestor asks for with the form of this name, for an hour.
pub fn asked(parties: &Parties, form: &str, at: u64, spoil: impl FnOnce(&mut Request)) -> Request {
    let mut request = Request {
        network: parties.network(),
        key: parties.requestor.verifying_key(),
        owner: parties.owner(0),
        dataset: label("cohort"),
        terms_version: 1,
        purpose: purpose(),
        form: sha256(form.as_bytes()),
        at: Timestamp(at),
        deadline: Timestamp(at + 3_600_000),
    };
    spoil(&mut request);
    request
}

/// The same, signed by her.
pub fn request(parties: &Parties, form: &str, at: u64, spoil: impl FnOnce(&mut Request)) -> Entry {
    let request = asked(parties, form, at, spoil);
    let signature = parties.requestor.sign(&request);
    Entry::Request(request, signature)
}

/// Her requests with the forms that the blocks of these tests answer.
pub fn requests(parties: &Parties) -> Vec<Entry> {
    ["first", "second", "third"].map(|form| request(parties, form, T0, |_| {})).to_vec()
}

/// Contents of a parent block for the request of this name, which was made at [`T0`]; the block is made at `at`.
pub fn details(parties: &Parties, request: &str, at: u64) -> (Details, Vec<StageEvent>) {
    let violations = ActionSet::of(&[Action::Delete, Action::Duplicate, Action::Move, Action::Copy]);
    let details = Details {
        action_counter: violations.count(),
        violations_mask: violations.bits(),
        exempt_mask: ActionSet::of(&[Action::Read]).bits(),
        ttr: Timestamp(at),
        ttp: Timestamp(at + 8),
        tts: Timestamp(at + 9),
        owner: parties.owner(0),
        requestor: parties.requestor(),
        dataset: label("cohort"),
        sensitivity: Sensitivity::Low.code(),
        purpose: purpose(),
        node: parties.node(0),
        second_node: parties.node(2),
        package: PackageId::from_bytes(sha256(request.as_bytes()).to_bytes()),
        contract: parties.facts.genesis().usage_contract,
        request: asked(parties, request, T0, |_| {}).name(),
        locktime: Timestamp(at + 3_600_000),
    };
    let events = (1..).zip(Stage::ALL).map(|(offset, stage)| StageEvent {
        stage,
        at: Timestamp(at + offset),
        commitment: sha256(stage.name().as_bytes()),
    });
    (details, events.collect())
}

/// A parent block with spoiled contents, validated and signed by the nodes that it names.
pub fn parent_block(
    parties: &Parties,
    (request, at): (&str, u64),
    previous: Hash32,
    spoil: impl FnOnce(&mut Details, &mut Vec<StageEvent>, &mut Link),
) -> ParentBlock {
    let (mut details, mut events) = details(parties, request, at);
    let mut link = Link { previous, version: 1, timestamp: Timestamp(at + 10), target: 4 };
    spoil(&mut details, &mut events, &mut link);
    let signer = |id| (0..4).find(|index| parties.node(*index) == id).unwrap_or(0);
    let (node, second) = (signer(details.node), signer(details.second_node));
    let unsigned = medshare_crypto::sign::Signature::from_bytes([0; 64]);
    let draft = ParentBlock::build(details.clone(), events.clone(), unsigned, link.clone());
    let validation_signature =
        draft.block().validation(parties.network()).map_or(unsigned, |v| parties.nodes[second].sign(&v));
    ParentBlock::build(details, events, validation_signature, link).sign(parties.network(), &parties.nodes[node])
}

pub fn parent_entry(block: &ParentBlock) -> Entry {
    Entry::ParentBlock(Box::new(block.clone()))
}
