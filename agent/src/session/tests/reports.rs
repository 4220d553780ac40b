//! Nodes that keep reports back, and openings that do not skip any.

use super::*;
use crate::client::NodeClient;
use crate::fake_node::{Answer, Asked, FakeNode};
use medshare_exchange::opening::OpenRequest;
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::codec;
use medshare_ledger::id::NodeId;
use std::sync::{Arc, Mutex};

/// Whether a node is handed the report that data was copied.
fn reports_a_copy(asked: &Asked) -> bool {
    let report = (asked.target == "/v1/reports").then(|| codec::decode::<ReportEnvelope>(&asked.body).unwrap().report);
    report.is_some_and(|report| report.kind == COPY.code())
}

/// A node that answers the report of the copy with an error, and everything else as it should.
fn liar(desk: &Desk) -> FakeNode {
    desk.fixture.another_node(|asked| reports_a_copy(asked).then(|| Answer::error(400, "malformed")))
}

fn revoked(opened: Result<Opened, SessionError>) {
    assert!(matches!(opened, Err(SessionError::Node(error)) if error.code() == Some("revoked")));
}

#[test]
fn a_node_that_answers_with_an_error_does_not_suppress_a_violation() {
    let mut desk = Desk::new(Terms::high());
    let liar = liar(&desk);
    desk.node = liar.client();
    desk.open().unwrap();
    assert!(matches!(desk.act(Action::Copy), Err(SessionError::ViolationUnreported { action: Action::Copy, .. })));
    // the attack: opened again, the next lease would start at number one and show no gap
    assert!(matches!(desk.open(), Err(SessionError::Unreported { .. })));
    assert!(matches!(desk.read(), Err(SessionError::Unreported { .. })));
    assert_eq!((desk.kinds().len(), desk.fixture.ledger().openings.len()), (1, 1));
    desk.node = NodeClient::new(vec![liar.url(), desk.fixture.node.url()]).unwrap();
    revoked(desk.open());
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2)]);
}

#[test]
fn what_one_node_refuses_goes_to_the_next() {
    let mut desk = Desk::new(Terms::high());
    let liar = liar(&desk);
    desk.node = NodeClient::new(vec![liar.url(), desk.fixture.node.url()]).unwrap();
    desk.open().unwrap();
    assert!(matches!(desk.act(Action::Copy), Err(SessionError::Violation { action: Action::Copy, .. })));
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2)]);
}

/// A node that says it is busy, and keeps the lease that it was asked with.
#[test]
fn each_node_is_asked_with_a_lease_of_its_own() {
    let mut desk = Desk::new(Terms::high());
    let (thief, leases) = (NodeId::from_bytes([0xa2; 16]), Arc::new(Mutex::new(Vec::new())));
    let kept = Arc::clone(&leases);
    let busy = desk.fixture.another_node(move |asked| match asked.target.as_str() {
        "/v1/status" => Some(Answer::json(&serde_json::json!({ "node": thief.to_string() }))),
        "/v1/openings" => {
            kept.lock().unwrap().push(codec::decode::<OpenRequest>(&asked.body).unwrap().lease);
            Some(Answer::error(503, "undecided"))
        }
        _ => None,
    });
    desk.node = NodeClient::new(vec![busy.url(), desk.fixture.node.url()]).unwrap();
    desk.open().unwrap();
    let (kept, used) = (leases.lock().unwrap(), desk.fixture.ledger().openings.clone());
    assert_eq!((kept[0].node, used[0].node), (thief, crate::fake_ledger::NODE));
    assert_ne!(kept[0].id, used[0].id);
    assert_eq!(kept[0].agent, used[0].agent, "auditors know by it that both were one asking");
}

#[test]
fn what_a_node_only_pretended_to_record_is_handed_in_again() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.fixture.ledger().feigns = true;
    desk.read().unwrap();
    assert!(matches!(desk.act(Action::Copy), Err(SessionError::Violation { .. })));
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1)], "nothing of it is on the ledger");
    desk.fixture.ledger().feigns = false;
    revoked(desk.open());
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (READ, 2), (COPY, 3)]);
}

#[test]
fn an_action_that_nobody_confirmed_is_told_as_one_that_counts_and_its_report_comes_first() {
    let mut desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let honest = desk.node.clone();
    let undecided = |asked: &Asked| (asked.target == "/v1/reports").then(|| Answer::error(503, "undecided"));
    let without_quorum = desk.fixture.another_node(undecided);
    desk.node = without_quorum.client();
    let told = desk.read().unwrap_err();
    assert!(matches!(told, SessionError::Unconfirmed { action: Action::Read, .. }), "{told}");
    assert!(told.to_string().starts_with("nothing was done, and it counts as a read all the same"), "{told}");
    desk.node = honest;
    assert!(desk.act(Action::Read).unwrap().had_waited);
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (READ, 2), (READ, 3)]);
    assert!(!desk.act(Action::Read).unwrap().had_waited);
}

#[test]
fn an_opening_whose_report_nobody_confirmed_is_told_as_one_and_goes_on_with_the_next_command() {
    let mut desk = Desk::new(Terms::high());
    let honest = desk.node.clone();
    let undecided = |asked: &Asked| (asked.target == "/v1/reports").then(|| Answer::error(503, "undecided"));
    let without_quorum = desk.fixture.another_node(undecided);
    desk.node = without_quorum.client();
    assert!(matches!(desk.open(), Err(SessionError::OpenedUnconfirmed { .. })));
    desk.node = honest;
    desk.read().unwrap();
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (READ, 2)]);
}

#[test]
fn an_opening_states_the_one_before_and_its_reports() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.read().unwrap();
    desk.open().unwrap();
    desk.open().unwrap();
    let openings = desk.fixture.ledger().openings.clone();
    assert_eq!(openings[0].previous, None);
    let stated = |place: usize| openings[place].previous.map(|previous| (previous.lease, previous.reports)).unwrap();
    assert_eq!((stated(1), stated(2)), ((openings[0].id, 2), (openings[1].id, 1)));
}

#[test]
fn reports_are_kept_until_a_quorum_certifies_them() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.fixture.ledger().signers = 2;
    desk.read().unwrap();
    assert_eq!(desk.kept(), [1, 2], "two of four may lie");
    desk.fixture.ledger().signers = 3;
    desk.read().unwrap();
    assert_eq!(desk.kept(), [3]);
    desk.open().unwrap();
    desk.read().unwrap();
    assert_eq!(desk.kept(), [2]);
    assert_eq!(desk.kinds().len(), 5);
}

#[test]
fn a_session_whose_opening_no_node_has_goes_no_further() {
    let mut desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let amnesiac = desk
        .fixture
        .another_node(|asked| asked.target.starts_with("/v1/leases/").then(|| Answer::error(404, "not-found")));
    desk.node = amnesiac.client();
    assert!(matches!(desk.read(), Err(SessionError::Unrecorded { .. })));
    assert_eq!(desk.kinds().len(), 1);
}

#[test]
fn a_violation_behind_a_report_that_was_only_pretended_is_recorded_with_it() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.fixture.ledger().feigns = true;
    desk.read().unwrap();
    desk.fixture.ledger().drops_reports = true;
    assert!(matches!(desk.act(Action::Copy), Err(SessionError::ViolationUnreported { .. })));
    desk.fixture.ledger().feigns = false;
    desk.fixture.ledger().drops_reports = false;
    revoked(desk.open());
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (READ, 2), (COPY, 3)]);
}
