//! Entries of every kind whose contents somebody hostile chooses.
//!
//! Those who sign for parties of the network here sign whatever is chosen, so that only the checks and the execution stand between an
//! entry and the state.

mod registering;
mod side_blocks;

use super::choices::Choices;
use super::{ATTRIBUTE, Parties, label};
use crate::views::Views;
use medshare_contract_host::{PERMISSIONS_WASM, USAGE_WASM};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::sign::{Signature, SigningKey};
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::batch::Tip;
use medshare_ledger::check::{VerifiedEntry, check_entry};
use medshare_ledger::entry::{AttributeGrant, ContractCode, Decision, Entry, Identity, OwnerDecision, Revocation};
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::id::{BlockId, OwnerId, RequestorId, Timestamp};
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::request::Request;
use medshare_ledger::state::StateView;
use medshare_ledger::window::ENTRY_WINDOW_MS;
use rand::rngs::OsRng;

/// The shortest module that is taken as a contract: a memory, `alloc` and `call`.
const LEAST_CONTRACT: &[u8] = b"\0asm\x01\0\0\0\
    \x01\x0c\x02\x60\x01\x7f\x01\x7f\x60\x02\x7f\x7f\x01\x7e\
    \x03\x03\x02\0\x01\
    \x05\x04\x01\x01\x01\x02\
    \x07\x19\x03\x06memory\x02\0\x05alloc\0\0\x04call\0\x01\
    \x0a\x0c\x02\x05\0\x41\x80\x08\x0b\x04\0\x42\0\x0b";

/// A chain in memory, as far as it got.
pub(super) struct Line {
    pub(super) views: Views,
    pub(super) tip: Tip,
    /// The parent blocks that were applied.
    pub(super) blocks: Vec<ParentBlock>,
    /// Requests that were applied.
    pub(super) requests: Vec<Request>,
}

/// Who makes the entries.
pub(super) struct Hostile {
    pub(super) parties: Parties,
    requestors: Vec<RequestorKeys>,
    /// What an honest organisation would register of each of them.
    identities: Vec<Identity>,
    agent: SigningKey,
    /// Entries without which little applies, decided first: registrations, of all but the last requestor, and attribute keys.
    pub(super) first: Vec<VerifiedEntry>,
}

impl Hostile {
    pub(super) fn new() -> Self {
        let parties = Parties::new();
        let requestors: Vec<_> = (0..3).map(|_| RequestorKeys::generate(&mut OsRng)).collect();
        let entries: Vec<_> = requestors.iter().map(|keys| parties.identity_of(keys)).collect();
        let identity = |entry: &Entry| match entry {
            Entry::Identity(identity, ..) => identity.clone(),
            _ => unreachable!("a registration"),
        };
        let identities: Vec<_> = entries.iter().map(identity).collect();
        let registered = entries.into_iter().take(requestors.len() - 1);
        let keys = [parties.attribute_keys(&[ATTRIBUTE]), parties.attribute_keys(&["OTHER@university"])];
        let first = registered.chain(keys).map(|entry| parties.verified(entry)).collect();
        let agent = SigningKey::from_seed([51; 32].into());
        Self { requestors, identities, agent, first, parties }
    }

    /// An entry that passes the check without state, if the choices make one.
    pub(super) fn entry(&self, line: &Line, now: u64, choices: &mut Choices<'_>) -> Option<VerifiedEntry> {
        let entry = match choices.below(12) {
            0 => return Some(choices.of(&self.first)),
            1 | 2 => self.grant(line, now, choices),
            3 | 4 => self.contract(now, choices),
            5 => self.delivery(line, now, choices),
            6 => self.opening(line, now, choices)?,
            7 => self.report(line, now, choices)?,
            8 => self.decision(line, now, choices),
            9 => self.request(now, choices),
            // Dear to check, and so no more often than others.
            10 if choices.below(2) == 0 => self.identity(now, choices),
            10 => self.attribute_keys(line, now, choices)?,
            _ => self.revocation(line, now, choices),
        };
        check_entry(entry, &self.parties.facts).ok()
    }

