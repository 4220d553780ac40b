//! Reports that are on the ledger, and that are dated as their agents' clocks go.

use super::*;
use medshare_ledger::rejection::Rejection;
use medshare_node_submission::refused;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_others_followed_is_known_and_another_of_its_number_is_not() {
    let opened = Opened::new();
    let envelope = opened.copied("on a stick");
    let (again, other) = (envelope.clone(), opened.copied("something else"));
    opened.record(envelope).await;
    opened.decide_next();
    opened.decide_next();
    // as after a crash before it was settled, with another that waited of its number
    for report in [&again, &other] {
        opened.services.private.put_words(&report.report.hash(), "words", &opened.waiting(1)).unwrap();
    }
    for _ in 0..2 {
        assert_eq!(take(&opened.services, again.clone()).await.unwrap_err().code, Code::ReportKnown);
        let refusal = take(&opened.services, other.clone()).await.unwrap_err();
        assert_eq!(refusal, refused(Rejection::ReportOutOfSequence));
    }
    assert!(opened.services.private.waiting_reports().unwrap().is_empty());
    assert!(opened.services.private.words(&other.report.hash()).unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_violation_whose_agents_clock_went_ahead_is_taken_and_recorded_at_once() {
    let opened = Opened::new();
    let ahead = now().plus_ms(60 * 60 * 1000);
    opened.record(opened.changed(opened.copied("on a stick"), |report| report.at = ahead)).await;
}
