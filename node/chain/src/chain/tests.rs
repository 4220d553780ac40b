#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod damaged;
mod opening;

use super::*;
use crate::keys;
use crate::testing::{ATTRIBUTE, Parties, T0, execute};
use crate::views::EntryPlace;
use medshare_crypto::hash::{sha256, tagged_hash};
use medshare_ledger::batch::BatchError;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::facts::PROTOCOL_VERSION;
use medshare_ledger::history::{
    consistency_proof, inclusion_proof, leaf_hash, merkle_root, verify_consistency, verify_inclusion,
};
use medshare_ledger::id::Timestamp;
use medshare_ledger::rejection::Rejection;
use medshare_ledger::trail::Trail;
use medshare_node_store::kv::sled_store::SledStore;
use medshare_node_store::kv::{Change, KvStore as _};
use std::fs;

#[test]
fn an_empty_home_gives_the_same_genesis_everywhere() {
    let (first, second) = (Parties::new(), tempfile::tempdir().unwrap());
    let chain = first.chain();
    let other = Chain::open(second.path(), Arc::clone(&first.facts)).unwrap();
    assert_eq!(chain.tip(), other.tip());
    assert_eq!(chain.tip().height, Height(0));
    assert_eq!(chain.tip().hash.as_bytes(), first.facts.network().as_bytes());
    assert!(chain.state().owner(first.owner(0)).unwrap().is_some());
    assert!(chain.batch(Height(1)).unwrap().is_none());
}

#[test]
fn a_genesis_that_names_another_contract_is_not_run() {
    let parties = Parties::new();
    let mut facts = parties.facts.genesis().clone();
    facts.permissions_contract = sha256(b"another");
    let facts = Arc::new(NetworkFacts::new(facts).unwrap());
    assert!(matches!(Chain::open(parties.home.path(), facts), Err(ChainError::OtherContract { .. })));
}

#[test]
fn executing_a_batch_moves_tip_state_and_views() {
    let parties = Parties::new();
    let chain = parties.chain();
    let mut effects = chain.effects();
    let genesis = chain.tip();
    let granted = parties.grant(T0, sha256(b"proxy key"));
    let entries = vec![parties.identity(), parties.attribute_keys(&[ATTRIBUTE]), granted];
    let decided = parties.decide(&chain, entries.clone());

    let tip = chain.tip();
    assert_eq!((tip.height, tip.hash), (Height(1), decided.certificate.value));
    assert_ne!(tip.state_root, genesis.state_root);
    assert_eq!(tip.history.size(), 3);
    assert_eq!(chain.views().tip().unwrap(), Some(tip));
    assert_eq!(*chain.heights().borrow(), Height(1));
    assert_eq!(chain.last_proposers(2).unwrap(), [parties.node(0)]);
    assert!(chain.state().identity(parties.requestor.id()).unwrap().is_some());
    assert!(chain.state().attribute_key(ATTRIBUTE).unwrap().is_some());
    let granted = Effect::AttributeGranted { requestor: parties.requestor.id(), attribute: ATTRIBUTE.to_owned() };
    assert_eq!(*effects.try_recv().unwrap(), [granted]);

    for (index, entry) in entries.into_iter().enumerate() {
        let hash = parties.verified(entry.clone()).hash();
        let (found, place) = chain.entry(&hash).unwrap().unwrap();
        assert_eq!((found, place.height, place.index, place.code), (entry, Height(1), index as u64, 0));
        assert_eq!(chain.views().leaf_place(index as u64).unwrap(), Some((Height(1), place.offset)));
    }
    assert_eq!(chain.entry(&sha256(b"unknown")).unwrap(), None);
    let (batch, certificate) = chain.batch(Height(1)).unwrap().unwrap();
    assert_eq!((batch.header.hash(), certificate), (decided.certificate.value, decided.certificate));
}

