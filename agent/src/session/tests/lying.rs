//! A node that lies is named first, an honest one behind it: no violation is lost or buried.

use super::*;
use crate::fake_ledger::BLOCK;
use crate::fake_node::{Answer, Asked, FakeNode};
use crate::fake_proof::{Shown, prove};
use crate::fixture::Apart;
use crate::vault::Vault;
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::SideBlockMade;
use medshare_ledger::certificate::CertificateError;
use medshare_ledger::certified_state::CertifiedStateError;
use medshare_ledger::codec;
use medshare_ledger::id::LeaseId;
use medshare_ledger::opening_proof::{Opening, OpeningProof};

impl Desk {
    /// Names nodes, in this order.
    pub(super) fn ask(&mut self, nodes: &[&FakeNode]) {
        self.node = NodeClient::new(nodes.iter().map(|node| node.url()).collect()).unwrap();
    }

    /// Numbers of the reports that are kept, of all openings.
    pub(super) fn kept(&self) -> Vec<u32> {
        let vault = Vault::take(&beside(&self.fixture.package)).unwrap();
        vault.kept_reports().unwrap().iter().map(|kept| kept.envelope.report.sequence).collect()
    }

    /// Number and hash of the last report that was made.
    fn head(&self) -> (u32, Hash32) {
        let made = self.stored(|_| ()).as_predecessor();
        (made.reports, made.last_report)
    }

    /// A node that says of everything that it was recorded, and that the package stands so, beside one that is honest.
    fn beside_a_liar(&mut self) -> FakeNode {
        let liar = self.fixture.another_node(|asked| says_recorded(asked, "opened"));
        let honest = self.fixture.node.url();
        self.node = NodeClient::new(vec![liar.url(), honest]).unwrap();
        liar
    }
}

/// Reports are answered as if they were recorded, and nothing is proven.
fn says_recorded(asked: &Asked, status: &str) -> Option<Answer> {
    if asked.target.contains("/proof") {
        return Some(Answer::error(404, "not-found"));
    }
    (asked.target == "/v1/reports").then(|| {
        let made = SideBlockMade { side_block: "5".repeat(64), status: status.to_owned() };
        Answer::json(&made)
    })
}

/// Both have the opening; the liar, named first, then has a ledger of its own.
fn opened_with_a_liar() -> (Desk, Apart) {
    let mut desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let liar = desk.fixture.liar();
    let (lease, head) = desk.fixture.ledger().opened();
    liar.ledger().pretends(lease, head);
    let url = desk.fixture.node.url();
    desk.node = NodeClient::new(vec![liar.node.url(), url]).unwrap();
    (desk, liar)
}

#[test]
fn a_false_retrieval_destroys_nothing_and_buries_no_violation() {
    let (desk, liar) = opened_with_a_liar();
    assert!(matches!(desk.act(Action::Copy), Err(SessionError::Violation { .. })));
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2)], "the honest ledger has it by then");
    liar.ledger().status = "retrieved";
    let read = desk.read();
    assert!(matches!(read, Err(SessionError::Refused(RefusalCode::Withdrawn))), "{read:?}");
    let record = desk.stored(|_| ());
    assert!(record.agent().is_some() && !record.usage().unwrap().destroyed);
}

#[test]
fn a_false_retrieval_leaves_what_the_requestor_wrote() {
    let (desk, liar) = opened_with_a_liar();
    let mut session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    session.write("second.txt", b"mine", Comment::default()).unwrap();
    drop(session);
    liar.ledger().status = "retrieved";
    let told = desk.read().unwrap_err();
    assert!(matches!(&told, SessionError::Unproven { node } if *node == liar.node.url().to_string()), "{told}");
    assert!(beside(&desk.fixture.package).join("written.second.txt").exists());
    assert!(desk.stored(|_| ()).data_key().is_some());
    liar.ledger().status = "opened";
    assert_eq!(desk.read().unwrap(), PATIENTS);
}

#[test]
fn what_a_liar_says_it_took_reaches_the_honest_node_in_the_same_command() {
    let mut desk = Desk::new(Terms::high());
    let _liar = desk.beside_a_liar();
    desk.open().unwrap();
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1)]);
    assert!(matches!(desk.act(Action::Copy), Err(SessionError::Violation { .. })));
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2)]);
}

