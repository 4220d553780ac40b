//! What a validator keeps back, overhears or comes first with, and what it gains by that: nothing.

use super::rejections::{NOW, assert_refused, prepared};
use crate::network::entries::{self as make, side_entry};
use crate::network::{Parties, T0, parties};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::check::{check_entry, check_snapshot};
use medshare_ledger::entry::Entry;
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::rejection::Rejection as R;

#[test]
fn grant_from_before_a_revocation_is_refused_also_when_it_was_dated_ahead() {
    let (mut node, block) = prepared(parties::parameters());
    let ahead = make::grant(&node.parties, T0 + 3_000, |_| {});
    node.apply(ahead, T0 + 60);
    node.apply(make::revocation(&node.parties, block.id, 0, T0 + 70), T0 + 80);
    let same_date = make::grant(&node.parties, T0 + 3_000, |g| g.proxy_key = Hash32::ZERO);
    assert_refused(&node, R::GrantBeforeRevocation, same_date);
    let between = make::grant(&node.parties, T0 + 2_000, |_| {});
    assert_refused(&node, R::GrantBeforeRevocation, between);
    let known = node.access().revocations;
    node.apply(make::grant(&node.parties, T0 + 3_001, |g| g.revocations = known), NOW);
}

/// A validator keeps a grant that is dated ahead, as far as clocks may be off, until access was revoked.
#[test]
fn a_grant_that_was_held_back_counts_for_no_revocation_that_its_authority_did_not_know() {
    let (mut node, block) = prepared(parties::parameters());
    let p = Parties::new();
    let kept_back = make::grant(&p, T0 + 4_000, |g| g.proxy_key = Hash32::ZERO);
    // A lying node names the next revocation to the authority: nobody knows its hash before it happens.
    let guessed = make::grant(&p, T0 + 4_000, |g| g.revocations = EntryChain { count: 1, head: sha256(b"guessed") });
    assert_refused(&node, R::UnknownRevocation, guessed.clone());
    node.apply(make::revocation(&p, block.id, 0, T0 + 70), T0 + 80);
    for grant in [kept_back, guessed] {
        assert_refused(&node, R::GrantBeforeRevocation, grant.clone());
        let checked = check_entry(grant, &p.facts).unwrap();
        let hopeless = check_snapshot(checked.entry(), node.view(), node.tip.time).unwrap();
        assert_eq!(hopeless, Err(R::GrantBeforeRevocation), "for good");
    }
    let known = node.access().revocations;
    node.apply(make::grant(&p, T0 + 90, |g| g.revocations = known), T0 + 100);
}

/// A validator that overheard a lease puts it into a block of its own, which comes first.
#[test]
fn a_lease_serves_the_node_that_it_names_and_no_other() {
    let (mut node, block) = prepared(parties::parameters());
    let p = Parties::new();
    let asked = make::opening(&p, &block, node.head(block.id), make::lease(&p, block.id, 1, T0 + 60));
    let event = asked.details.event.clone();
    let thief = make::side_block(&p, &block, node.head(block.id), T0 + 60, event, |d, _| d.node = p.node(3));
    assert_eq!(check_entry(side_entry(&thief), &p.facts).err(), Some(R::LeaseOfAnotherNode));
    node.apply(side_entry(&asked), T0 + 70);
}

/// Whoever comes first with the hash of another's contract or form takes nothing from her.
#[test]
fn names_on_the_ledger_are_of_those_who_gave_them() {
    let (mut node, block) = prepared(parties::parameters());
    let p = Parties::new();
    let of_another = make::contract_code(&p, b"published", |code| code.owner = p.owner(1));
    let Entry::ContractCode(code, _) = of_another else { panic!("a contract") };
    let signature = p.owners[1].sign(&code);
    node.apply(Entry::ContractCode(code, signature), T0 + 60);
    // a stranger's request of the same form has another name, and hers is answered all the same
    let stranger = make::asked(&p, "first", T0, |request| request.key = p.agent.verifying_key());
    assert_ne!(stranger.name(), block.details.request);
    let answer = node.view().request(block.details.request).unwrap().and_then(|request| request.answer);
    assert_eq!(answer, Some(block.id));
    let published = |owner| node.view().contract(p.owner(owner), sha256(b"published")).unwrap().is_some();
    assert!(published(0) && published(1));
}
