#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

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
fn a_chain_opens_again_where_it_was() {
    let parties = Parties::new();
    let tip = parties.ready_chain().tip();
    assert_eq!(parties.chain().tip(), tip);
}

#[test]
fn deleted_views_are_built_again_to_the_same_root() {
    let parties = Parties::new();
    let tip = parties.ready_chain().tip();
    fs::remove_dir_all(parties.home.path().join("views")).unwrap();
    let chain = parties.chain();
    assert_eq!(chain.tip(), tip);
    assert!(chain.state().grant(parties.requestor.id(), ATTRIBUTE).unwrap().is_some());
}

#[test]
fn views_that_cannot_be_opened_are_built_again() {
    let parties = Parties::new();
    let tip = parties.ready_chain().tip();
    for file in fs::read_dir(parties.home.path().join("views")).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            fs::write(path, "damaged").unwrap();
        }
    }
    assert_eq!(parties.chain().tip(), tip);
}

#[test]
fn views_behind_which_a_decided_batch_does_not_fit_are_rebuilt_at_the_next_start() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let tip = chain.tip();
    chain.views().apply(vec![Change::put(b"wrong", b"value")]).unwrap();
    let said = chain.diverged(BatchError::Header { field: "state_root" }).to_string();
    assert!(said.contains("start the node again") && !said.contains("remove"), "{said}");
    drop(chain);
    let chain = parties.chain();
    assert_eq!(chain.tip(), tip);
    assert_eq!(chain.views().store().get(b"wrong").unwrap(), None);
}

fn copied(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copied(&path, &target) } else { fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}

#[test]
fn views_with_flipped_bits_are_built_again_wherever_the_damage_shows() {
    let parties = Parties::new();
    let tip = parties.ready_chain().tip();
    let (home, whole) = (parties.home.path(), tempfile::tempdir().unwrap());
    copied(home, whole.path());
    for seed in 0..16u64 {
        for folder in ["log", "views"] {
            fs::remove_dir_all(home.join(folder)).unwrap();
            copied(&whole.path().join(folder), &home.join(folder));
        }
        let mut bytes = fs::read(home.join("views/db")).unwrap();
        let written = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        for flip in 0..20 + 5 * seed {
            let digest = sha256(&[seed.to_be_bytes(), flip.to_be_bytes()].concat()).to_bytes();
            let at = u64::from_be_bytes(*digest.first_chunk().unwrap()) as usize % written;
            bytes[at] ^= 1 << (digest[8] & 7);
        }
        fs::write(home.join("views/db"), bytes).unwrap();
        let chain = parties.chain();
        assert_eq!(chain.tip(), tip, "seed {seed}");
        // what is not read at the start is found by the first batch that needs it, at the latest
        let batch = parties.batch(&chain, vec![parties.grant(T0 + 1, sha256(b"next"))]);
        chain.log().append(&batch).unwrap();
        drop(execute(&chain, &batch.bytes));
        drop(chain);
        let chain = parties.chain();
        assert_eq!((chain.tip().height, chain.tip().hash), (Height(3), batch.certificate.value), "seed {seed}");
        let grant = chain.state().grant(parties.requestor.id(), ATTRIBUTE).unwrap().unwrap();
        assert_eq!(grant.proxy_key, sha256(b"next"));
    }
}

#[test]
fn a_log_of_another_network_is_told_from_it_and_left_alone() {
    let (parties, other) = (Parties::new(), Parties::new());
    let tip = parties.ready_chain().tip();
    let home = parties.home.path();
    let Err(error) = Chain::open(home, Arc::clone(&other.facts)) else { panic!("a log of another network was taken") };
    let ChainError::OtherNetwork { founded: Some(founded), .. } = &error else { panic!("{error}") };
    assert_eq!(**founded, *parties.facts.genesis(), "so that it can be said what differs");
    let said = error.to_string();
    assert!(said.contains(&parties.facts.network().to_string()) && said.contains(&other.facts.network().to_string()));
    assert!(!said.contains("views"), "{said}");
    assert_eq!(parties.chain().tip(), tip);
}

#[test]
fn a_log_of_an_earlier_protocol_version_is_told_and_left_alone() {
    for (version, domain) in [(1, "medshare/batch/v1"), (2, "medshare/batch/v2"), (3, "medshare/batch/v3")] {
        let parties = Parties::new();
        let chain = parties.chain();
        let mut batch = parties.batch(&chain, Vec::new());
        let header = UncheckedBatch::decode(&batch.bytes).unwrap().header().clone();
        batch.certificate.value = tagged_hash(domain, &[&codec::encode(&header)]);
        chain.log().append(&batch).unwrap();
        drop(chain);
        for _ in 0..2 {
            let Err(error) = Chain::open(parties.home.path(), Arc::clone(&parties.facts)) else {
                panic!("a log of an earlier protocol was taken")
            };
            assert!(matches!(error, ChainError::OtherProtocol { found, .. } if found == version), "{error}");
            let said = error.to_string();
            assert!(
                said.contains(&format!(
                    "protocol version {version}, and this program speaks version {PROTOCOL_VERSION}"
                )),
                "{said}"
            );
            assert!(said.contains("there is no migration"), "{said}");
        }
    }
}

