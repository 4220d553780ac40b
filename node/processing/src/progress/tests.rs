#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod places;

use super::*;
use medshare_crypto::hash::sha256;
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::Timestamp;
use medshare_node_chain::testing::Parties;
use medshare_node_refusal::Code;
use medshare_node_store::kv::hooked::full_after;
use medshare_node_store::kv::memory::MemoryStore;
use rand::rngs::OsRng;
use std::sync::LazyLock;
use tempfile::TempDir;

static FACTS: LazyLock<Arc<NetworkFacts>> = LazyLock::new(|| Parties::new().facts);

/// Progress in a home whose ledger is empty.
fn progress(home: &TempDir) -> Progress {
    let private = Arc::new(PrivateStore::open(home.path()).unwrap());
    Progress::open(private, Arc::new(Chain::open(home.path(), Arc::clone(&FACTS)).unwrap())).unwrap()
}

/// The same, where the disk takes so many more writes and flushes, two of them for each request that is taken in.
fn progress_until_full(home: &TempDir, writes: u64) -> Progress {
    let private = Arc::new(PrivateStore::over(full_after(writes)));
    Progress::open(private, Arc::new(Chain::open(home.path(), Arc::clone(&FACTS)).unwrap())).unwrap()
}

fn said(status: &RequestStatus) -> Option<(&str, &str)> {
    status.error.as_ref().map(|error| (error.code.as_str(), error.message.as_str()))
}

fn request(n: u32) -> Hash32 {
    sha256(&n.to_be_bytes())
}

const HER: RequestorId = RequestorId::from_bytes([1; 16]);

/// Somebody for each of so many requests as one may have under way.
fn somebody(n: u32) -> RequestorId {
    let bytes = (n / MAX_REQUESTS_OF_ONE as u32 + 7).to_be_bytes();
    RequestorId::from_bytes(std::array::from_fn(|at| bytes[at % 4]))
}

fn form() -> Unfinished {
    form_of(HER)
}

fn form_of(requestor: RequestorId) -> Unfinished {
    Unfinished { received: Timestamp(7), requestor, form: b"signed".to_vec() }
}

#[test]
fn a_request_is_taken_in_once_and_followed_to_its_delivery() {
    let home = tempfile::tempdir().unwrap();
    let progress = progress(&home);
    let hash = request(1);
    assert_eq!(progress.status(&hash).unwrap(), None);
    assert_eq!(progress.begin(hash, &form()).unwrap(), Taken::New);
    assert_eq!(progress.begin(hash, &form()).unwrap(), Taken::UnderWay);
    let watch = progress.watch(&hash).unwrap();
    progress.stage(&hash, Stage::FormReceived, 0);
    progress.stage(&hash, Stage::RecordsRetrieved, 12);
    let stages: Vec<_> = watch.borrow().stages.iter().map(|s| (s.stage.clone(), s.after_ms)).collect();
    assert_eq!(stages, [("form-received".to_owned(), 0), ("records-retrieved".to_owned(), 12)]);

    let (block, package) = (BlockId::from_bytes([1; 32]), PackageId::from_bytes([2; 32]));
    progress.deliver(&hash, block, Height(7), package).unwrap();
    let status = progress.status(&hash).unwrap().unwrap();
    assert_eq!(*watch.borrow(), status);
    assert_eq!((status.state, status.height, status.stages.len()), (RequestState::Delivered, Some(7), 2));
    assert_eq!((status.block, status.package), (Some(block.to_string()), Some(package.to_string())));
    assert!(progress.watch(&hash).is_none());
    assert_eq!(progress.begin(hash, &form()).unwrap(), Taken::Before);
}

