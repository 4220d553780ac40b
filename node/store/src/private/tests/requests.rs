//! Which requests are unfinished, refused or delivered.

use super::super::requests::{READ_AT_ONCE, REFUSALS_KEPT_MS};
use super::*;
use medshare_exchange::api::{RequestState, RequestStatus};

fn status(request: &Hash32, state: RequestState) -> RequestStatus {
    RequestStatus {
        request: request.to_string(),
        state,
        stages: vec![],
        error: None,
        block: None,
        height: None,
        package: None,
    }
}

#[test]
fn refusals_of_any_number_of_requests_leave_few_and_deliveries_stay() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    let request = |n: u32| medshare_crypto::hash::sha256(&n.to_be_bytes());
    let delivered = request(u32::MAX);
    store.put_request(&delivered, &status(&delivered, RequestState::Delivered)).unwrap();
    let refuse = |n: u32, requestor, at: u64| {
        let unfinished = Unfinished { received: Timestamp(at), requestor, form: b"signed".to_vec() };
        store.put_unfinished(&request(n), &unfinished).unwrap();
        store
            .put_refusal(
                &request(n),
                &status(&request(n), RequestState::Refused),
                requestor,
                (Timestamp(at), Timestamp(0)),
            )
            .unwrap();
    };
    refuse(0, SECOND, 1);
    let last = u32::try_from(MAX_REFUSALS_OF_ONE).unwrap() + 100;
    for n in 1..=last {
        refuse(n, FIRST, u64::from(n));
    }
    let kept = |n| store.request(&request(n)).unwrap().is_some();
    assert!(kept(0) && kept(last) && !kept(1), "each has her own, and of these the last");
    let all = || store.store.scan(&[]).unwrap().len();
    assert_eq!(all(), 2 * MAX_REFUSALS_OF_ONE + 3);
    refuse(last + 1, FIRST, u64::from(last) + 1 + REFUSALS_KEPT_MS);
    assert_eq!(all(), 2 + 3, "what nobody may ask for any more is gone");
    assert!(store.request(&delivered).unwrap().is_some() && store.unfinished_requests().unwrap().is_empty());
}

#[test]
fn a_refusal_is_kept_as_long_as_the_ledger_would_take_an_answer() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    let request = |n: u8| Hash32::from_bytes([n; 32]);
    let refuse = |n, now, deadline| {
        let status = status(&request(n), RequestState::Refused);
        store.put_refusal(&request(n), &status, FIRST, (Timestamp(now), Timestamp(deadline))).unwrap();
    };
    let days = 48 * REFUSALS_KEPT_MS;
    refuse(1, 0, days);
    refuse(2, 0, 10);
    refuse(3, days - 1, days);
    let kept = |n| store.request(&request(n)).unwrap().is_some();
    assert!(kept(1) && !kept(2) && kept(3));
    refuse(4, days + 1, days + 2);
    assert!(!kept(1) && kept(3));
    // one that is refused once more is kept from then on
    refuse(4, days + 10, days + 2);
    refuse(5, days + 5 + REFUSALS_KEPT_MS, 0);
    assert!(!kept(3) && kept(4));
}

#[test]
fn of_any_number_of_unfinished_requests_it_is_known_who_made_them() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    let mut all = Vec::new();
    for n in 0..=u8::try_from(2 * READ_AT_ONCE).unwrap() {
        let (request, requestor) = (Hash32::from_bytes([n; 32]), if n % 2 == 0 { FIRST } else { SECOND });
        let unfinished = Unfinished { received: Timestamp(1), requestor, form: vec![n; 4096] };
        store.put_unfinished(&request, &unfinished).unwrap();
        all.push((request, requestor));
    }
    assert_eq!(store.unfinished_requests().unwrap(), all);
}

#[test]
fn a_request_is_unfinished_until_its_end_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    let request = Hash32::from_bytes([5; 32]);
    let unfinished = Unfinished { received: Timestamp(9), requestor: FIRST, form: b"signed".to_vec() };
    store.put_unfinished(&request, &unfinished).unwrap();
    store.put_request(&request, &status(&request, RequestState::Undecided)).unwrap();
    drop(store);
    let store = PrivateStore::open(home.path()).unwrap();
    assert_eq!(store.unfinished_requests().unwrap(), [(request, FIRST)]);
    assert_eq!(store.unfinished_request(&request).unwrap(), Some(unfinished));
    store
        .put_refusal(&request, &status(&request, RequestState::Refused), FIRST, (Timestamp(10), Timestamp(11)))
        .unwrap();
    assert!(store.unfinished_requests().unwrap().is_empty() && store.unfinished_request(&request).unwrap().is_none());
    assert_eq!(store.request(&request).unwrap().unwrap().state, RequestState::Refused);
}