#[test]
fn a_file_in_the_place_of_the_views_makes_way_for_them() {
    let parties = Parties::new();
    let tip = parties.ready_chain().tip();
    let views = parties.home.path().join("views");
    fs::remove_dir_all(&views).unwrap();
    fs::write(&views, "no folder").unwrap();
    assert_eq!(parties.chain().tip(), tip);
}

#[test]
fn a_file_in_the_place_of_the_log_is_named_and_left_alone() {
    let parties = Parties::new();
    let log = parties.home.path().join("log");
    fs::write(&log, "no folder").unwrap();
    let Err(ChainError::Log(error)) = Chain::open(parties.home.path(), Arc::clone(&parties.facts)) else {
        panic!("a file was taken for a log")
    };
    assert!(error.to_string().contains(&log.display().to_string()), "{error}");
    assert_eq!(fs::read(&log).unwrap(), b"no folder");
}

#[test]
fn views_of_another_form_or_of_none_are_built_again() {
    let parties = Parties::new();
    let tip = parties.ready_chain().tip();
    let folder = parties.home.path().join("views");
    for form in [Change::put(keys::VERSION, codec::encode(&u32::MAX)), Change::Delete { key: keys::VERSION.to_vec() }] {
        let store = SledStore::open(&folder).unwrap();
        // what an earlier version may have kept, and this one cannot read
        store.apply(vec![form, Change::put(keys::TIP, b"another form")]).unwrap();
        drop(store);
        let chain = parties.chain();
        assert_eq!((chain.tip(), chain.views().are_of_this_form().unwrap()), (tip.clone(), true));
    }
}

#[test]
fn views_of_another_log_are_built_again() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let tip = chain.tip();
    drop(chain);
    // Another history of the same network, of the same height.
    let other = tempfile::tempdir().unwrap();
    let elsewhere = Chain::open(other.path(), Arc::clone(&parties.facts)).unwrap();
    parties.decide(&elsewhere, vec![parties.attribute_keys(&["OTHER@university"])]);
    parties.decide(&elsewhere, vec![parties.attribute_keys(&[ATTRIBUTE])]);
    assert_ne!(elsewhere.tip().state_root, tip.state_root);
    drop(elsewhere);
    fs::remove_dir_all(parties.home.path().join("views")).unwrap();
    fs::rename(other.path().join("views"), parties.home.path().join("views")).unwrap();
    let chain = parties.chain();
    assert_eq!(chain.tip(), tip);
    assert!(chain.state().attribute_key("OTHER@university").unwrap().is_none());
}

#[test]
fn views_ahead_of_a_log_that_was_lost_are_built_again() {
    let parties = Parties::new();
    drop(parties.ready_chain());
    fs::remove_dir_all(parties.home.path().join("log")).unwrap();
    let chain = parties.chain();
    assert_eq!(chain.tip().height, Height(0));
    assert!(chain.state().identity(parties.requestor.id()).unwrap().is_none());
}

#[test]
fn what_was_logged_before_a_crash_is_executed_at_the_next_start() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let batch = parties.batch(&chain, vec![parties.grant(T0 + 1, sha256(b"next"))]);
    chain.log().append(&batch).unwrap();
    assert_eq!(chain.tip().height, Height(2));
    drop(chain);
    let chain = parties.chain();
    assert_eq!((chain.tip().height, chain.tip().hash), (Height(3), batch.certificate.value));
    let grant = chain.state().grant(parties.requestor.id(), ATTRIBUTE).unwrap().unwrap();
    assert_eq!(grant.proxy_key, sha256(b"next"));
}

#[test]
fn many_heights_that_left_no_trace_in_the_views_are_executed_at_the_next_start() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    (0..50).for_each(|_| drop(parties.decide(&chain, vec![])));
    let tip = chain.tip();
    assert_eq!((tip.height, chain.views().tip().unwrap().unwrap().height), (Height(52), Height(2)));
    drop(chain);
    // Views as a crash leaves them, which takes what was not flushed.
    let (views, kept) = (parties.home.path().join("views"), parties.home.path().join("kept"));
    fs::rename(&views, &kept).unwrap();
    let chain = parties.chain();
    assert_eq!(chain.tip(), tip);
    parties.decide(&chain, vec![parties.grant(T0 + 1, sha256(b"next"))]);
    (0..50).for_each(|_| drop(parties.decide(&chain, vec![])));
    let tip = chain.tip();
    drop(chain);
    fs::remove_dir_all(&views).unwrap();
    fs::rename(&kept, &views).unwrap();
    let chain = parties.chain();
    assert_eq!(chain.tip(), tip);
    assert_eq!(chain.views().tip().unwrap().unwrap().height, Height(53));
    let grant = chain.state().grant(parties.requestor.id(), ATTRIBUTE).unwrap().unwrap();
    assert_eq!(grant.proxy_key, sha256(b"next"));
    assert_eq!(chain.last_proposers(60).unwrap().len(), 60);
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
