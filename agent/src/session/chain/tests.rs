#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::id::{BlockId, Timestamp};

/// Reports that follow each other, told apart from those of others by their time.
fn made(first: u32, previous: Hash32, count: u32, at: u64) -> Vec<Report> {
    let mut previous = previous;
    let report = |sequence, previous| Report {
        parent: BlockId::from_bytes([1; 32]),
        lease: LeaseId::from_bytes([2; 16]),
        sequence,
        previous,
        kind: 2,
        at: Timestamp(at),
        commitment: Hash32::ZERO,
    };
    (first..first + count)
        .map(|sequence| {
            let report = report(sequence, previous);
            previous = report.hash();
            report
        })
        .collect()
}

fn head(reports: &[Report]) -> Head {
    reports.last().map_or((0, Hash32::ZERO), |report| (report.sequence, report.hash()))
}

fn fates(chain: &Chain, head: Head) -> Vec<(u32, Fate)> {
    chain.fates(head).by_number()
}

#[test]
fn a_kept_report_is_let_go_of_for_its_own_hash_and_not_for_its_number() {
    use Fate::{Overtaken, Recorded, Unseen, Waits};
    let common = made(1, Hash32::ZERO, 3, 1);
    let (ours, theirs) = (made(4, head(&common).1, 2, 2), made(4, head(&common).1, 2, 3));
    let chain = |reports: &[&[Report]]| Chain::of(reports.concat());
    let both = chain(&[&common[1..], &ours]);
    let recorded = [(2, Recorded), (3, Recorded)];
    assert_eq!(fates(&both, head(&common)), [recorded.as_slice(), &[(4, Waits), (5, Waits)]].concat());
    assert_eq!(fates(&both, head(&ours)), [recorded.as_slice(), &[(4, Recorded), (5, Recorded)]].concat());
    assert!(!both.is_overtaken_by(head(&common)) && !both.is_overtaken_by(head(&ours)));
    for number in [1, 2] {
        assert!(both.is_overtaken_by(head(&theirs[..number])), "{number}");
    }
    assert_eq!(
        fates(&both, head(&theirs[..1])),
        [(2, Unseen), (3, Unseen), (4, Overtaken), (5, Overtaken)],
        "the fourth is another one, and what comes behind ours never comes"
    );
    assert_eq!(fates(&chain(&[&ours[..1]]), head(&theirs)), [(4, Unseen)], "that there are five tells nothing");
    assert!(chain(&[&ours[..1]]).is_overtaken_by(head(&theirs)));
}

#[test]
fn of_a_number_that_is_not_the_last_the_side_blocks_tell_whose_it_is() {
    let key = SigningKey::from_seed([3; 32].into());
    let kept = |report: &Report| {
        let (report, agent_signature) = (report.clone(), key.sign(report));
        MadeReport::new(ReportEnvelope { report, agent_signature, sealed: vec![] }, Timestamp(9))
    };
    let common = made(1, Hash32::ZERO, 2, 1);
    let (ours, theirs) = (made(3, head(&common).1, 1, 2), made(3, head(&common).1, 2, 3));
    let chain = Chain::of([&common[1..], &ours].concat());
    let recorded: BTreeSet<_> = common.iter().chain(&theirs).map(Report::hash).collect();
    let fates = chain.fates(head(&theirs));
    for report in [&common[1], &ours[0]] {
        assert_eq!(fates.of(&kept(report)), Fate::Unseen);
    }
    let fates = fates.seen_among(&recorded);
    assert_eq!(fates.of(&kept(&common[1])), Fate::Recorded);
    assert_eq!(fates.of(&kept(&ours[0])), Fate::Overtaken);
}

#[test]
fn what_follows_is_known_from_the_report_behind_also_without_the_report_itself() {
    let (ours, theirs) = (made(1, Hash32::ZERO, 3, 1), made(1, Hash32::ZERO, 2, 2));
    let chain = Chain::until(head(&ours), ours[2..].to_vec());
    assert!(chain.is_overtaken_by(head(&theirs)) && !chain.is_overtaken_by(head(&ours[..2])));
    assert!(!chain.is_overtaken_by((0, Hash32::ZERO)));
    assert_eq!(fates(&chain, head(&theirs)), [(3, Fate::Overtaken)]);
}

#[test]
fn reports_of_one_number_that_were_made_in_different_copies_have_their_own_fates() {
    use Fate::{Overtaken, Recorded, Waits};
    let common = made(1, Hash32::ZERO, 1, 1);
    let (ours, theirs) = (made(2, head(&common).1, 2, 2), made(2, head(&common).1, 2, 3));
    let chain = Chain::until(head(&common), [common.clone(), ours.clone(), theirs.clone()].concat());
    let fate = |report: &Report, head| chain.fates(head).at((report.sequence, report.hash())).unwrap();
    for (at, [first, second, other]) in [
        (head(&common), [Waits, Waits, Waits]),
        (head(&ours[..1]), [Recorded, Waits, Overtaken]),
        (head(&theirs[..1]), [Overtaken, Overtaken, Recorded]),
    ] {
        assert_eq!([fate(&ours[0], at), fate(&ours[1], at), fate(&theirs[0], at)], [first, second, other], "{at:?}");
    }
    assert!(chain.is_left_behind(None) && !Chain::until(head(&ours), ours.clone()).is_left_behind(None));
    assert_eq!(chain.last_behind(head(&ours[..1])), head(&ours));
    assert_eq!(chain.last_behind((1, Hash32::ZERO)), (1, Hash32::ZERO), "nothing follows it");
    assert!([head(&ours), head(&theirs)].contains(&chain.last_behind(head(&common))));
}

#[test]
fn what_is_given_up_from_the_last_on_leaves_reports_whose_fate_is_seen_wherever_that_ends() {
    let common = made(1, Hash32::ZERO, 1, 1);
    let (ours, theirs) = (made(2, head(&common).1, 3, 2), made(2, head(&common).1, 1, 3));
    for left in 1..=ours.len() {
        let chain = Chain::of(ours[..left].to_vec());
        assert!(chain.fates(head(&theirs)).by_number().iter().all(|(_, fate)| *fate == Fate::Overtaken), "{left}");
        assert!(!chain.is_ahead_of(head(&theirs)));
    }
    let alone = Chain::of(ours[2..].to_vec());
    assert_eq!(fates(&alone, head(&theirs)), [(4, Fate::Waits)], "from the first on it would wait for ever");
}

#[test]
fn a_report_that_is_known_no_more_is_lost_and_not_overtaken_unless_that_was_proven() {
    let ours = made(1, Hash32::ZERO, 4, 1);
    let (recorded, theirs) = (head(&ours[..1]), (1, Hash32::from_bytes([9; 32])));
    for (known, lost) in [(1..4, 0), (1..3, 1), (3..4, 2), (4..4, 3)] {
        let chain = Chain::until(head(&ours), ours[known.clone()].to_vec());
        assert!(chain.is_ahead_of(recorded) && !chain.is_left_behind(Some(recorded)), "{known:?}");
        assert_eq!(chain.lost_behind(recorded), lost, "{known:?}");
        let marked = Chain { is_overtaken: true, ..chain };
        assert!(!marked.is_ahead_of(theirs) && marked.is_left_behind(Some(theirs)), "{known:?}");
        assert_eq!(marked.lost_behind(theirs), 0);
    }
    assert_eq!(Chain::until(head(&ours), []).lost_behind(head(&ours)), 0);
}
