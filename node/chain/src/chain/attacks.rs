//! What somebody outside tried against the chain, each by the name of what must not come of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "tests")]

use super::*;
use crate::testing::anything::Anything;
use crate::testing::{ATTRIBUTE, Parties, T0, execute};
use medshare_contract_host::USAGE_WASM;
use medshare_crypto::hash::sha256;
use medshare_ledger::batch::BatchError;
use medshare_ledger::rejection::Rejection;
use rand::{Rng as _, RngCore as _, SeedableRng as _, rngs::StdRng};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn contract_code_with_a_section_that_only_compilers_read_is_refused() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let name = b"webidl-bindings";
    let section = [&[0, name.len() as u8 + 2, name.len() as u8], name.as_slice(), &[1]].concat();
    let entry = parties.contract_code([USAGE_WASM, &section].concat());
    let hash = parties.verified(entry.clone()).hash();
    parties.decide(&chain, vec![entry]);
    assert_eq!(chain.views().entry(&hash).unwrap().unwrap().code, Rejection::ContractRefused.code());
    // The same without that section is a contract, and the chain goes on, also after a start that executes all of it again.
    let entry = parties.contract_code(USAGE_WASM.to_vec());
    let hash = parties.verified(entry.clone()).hash();
    parties.decide(&chain, vec![entry]);
    assert_eq!(chain.views().entry(&hash).unwrap().unwrap().code, 0);
    let tip = chain.tip();
    drop(chain);
    std::fs::remove_dir_all(parties.home.path().join("views")).unwrap();
    assert_eq!(parties.chain().tip(), tip);
}

#[test]
fn a_batch_with_an_entry_that_was_decided_before_is_no_batch() {
    let parties = Parties::new();
    let chain = parties.chain();
    // Refused, because she is not registered yet.
    let early = parties.grant(T0, sha256(b"proxy key"));
    parties.decide(&chain, vec![early.clone()]);
    let hash = parties.verified(early.clone()).hash();
    let place = chain.views().entry(&hash).unwrap().unwrap();
    assert_eq!(place.code, Rejection::UnknownRequestor.code());
    parties.decide(&chain, vec![parties.identity(), parties.attribute_keys(&[ATTRIBUTE])]);
    // Now it would apply. A proposer who keeps no rule puts it into a batch again; anybody can hand it in.
    let lax = |chain: &Chain| {
        let time = Timestamp(chain.tip().time.0 + 1);
        let forgetful = Views::new(Arc::new(medshare_node_store::kv::memory::MemoryStore::new()));
        chain.tip().propose([parties.verified(early.clone())], parties.node(0), time, &forgetful).unwrap().batch
    };
    let refused = execute(&chain, &lax(&chain).to_bytes());
    let expected = BatchError::DecidedBefore { position: 0 };
    assert!(matches!(&refused, Err(ExecuteError::Diverged(error)) if *error == expected), "{refused:?}");
    // Nor does a proposer of ours order it, or keep it.
    chain.mempool.insert(parties.verified(early.clone())).unwrap();
    assert!(chain.propose(parties.node(0), Timestamp(T0 + 9_000)).unwrap().entries().is_empty());
    assert!(chain.mempool.is_empty());
    assert_eq!(chain.views().entry(&hash).unwrap(), Some(place));
    assert!(chain.state().grant(parties.requestor.id(), ATTRIBUTE).unwrap().is_none());
    // Views that were built anew remember it as well.
    drop(chain);
    std::fs::remove_dir_all(parties.home.path().join("views")).unwrap();
    let chain = parties.chain();
    let refused = execute(&chain, &lax(&chain).to_bytes());
    assert!(matches!(refused, Err(ExecuteError::Diverged(error)) if error == expected));
}

/// The same search, with coverage and without an end, is `fuzz/run execution`.
#[test]
fn no_batch_that_passes_the_check_makes_execution_fault() {
    const ROUNDS: usize = 60;
    let anything = Anything::new();
    let seed: u64 = std::env::var("MEDSHARE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    println!("MEDSHARE_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut codes: BTreeMap<&str, BTreeSet<u16>> = BTreeMap::new();
    for round in 0..ROUNDS {
        let mut bytes = vec![0; random.gen_range(0..1_500)];
        random.fill_bytes(&mut bytes);
        let became = anything.decide(&bytes).unwrap_or_else(|error| panic!("round {round}: {error:?}"));
        for (kind, code) in became {
            codes.entry(kind).or_default().insert(code);
        }
    }
    // It reached what it means to reach: entries of every kind, applied ones and refused ones.
    assert_eq!(codes.len(), 9, "{codes:?}");
    assert!(codes.values().all(|codes| codes.contains(&0)), "{codes:?}");
    // Each was refused for some rule, too: what is made is not always the same valid one.
    assert!(codes.values().all(|codes| codes.len() > 1), "{codes:?}");
    assert!(codes.values().flatten().collect::<BTreeSet<_>>().len() > 10, "{codes:?}");
}
