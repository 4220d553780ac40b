//! Who has how many places, and which of them are stored.

use super::*;
use medshare_node_store::kv::hooked::{HookedStore, Operation};
use std::sync::mpsc;
use std::time::Duration;

/// So many requests of requestors of whom each has as many as one may have.
fn requests_of(theirs: &[RequestorKeys], first: u32, count: usize) -> impl Iterator<Item = (Hash32, Unfinished)> {
    let each = theirs.iter().flat_map(|keys| [keys.id(); MAX_REQUESTS_OF_ONE]).take(count);
    (first..).zip(each).map(|(n, requestor)| (request(n), form_of(requestor)))
}

#[test]
fn however_many_organisations_fill_their_parts_there_is_a_place_for_one_more() {
    let parties = Parties::new();
    let chain = parties.chain();
    let keys = |_| RequestorKeys::generate(&mut OsRng);
    let of_three: [Vec<_>; 3] = [0, 1, 2].map(|_| (0..32).map(keys).collect());
    let registered = of_three.iter().zip(1..).flat_map(|(theirs, owner)| theirs.iter().map(move |keys| (owner, keys)));
    let registered = registered.map(|(owner, keys)| parties.identity_by(owner, keys)).collect();
    parties.decide(&chain, registered);
    let private = Arc::new(PrivateStore::over(MemoryStore::new()));
    let progress = Progress::open(private, Arc::new(chain)).unwrap();
    // two others have filled theirs
    for n in 0..2 * MAX_REQUESTS_OF_ORGANISATION as u32 {
        assert_eq!(progress.begin(request(n), &form_of(somebody(n))).unwrap(), Taken::New);
    }
    let mut taken = of_three.iter().zip(1..).map(|(theirs, part)| {
        let asked = requests_of(theirs, part * 1_000, MAX_REQUESTS_OF_ORGANISATION);
        asked.filter(|(request, form)| progress.begin(*request, form).unwrap() == Taken::New).count()
    });
    assert_eq!([taken.next(), taken.next(), taken.next()], [Some(250), Some(125), Some(63)]);
}

#[test]
fn what_has_its_place_is_taken_up_again_however_few_places_are_left() {
    let parties = Parties::new();
    let chain = parties.chain();
    let of_four: [Vec<_>; 4] = std::array::from_fn(|_| (0..25).map(|_| RequestorKeys::generate(&mut OsRng)).collect());
    let registered = of_four.iter().zip(0..).flat_map(|(theirs, owner)| theirs.iter().map(move |keys| (owner, keys)));
    parties.decide(&chain, registered.map(|(owner, keys)| parties.identity_by(owner, keys)).collect());
    let private = Arc::new(PrivateStore::over(MemoryStore::new()));
    let all = of_four.iter().zip(0..).flat_map(|(theirs, part)| requests_of(theirs, part * 1_000, 200));
    let stored: Vec<_> = all.inspect(|(request, form)| private.put_unfinished(request, form).unwrap()).collect();
    let progress = Progress::open(private, Arc::new(chain)).unwrap();
    for (request, form) in &stored {
        assert_eq!(progress.begin(*request, form).unwrap(), Taken::Again);
    }
}

#[test]
fn who_asks_how_far_a_request_is_waits_for_no_disk_that_another_is_looked_up_on() {
    let home = tempfile::tempdir().unwrap();
    let (is_read, reads) = mpsc::channel();
    let held = Arc::new(Mutex::new(()));
    let holding = Arc::clone(&held);
    // it gives nothing while somebody holds it
    let disk = HookedStore::new(move |operation| {
        if let Operation::Get = operation {
            is_read.send(()).unwrap();
            drop(holding.lock().unwrap());
        }
        Ok(())
    });
    let chain = Arc::new(Chain::open(home.path(), Arc::clone(&FACTS)).unwrap());
    let progress = Arc::new(Progress::open(Arc::new(PrivateStore::over(disk)), chain).unwrap());
    progress.begin(request(1), &form()).unwrap();
    while reads.try_recv().is_ok() {}

    let hangs = held.lock().unwrap();
    let taking_in = Arc::clone(&progress);
    let beginning = std::thread::spawn(move || taking_in.begin(request(2), &form()).unwrap());
    reads.recv().unwrap();
    let (answer, answered) = mpsc::channel();
    std::thread::spawn(move || answer.send(progress.watch(&request(1)).is_some()));
    // so long at most this waits where it fails
    assert_eq!(answered.recv_timeout(Duration::from_secs(20)), Ok(true));
    drop(hangs);
    assert_eq!(beginning.join().unwrap(), Taken::New);
}