#[test]
fn ends_survive_a_restart_and_what_had_no_end_may_be_asked_again() {
    let home = tempfile::tempdir().unwrap();
    let before = progress(&home);
    for n in [1, 2] {
        before.begin(request(n), &form()).unwrap();
    }
    before.refuse(&request(1), &Refusal::new(Code::WrongType, "the reason")).unwrap();
    drop(before);
    let after = progress(&home);
    let status = after.status(&request(1)).unwrap().unwrap();
    assert_eq!((status.state, said(&status)), (RequestState::Refused, Some(("wrong-type", "the reason"))));
    assert_eq!(after.begin(request(1), &form()).unwrap(), Taken::Before);
    assert_eq!(after.left_over(), [request(2)]);
    assert_eq!(after.unfinished(&request(2)).unwrap(), Some(form()));
    assert_eq!(after.status(&request(2)).unwrap().unwrap().state, RequestState::Processing);
    assert_eq!(after.begin(request(2), &form()).unwrap(), Taken::Again);
}

#[test]
fn what_the_network_did_not_decide_may_be_asked_again() {
    let home = tempfile::tempdir().unwrap();
    let before = progress(&home);
    before.begin(request(1), &form()).unwrap();
    before.refuse(&request(1), &Refusal::new(Code::Undecided, "not in time")).unwrap();
    drop(before);
    let after = progress(&home);
    let status = after.status(&request(1)).unwrap().unwrap();
    assert_eq!((status.state, said(&status)), (RequestState::Undecided, Some(("undecided", "not in time"))));
    assert_eq!(after.begin(request(1), &form()).unwrap(), Taken::Again);
    assert_eq!(after.status(&request(1)).unwrap().unwrap().state, RequestState::Processing);
    assert!(after.left_over().is_empty(), "it is worked on");
    after.refuse(&request(1), &Refusal::new(Code::Undecided, "not in time")).unwrap();
    assert_eq!(after.left_over().len(), 1);
    assert_eq!(after.begin(request(1), &form()).unwrap(), Taken::Paused);
    assert!(after.due().is_empty());
    after.deliver(&request(1), BlockId::from_bytes([1; 32]), Height(7), PackageId::from_bytes([2; 32])).unwrap();
    assert!(after.left_over().is_empty());
    assert_eq!(after.begin(request(1), &form()).unwrap(), Taken::Before);
}

#[test]
fn an_end_makes_room_when_too_many_are_under_way() {
    let home = tempfile::tempdir().unwrap();
    let progress = progress(&home);
    for n in 0..MAX_REQUESTS_UNDER_WAY as u32 {
        assert_eq!(progress.begin(request(n), &form_of(somebody(n))).unwrap(), Taken::New);
    }
    let next = request(u32::MAX);
    assert_eq!(progress.begin(next, &form()).unwrap(), Taken::TooMany);
    assert_eq!(progress.begin(request(0), &form()).unwrap(), Taken::UnderWay);
    progress.refuse(&request(0), &Refusal::not_found("owner")).unwrap();
    assert_eq!(progress.begin(next, &form()).unwrap(), Taken::New);
}

#[test]
fn one_requestor_fills_her_share_and_nobody_elses() {
    let home = tempfile::tempdir().unwrap();
    let progress = progress(&home);
    let next = MAX_REQUESTS_OF_ONE as u32;
    for n in 0..next {
        assert_eq!(progress.begin(request(n), &form()).unwrap(), Taken::New);
    }
    assert_eq!(progress.begin(request(next), &form()).unwrap(), Taken::TooManyOfHers);
    assert!(progress.left_over().is_empty(), "what was not taken in is not taken up");
    let another = RequestorId::from_bytes([2; 16]);
    assert_eq!(progress.begin(request(next + 1), &form_of(another)).unwrap(), Taken::New);
    progress.refuse(&request(0), &Refusal::not_found("owner")).unwrap();
    assert_eq!(progress.begin(request(next), &form()).unwrap(), Taken::New);
}

