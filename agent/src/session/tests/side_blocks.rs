//! Reports of which only the side-blocks tell whether they are on the ledger: nodes show these, and no node is believed.

use super::brought_back::Copies;
use super::*;
use crate::fake_node::{Answer, FakeNode};
use crate::vault::Vault;
use serde_json::Value;

const BLOCKS: &str = "/v1/audit/blocks/";

/// Two violations that no node took, while so many reads came onto the ledger in another copy of the session.
fn overtaken(reads: usize) -> Desk {
    let desk = Desk::new(Terms::high());
    Copies { desk: &desk }.overtaken_by(reads, || desk.feigned(&[Action::Copy, Action::Move]));
    desk
}

impl Desk {
    /// A node over the same ledger that tells of its side-blocks what `change` makes of them.
    fn telling(&self, change: impl Fn(&mut Vec<Value>) + Send + 'static) -> FakeNode {
        let told = serde_json::to_value(self.fixture.ledger().side_blocks()).unwrap();
        self.fixture.another_node(move |asked| {
            asked.target.starts_with(BLOCKS).then(|| {
                let mut told = told.as_array().unwrap().clone();
                change(&mut told);
                Answer::json(&serde_json::json!({ "side_blocks": told, "next": null }))
            })
        })
    }
}

#[test]
fn violations_that_others_overtook_are_told_by_the_side_blocks_and_made_again() {
    let desk = overtaken(3);
    let told = desk.open().unwrap_err();
    assert!(matches!(told, SessionError::Violation { action: Action::Copy, .. }), "{told}");
    let told = desk.read().unwrap_err();
    assert!(matches!(told, SessionError::Violation { action: Action::Move, .. }), "{told}");
    let moved = (ReportKind::Action(Action::Move), 3);
    let own = [(ReportKind::Decrypted, 1), (READ, 2), (READ, 3), (READ, 4)];
    assert_eq!(desk.kinds(), [own.as_slice(), &[(ReportKind::Decrypted, 1), (COPY, 2), moved]].concat());
}

#[test]
fn a_node_that_tells_something_else_of_the_side_blocks_is_left_for_the_next_one() {
    type Change = fn(&mut Vec<Value>);
    let lies: [Change; 6] = [
        |told| told.clear(),
        |told| drop(told.pop()),
        |told| drop(told.remove(1)),
        |told| told[2]["commitment"] = "0".repeat(64).into(),
        |told| told[2]["commitment"] = Value::Null,
        |told| told[2]["event"] = "copy".into(),
    ];
    for (number, lie) in lies.into_iter().enumerate() {
        let mut desk = overtaken(3);
        let liar = desk.telling(lie);
        desk.ask(&[&liar]);
        desk.open().unwrap();
        let waits = Vault::take(&beside(&desk.fixture.package)).unwrap().kept_reports().unwrap();
        assert!(waits.iter().any(crate::vault::MadeReport::is_of_violation), "{number}: nothing is believed");
        let honest = desk.fixture.node.url();
        desk.node = NodeClient::new(vec![liar.url(), honest]).unwrap();
        let told = desk.open().unwrap_err();
        assert!(matches!(told, SessionError::Violation { action: Action::Copy, .. }), "{number}: {told}");
    }
}

#[test]
fn a_node_is_asked_once_in_a_session_for_the_side_blocks_however_many_reports_they_tell_of() {
    let mut desk = overtaken(3);
    let liar = desk.telling(|told| told.clear());
    desk.ask(&[&liar]);
    desk.open().unwrap();
    let asked = || liar.asked().iter().filter(|asked| asked.target.starts_with(BLOCKS)).count();
    let before = asked();
    let mut session = desk.agent().resume(&desk.fixture.package, None).unwrap();
    for _ in 0..3 {
        session.discard_proven(crate::client::Certified::Already).unwrap();
    }
    drop(session);
    assert_eq!(asked(), before + 1);
}