#[test]
fn who_registered_a_requestor_is_looked_up_once_the_ledger_tells_it() {
    let parties = Parties::new();
    let chain = Arc::new(parties.chain());
    let theirs: Vec<_> = (0..33).map(|_| RequestorKeys::generate(&mut OsRng)).collect();
    let progress = Progress::open(Arc::new(PrivateStore::over(MemoryStore::new())), Arc::clone(&chain)).unwrap();
    // as after a start without the ledger
    for (request, form) in requests_of(&theirs, 0, MAX_REQUESTS_OF_ORGANISATION) {
        assert_eq!(progress.begin(request, &form).unwrap(), Taken::New);
    }
    parties.decide(&chain, theirs.iter().map(|keys| parties.identity_by(1, keys)).collect());
    let more = form_of(theirs[32].id());
    assert_eq!(progress.begin(request(1_000), &more).unwrap(), Taken::TooManyOfOrganisation);
}

#[test]
fn a_place_whose_request_is_not_stored_any_more_stores_it_when_it_is_begun_again() {
    let home = tempfile::tempdir().unwrap();
    // the end is written, and not flushed; of what follows, everything
    let progress = progress_until_full(&home, 3);
    progress.begin(request(1), &form()).unwrap();
    progress.refuse(&request(1), &Refusal::new(Code::NoSource, "for now")).unwrap_err();
    assert_eq!((progress.left_over(), progress.unfinished(&request(1)).unwrap()), (vec![request(1)], None));
    // sent again while the disk is full, it keeps its place and is not worked on
    assert!(progress.begin(request(1), &form()).is_err());
    assert_eq!(progress.left_over(), [request(1)]);
    drop(progress);

    let private = Arc::new(PrivateStore::open(home.path()).unwrap());
    let chain = Arc::new(Chain::open(home.path(), Arc::clone(&FACTS)).unwrap());
    let progress = Progress::open(Arc::clone(&private), chain).unwrap();
    progress.begin(request(1), &form()).unwrap();
    // as a disk leaves it that took the end after all
    progress.set_aside(&request(1), None);
    let ended = RequestStatus { state: RequestState::Refused, ..processing(&request(1)) };
    let passing = ApiError::new(Code::NoSource.word(), "for now");
    private
        .put_refusal(&request(1), &RequestStatus { error: Some(passing), ..ended }, HER, (now(), Timestamp(0)))
        .unwrap();
    assert_eq!(progress.begin(request(1), &form()).unwrap(), Taken::Again);
    assert_eq!(progress.unfinished(&request(1)).unwrap(), Some(form()), "it is taken up again, whatever comes");
    progress.refuse(&request(1), &Refusal::new(Code::Undecided, "not in time")).unwrap();
    assert_eq!(progress.left_over(), [request(1)]);
}

#[test]
fn a_place_whose_end_is_stored_for_good_is_not_worked_on_again() {
    let home = tempfile::tempdir().unwrap();
    let progress = progress_until_full(&home, 3);
    progress.begin(request(1), &form()).unwrap();
    progress.refuse(&request(1), &Refusal::new(Code::WrongType, "never")).unwrap_err();
    assert_eq!(progress.begin(request(1), &form()).unwrap(), Taken::Before);
}
