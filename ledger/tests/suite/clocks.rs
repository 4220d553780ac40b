//! Agents whose clocks are off: what a number links needs no date.

use super::rejections::{NOW, assert_refused, opened, prepared};
use crate::network::entries::{self as make, side_entry};
use crate::network::{Parties, parties};
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::Timestamp;
use medshare_ledger::rejection::Rejection as R;
use medshare_ledger::side_block::{SideBlock, SideEvent};

const HOUR_MS: u64 = 3_600_000;

#[test]
fn a_report_of_an_agent_whose_clock_went_ahead_is_recorded() {
    for at in [NOW + HOUR_MS, u64::MAX - 1] {
        let (mut node, block) = opened(parties::parameters());
        let p = Parties::new();
        let copied = make::report(block.id, 1, 1, Hash32::ZERO, ReportKind::Action(Action::Copy), at);
        let agent_signature = p.agent.sign(&copied);
        let event = SideEvent::Reported { agent_signature, report: copied };
        let recorded = |timestamp| -> SideBlock {
            make::side_block(&p, &block, node.head(block.id), at, event.clone(), |_, link| {
                link.timestamp = Timestamp(timestamp);
            })
        };
        assert_refused(&node, R::FromTheFuture, side_entry(&recorded(NOW + 5_001)));
        let violation = recorded(NOW);
        node.apply(side_entry(&violation), NOW);
        assert!(node.access().has_ended(), "a violation is one, whatever its agent's clock says");
    }
}

#[test]
fn an_opening_that_is_dated_ahead_is_refused() {
    let (node, block) = prepared(parties::parameters());
    let (p, head) = (Parties::new(), node.head(block.id));
    let opening = |at| side_entry(&make::opening(&p, &block, head, make::lease(&p, block.id, 1, at)));
    assert_refused(&node, R::FromTheFuture, opening(NOW + 5_001));
    let lease = make::lease(&p, block.id, 1, NOW + 5_001);
    let event = SideEvent::Opening { requestor_signature: p.requestor.sign(&lease), lease };
    let backdated = make::side_block(&p, &block, head, NOW + 5_001, event, |_, link| link.timestamp = Timestamp(NOW));
    assert_refused(&node, R::FromTheFuture, side_entry(&backdated));
}