#[test]
fn an_opening_that_only_a_liar_has_neither_locks_out_nor_takes_a_report_with_it() {
    let mut desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.read().unwrap();
    // the last two reports go to the liar alone, which records nothing
    let feigning = desk.fixture.another_node(|asked| says_recorded(asked, "revoked"));
    desk.ask(&[&feigning]);
    assert!(matches!(desk.act(Action::Copy), Err(SessionError::Violation { .. })));
    assert_eq!(desk.kinds().len(), 2);
    let liar = desk.fixture.liar();
    let (lease, _) = desk.fixture.ledger().opened();
    liar.ledger().pretends(lease.clone(), desk.head());
    desk.ask(&[&liar.node]);
    desk.open().unwrap();
    assert_eq!((liar.ledger().openings.len(), desk.fixture.ledger().openings.len()), (2, 1));
    assert_eq!(desk.kept().len(), 3, "the read, the copy and the liar's opening: none of them is proven");
    let liar_first = NodeClient::new(vec![liar.node.url(), desk.fixture.node.url()]).unwrap();
    desk.node = liar_first;
    let told = desk.read().unwrap_err();
    assert!(matches!(&told, SessionError::Unrecorded { opener } if *opener == liar.node.url().to_string()), "{told}");
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (READ, 2), (COPY, 3)], "the honest node has the violation");
    let honest = desk.fixture.node.client();
    desk.node = honest;
    let refused = desk.open().unwrap_err();
    assert!(matches!(&refused, SessionError::Node(error) if error.code() == Some("revoked")), "{refused}");
    desk.fixture.ledger().status = "re-granted";
    let opened = desk.open().unwrap();
    assert_eq!(opened.disowned, Some(liar.node.url().to_string()));
    assert_eq!(desk.read().unwrap(), PATIENTS);
    let previous = desk.fixture.ledger().openings[1].previous.unwrap();
    assert_eq!((previous.lease, previous.reports), (lease.id, 3), "it follows the last opening that is on the ledger");
}

#[test]
fn a_node_that_opens_without_a_record_is_passed_over_and_nothing_is_forgotten() {
    let (desk, liar) = opened_with_a_liar();
    desk.read().unwrap();
    desk.fixture.ledger().signers = 1;
    desk.read().unwrap();
    let before = desk.kept();
    assert!(!before.is_empty());
    desk.fixture.ledger().signers = 4;
    let opened = desk.open().unwrap();
    assert_eq!(opened.disowned, Some(liar.node.url().to_string()));
    assert_eq!(desk.fixture.ledger().openings[1].id, opened.lease, "the honest node recorded it");
    assert_eq!(desk.read().unwrap(), PATIENTS);
}

#[test]
fn an_honest_nodes_no_outweighs_an_opening_that_nobody_proves() {
    let (desk, liar) = opened_with_a_liar();
    desk.fixture.ledger().status = "revoked";
    let refused = desk.open().unwrap_err();
    assert!(matches!(&refused, SessionError::Node(error) if error.code() == Some("revoked")), "{refused}");
    assert_eq!(liar.ledger().openings.len(), 2, "it would have opened");
}

#[test]
fn what_one_node_says_that_access_stands_does_not_outweigh_a_proof_that_it_ended() {
    let (desk, liar) = opened_with_a_liar();
    liar.ledger().signers = 1;
    desk.fixture.ledger().access_ended = true;
    assert!(matches!(desk.read(), Err(SessionError::Refused(RefusalCode::Withdrawn))));
    assert!(desk.stored(|_| ()).data_key().is_none());
}

