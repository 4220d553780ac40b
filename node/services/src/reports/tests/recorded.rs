//! Reports that are on the ledger, and that are dated as their agents' clocks go.

use super::*;
use medshare_ledger::rejection::Rejection;
use medshare_node_store::kv::sled_store::SledStore;
use medshare_node_store::kv::{Change, KvStore as _};
use medshare_node_store::private::PrivateStore;
use medshare_node_submission::refused;

impl Opened {
    /// The node has a private store in which there are words of this report, and nobody can read them.
    async fn damage_words(&mut self, report: &Hash32, home: &std::path::Path) {
        let store = SledStore::open(&home.join("private")).unwrap();
        store.apply(vec![Change::put([b"r", report.as_bytes().as_slice()].concat(), [0xff])]).unwrap();
        drop(store);
        let private = Arc::new(PrivateStore::open(home).unwrap());
        // what was taken in before lets go of the services in a moment
        while Arc::get_mut(&mut self.services).is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Arc::get_mut(&mut self.services).unwrap().private = private;
    }
}

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_words_of_a_report_that_is_known_count_as_missing_and_are_written_again() {
    let mut opened = Opened::new();
    let (envelope, homes) = (opened.copied("on a stick"), [(); 2].map(|()| tempfile::tempdir().unwrap()));
    let (hash, again) = (envelope.report.hash(), envelope.clone());
    opened.record(envelope).await;
    // as the last one, and with another behind it
    for home in &homes {
        opened.damage_words(&hash, home.path()).await;
        assert_eq!(take(&opened.services, again.clone()).await.unwrap_err().code, Code::ReportKnown);
        assert!(opened.services.private.words(&hash).unwrap().unwrap().contains("on a stick"));
        assert!(opened.services.private.waiting_reports().unwrap().is_empty());
        opened.decide_next();
    }
}
