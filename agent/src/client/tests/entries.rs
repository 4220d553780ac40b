//! What becomes of entries that are handed in.

use super::*;

#[test]
fn an_entry_is_followed_until_the_network_decided() {
    let mut answers =
        [EntryState::Waiting, EntryState::Waiting, EntryState::Applied].map(|state| status(state, 0)).into_iter();
    let node = FakeNode::start(move |_| Answer::json(&answers.next().unwrap()));
    let entry = entry();
    let decided = node.client().submit_entry(&entry).unwrap();
    assert_eq!(decided.height, Some(3));
    let asked = node.asked();
    assert_eq!(asked[0].method, "POST");
    assert_eq!(asked[0].body, medshare_ledger::codec::encode(&entry));
    assert_eq!(asked[1].target, format!("/v1/entries/{}?wait_ms=5000", entry.hash()));
}

#[test]
fn a_rejected_entry_says_why() {
    let node = FakeNode::start(|_| Answer::json(&status(EntryState::Rejected, 334)));
    let error = node.client().submit_entry(&entry()).unwrap_err();
    assert_eq!(error.to_string(), "the network rejected the entry: why");
}

#[test]
fn what_came_too_early_is_signed_anew_a_few_times_and_what_a_person_must_look_at_is_not() {
    for (rejected, most) in [(300, 5), (303, 5), (304, 5), (338, 5), (344, 5), (323, 1), (334, 1), (337, 1), (306, 1)] {
        let node = FakeNode::start(move |_| Answer::json(&status(EntryState::Rejected, rejected)));
        let mut signed = Vec::new();
        let done = while_too_early(|| {
            let entry = entry();
            signed.push(entry.hash());
            node.client().submit_entry(&entry)
        });
        assert!(matches!(done, Err(ClientError::Rejected { .. })), "{rejected}");
        assert_eq!((signed.len(), node.asked().len()), (most, most), "{rejected}");
        signed.dedup();
        assert_eq!(signed.len(), most, "the same bytes were handed in twice");
    }
    let mut answers =
        [(EntryState::Rejected, 302), (EntryState::Applied, 0)].map(|(s, code)| status(s, code)).into_iter();
    let node = FakeNode::start(move |_| Answer::json(&answers.next().unwrap()));
    assert_eq!(while_too_early(|| node.client().submit_entry(&entry())).unwrap().height, Some(3));
}