#[test]
fn a_rejected_entry_stands_in_the_history_and_changes_nothing_else() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let again = parties.identity();
    let hash = parties.verified(again.clone()).hash();
    let (size, trail) = (chain.tip().history.size(), Trail::of(&again));
    parties.decide(&chain, vec![again]);
    let place = chain.views().entry(&hash).unwrap().unwrap();
    assert_eq!(place.code, Rejection::IdentityExists.code());
    assert_eq!(chain.tip().history.size(), size + 1);
    if let Some(trail) = trail {
        assert!(!chain.views().trail(trail).unwrap().contains(&place.index));
    }
}

#[test]
fn decided_entries_leave_the_mempool_and_those_who_wait_hear_of_it() {
    let parties = Parties::new();
    let chain = parties.chain();
    let entry = parties.verified(parties.identity());
    chain.mempool.insert(entry.clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let early = runtime.block_on(chain.outcome(&entry.hash(), Duration::from_millis(1))).unwrap();
    assert_eq!(early, Outcome::TimedOut);
    parties.decide(&chain, vec![entry.entry().clone()]);
    assert!(chain.mempool.is_empty());
    let outcome = runtime.block_on(chain.outcome(&entry.hash(), Duration::ZERO)).unwrap();
    assert!(matches!(outcome, Outcome::Applied(EntryPlace { code: 0, .. })));
    let again = parties.verified(parties.identity());
    parties.decide(&chain, vec![again.entry().clone()]);
    let outcome = runtime.block_on(chain.outcome(&again.hash(), Duration::ZERO)).unwrap();
    assert!(matches!(outcome, Outcome::Rejected(_, Some(Rejection::IdentityExists))));
}

#[test]
fn a_batch_that_was_built_on_another_state_stops_the_node() {
    let parties = Parties::new();
    let chain = parties.chain();
    let entry = parties.verified(parties.identity());
    let tip = Tip { state_root: sha256(b"another state"), ..chain.tip() };
    let batch = tip.propose([entry], parties.node(0), Timestamp(T0), chain.views()).unwrap().batch;
    let before = chain.tip();
    let refused = execute(&chain, &batch.to_bytes());
    assert!(matches!(refused, Err(ExecuteError::Diverged(BatchError::Header { field: "state root" }))));
    assert!(refused.unwrap_err().to_string().contains("differs from the network's"));
    assert_eq!(chain.tip(), before);
    assert_eq!(chain.views().tip().unwrap(), Some(before));
    assert!(matches!(execute(&chain, b"garbage"), Err(ExecuteError::Diverged(BatchError::Codec(_)))));
}

#[test]
fn a_batch_is_not_executed_twice() {
    let parties = Parties::new();
    let chain = parties.chain();
    let batch = parties.decide(&chain, vec![parties.identity()]);
    let tip = chain.tip();
    assert!(matches!(execute(&chain, &batch.bytes), Err(ExecuteError::Diverged(_))));
    assert_eq!(chain.tip(), tip);
}

#[test]
fn hashes_in_the_views_prove_every_entry_and_every_earlier_history() {
    let parties = Parties::new();
    let chain = parties.chain();
    let mut leaves = Vec::new();
    let mut tips = Vec::new();
    // Batches of different sizes, so that subtrees end within and across batches.
    for (height, count) in [1usize, 3, 2, 5, 0, 2].into_iter().enumerate() {
        let entries: Vec<Entry> =
            (0..count).map(|n| parties.attribute_keys(&[&format!("H{height}N{n}@university")])).collect();
        leaves.extend(entries.iter().map(|entry| leaf_hash(&codec::encode(entry))));
        parties.decide(&chain, entries);
        tips.push(chain.tip().history);
    }
    for history in &tips {
        let (size, root) = (history.size(), history.root());
        assert_eq!(root, merkle_root(&leaves[..size as usize]));
        for index in 0..size {
            let proof = inclusion_proof(chain.views(), index, size).unwrap();
            verify_inclusion(leaves[index as usize], index, size, &proof, &root).unwrap();
            verify_inclusion(sha256(b"forged"), index, size, &proof, &root).unwrap_err();
        }
    }
    let last = tips.last().unwrap();
    for old in &tips {
        let proof = consistency_proof(chain.views(), old.size(), last.size()).unwrap();
        verify_consistency((old.size(), &old.root()), (last.size(), &last.root()), &proof).unwrap();
    }
}
