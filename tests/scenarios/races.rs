//! Many people at once: whoever loses a race for the end of a chain is put behind it, and the history holds what was useful.

use medshare_exchange::api::{PermissionView, RequestState};
use medshare_exchange::package::Package;
use medshare_scenarios::http::get;
use medshare_scenarios::network::Network;
use medshare_scenarios::opening;
use medshare_scenarios::scenarios;
use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::world::{OTHER_NODE, OWNERS_NODE, World};

/// What he may wait for at most beside forty of hers: before there were shares, it was as long as all of them took. Much more than it
/// takes, for machines that are busy.
const HIS: Duration = Duration::from_secs(15);
/// A refusal waits for nothing that the network does.
const AT_ONCE: Duration = Duration::from_secs(5);

fn found() -> World {
    World::of(Network::start(30_480))
}

scenarios!(found:
    eighty_openings_of_one_package_through_two_nodes_all_succeed_and_burn_nothing,
    requests_beyond_a_requestors_share_are_refused_at_once_and_nobody_waits_behind_them,
);

impl World {
    fn entries(&self) -> u64 {
        self.network.status(0).expect("the node answers").history_size
    }
}

fn eighty_openings_of_one_package_through_two_nodes_all_succeed_and_burn_nothing(world: &mut World) {
    const OPENINGS: u64 = 80;
    let file = world.network.package(&world.alice);
    let package = Package::read(&mut File::open(&file).unwrap()).unwrap();
    world.network.agree();
    let before = world.entries();
    let (network, alice) = (&world.network, &world.alice);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let open = |n: u64| {
            let node = if n.is_multiple_of(2) { OWNERS_NODE } else { OTHER_NODE };
            let package = &package;
            scope.spawn(move || opening::ask(network, node, alice, package).2)
        };
        let openings: Vec<_> = (0..OPENINGS).map(open).collect();
        openings.into_iter().map(|opening| opening.join().unwrap()).collect()
    });
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }
    world.network.agree();
    let url = world.network.url(3, &format!("/v1/permissions/{}", package.block));
    assert_eq!(u64::from(get(&url).json::<PermissionView>().openings), OPENINGS);
    let grown = world.entries() - before;
    assert!(grown * 10 <= OPENINGS * 12, "{grown} entries for {OPENINGS} openings");
}

fn requests_beyond_a_requestors_share_are_refused_at_once_and_nobody_waits_behind_them(world: &mut World) {
    let bob = world.network.researcher();
    world.network.agree();
    let before = world.entries();
    let hers: Vec<_> = (0..40).map(|_| world.network.request(&world.alice, |_| ())).collect();
    let his = world.network.request(&bob, |_| ());
    let (network, taken) = (&world.network, &AtomicUsize::new(0));
    let answers: Vec<_> = std::thread::scope(|scope| {
        let send = |bytes: Vec<u8>| {
            scope.spawn(move || {
                let sent = Instant::now();
                let answer = network.send(OWNERS_NODE, &bytes);
                taken.fetch_add(usize::from(answer.status == 202), Ordering::SeqCst);
                (answer, sent.elapsed())
            })
        };
        let sent: Vec<_> = hers.iter().map(|request| send(request.encode())).collect();
        // While hers run.
        while taken.load(Ordering::SeqCst) == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        let sent_his = Instant::now();
        assert_eq!(network.send(OWNERS_NODE, &his.encode()).status, 202);
        assert_eq!(network.outcome(OWNERS_NODE, &his).state, RequestState::Delivered);
        assert!(sent_his.elapsed() < HIS, "he waited {:?}", sent_his.elapsed());
        sent.into_iter().map(|sent| sent.join().unwrap()).collect()
    });
    let mut delivered = 1;
    for (request, (answer, took)) in hers.iter().zip(&answers) {
        if answer.status == 202 {
            assert_eq!(world.network.outcome(OWNERS_NODE, request).state, RequestState::Delivered);
            delivered += 1;
        } else {
            answer.refused(429, "too-many-requests", "send this one again when one of them has ended");
            assert!(*took < AT_ONCE, "a refusal took {took:?}");
        }
    }
    assert!(delivered > 8, "eight of hers at least, and his: {delivered}");
    world.network.agree();
    let grown = world.entries() - before;
    // of each the request and its block
    assert!(grown * 10 <= 2 * delivered * 12, "{grown} entries for {delivered} requests");
}
