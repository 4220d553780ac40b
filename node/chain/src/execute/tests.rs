//! What heights cost the disk.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::contracts::ChainContracts;
use crate::testing::{ATTRIBUTE, Parties, T0};
use medshare_crypto::hash::sha256;
use medshare_ledger::id::Timestamp;
use medshare_ledger::state::StateKey;
use medshare_ledger::state_tree::prove;
use medshare_node_store::kv::hooked::{HookedStore, Operation};
use std::sync::{Arc, Mutex};

/// A chain of one's own over a store whose writes are counted.
struct Bare {
    parties: Parties,
    contracts: ChainContracts,
    /// Writes, and keys in them, that nobody asked about yet.
    written: Arc<Mutex<(u64, u64)>>,
    views: Views,
    tip: Tip,
}

impl Bare {
    fn new() -> Self {
        let (parties, written) = (Parties::new(), Arc::<Mutex<(u64, u64)>>::default());
        let counted = Arc::clone(&written);
        let views = Views::new(Arc::new(HookedStore::new(move |operation| {
            if let Operation::Apply(changes) = operation {
                let mut counted = counted.lock().unwrap();
                *counted = (counted.0 + 1, counted.1 + changes.len() as u64);
            }
            Ok(())
        })));
        let tip = execute_genesis(&parties.facts, &views).unwrap();
        let mut bare = Self { parties, contracts: ChainContracts::new().unwrap(), written, views, tip };
        bare.decide(vec![bare.parties.identity(), bare.parties.attribute_keys(&[ATTRIBUTE])]);
        bare
    }

    /// Writes and keys in them since this was asked last.
    fn count(&self) -> (u64, u64) {
        std::mem::take(&mut *self.written.lock().unwrap())
    }

    fn decide(&mut self, entries: Vec<Entry>) {
        let entries: Vec<_> = entries.into_iter().map(|entry| self.parties.verified(entry)).collect();
        let time = Timestamp(T0 + 1_000 * self.tip.height.next().0);
        let batch = self.tip.propose(entries, self.parties.node(0), time, &self.views).unwrap().batch;
        self.tip = execute_next(&self.tip, &batch, &self.parties.facts, &self.views, &self.contracts).unwrap().tip;
    }

    /// The requestor's registration as the state after this height has it.
    fn registered(&self, height: u64) -> bool {
        let key = StateKey::Identity(self.parties.requestor.id());
        let proof = prove(&TreeNodes(self.views.store()), height, &key).unwrap();
        proof.verify(&self.tip.state_root, &key).unwrap().is_some()
    }
}

#[test]
fn heights_without_entries_write_nothing_but_the_tip_now_and_then() {
    let mut chain = Bare::new();
    assert_eq!(chain.count().0, 2, "genesis and the first batch are each written at once");
    let (root, first) = (chain.tip.state_root, chain.tip.height.0);
    for _ in 0..3 * TIP_INTERVAL {
        chain.decide(vec![]);
    }
    assert_eq!(chain.count(), (3, 3), "the tip alone, once in {TIP_INTERVAL} heights");
    assert_eq!(chain.tip.state_root, root);
    assert_eq!(chain.views.tip().unwrap().unwrap().height.0, 3 * TIP_INTERVAL);
    // Every height since has the version of the last change.
    assert!([first, first + 1, TIP_INTERVAL, chain.tip.height.0].into_iter().all(|height| chain.registered(height)));
    chain.decide(vec![chain.parties.grant(chain.tip.time.0, sha256(b"proxy key"))]);
    assert_eq!(chain.count().0, 1);
    assert_eq!(chain.views.tip().unwrap(), Some(chain.tip));
}

#[test]
fn a_state_tree_that_changes_for_ever_does_not_grow() {
    let mut chain = Bare::new();
    let change = |chain: &mut Bare| {
        let at = T0 + 1_000 * chain.tip.height.0;
        chain.decide(vec![chain.parties.grant(at, sha256(&at.to_be_bytes()))]);
    };
    let nodes = |chain: &Bare| chain.views.store().scan(&[keys::TREE]).unwrap().len();
    (0..KEPT_VERSIONS + 8).for_each(|_| change(&mut chain));
    let before = nodes(&chain);
    (0..64).for_each(|_| change(&mut chain));
    assert_eq!(nodes(&chain), before);
    let last = chain.tip.height.0;
    let tree = TreeNodes(chain.views.store());
    let key = StateKey::Identity(chain.parties.requestor.id());
    assert!(prove(&tree, last - KEPT_VERSIONS, &key).is_ok());
    assert!(matches!(prove(&tree, last - KEPT_VERSIONS - 1, &key), Err(StateFault::NotKept { .. })));
}
