#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]
use super::pins::PINS_OF_SIGNER;
use super::*;
use medshare_ledger::id::RequestorId;
use medshare_node_net::Subnet;
use std::net::Ipv4Addr;
use std::sync::atomic::AtomicUsize;

fn subnet(last: u8) -> Subnet {
    Subnet::of(Ipv4Addr::new(192, 0, 2, last).into())
}

/// The only connection of an address.
fn from(last: u8) -> Sender {
    on(last, 1)
}

fn on(last: u8, connection: u64) -> Sender {
    Sender { subnet: subnet(last), connection }
}

fn count(lost: &AtomicUsize, amount: usize) {
    lost.fetch_add(amount, Ordering::Relaxed);
}

fn moved_at(share: &Share, ms: u64) {
    share.mark.moved.store(ms, Ordering::Relaxed);
}

#[test]
fn one_subnet_does_not_take_the_room_of_all() {
    let shares = Shares::new(64, 16, 0);
    let greedy = shares.take(from(1), 16, || ()).unwrap();
    assert!(shares.take(from(1), 1, || ()).is_none() && !greedy.grow(1));
    let other = shares.take(from(2), 16, || ()).unwrap();
    drop(greedy);
    let again = shares.take(from(1), 1, || ()).unwrap();
    drop((other, again));
    assert!(
        shares.lock().holders.is_empty() && shares.held(subnet(1)) == (0, 0),
        "nothing is kept of those who hold nothing"
    );
}

#[test]
fn who_holds_most_gives_up_what_stood_still_to_who_holds_less() {
    let shares = Shares::new(64, 16, 0);
    let lost = Arc::new(AtomicUsize::new(0));
    let mut taken = Vec::new();
    for of in 1..=4 {
        for number in 0..4 {
            let lost = Arc::clone(&lost);
            let give_up = move || count(&lost, usize::from(of) * 10 + number);
            taken.push(shares.take(from(of), 4, give_up).unwrap());
        }
    }
    // Of the last, the second has not moved for longest.
    taken.iter().enumerate().for_each(|(at, share)| moved_at(share, if at == 13 { 5 } else { 10 }));
    let late = shares.take(from(5), 3, || ()).unwrap();
    assert_eq!((lost.load(Ordering::Relaxed), shares.held(subnet(5))), (41, (63, 3)));
    assert!(!taken.get(13).unwrap().grow(1), "what was taken away does not come back");
    assert!(late.grow(5), "others hold more still");
    assert_eq!(shares.held(subnet(5)).1, 8);
    let rest: usize = (1..=4).map(|of| shares.held(subnet(of)).1).sum();
    assert!(rest + 8 <= 64);
    // Those who hold as little as the newcomer keep what they have.
    let even = Shares::new(4, 4, 0);
    let held: Vec<Share> = (1..=4).map(|of| even.take(from(of), 1, || ()).unwrap()).collect();
    assert!(even.take(from(5), 1, || ()).is_none());
    drop(held);
}

fn signer(number: usize) -> Signer {
    Signer::Requestor(RequestorId::from_bytes([u8::try_from(number).unwrap(); 16]))
}

#[test]
fn what_is_needed_is_not_taken_away() {
    let shares = Shares::new(8, 8, 0);
    let share = shares.take(from(1), 4, || ()).unwrap();
    let needed = [share.holding().need(&signer(1)).unwrap(), share.holding().need(&signer(2)).unwrap()];
    assert!(shares.take(from(2), 5, || ()).is_none() && shares.take(on(1, 2), 5, || ()).is_none());
    let [first, second] = needed;
    drop(first);
    assert!(shares.take(on(1, 2), 5, || ()).is_none(), "another message needs it");
    drop(second);
    assert!(shares.take(on(1, 2), 5, || ()).is_some(), "it is needed no more");
    assert_eq!(shares.held(subnet(1)).1, 0);
    assert!(shares.lock().pins.is_empty());
}