#[test]
fn a_package_is_deleted_only_when_its_reports_are_proven() {
    let everything = Terms { permitted: medshare_contract_abi::ActionSet::ALL, ..Terms::high() };
    let mut desk = Desk::new(everything);
    let feigning = desk.fixture.another_node(|asked| says_recorded(asked, "opened"));
    desk.ask(&[&feigning]);
    desk.open().unwrap();
    let session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    let Err(SessionError::Missing { .. }) = session.delete(Comment::default()) else { panic!("it went on") };
    // it shows what was made, too
    let (lease, _) = desk.fixture.ledger().opened();
    let liar = desk.fixture.liar();
    liar.ledger().pretends(lease, desk.head());
    desk.ask(&[&liar.node]);
    let session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    let kept = session.delete(Comment::default()).unwrap_err();
    assert!(matches!(kept, SessionError::ReportsUnproven { reports: 2, .. }), "{kept}");
    assert!(desk.fixture.package.exists() && desk.kept() == [1, 2]);
    let liar_first = NodeClient::new(vec![liar.node.url(), desk.fixture.node.url()]).unwrap();
    desk.node = liar_first;
    let session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    session.delete(Comment::default()).unwrap();
    assert!(!desk.fixture.package.exists() && !beside(&desk.fixture.package).exists());
    let delete = ReportKind::Action(Action::Delete);
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (delete, 2), (delete, 3)]);
}

#[test]
fn how_far_an_opening_is_recorded_is_stored_before_the_reports_that_told_so_are_gone() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    desk.read().unwrap();
    let mut session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    assert!(session.discard_proven(crate::client::Certified::Already).unwrap().everything());
    drop(session);
    assert!(desk.kept().is_empty());
    let record = desk.stored(|_| ());
    assert_eq!(record.recorded, Some(record.as_predecessor()));
}

#[test]
fn what_was_destroyed_goes_on_handing_in_what_is_not_proven() {
    let mut desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let feigning = desk.fixture.another_node(|asked| says_recorded(asked, "opened"));
    desk.ask(&[&feigning]);
    assert!(matches!(desk.act(Action::Copy), Err(SessionError::Violation { .. })));
    // as an agent of before left it, which believed in the retrieval
    desk.stored(|record| {
        let usage = medshare_contract_abi::usage::UsageState { destroyed: true, ..record.usage().unwrap() };
        record.remember(usage);
        record.destroy_keys();
    });
    let honest = desk.fixture.node.client();
    desk.node = honest;
    assert!(matches!(desk.read(), Err(SessionError::Destroyed)));
    assert_eq!(desk.kinds(), [(ReportKind::Decrypted, 1), (COPY, 2)]);
    assert!(matches!(desk.read(), Err(SessionError::Destroyed)));
    assert!(desk.kept().is_empty());
}

#[test]
fn a_proof_shows_nothing_without_a_quorum_of_the_genesis_validators() {
    let desk = Desk::new(Terms::high());
    desk.open().unwrap();
    let (lease, (reports, last_report)) = desk.fixture.ledger().opened();
    let requestor = desk.fixture.keys.id();
    let opening = Opening { parent: BLOCK, lease: lease.id, requestor };
    let lease_shown = Some((&lease, reports, last_report));
    let shown = Shown { requestor, lease: lease_shown, status: "opened", access_ended: false, ahead_ms: 0 };
    let facts = &desk.fixture.facts;
    let proof = |signers| prove(desk.fixture.validators(), signers, opening, &shown);
    let standing = proof(3).verify(facts, opening).unwrap();
    assert_eq!((standing.reports(), standing.is_over(), standing.is_retrieved()), (1, false, false));
    assert!(matches!(
        proof(2).verify(facts, opening),
        Err(CertifiedStateError::Certificate(CertificateError::NoQuorum { actual: 2, expected: 3, .. }))
    ));
    let other = Opening { lease: LeaseId::from_bytes([9; 16]), ..opening };
    assert!(matches!(proof(4).verify(facts, other), Err(CertifiedStateError::State(_))), "it is of this opening alone");
    let elsewhere = found(&desk.fixture.folder.path().join("elsewhere"), 1);
    assert_eq!(proof(4).verify(&elsewhere, opening), Err(CertifiedStateError::OtherNetwork));
    let bytes = codec::encode(&proof(4));
    for position in (0..bytes.len()).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[position] ^= 1;
        let shown = codec::decode::<OpeningProof>(&flipped).map(|proof| proof.verify(facts, opening));
        assert!(!matches!(shown, Ok(Ok(_))), "{position}");
    }
}
