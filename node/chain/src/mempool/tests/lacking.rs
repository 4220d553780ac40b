//! Entries that lack something, and for how long they may.

use super::*;

/// Whatever lacks something has lacked it since then.
fn put_back(mempool: &Mempool, since: Instant) {
    mempool.queue().waiting.values_mut().filter_map(|waiting| waiting.lacking.as_mut()).for_each(|it| it.since = since);
}

#[test]
fn how_long_something_is_lacked_counts_for_each_lack_by_itself() {
    let parties = Parties::new();
    let grant = grants(&parties, 1).remove(0);
    let hash = grant.hash();
    let Some(a_second_ago) = Instant::now().checked_sub(Duration::from_secs(1)) else { return };
    let registration = Need::Requestor(parties.requestor.id());
    let unknown = Lack::of(registration.clone(), Rejection::UnknownRequestor);
    let ended = Lack::of(Need::Access(parties.requestor.id()), Rejection::AccessEnded);
    // It was known to be unknown for a second, which is little for that; then that came, and it lacks access, for no time.
    let mempool = Mempool::default();
    mempool.insert(grant.clone()).unwrap();
    mempool.park(&hash, unknown.clone());
    put_back(&mempool, a_second_ago);
    mempool.executed([], &[], [&registration]);
    mempool.park(&hash, ended.clone());
    assert!(mempool.candidates(0, 9).is_empty());
    assert!(mempool.get(&hash).is_some());
    mempool.lacks(&hash, Rejection::AccessEnded);
    assert!(mempool.get(&hash).is_some());
    // The same lack goes on, however often it is looked at, and whether or not it is known what would end it.
    put_back(&mempool, a_second_ago);
    mempool.executed([], &[], [&ended.need]);
    mempool.lacks(&hash, Rejection::AccessEnded);
    assert_eq!(mempool.refusal(&hash), Some(Rejection::AccessEnded));
    // What applied in between begins anew.
    let mempool = Mempool::default();
    mempool.insert(grant).unwrap();
    mempool.park(&hash, ended.clone());
    put_back(&mempool, a_second_ago);
    mempool.applies(&hash);
    mempool.park(&hash, ended);
    assert!(mempool.candidates(0, 9).is_empty());
    assert!(mempool.get(&hash).is_some());
}

#[test]
fn what_was_chosen_once_lacks_nothing_any_more() {
    let parties = Parties::new();
    let grant = grants(&parties, 1).remove(0);
    let hash = grant.hash();
    let Some(long_ago) = Instant::now().checked_sub(MAX_LACK + Duration::from_secs(1)) else { return };
    let registration = Need::Requestor(parties.requestor.id());
    let unknown = Lack::of(registration.clone(), Rejection::UnknownRequestor);
    let found_to_apply: [fn(&Mempool, Hash32); 2] =
        [|mempool, hash| mempool.chosen([hash]), |mempool, hash| mempool.leave(&hash)];
    for find in found_to_apply {
        let mempool = Mempool::default();
        mempool.insert(grant.clone()).unwrap();
        mempool.park(&hash, unknown.clone());
        put_back(&mempool, long_ago);
        // It follows the registration into a proposal that is not decided; then another one brings the registration alone.
        find(&mempool, hash);
        mempool.executed([], &[], [&registration]);
        assert_eq!(hashes(&mempool.candidates(0, 9)), [hash]);
        assert_eq!(mempool.refusal(&hash), None);
    }
}

#[test]
fn what_waits_for_time_alone_is_given_up_though_each_height_has_it_looked_at() {
    let parties = Parties::new();
    let grant = grants(&parties, 1).remove(0);
    let Some(long_ago) = Instant::now().checked_sub(MAX_LACK + Duration::from_secs(1)) else { return };
    let mempool = Mempool::default();
    mempool.insert(grant.clone()).unwrap();
    let lack = Lack::of(Need::Time, Rejection::UnknownRevocation);
    mempool.park(&grant.hash(), lack);
    put_back(&mempool, long_ago);
    mempool.executed([], &[], []);
    assert!(mempool.candidates(0, 9).is_empty());
    assert_eq!(mempool.refusal(&grant.hash()), Some(Rejection::UnknownRevocation));
}

#[test]
fn what_lacked_something_too_long_is_dropped_unless_it_is_sound_but_for_its_place() {
    let parties = Parties::new();
    let mempool = Mempool::default();
    let parent = parties.parent_block(&parties.request(1), Hash32::ZERO);
    let grant = grants(&parties, 1).remove(0);
    let [lost, sound] =
        [1, 2].map(|n| parties.verified(Entry::SideBlock(Box::new(parties.opening(&parent, sha256(b"x"), n)))));
    let need = Need::Block(sha256(b"x"));
    let lack = Lack::of(need.clone(), Rejection::SideChainMoved);
    for (entry, lack) in [(&grant, lack.clone()), (&lost, lack), (&sound, Lack::but_sound(need.clone()))] {
        mempool.insert(entry.clone()).unwrap();
        mempool.park(&entry.hash(), lack);
    }
    assert!(mempool.candidates(0, 9).is_empty() && mempool.hopeless(0, 9, 9).is_empty());
    let Some(long_ago) = Instant::now().checked_sub(MAX_LACK + Duration::from_secs(1)) else { return };
    put_back(&mempool, long_ago);
    assert!(mempool.candidates(0, 9).is_empty());
    assert!(mempool.hopeless(0, 9, 9).is_empty(), "what does not apply yet takes no place in the history");
    for dropped in [&grant, &lost] {
        assert_eq!(mempool.refusal(&dropped.hash()), Some(Rejection::SideChainMoved));
    }
    assert_eq!(mempool.len(), 1);
    assert_eq!(hashes(&mempool.lacking(&need, 9)), [sound.hash()]);
}

#[test]
fn only_what_was_not_looked_at_is_worth_a_height() {
    let parties = Parties::new();
    let (mempool, entries) = (Mempool::default(), grants(&parties, 2));
    assert!(!mempool.has_fresh());
    for entry in &entries {
        mempool.insert(entry.clone()).unwrap();
    }
    assert!(mempool.has_fresh());
    let her = Need::Requestor(parties.requestor.id());
    let lack = |need: &Need, rejection| Lack::of(need.clone(), rejection);
    mempool.park(&entries[0].hash(), lack(&her, Rejection::UnknownRequestor));
    mempool.park(&entries[1].hash(), lack(&Need::Time, Rejection::FromTheFuture));
    assert!(!mempool.has_fresh() && mempool.candidates(0, 9).is_empty());
    mempool.insert(entries[0].clone()).unwrap();
    assert!(!mempool.has_fresh(), "it is known");
    let other = Need::Requestor(medshare_ledger::id::RequestorId::from_bytes([7; 16]));
    mempool.executed([], &[], [&other, &Need::Permission(BlockId::from_bytes([1; 32]))]);
    assert!(!mempool.has_fresh(), "nothing that it needs came");
    assert_eq!(hashes(&mempool.candidates(0, 9)), [entries[1].hash()], "time has passed");
    assert_eq!(hashes(&mempool.lacking(&her, 9)), [entries[0].hash()]);
    mempool.executed([], &[], [&her]);
    assert!(mempool.has_fresh() && mempool.lacking(&her, 9).is_empty());
    assert_eq!(mempool.candidates(0, 9).len(), 2);
}
