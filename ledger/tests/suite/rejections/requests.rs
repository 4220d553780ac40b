//! Requests that nobody made, that are too many, or that come too late.

use super::{NOW, assert_refused, prepared};
use crate::network::entries::{self as make, parent_entry};
use crate::network::{Parties, T0, parties};
use medshare_ledger::check::check_entry;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{DAY_MS, Timestamp};
use medshare_ledger::purpose::ActReason;
use medshare_ledger::rejection::Rejection as R;
use medshare_ledger::request::{MAX_REQUESTS_A_DAY, MAX_REQUESTS_OF_ORGANISATION_A_DAY, Quota};
use medshare_ledger::state::{DayCount, Overlay, StateKey, StateView};

#[test]
fn an_owner_with_a_colluding_second_node_cannot_invent_a_request() {
    let (node, block) = prepared(parties::parameters());
    let forged = make::parent_block(&node.parties, ("invented", T0 + 500), block.id.as_hash(), |_, _, _| {});
    // Every signature of the block is good; what it answers was never asked.
    check_entry(parent_entry(&forged), &node.parties.facts).unwrap();
    assert_refused(&node, R::UnknownRequest, parent_entry(&forged));
    // What she asked for in another way is no better.
    let other = make::parent_block(&node.parties, ("second", T0 + 500), block.id.as_hash(), |details, _, _| {
        details.purpose.reason = ActReason::PublicHealth;
    });
    assert_refused(&node, R::RequestDisagrees, parent_entry(&other));
}

#[test]
fn a_request_is_answered_once_and_before_its_deadline() {
    let (mut node, block) = prepared(parties::parameters());
    let short = make::request(&node.parties, "short", T0 + 60, |request| request.deadline = Timestamp(NOW - 1));
    let Entry::Request(asked, _) = &short else { panic!("a request") };
    let name = asked.name();
    node.apply(short, T0 + 70);
    let late = make::parent_block(&node.parties, ("short", T0 + 500), block.id.as_hash(), |d, _, _| d.request = name);
    assert_refused(&node, R::RequestExpired, parent_entry(&late));
    let again = make::parent_block(&node.parties, ("first", T0 + 500), block.id.as_hash(), |_, _, _| {});
    assert_refused(&node, R::RequestReplayed, parent_entry(&again));
}

#[test]
fn a_requestor_makes_no_more_requests_on_a_day_than_one_may() {
    let (mut node, _) = prepared(parties::parameters());
    let asks = |number: u32, at: u64| make::request(&Parties::new(), &format!("form {number}"), at, |_| {});
    // three were made already
    let most = (3..MAX_REQUESTS_A_DAY).map(|number| asks(number, T0 + 60)).collect();
    assert!(node.decide(most, T0 + 70).receipts.iter().all(|receipt| receipt.code == 0));
    assert_refused(&node, R::TooManyRequests, asks(MAX_REQUESTS_A_DAY, T0 + 80));
    let tomorrow = (T0 / DAY_MS + 1) * DAY_MS;
    node.apply(asks(MAX_REQUESTS_A_DAY, tomorrow), tomorrow + 10);
}

#[test]
fn an_organisation_with_any_number_of_keys_makes_no_more_requests_than_one_may() {
    let (node, _) = prepared(parties::parameters());
    let requestor = node.parties.requestor();
    let organisation = node.view().identity(requestor).unwrap().unwrap().identity.organisation;
    let quota = |now| Quota::with_one_more(node.view(), requestor, Timestamp(now)).unwrap();
    // the three of the story so far
    assert_eq!(quota(T0 + 100).unwrap().of_organisation.count, 4);
    assert_eq!(quota(T0 + DAY_MS).unwrap().of_organisation.count, 1);
    let full = DayCount { day: T0 / DAY_MS, count: MAX_REQUESTS_OF_ORGANISATION_A_DAY };
    assert_eq!(full.once_more(Timestamp(T0 + 100), MAX_REQUESTS_OF_ORGANISATION_A_DAY), None);
    let mut full_state = Overlay::new(&node.store);
    full_state.put(&StateKey::OrganisationRequests(organisation), &full);
    let at = |now| Quota::with_one_more(StateView::new(&full_state), requestor, Timestamp(now)).unwrap();
    assert_eq!(at(T0 + 100), Err(R::TooManyRequests));
    assert!(at((T0 / DAY_MS + 1) * DAY_MS).is_ok());
}

#[test]
fn nobody_asks_while_her_access_has_ended() {
    let (mut node, block) = prepared(parties::parameters());
    node.apply(make::revocation(&node.parties, block.id, 0, T0 + 70), T0 + 80);
    assert_refused(&node, R::AccessEnded, make::request(&node.parties, "form", T0 + 500, |_| {}));
}