#[test]
fn whatever_one_signer_has_needed_from_however_many_addresses_little_of_it_stays() {
    let shares = Shares::new(64, 16, 0);
    let fill = || -> Vec<Share> {
        (1..=4)
            .flat_map(|of| (0..16).map(move |number| on(of, number)))
            .map(|at| shares.take(at, 1, || ()).unwrap())
            .collect()
    };
    let held = fill();
    let hers: Vec<Needed> = held.iter().filter_map(|share| share.holding().need(&signer(1))).collect();
    assert_eq!(hers.len(), PINS_OF_SIGNER);
    let another = shares.take(from(5), 1, || ()).unwrap();
    assert!(another.holding().need(&signer(2)).is_some());
    assert_eq!(shares.held(subnet(5)).1, 1);
    drop((held, another, hers));
    assert!(shares.lock().pins.is_empty());
}

#[test]
fn of_an_address_and_of_all_half_stays_however_many_signers_there_are() {
    let shares = Shares::new(64, 16, 0);
    let held: Vec<Share> = (1..=4)
        .flat_map(|of| (0..16).map(move |number| on(of, number)))
        .map(|at| shares.take(at, 1, || ()).unwrap())
        .collect();
    let needed: Vec<Needed> =
        held.iter().enumerate().filter_map(|(number, share)| share.holding().need(&signer(number))).collect();
    assert_eq!(needed.len(), 32);
    for of in 1..=4 {
        let own: Vec<Share> = (100..108).map(|number| shares.take(on(of, number), 1, || ()).unwrap()).collect();
        assert_eq!((own.len(), shares.held(subnet(of)).1), (8, 16), "behind the same address, too");
    }
    for of in 5..=20 {
        shares.take(from(of), 1, || ()).unwrap();
    }
    drop((held, needed));
    assert!(shares.lock().pins.is_empty());
}

#[test]
fn of_one_address_what_is_new_takes_the_place_of_what_stood_still_for_longest() {
    let shares = Shares::new(64, 4, 0);
    let lost = Arc::new(AtomicUsize::new(0));
    let take = |connection: u64| {
        let lost = Arc::clone(&lost);
        shares.take(on(1, connection), 1, move || count(&lost, 10_usize.pow(u32::try_from(connection).unwrap())))
    };
    let held: Vec<Share> = (1..=4).map(|connection| take(connection).unwrap()).collect();
    held.iter().zip([3, 1, 0, 2]).for_each(|(share, ms)| moved_at(share, ms));
    let needed = held[2].holding().need(&signer(1));
    let fifth = take(5).unwrap();
    assert_eq!((lost.load(Ordering::Relaxed), shares.held(subnet(1)).1), (100, 4), "the third is needed");
    moved_at(&fifth, 9);
    let _sixth = take(6).unwrap();
    assert_eq!(lost.load(Ordering::Relaxed), 10_100);
    drop(needed);
    assert!(!held[2].grow(5), "more than one address has");
    assert_eq!(lost.load(Ordering::Relaxed), 10_100, "whoever is refused takes nothing");
}

#[test]
fn what_each_connection_keeps_is_taken_by_none_of_its_address_and_last_by_others() {
    // each of four connections keeps two
    let shares = Shares::new(8, 8, 2);
    let lost = Arc::new(AtomicUsize::new(0));
    let take = |of: u8, connection: u64, amount: usize| {
        let lost = Arc::clone(&lost);
        shares.take(on(of, connection), amount, move || count(&lost, 1))
    };
    let honest = take(1, 1, 2).unwrap();
    let flood: Vec<Share> = (0..6).map(|_| take(1, 2, 1).unwrap()).collect();
    flood.iter().for_each(|share| moved_at(share, 9));
    moved_at(&honest, 0);
    assert!(take(1, 2, 1).is_none(), "it takes nothing of its own, nor what another keeps");
    let other = take(2, 1, 1).unwrap();
    assert_eq!((lost.load(Ordering::Relaxed), shares.held(subnet(2))), (1, (8, 1)));
    drop(other);
    let more: Vec<Share> = [3, 4].into_iter().map(|connection| take(1, connection, 2).unwrap()).collect();
    more.iter().for_each(|share| moved_at(share, 9));
    assert_eq!(lost.load(Ordering::Relaxed), 4, "one of the flood's was free");
    assert!(take(1, 2, 1).is_none() && take(1, 5, 1).is_none(), "all have what they keep");
    let _other = take(2, 1, 1).unwrap();
    assert_eq!((lost.load(Ordering::Relaxed), shares.held(subnet(1)).1), (5, 6), "of whoever has most, the stillest");
    assert!(!honest.grow(1));
}