#[test]
fn what_was_not_decided_goes_on_taking_its_requestors_places() {
    let home = tempfile::tempdir().unwrap();
    let before = progress(&home);
    let (ones, all) = (MAX_REQUESTS_OF_ONE as u32, MAX_REQUESTS_UNDER_WAY as u32);
    for n in 0..ones {
        assert_eq!(before.begin(request(n), &form()).unwrap(), Taken::New);
        before.refuse(&request(n), &Refusal::new(Code::Undecided, "not in time")).unwrap();
    }
    assert_eq!(before.left_over().len(), MAX_REQUESTS_OF_ONE);
    assert_eq!(before.begin(request(u32::MAX), &form()).unwrap(), Taken::TooManyOfHers);
    for n in ones..all {
        assert_eq!(before.begin(request(n), &form_of(somebody(n))).unwrap(), Taken::New);
    }
    drop(before);
    // nor does it give its place back when the node falls
    let after = progress(&home);
    assert_eq!(after.left_over().len(), MAX_REQUESTS_UNDER_WAY);
    assert_eq!(after.begin(request(u32::MAX), &form()).unwrap(), Taken::TooMany);
    assert_eq!(after.begin(request(0), &form()).unwrap(), Taken::Again);
    after.refuse(&request(0), &Refusal::not_found("owner")).unwrap();
    assert_eq!(after.begin(request(u32::MAX), &form()).unwrap(), Taken::New);
}

#[test]
fn requestors_of_one_organisation_fill_its_part_and_nobody_elses() {
    let parties = Parties::new();
    let chain = parties.chain();
    let keys = |_| RequestorKeys::generate(&mut OsRng);
    let theirs: Vec<_> = (0..=MAX_REQUESTS_OF_ORGANISATION / MAX_REQUESTS_OF_ONE).map(keys).collect();
    let another = keys(0);
    let mut registered: Vec<_> = theirs.iter().map(|keys| parties.identity_by(1, keys)).collect();
    registered.push(parties.identity_by(2, &another));
    parties.decide(&chain, registered);
    let (chain, private) = (Arc::new(chain), Arc::new(PrivateStore::over(MemoryStore::new())));
    let before = Progress::open(Arc::clone(&private), Arc::clone(&chain)).unwrap();
    let mut taken = theirs
        .iter()
        .flat_map(|keys| [keys.id(); MAX_REQUESTS_OF_ONE])
        .zip(0..)
        .map(|(requestor, n)| before.begin(request(n), &form_of(requestor)).unwrap());
    assert!(taken.by_ref().take(MAX_REQUESTS_OF_ORGANISATION).all(|taken| taken == Taken::New));
    assert!(taken.all(|taken| taken == Taken::TooManyOfOrganisation));
    assert_eq!(before.begin(request(1_000), &form_of(another.id())).unwrap(), Taken::New);
    // nor do they give their places back when the node falls
    drop(before);
    let after = Progress::open(private, chain).unwrap();
    let more = form_of(theirs[theirs.len() - 1].id());
    assert_eq!(after.begin(request(1_001), &more).unwrap(), Taken::TooManyOfOrganisation);
    after.refuse(&request(0), &Refusal::not_found("owner")).unwrap();
    assert_eq!(after.begin(request(1_001), &more).unwrap(), Taken::New);
}

#[test]
fn work_whose_end_the_disk_does_not_take_is_over_and_its_request_is_left_over() {
    type End = fn(&Progress, &Hash32) -> Result<(), StoreFault>;
    let ends: [End; 4] = [
        |progress, request| progress.refuse(request, &Refusal::new(Code::WrongType, "never")),
        |progress, request| progress.refuse(request, &Refusal::new(Code::NoSource, "for now")),
        |progress, request| progress.refuse(request, &Refusal::new(Code::Undecided, "not in time")),
        |progress, request| {
            progress.deliver(request, BlockId::from_bytes([1; 32]), Height(7), PackageId::from_bytes([2; 32]))
        },
    ];
    for end in ends {
        let home = tempfile::tempdir().unwrap();
        let progress = progress_until_full(&home, 2);
        assert_eq!(progress.begin(request(1), &form()).unwrap(), Taken::New);
        let watch = progress.watch(&request(1)).unwrap();
        assert!(end(&progress, &request(1)).is_err());
        assert!(watch.has_changed().is_err(), "nobody waits for it any more");
        assert_eq!(progress.left_over(), [request(1)]);
        assert_eq!(progress.status(&request(1)).unwrap().unwrap().state, RequestState::Processing);
        assert_eq!(progress.begin(request(1), &form()).unwrap(), Taken::Again);
    }
}

