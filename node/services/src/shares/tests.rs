#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use std::net::Ipv4Addr;
use std::sync::atomic::AtomicUsize;

fn subnet(last: u8) -> Subnet {
    Subnet::of(Ipv4Addr::new(192, 0, 2, last).into())
}

fn count(lost: &AtomicUsize, amount: usize) {
    lost.fetch_add(amount, Ordering::Relaxed);
}

fn moved_at(share: &Share, ms: u64) {
    share.moved.store(ms, Ordering::Relaxed);
}

#[test]
fn one_subnet_does_not_take_the_room_of_all() {
    let shares = Shares::new(64, 16);
    let greedy = shares.take(subnet(1), 16, || ()).unwrap();
    assert!(shares.take(subnet(1), 1, || ()).is_none() && !greedy.grow(1));
    let other = shares.take(subnet(2), 16, || ()).unwrap();
    drop(greedy);
    let again = shares.take(subnet(1), 1, || ()).unwrap();
    drop((other, again));
    assert!(
        shares.lock().holders.is_empty() && shares.held(subnet(1)) == (0, 0),
        "nothing is kept of those who hold nothing"
    );
}

#[test]
fn who_holds_most_gives_up_what_stood_still_to_who_holds_less() {
    let shares = Shares::new(64, 16);
    let lost = Arc::new(AtomicUsize::new(0));
    let mut taken = Vec::new();
    for of in 1..=4 {
        for number in 0..4 {
            let lost = Arc::clone(&lost);
            let give_up = move || count(&lost, usize::from(of) * 10 + number);
            taken.push(shares.take(subnet(of), 4, give_up).unwrap());
        }
    }
    // Of the last, the second has not moved for longest.
    taken.iter().enumerate().for_each(|(at, share)| moved_at(share, if at == 13 { 5 } else { 10 }));
    let late = shares.take(subnet(5), 3, || ()).unwrap();
    assert_eq!((lost.load(Ordering::Relaxed), shares.held(subnet(5))), (41, (63, 3)));
    assert!(!taken.get(13).unwrap().grow(1), "what was taken away does not come back");
    assert!(late.grow(5), "others hold more still");
    assert_eq!(shares.held(subnet(5)).1, 8);
    let rest: usize = (1..=4).map(|of| shares.held(subnet(of)).1).sum();
    assert!(rest + 8 <= 64);
    // Those who hold as little as the newcomer keep what they have.
    let even = Shares::new(4, 4);
    let held: Vec<Share> = (1..=4).map(|of| even.take(subnet(of), 1, || ()).unwrap()).collect();
    assert!(even.take(subnet(5), 1, || ()).is_none());
    drop(held);
}

#[test]
fn what_is_kept_is_not_taken_away() {
    let shares = Shares::new(8, 8);
    let kept = shares.take(subnet(1), 8, || ()).unwrap();
    assert!(kept.keep());
    assert!(shares.take(subnet(2), 1, || ()).is_none());
    drop(kept);
    assert!(shares.take(subnet(2), 1, || ()).is_some());
}

#[test]
fn what_stands_still_is_taken_away() {
    let shares = Shares::new(8, 8);
    let lost = Arc::new(AtomicUsize::new(0));
    let share = |amount| {
        let lost = Arc::clone(&lost);
        shares.take(subnet(1), amount, move || count(&lost, amount)).unwrap()
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
    let shares = Shares::new(64, 16);
    let lost = Arc::new(AtomicUsize::new(0));
    let take = |of: u8, amount: usize| {
        let lost = Arc::clone(&lost);
        shares.take(subnet(of), amount, move || count(&lost, 1))
    };
    let mut taken: Vec<Share> = (1..=4).map(|of| take(of, 12).unwrap()).collect();
    taken.extend((0..16).map(|_| take(5, 1).unwrap()));
    assert!(take(6, 13).is_none(), "one of those before gives up a little, and then nobody has more");
    assert_eq!((shares.held(subnet(5)), lost.load(Ordering::Relaxed)), ((64, 16), 0));
    assert!(taken.iter().all(Share::keep), "nobody's share is gone");
}

#[test]
fn equal_parts_of_many_do_not_keep_out_who_needs_more_at_once() {
    let shares = Shares::giving_way(640, 160, Duration::ZERO);
    let lost = Arc::new(AtomicUsize::new(0));
    let take = |of: u8, amount: usize| {
        let lost = Arc::clone(&lost);
        shares.take(subnet(of), amount, move || count(&lost, amount))
    };
    let held: Vec<Share> = (1..=5).flat_map(|of| (0..16).map(move |_| of)).map(|of| take(of, 8).unwrap()).collect();
    held.iter().for_each(|share| moved_at(share, u64::MAX));
    assert!(take(6, 130).is_none(), "all of them go on");
    held.iter().filter(|share| share.subnet != subnet(5)).for_each(|share| moved_at(share, 0));
    while shares.now() == 0 {
        std::thread::yield_now();
    }
    let first = take(6, 130).unwrap();
    assert_eq!((lost.load(Ordering::Relaxed), shares.held(subnet(5)).1), (136, 128), "what stood still gave way");
    assert!(take(6, 30).is_none() && !first.grow(30), "whoever holds something has no more than others for it");
    let even = Shares::new(640, 160);
    let held: Vec<Share> = (1..=5).map(|of| even.take(subnet(of), 128, || ()).unwrap()).collect();
    held.iter().for_each(|share| moved_at(share, 0));
    assert!(even.take(subnet(6), 130, || ()).is_none(), "not in a room where only more gives way to less");
}
