#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::rooms::{LONG_OF_ALL, LONG_OF_ONE};
use crate::shares::Shares;
use crate::signer::Signer;
use medshare_ledger::id::RequestorId;
use medshare_node_net::Subnet;
use std::convert::Infallible;
use std::net::Ipv4Addr;

fn subnet(last: u8) -> Subnet {
    Subnet::of(Ipv4Addr::new(192, 0, 2, last).into())
}

/// The only connection of an address.
fn sender(last: u8) -> Sender {
    Sender { subnet: subnet(last), connection: 1 }
}

/// Bodies that have so many bytes and do not come to their end.
fn slow(bodies: &Bodies, from: u8, bytes: usize) -> Vec<Arriving<'_>> {
    let mut left = bytes;
    let mut all = Vec::new();
    while left > 0 {
        let mut one = Arriving::from(sender(from), bodies);
        let part = left.min(MAX_CONTRACT_BYTES);
        assert!(one.take(&vec![0; part]));
        left -= part;
        all.push(one);
    }
    all
}

fn body(bytes: usize) -> Body {
    Body::from(vec![0; bytes])
}

#[test]
fn one_address_does_not_take_the_room_of_all() {
    let bodies = Bodies::default();
    let greedy = slow(&bodies, 1, LONG_OF_ONE);
    assert!(!Arriving::from(sender(1), &bodies).take(&[0; SHORT_BODY + 1]));
    let other = slow(&bodies, 2, LONG_OF_ONE);
    drop(greedy);
    assert!(Arriving::from(sender(1), &bodies).take(&[0; SHORT_BODY + 1]), "what was answered is given back");
    drop(other);
    assert_eq!(bodies.long.held(subnet(1)), (0, 0));
}

#[tokio::test]
async fn slow_bodies_of_four_addresses_keep_neither_a_revocation_nor_a_contract_out() {
    let bodies = Bodies::default();
    let slow: Vec<Arriving<'_>> = (1..=4).flat_map(|from| slow(&bodies, from, LONG_OF_ONE)).collect();
    assert_eq!(bodies.long.held(subnet(1)), (LONG_OF_ALL, LONG_OF_ONE));
    let limit = limit("/v1/entries");
    let mut revocation = Arriving::from(sender(5), &bodies);
    assert_eq!(revocation.collect(body(300), limit).await.ok().unwrap().len(), 300);
    assert_eq!(bodies.short.held(subnet(5)), (300, 300));
    assert!(slow.iter().all(|one| !one.taken_away.is_cancelled()), "nobody had to give way");
    let mut contract = Arriving::from(sender(5), &bodies);
    assert_eq!(contract.collect(body(MAX_CONTRACT_BYTES), limit).await.ok().unwrap().len(), MAX_CONTRACT_BYTES);
    assert_eq!(slow.iter().filter(|one| one.taken_away.is_cancelled()).count(), 1, "one of the slow ones gave way");
    assert!(bodies.long.held(subnet(5)).0 <= LONG_OF_ALL);
}

#[tokio::test]
async fn a_body_that_gives_way_is_answered_and_one_that_is_known_stays() {
    let bodies = Bodies { short: Shares::new(8, 8, 0), long: Shares::new(8, 8, 0) };
    let mut here = Arriving::from(sender(1), &bodies);
    here.collect(body(4), SHORT_BODY).await.ok().unwrap();
    let _known = here.share.as_ref().unwrap().holding().need(&Signer::Requestor(RequestorId::from_bytes([1; 16])));
    let mut slow = Arriving::from(sender(1), &bodies);
    assert!(slow.take(&[0; 4]));
    let mut other = Arriving::from(sender(2), &bodies);
    assert!(other.take(&[0; 2]));
    let endless = Body::from_stream(futures::stream::pending::<Result<Bytes, Infallible>>());
    assert!(matches!(slow.collect(endless, SHORT_BODY).await, Err(Unread::TooMuch)));
    let mut third = Arriving::from(sender(3), &bodies);
    assert!(third.take(&[0; 2]) && !third.take(&[0; 1]), "what is worked on for somebody known does not give way");
}

#[tokio::test]
async fn a_body_longer_than_its_path_takes_is_not_read_to_its_end() {
    let bodies = Bodies::default();
    let part = Ok::<_, Infallible>(Bytes::from_static(&[0; 1000]));
    let endless = Body::from_stream(futures::stream::repeat(part));
    let read = Arriving::from(sender(1), &bodies).collect(endless, limit("/v1/requests")).await;
    assert!(matches!(read, Err(Unread::TooLong)));
    let silent = Body::from_stream(futures::stream::pending::<Result<Bytes, Infallible>>());
    let mut arriving = Arriving::from(sender(1), &bodies);
    let reading = arriving.collect(silent, limit("/v1/openings"));
    assert!(tokio::time::timeout(Duration::from_millis(1), reading).await.is_err());
    assert!(arriving.share.is_none(), "what does not arrive takes nothing");
}
