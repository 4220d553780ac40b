#![allow(clippy::unwrap_used, clippy::unreachable, reason = "tests")]

use super::*;
use crate::{Heard, Looked};
use medshare_crypto::sign::{Signature, SigningKey};
use medshare_exchange::request::{DataRequest, SignedRequest};
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{BlockId, Label, OwnerId, Timestamp};
use medshare_ledger::purpose::ActReason;
use medshare_node_chain::Chain;
use medshare_node_chain::testing::{Parties, damage_place};
use medshare_node_net::{Keypair, testing::alone};
use std::sync::Arc;

/// Requests that the parties' ledger has already.
const MADE: usize = 9;

fn submission(parties: &Parties) -> (Arc<Chain>, Submission) {
    let chain = Arc::new(parties.ready_chain());
    let network = alone(parties.facts.network(), Keypair::generate_ed25519());
    let key = Arc::new(SigningKey::from_seed(parties.nodes.first().unwrap().seed()));
    (Arc::clone(&chain), Submission::new(chain, network, || (), key))
}

/// Takes a turn of a message in; what is left of it.
fn hear(submission: &Submission, entries: Vec<Entry>) -> Option<Heard> {
    submission.take_gossip(Heard::read(&codec::encode(&entries)).unwrap()).unwrap()
}

/// A request of the parties' requestor with this number, changed.
fn request(parties: &Parties, number: u64, change: impl FnOnce(&mut DataRequest)) -> Entry {
    let mut asked = parties.asked(0);
    asked.nonce = std::array::from_fn(|at| if at < 8 { number.to_be_bytes().get(at).copied().unwrap_or(0) } else { 1 });
    change(&mut asked);
    SignedRequest::sign(asked, &parties.requestor.signing).entry()
}

#[tokio::test]
async fn what_the_ledger_can_never_take_is_refused_before_anything_of_it_is_checked() {
    let parties = Parties::new();
    let (_, submission) = submission(&parties);
    let Entry::Identity(identity, _, card) = parties.identity() else { unreachable!("it is one") };
    let nobodys = Entry::Identity(identity, Signature::from_bytes([7; 64]), card);
    let refused = submission.look(nobodys).err().unwrap();
    assert_eq!(refused.message, Rejection::IdentityExists.to_string());
}

#[tokio::test]
async fn an_entry_that_is_applied_while_it_is_looked_at_is_not_refused_for_its_own_effect() {
    let parties = Parties::new();
    let (chain, submission) = submission(&parties);
    let registered = chain.state().identity(parties.requestor.id()).unwrap().unwrap();
    let (applied, _) = chain.entry(&registered.entry).unwrap().unwrap();
    // it was not when it was asked whether it is known
    let named = NamedEntry::new(applied.clone());
    assert!(matches!(submission.look_into(named.clone()), Ok(Looked::Known(hash)) if hash == applied.hash()));
    let origin = Origin::of(&applied, None);
    let taken_in = submission.take_in_new(named.signed(chain.facts()).unwrap(), origin);
    assert_eq!(taken_in.unwrap(), applied.hash());
    assert!(chain.mempool.is_empty());
}

#[tokio::test]
async fn what_waits_of_a_requestor_counts_and_what_names_no_data_set_does_not_wait() {
    let parties = Parties::new();
    let (chain, submission) = submission(&parties);
    let nowhere: Label = "nowhere".parse().unwrap();
    let changes: [&dyn Fn(&mut DataRequest); 6] = [
        &|asked| asked.dataset = nowhere.clone(),
        &|asked| asked.owner = OwnerId::from_bytes([9; 16]),
        &|asked| asked.terms_version += 1,
        &|asked| asked.purpose.reason = ActReason::HealthcareMarketing,
        &|asked| asked.deadline = asked.created.plus_ms(1),
        &|asked| {
            asked.created = Timestamp(parties.at.0 - 10);
            asked.deadline = Timestamp(parties.at.0 - 9);
        },
    ];
    for (number, change) in (0..).zip(changes) {
        let entry = request(&parties, number, change);
        assert!(submission.submit(entry.clone()).is_err(), "{number}");
        assert!(hear(&submission, vec![entry.clone()]).is_none());
        assert!(chain.mempool.is_empty(), "{number} waits");
        assert_eq!(chain.mempool.refusal(&entry.hash()), None, "nor is anything remembered of it");
    }
    let most = MAX_REQUESTS_A_DAY as usize - MADE;
    for number in 0..most as u64 {
        submission.submit(request(&parties, number, |_| ())).unwrap();
    }
    let one_more = request(&parties, u64::MAX, |_| ());
    assert_eq!(submission.submit(one_more.clone()).unwrap_err().code, Code::TooManyRequests);
    assert!(hear(&submission, vec![one_more]).is_none());
    assert_eq!(chain.mempool.len(), most);
}

#[tokio::test]
async fn behind_many_of_no_use_nothing_of_a_message_is_looked_at() {
    let parties = Parties::new();
    let (chain, submission) = submission(&parties);
    let useless = |count: u64| (0..count).map(|number| request(&parties, number, |asked| asked.terms_version = 9));
    let good = request(&parties, u64::MAX, |_| ());
    for (count, is_taken) in [(255, true), (256, false)] {
        let message: Vec<Entry> = useless(count).chain([good.clone()]).collect();
        assert!(hear(&submission, message).is_none());
        assert_eq!(chain.mempool.get(&good.hash()).is_some(), is_taken);
        chain.mempool.remove([good.hash()]);
    }
}

#[tokio::test]
async fn a_long_message_is_taken_in_turn_by_turn_and_what_ends_access_first() {
    let parties = Parties::new();
    let (chain, submission) = submission(&parties);
    let names: Vec<String> = (0..400).map(|number| format!("A{number}@university")).collect();
    let dear: Vec<Entry> = names.iter().map(|name| parties.attribute_keys(&[name])).collect();
    let revocation = parties.revocation(BlockId::from_bytes([1; 32]));
    let left = hear(&submission, dear.iter().cloned().chain([revocation.clone()]).collect()).unwrap();
    assert!(chain.mempool.get(&revocation.hash()).is_some(), "the last of the message is the first of its first turn");
    let waiting = chain.mempool.len();
    assert!(waiting < dear.len() / 2, "{waiting} of {} in one turn", dear.len());
    assert!(submission.take_gossip(left).unwrap().is_some());
    assert!(chain.mempool.len() > waiting, "and it goes on where it was");
}

#[tokio::test]
async fn what_is_answered_with_a_fault_does_not_wait() {
    let parties = Parties::new();
    let (chain, submission) = submission(&parties);
    let entry = parties.verified(parties.attribute_keys(&["A@university"]));
    damage_place(&chain, &entry.hash());
    let refusal = submission.insert(Coming::from(entry)).unwrap_err();
    assert_eq!(refusal.code, Code::NodeFault);
    assert!(chain.mempool.is_empty());
}
