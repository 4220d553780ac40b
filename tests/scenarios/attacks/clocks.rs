//! A node whose clock is wrong says so, instead of blaming others.

use medshare_exchange::api::{ClockFault, RequestState};
use medshare_scenarios::network::eventually;

use crate::world::{OTHER_NODE, OWNERS_NODE, World};

pub(super) fn a_node_with_a_wrong_clock_says_by_how_much_it_is_off_and_works_once_it_is_right(world: &mut World) {
    let erin = world.network.researcher();
    // Behind, a node goes by the ledger's time. Ahead, what it dates is of no use to the others.
    for (ahead_s, code, words, delivers) in [
        (-30, ClockFault::BehindOthers, "s behind the other nodes'", true),
        (30, ClockFault::AheadOfOthers, "s ahead of the other nodes'", false),
    ] {
        world.network.kill(OWNERS_NODE);
        let logged = world.network.log(OWNERS_NODE).len();
        world.network.spawn_with_clock(OWNERS_NODE, ahead_s);
        world.network.wait_until_it_runs(OWNERS_NODE);
        let network = &world.network;
        eventually("it finds out by how much it is off", || {
            network.status(OWNERS_NODE).and_then(|status| status.clock).is_some_and(|clock| clock.code == code)
        });
        let ahead_ms = network.status(OWNERS_NODE).unwrap().clock_ahead_ms.unwrap();
        assert!((20_000..40_000).contains(&(ahead_ms * ahead_s.signum())), "{ahead_ms}");
        eventually("its operator reads of it", || network.log(OWNERS_NODE)[logged..].contains(words));
        assert_eq!(network.status(OTHER_NODE).unwrap().clock, None, "the others are right");
        // who asks hears of it, and is not told that too few validators are there, or that her own clock is wrong
        let request = network.request(&erin, |_| ());
        let answer = network.send(OWNERS_NODE, &request.encode());
        let told = match answer.status {
            202 => {
                let outcome = network.outcome(OWNERS_NODE, &request);
                (outcome.state != RequestState::Delivered).then(|| outcome.error.unwrap().message)
            }
            _ => Some(answer.error().message),
        };
        match told {
            None => assert!(delivers, "it was delivered, so that nobody heard of the clock"),
            Some(message) => assert!(!delivers && message.contains(words), "{message}"),
        }
    }
    world.network.kill(OWNERS_NODE);
    world.network.restart(OWNERS_NODE);
    let network = &world.network;
    eventually("its clock is right", || network.status(OWNERS_NODE).is_some_and(|status| status.clock.is_none()));
    let request = network.request(&erin, |_| ());
    assert_eq!(network.send(OWNERS_NODE, &request.encode()).status, 202);
    assert_eq!(network.outcome(OWNERS_NODE, &request).state, RequestState::Delivered);
    network.agree();
}