    fn grant(&self, line: &Line, now: u64, choices: &mut Choices<'_>) -> Entry {
        let requestor = self.requestor(choices);
        let revocations = StateView::new(&line.views).access(requestor).unwrap().unwrap_or_default().revocations;
        let revocations = choices.mostly(revocations, |choices| EntryChain {
            count: u32::from(choices.byte() % 3),
            head: sha256(choices.bytes(1)),
        });
        let attribute = choices.of(&[ATTRIBUTE, "OTHER@university", "NOBODY@university"]).to_owned();
        let published = StateView::new(&line.views).attribute_key(&attribute).unwrap();
        let version = published.map_or(1, |record| record.version);
        let grant = AttributeGrant {
            network: self.parties.facts.network(),
            authority: label("university"),
            requestor,
            attribute,
            version: choices.mostly(version, |choices| u32::from(choices.byte())),
            proxy_key: sha256(&[choices.byte()]),
            revocations,
            at: time(now, choices),
        };
        let signature = self.parties.authority.signing.sign(&grant);
        Entry::AttributeGrant(grant, signature)
    }

    /// Modules of every sort: what somebody might publish, changed here and there, with sections that nobody asked for.
    fn contract(&self, now: u64, choices: &mut Choices<'_>) -> Entry {
        let mut code = choices.of(&[LEAST_CONTRACT, USAGE_WASM, PERMISSIONS_WASM, b""]).to_vec();
        for _ in 0..choices.below(4) {
            let place = (choices.number() as usize) % (code.len() + 1);
            let (removed, added) = (choices.below(3), choices.below(5));
            code.splice(place..(place + removed).min(code.len()), choices.bytes(added).to_vec());
        }
        if choices.byte() < 96 {
            let name = choices.of(&["webidl-bindings", "wasm-interface-types", "name", "producers", "linking", ""]);
            let contents = choices.bytes(32);
            let id = choices.mostly(0, Choices::byte);
            code.extend([id, (1 + name.len() + contents.len()) as u8, name.len() as u8]);
            code.extend([name.as_bytes(), contents].concat());
        }
        let (owner, owner_key) = self.owner(choices);
        let code = ContractCode { network: self.parties.facts.network(), owner, code, at: time(now, choices) };
        let signature = owner_key.sign(&code);
        Entry::ContractCode(code, signature)
    }

    fn request(&self, now: u64, choices: &mut Choices<'_>) -> Entry {
        let keys = choices.of(&self.requestors.iter().collect::<Vec<_>>());
        let form = self.parties.asked(choices.byte());
        let at = time(now, choices);
        let request = Request {
            key: choices.mostly(keys.signing.verifying_key(), |_| self.agent.verifying_key()),
            owner: choices.mostly(form.owner, |choices| self.owner(choices).0),
            terms_version: choices.mostly(1, |choices| u32::from(choices.byte())),
            at,
            deadline: choices.mostly(at.plus_ms(3_600_000), |choices| time(now, choices)),
            ..form.made()
        };
        let signature = keys.signing.sign(&request);
        Entry::Request(request, signature)
    }

    fn delivery(&self, line: &Line, now: u64, choices: &mut Choices<'_>) -> Entry {
        let parties = &self.parties;
        let asked = any_of(&line.requests, choices);
        let template = parties.parent_block(&parties.request(choices.byte()), Hash32::ZERO);
        let (mut details, mut events) = (template.details, template.events);
        let made = time(now, choices);
        events.iter_mut().for_each(|event| event.at = made);
        (details.ttr, details.ttp, details.tts) = (made, made, made);
        details.requestor = self.requestor(choices);
        if let Some(asked) = asked {
            details.request = choices.mostly(asked.name(), |choices| sha256(choices.bytes(1)));
            details.requestor = choices.mostly(asked.requestor(), |_| details.requestor);
        }
        details.locktime = choices.mostly(made.plus_ms(3_600_000), |choices| time(now, choices));
        details.violations_mask = choices.mostly(details.violations_mask, |choices| choices.byte() & 0x3f);
        details.exempt_mask = choices.mostly(0, |choices| choices.byte() & !details.violations_mask & 0x3f);
        details.action_counter = details.violations_mask.count_ones();
        details.sensitivity = 1 + choices.byte() % 2;
        details.contract = choices.mostly(details.contract, |choices| sha256(choices.bytes(4)));
        details.owner = choices.mostly(details.owner, |choices| self.owner(choices).0);
        let state = StateView::new(&line.views);
        let head = state.thread_head(details.requestor).unwrap();
        let link = Link {
            previous: choices.mostly(head, |choices| block_of(line, choices).as_hash()),
            version: choices.mostly(1, |choices| u32::from(choices.byte())),
            timestamp: made.plus_ms(choices.mostly(0, Choices::number)),
            target: 0,
        };
        let (network, unsigned) = (parties.facts.network(), Signature::from_bytes([0; 64]));
        let draft = ParentBlock::build(details.clone(), events.clone(), unsigned, link.clone());
        let validation = parties.nodes[1].sign(&draft.block().validation(network).unwrap());
        let block = ParentBlock::build(details, events, validation, link);
        Entry::ParentBlock(Box::new(block.sign(network, &parties.nodes[0])))
    }