#[test]
fn what_stands_still_is_taken_away() {
    let shares = Shares::new(8, 8, 0);
    let lost = Arc::new(AtomicUsize::new(0));
    let share = |amount| {
        let lost = Arc::clone(&lost);
        shares.take(from(1), amount, move || count(&lost, amount)).unwrap()
    };
    let (still, moving) = (share(1), share(2));
    moved_at(&still, 0);
    moved_at(&moving, u64::MAX);
    while shares.now() == 0 {
        std::thread::yield_now();
    }
    shares.take_what_stands_still(Duration::ZERO);
    assert_eq!((lost.load(Ordering::Relaxed), shares.held(subnet(1))), (1, (2, 2)));
    drop(still);
    assert_eq!(shares.held(subnet(1)), (2, 2), "it is given back once");
}

#[test]
fn whoever_is_refused_takes_nothing_from_anybody() {
    let shares = Shares::new(64, 16, 0);
    let lost = Arc::new(AtomicUsize::new(0));
    let take = |of: u8, amount: usize| {
        let lost = Arc::clone(&lost);
        shares.take(from(of), amount, move || count(&lost, 1))
    };
    let mut taken: Vec<Share> = (1..=4).map(|of| take(of, 12).unwrap()).collect();
    taken.extend((0..16).map(|_| take(5, 1).unwrap()));
    assert!(take(6, 13).is_none(), "one of those before gives up a little, and then nobody has more");
    assert_eq!((shares.held(subnet(5)), lost.load(Ordering::Relaxed)), ((64, 16), 0));
    assert!(taken.iter().all(|share| shares.lock().held(share.key).is_some()), "nobody's share is gone");
}

#[test]
fn equal_parts_of_many_do_not_keep_out_who_needs_more_at_once() {
    let shares = Shares::giving_way(640, 160, 0, Duration::ZERO);
    let lost = Arc::new(AtomicUsize::new(0));
    let take = |of: u8, amount: usize| {
        let lost = Arc::clone(&lost);
        shares.take(from(of), amount, move || count(&lost, amount))
    };
    let held: Vec<Share> = (1..=5).flat_map(|of| (0..16).map(move |_| of)).map(|of| take(of, 8).unwrap()).collect();
    held.iter().for_each(|share| moved_at(share, u64::MAX));
    assert!(take(6, 130).is_none(), "all of them go on");
    held.iter().filter(|share| share.key.0.subnet != subnet(5)).for_each(|share| moved_at(share, 0));
    while shares.now() == 0 {
        std::thread::yield_now();
    }
    let first = take(6, 130).unwrap();
    assert_eq!((lost.load(Ordering::Relaxed), shares.held(subnet(5)).1), (136, 128), "what stood still gave way");
    assert!(take(6, 30).is_none() && !first.grow(30), "whoever holds something has no more than others for it");
    let even = Shares::new(640, 160, 0);
    let held: Vec<Share> = (1..=5).map(|of| even.take(from(of), 128, || ()).unwrap()).collect();
    held.iter().for_each(|share| moved_at(share, 0));
    assert!(even.take(from(6), 130, || ()).is_none(), "not in a room where only more gives way to less");
}