#[test]
fn an_end_that_reaches_the_disk_after_all_gives_its_place_back() {
    let home = tempfile::tempdir().unwrap();
    // the end is written, and not flushed
    let progress = progress_until_full(&home, 3);
    progress.begin(request(1), &form()).unwrap();
    progress.end_as_stored(&request(1));
    progress.refuse(&request(1), &Refusal::new(Code::WrongType, "never")).unwrap_err();
    assert_eq!((progress.left_over(), progress.unfinished(&request(1)).unwrap()), (vec![request(1)], None));
    progress.end_as_stored(&request(1));
    assert!(progress.left_over().is_empty());
    assert_eq!(progress.status(&request(1)).unwrap().unwrap().state, RequestState::Refused);
    assert_eq!(progress.begin(request(1), &form()).unwrap(), Taken::Before);
}

#[test]
fn work_that_ends_in_the_middle_leaves_its_request_over_and_ends_no_later_work() {
    let home = tempfile::tempdir().unwrap();
    let progress = progress(&home);
    progress.begin(request(1), &form()).unwrap();
    let work = progress.work(request(1));
    assert!(progress.left_over().is_empty());
    drop(work);
    assert_eq!(progress.left_over(), [request(1)]);
    progress.begin(request(1), &form()).unwrap();
    let earlier = progress.work(request(1));
    progress.refuse(&request(1), &Refusal::new(Code::NoSource, "for now")).unwrap();
    assert_eq!(progress.begin(request(1), &form()).unwrap(), Taken::New);
    drop(earlier);
    assert!(progress.left_over().is_empty(), "it is worked on");
}

#[test]
fn a_refusal_for_what_passes_is_an_end_until_the_request_is_sent_again() {
    let home = tempfile::tempdir().unwrap();
    let before = progress(&home);
    let passing = [Code::MempoolFull, Code::NoSecondNode, Code::ValidationFailed, Code::SourceBroken, Code::NoSource];
    for (n, code) in (0..).zip(passing.into_iter().chain([Code::TooManyRequests, Code::NodeFault])) {
        before.begin(request(n), &form()).unwrap();
        before.refuse(&request(n), &Refusal::new(code, "try again")).unwrap();
        let status = before.status(&request(n)).unwrap().unwrap();
        assert_eq!(status.state, RequestState::Refused);
        assert!(said(&status).unwrap().1.starts_with("try again; the same signed request may be sent again"));
        assert!(before.left_over().is_empty(), "nobody repeats it by himself");
        assert_eq!(before.begin(request(n), &form()).unwrap(), Taken::New);
        assert_eq!(before.begin(request(n), &form()).unwrap(), Taken::UnderWay);
    }
    drop(before);
    let after = progress(&home);
    assert_eq!(after.left_over().len(), 7);
    assert_eq!(after.status(&request(0)).unwrap().unwrap().state, RequestState::Processing, "it was sent again");
    after.refuse(&request(0), &Refusal::new(Code::NotSafe, "never")).unwrap();
    let status = after.status(&request(0)).unwrap().unwrap();
    assert_eq!(said(&status), Some(("not-safe", "never")));
    assert_eq!(after.begin(request(0), &form()).unwrap(), Taken::Before);
}

#[test]
fn stages_of_unknown_requests_leave_no_trace() {
    let home = tempfile::tempdir().unwrap();
    let progress = progress(&home);
    progress.stage(&request(1), Stage::Encrypted, 1);
    assert_eq!(progress.status(&request(1)).unwrap(), None);
}