    fn decision(&self, line: &Line, now: u64, choices: &mut Choices<'_>) -> Entry {
        let parent = block_of(line, choices);
        let state = StateView::new(&line.views);
        let last = state.side_chain(parent).unwrap().map_or(Hash32::ZERO, |chain| chain.last_violation);
        let judged = choices.mostly(last, |choices| sha256(choices.bytes(1)));
        let (owner, key) = self.owner(choices);
        let decision = OwnerDecision {
            network: self.parties.facts.network(),
            owner,
            parent,
            sequence: self.sequence(line, parent, choices),
            decision: choices.of(&[Decision::Review, Decision::Regrant, Decision::Retrieve, Decision::Uphold]),
            judged,
            at: time(now, choices),
        };
        let signature = key.sign(&decision);
        Entry::OwnerDecision(decision, signature)
    }

    fn revocation(&self, line: &Line, now: u64, choices: &mut Choices<'_>) -> Entry {
        let parent = block_of(line, choices);
        let (owner, key) = self.owner(choices);
        let revocation = Revocation {
            network: self.parties.facts.network(),
            owner,
            parent,
            sequence: self.sequence(line, parent, choices),
            reason: u16::from(choices.byte()),
            at: time(now, choices),
        };
        let signature = key.sign(&revocation);
        Entry::Revocation(revocation, signature)
    }

    fn sequence(&self, line: &Line, parent: BlockId, choices: &mut Choices<'_>) -> u32 {
        let decisions = StateView::new(&line.views).decisions(parent).unwrap().unwrap_or_default();
        choices.mostly(decisions.count, |choices| choices.number() as u32)
    }

    fn requestor(&self, choices: &mut Choices<'_>) -> RequestorId {
        let one = self.requestors[choices.below(self.requestors.len())].id();
        choices.mostly(one, |choices| RequestorId::from_bytes([choices.byte(); 16]))
    }

    fn owner(&self, choices: &mut Choices<'_>) -> (OwnerId, &SigningKey) {
        let owner = choices.mostly(0, |choices| choices.below(self.parties.owners.len()));
        (self.parties.owner(owner), &self.parties.owners[owner])
    }
}

/// About now, or at any time.
fn time(now: u64, choices: &mut Choices<'_>) -> Timestamp {
    Timestamp(choices.mostly(now, |choices| {
        let odd = choices.of(&[0, now - ENTRY_WINDOW_MS, now + ENTRY_WINDOW_MS, now + 5_001, u64::MAX]);
        choices.mostly(odd, Choices::number)
    }))
}

fn any_of<'a, T>(known: &'a [T], choices: &mut Choices<'_>) -> Option<&'a T> {
    let place = choices.byte();
    known.get(usize::from(place) % known.len().max(1))
}

fn block_of(line: &Line, choices: &mut Choices<'_>) -> BlockId {
    let known = any_of(&line.blocks, choices).map(|block| block.id);
    choices.mostly(known.unwrap_or(BlockId::from_bytes([7; 32])), |choices| BlockId::from_bytes([choices.byte(); 32]))
}
