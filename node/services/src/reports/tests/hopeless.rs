//! Reports that the ledger would not record, as far as this node knows.

use super::*;
use medshare_contract_abi::permissions::PermissionRejection;
use medshare_ledger::rejection::Rejection;
use medshare_node_submission::refused;

#[tokio::test]
async fn a_report_that_could_not_be_recorded_runs_no_contract_and_leaves_no_words() {
    // The opening fills the chain.
    let mut opened = Opened::of(Parties::with_side_blocks(1));
    // Nobody has a turn: whoever gets so far waits for ever.
    Arc::get_mut(&mut opened.services).unwrap().gates.contracts = Gate::new(0, 8);
    let read = opened.did(Action::Read, "in the office");
    let hash = read.report.hash();
    let receipt = opened.changed(read.clone(), |report| report.kind = ReportKind::Retrieved.code());
    let unknown = opened.changed(read.clone(), |report| report.kind = u8::MAX);
    for (envelope, rejection) in [
        (read, Rejection::TooManySideBlocks),
        (receipt, Rejection::Permission(PermissionRejection::NotRetrieved)),
        (unknown, Rejection::UnknownReportKind),
    ] {
        let taking = tokio::time::timeout(Duration::from_secs(60), take(&opened.services, envelope));
        assert_eq!(taking.await.unwrap().unwrap_err(), refused(rejection));
    }
    assert_eq!(opened.services.private.words(&hash).unwrap(), None);
    assert!(opened.services.private.waiting_reports().unwrap().is_empty());
    assert!(opened.services.chain.mempool.is_empty());
    // A violation finds room all the same.
    let violation = opened.copied("on a stick");
    assert_eq!(order::of(&opened.services, &violation).unwrap(), Order::Next);
}

#[tokio::test]
async fn a_report_whose_room_is_taken_while_it_waits_for_its_turn_leaves_no_words() {
    let mut opened = Opened::of(Parties::with_side_blocks(2));
    let (gate, requestor) = (Gate::new(1, 8), opened.parties.requestor.id());
    let turn = gate.turn(requestor).await.unwrap();
    Arc::get_mut(&mut opened.services).unwrap().gates.contracts = gate;
    let envelope = opened.did(Action::Read, "in the office");
    let hash = envelope.report.hash();
    let services = Arc::clone(&opened.services);
    let taken = tokio::spawn(async move { take(&services, envelope).await });
    while !opened.services.gates.contracts.is_waited_for() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (at, state) = (opened.parties.at.plus_ms(3_000), opened.services.chain.state());
    let head = state.side_chain(opened.parent).unwrap().unwrap().head;
    let details = opened.parties.opening_details(&opened.block, 2, at, 60_000);
    let second = opened.parties.side_block(&opened.block, details, head, at);
    opened.parties.decide(&opened.services.chain, vec![Entry::SideBlock(Box::new(second))]);
    drop(turn);
    assert_eq!(taken.await.unwrap().unwrap_err(), refused(Rejection::TooManySideBlocks));
    assert_eq!(opened.services.private.words(&hash).unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_behind_refuses_no_report_for_good() {
    let opened = Opened::new();
    let later = opened.changed(opened.copied("on a stick"), |report| report.sequence = 2);
    let receipt = opened.changed(opened.copied(""), |report| report.kind = ReportKind::Retrieved.code());
    let broken = opened.changed(opened.copied(""), |report| report.previous = Hash32::from_bytes([7; 32]));
    for other in 1..=2 {
        opened.services.others.say(opened.parties.node(other), 1_000);
    }
    let code = async |envelope| take(&opened.services, envelope).await.unwrap_err().code;
    assert_eq!(code(later).await, Code::CatchingUp);
    assert_eq!(code(receipt).await, Code::CatchingUp, "its owner may have called the data back");
    assert_eq!(code(broken).await, Code::Rejected, "whatever follows, it does not fit what is before it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_fails_leaves_the_words_to_another_at_the_same_report() {
    let opened = Opened::of(Parties::with_side_blocks(1));
    let private = &opened.services.private;
    let envelope = opened.did(Action::Read, "in the office");
    let hash = envelope.report.hash();
    private.put_words(&hash, "in the office", &opened.waiting(1)).unwrap();
    let refusal = take(&opened.services, envelope).await.unwrap_err();
    assert!(!refusal.code.class().is_passing(), "{refusal}");
    assert!(private.words(&hash).unwrap().unwrap().contains("in the office"));
    leftovers::sweep(&opened.services, now().0 + 3 * 3_600_000).unwrap();
    assert_eq!(private.words(&hash).unwrap(), None);
}
