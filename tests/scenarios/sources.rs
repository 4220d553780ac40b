//! Records that cannot be retrieved or must not leave: the request is refused with file and line, and nothing is left over.

use medshare_exchange::api::RequestState;
use medshare_genesis::dataset::DataSetText;
use medshare_scenarios::http::{get, post};
use medshare_scenarios::network::{Network, RECORDS, dataset};
use medshare_scenarios::scenarios;

use crate::world::World;

const EMPTY: &str = "empty";
const BROKEN: &str = "broken";
const MISSING: &str = "missing";
const FEW: &str = "few";
const PAIRS: &str = "pairs";
const OTHER_TYPE: &str = "other-type";

fn found() -> World {
    let sets = [RECORDS, EMPTY, BROKEN, MISSING, FEW, OTHER_TYPE];
    let pairs = DataSetText { k: 2, ..dataset(PAIRS) };
    let mut network = Network::found(30_340, sets.map(dataset).into_iter().chain([pairs]).collect());
    network.write_cohort(PAIRS, 3);
    network.write_cohort(BROKEN, 20);
    network.write_cohort(FEW, 2);
    std::fs::write(network.source(OTHER_TYPE).join("table.csv"), "age,disease\n40,flu\n").unwrap();
    std::fs::remove_dir(network.source(MISSING)).unwrap();
    network.start_all();
    World::of(network)
}

scenarios!(found:
    an_empty_folder_says_what_was_expected,
    a_missing_folder_is_refused_without_telling_where_it_should_be,
    a_half_broken_file_is_named_with_its_line,
    records_of_another_type_are_not_passed_off,
    a_data_set_too_small_to_be_anonymous_does_not_leave,
    a_small_data_set_leaves_where_its_terms_ask_for_less,
    once_the_records_are_mended_the_next_request_is_delivered,
);

impl World {
    /// Requests a data set and expects a refusal on the way, with nothing left; returns the reason.
    #[track_caller]
    fn does_not_leave(&self, dataset: &str, words: &[&str]) {
        let before = self.network.packages(0);
        let signed = self.network.request(&self.alice, |r| r.dataset = dataset.parse().unwrap());
        assert_eq!(self.network.send(0, &signed.encode()).status, 202);
        let outcome = self.network.outcome(0, &signed);
        assert_eq!(outcome.state, RequestState::Refused, "{outcome:?}");
        let reason = outcome.error.unwrap().message;
        for word in words {
            assert!(reason.contains(word), "expected “{word}” in “{reason}”");
            assert!(!reason.contains('/'), "“{reason}” tells where the owner keeps records");
        }
        assert_eq!((outcome.block, outcome.package), (None, None));
        assert_eq!(self.network.packages(0), before, "no package file is left");
        let hash = signed.hash();
        let package = self.network.url(0, &format!("/v1/requests/{hash}/package"));
        post(&package, &signed.encode()).refused(404, "not-found", "package");
        let thread = get(&self.network.url(0, &format!("/v1/audit/threads/{}", self.alice.keys.id())));
        assert!(!String::from_utf8_lossy(&thread.body).contains(dataset), "nothing of it is on the ledger");
    }
}

fn an_empty_folder_says_what_was_expected(world: &mut World) {
    world.does_not_leave(EMPTY, &["holds no records", "expected .ndjson or .csv files"]);
}

fn a_missing_folder_is_refused_without_telling_where_it_should_be(world: &mut World) {
    world.does_not_leave(MISSING, &["cannot be retrieved", "cannot be read"]);
}

fn a_half_broken_file_is_named_with_its_line(world: &mut World) {
    let path = world.network.source(BROKEN).join("Patient.ndjson");
    let text = std::fs::read_to_string(&path).unwrap();
    let half = text.lines().enumerate().map(|(i, line)| if i == 4 { &line[..line.len() / 2] } else { line });
    std::fs::write(&path, half.collect::<Vec<_>>().join("\n")).unwrap();
    world.does_not_leave(BROKEN, &["Patient.ndjson, line 5"]);
    // a file that is cut off in its last line
    std::fs::write(&path, &text[..text.len() - 10]).unwrap();
    world.does_not_leave(BROKEN, &["Patient.ndjson, line 20"]);
}

fn records_of_another_type_are_not_passed_off(world: &mut World) {
    world.does_not_leave(OTHER_TYPE, &["type table", "asks for fhir-r4"]);
}

fn a_data_set_too_small_to_be_anonymous_does_not_leave(world: &mut World) {
    world.does_not_leave(FEW, &["the records cannot leave"]);
}

fn a_small_data_set_leaves_where_its_terms_ask_for_less(world: &mut World) {
    let signed = world.network.request(&world.alice, |r| r.dataset = PAIRS.parse().unwrap());
    assert_eq!(world.network.send(0, &signed.encode()).status, 202);
    let outcome = world.network.outcome(0, &signed);
    assert_eq!(outcome.state, RequestState::Delivered, "{outcome:?}");
}

fn once_the_records_are_mended_the_next_request_is_delivered(world: &mut World) {
    for set in [EMPTY, BROKEN, MISSING] {
        world.network.write_cohort(set, 20);
        let signed = world.network.request(&world.alice, |r| r.dataset = set.parse().unwrap());
        assert_eq!(world.network.send(0, &signed.encode()).status, 202);
        let outcome = world.network.outcome(0, &signed);
        assert_eq!(outcome.state, RequestState::Delivered, "{set}: {outcome:?}");
    }
}
