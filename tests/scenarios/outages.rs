//! Nodes that are gone, killed in the middle, or out of disk: clear reasons, nothing acknowledged lost, one state everywhere.

use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_exchange::request::SignedRequest;
use medshare_scenarios::disk::SmallDisk;
use medshare_scenarios::http::{get, post};
use medshare_scenarios::network::{Network, RECORDS, dataset, eventually};
use medshare_scenarios::opening::{Opening, ask};
use medshare_scenarios::other_package::of_another_request;
use medshare_scenarios::program::run_spoken;
use medshare_scenarios::scenarios;
use std::fs::File;
use std::time::{Duration, SystemTime};

use crate::world::{OWNERS_NODE, World};

/// The node whose home is on a small disk, where one can be mounted.
const SMALL: usize = 3;
const SMALL_BYTES: u64 = 48 * 1024 * 1024;

fn found() -> World {
    let mut network = Network::found(30_440, vec![dataset(RECORDS)]);
    if SmallDisk::impossible().is_none() {
        network.put_on_small_disk(SMALL, SMALL_BYTES);
    }
    network.start_all();
    World::of(network)
}

scenarios!(found:
    requests_under_way_when_the_owners_node_is_killed_are_taken_up_again,
    packages_that_were_never_decided_are_cleared_away_and_all_others_stay,
    a_node_whose_disk_is_full_with_its_log_halts_and_starts_again_when_there_is_room unless SmallDisk::impossible(),
    without_the_other_organisations_everything_says_why_and_goes_on_later,
    logs_that_are_moved_away_on_each_node_in_turn_cost_nobody_her_proxy_keys,
    a_log_that_lost_its_last_record_and_views_with_flipped_bits_are_mended_at_the_start,
    a_quorum_whose_homes_were_wiped_but_for_their_keys_founds_no_second_ledger,
);

fn requests_under_way_when_the_owners_node_is_killed_are_taken_up_again(world: &mut World) {
    for after_ms in [0, 60, 200] {
        let requests: Vec<SignedRequest> = (0..6).map(|_| world.network.request(&world.alice, |_| ())).collect();
        for request in &requests {
            assert_eq!(world.network.send(OWNERS_NODE, &request.encode()).status, 202);
        }
        std::thread::sleep(Duration::from_millis(after_ms));
        let acknowledged: Vec<bool> = requests.iter().map(|r| is_delivered(&world.network, r)).collect();
        world.network.kill(OWNERS_NODE);
        world.network.restart(OWNERS_NODE);
        world.network.agree();
        for (request, acknowledged) in requests.iter().zip(acknowledged) {
            let delivered = is_delivered(&world.network, request);
            assert!(delivered || !acknowledged, "what was acknowledged as delivered is delivered");
            // what was taken in goes on by itself; nobody sends it again
            eventually("the request is delivered", || is_delivered(&world.network, request));
            let outcome = world.network.outcome(OWNERS_NODE, request);
            assert_eq!(outcome.state, RequestState::Delivered, "{outcome:?}");
            let package = world.network.fetch(request);
            let opening = Opening::of(&world.network, OWNERS_NODE, &world.alice, &package);
            assert_eq!(Some(opening.lease.parent.to_string()), outcome.block);
        }
        world.network.agree();
    }
    assert!(world.network.log(OWNERS_NODE).contains("is taken up again"), "some were under way");
}

fn packages_that_were_never_decided_are_cleared_away_and_all_others_stay(world: &mut World) {
    world.network.package(&world.alice);
    let folder = world.network.home(OWNERS_NODE).join("packages");
    let owner = world.network.layout().owner_key("NORTH");
    let requests = world.network.medshare(OWNERS_NODE, ["owner", "requests", "--key", owner.to_str().unwrap()]).done();
    let named = |block: &serde_json::Value| format!("{}.medshare", block["package"].as_str().unwrap());
    let mut decided: Vec<String> = requests.as_array().unwrap().iter().map(named).collect();
    // beside what the kills above left over: packages of requests that nobody decided, one of which may still be
    let forms = [1, 2].map(|bit| of_another_request(&folder, &decided[0], bit));
    let hours_ago = SystemTime::now() - Duration::from_secs(2 * 60 * 60);
    for name in world.network.packages(OWNERS_NODE).iter().filter(|name| **name != forms[0]) {
        File::options().write(true).open(folder.join(name)).unwrap().set_modified(hours_ago).unwrap();
    }
    world.network.kill(OWNERS_NODE);
    world.network.restart(OWNERS_NODE);
    decided.push(forms[0].clone());
    decided.sort();
    eventually("only the decided and the young ones are left", || {
        let mut left = world.network.packages(OWNERS_NODE);
        left.sort();
        assert!(decided.iter().all(|name| left.contains(name)), "a decided package is gone");
        left == decided
    });
    std::fs::remove_file(folder.join(&forms[0])).unwrap();
    eventually("the node says so", || world.network.log(OWNERS_NODE).contains("never decided"));
}

fn is_delivered(network: &Network, request: &SignedRequest) -> bool {
    let answer = get(&network.url(OWNERS_NODE, &format!("/v1/requests/{}", request.hash())));
    answer.status == 200 && answer.json::<RequestStatus>().state == RequestState::Delivered
}

/// Its log is on that disk too, so that nothing can be written of why it halts: it halts all the same.
fn a_node_whose_disk_is_full_with_its_log_halts_and_starts_again_when_there_is_room(world: &mut World) {
    let home = world.network.home(SMALL);
    world.network.kill(SMALL);
    let elsewhere = world.network.log_to(SMALL, home.join("stderr.log"));
    world.network.restart(SMALL);
    let filler = home.join("filler");
    medshare_scenarios::disk::fill(&filler);
    let status = world.network.wait_for_end(SMALL);
    let log = world.network.log(SMALL);
    assert_eq!(status.code(), Some(1), "no signal, no panic: {status}, {log}");
    assert!(!log.contains("panicked"), "{log}");
    // the others go on
    let signed = world.network.request(&world.alice, |_| ());
    assert_eq!(world.network.send(OWNERS_NODE, &signed.encode()).status, 202);
    assert_eq!(world.network.outcome(OWNERS_NODE, &signed).state, RequestState::Delivered);
    // still full: it does not start, and says so where there is room
    world.network.log_to(SMALL, elsewhere);
    let before = world.network.log(SMALL).len();
    world.network.spawn(SMALL);
    let status = world.network.wait_for_end(SMALL);
    let said = world.network.log(SMALL)[before..].to_owned();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("disk full") && said.contains("free space on that disk"), "{said}");
    std::fs::remove_file(filler).unwrap();
    world.network.restart(SMALL);
    world.network.agree();
}

fn without_the_other_organisations_everything_says_why_and_goes_on_later(world: &mut World) {
    let package = {
        let file = world.network.package(&world.alice);
        medshare_exchange::package::Package::read(&mut std::fs::File::open(file).unwrap()).unwrap()
    };
    let bob = world.network.registered();
    let waiting = world.network.request(&world.alice, |_| ());
    for node in 1..4 {
        world.network.kill(node);
    }
    let network = &world.network;
    std::thread::scope(|scope| {
        // the ledger does not take it, so nobody is asked to look at its records
        let request = scope.spawn(|| {
            assert_eq!(network.send(OWNERS_NODE, &waiting.encode()).status, 202);
            let outcome = network.outcome(OWNERS_NODE, &waiting);
            assert_eq!(outcome.state, RequestState::Undecided, "{outcome:?}");
            let error = outcome.error.unwrap();
            assert_eq!(error.code, "undecided");
            assert!(error.message.contains("this node reaches 1 of 4, and it takes 3"), "{error:?}");
        });
        // no quorum: nothing is decided
        let opening = scope.spawn(|| {
            let (.., answer) = ask(network, OWNERS_NODE, &world.alice, &package);
            answer.refused(503, "undecided", "this node reaches 1 of 4, and it takes 3");
        });
        let issuing = scope.spawn(|| {
            let key = network.layout().authority_key("UNIVERSITY");
            let to = bob.keys.id().to_string();
            let args = ["authority", "issue", "--attribute", "RESEARCHER@UNIVERSITY", "--to", &to, "--key"];
            let args = args.into_iter().chain([key.to_str().unwrap()]);
            let said = run_spoken(args, &network.environment(&[OWNERS_NODE]));
            assert_eq!(said.code, 6, "{said:?}");
            // within seconds, and not only at the end
            let waits = "(3 s): the node reaches 1 of 4 validators";
            assert!(said.stderr.starts_with("waiting until ") && said.stderr.contains(waits), "{said:?}");
            // either the last state was too old to sign anything for, or none has what was signed
            let ends = ["no node proves how the ledger stands now", "no node proves that what was handed in stands"];
            assert!(ends.iter().any(|end| said.stderr.contains(end)), "{said:?}");
        });
        // nobody listens at all
        let said =
            network.medshare(1, ["owner", "requests", "--key", network.layout().owner_key("SOUTH").to_str().unwrap()]);
        said.failed(6, "unreachable", "nothing listens there");
        // another owner's node is no answer, and no refusal either
        let south = network.layout().owner_key("SOUTH");
        let asked = ["owner", "requests", "--key", south.to_str().unwrap()];
        let message = medshare_scenarios::program::run(asked, &network.environment(&[1, OWNERS_NODE])).failed(
            6,
            "unreachable",
            &format!("the owner's node does not answer: {}", network.url(1, "")),
        );
        assert!(message.contains(&format!("{} serves other owners", network.url(OWNERS_NODE, ""))), "{message}");
        for task in [request, opening, issuing] {
            task.join().unwrap();
        }
    });
    for node in 1..4 {
        world.network.spawn(node);
    }
    for node in 1..4 {
        world.network.wait_until_it_runs(node);
    }
    eventually("the network decides again", || {
        let (.., answer) = ask(&world.network, OWNERS_NODE, &world.alice, &package);
        answer.status == 200 || answer.error().code != "undecided"
    });
    eventually("it is taken up again", || {
        world.network.outcome(OWNERS_NODE, &waiting).state == RequestState::Delivered
    });
    world.network.issue(&bob);
    let signed = world.network.request(&bob, |_| ());
    assert_eq!(post(&world.network.url(2, "/v1/requests"), &signed.encode()).status, 202);
    assert_eq!(world.network.outcome(2, &signed).state, RequestState::Delivered);
    world.network.agree();
}

/// Moves parts of a node's home aside, or back.
fn rename(network: &Network, node: usize, parts: &[&str], from: &str, to: &str) {
    for part in parts {
        let path = |suffix: &str| network.home(node).join(format!("{part}{suffix}"));
        std::fs::rename(path(from), path(to)).unwrap();
    }
}

fn logs_that_are_moved_away_on_each_node_in_turn_cost_nobody_her_proxy_keys(world: &mut World) {
    let package = world.network.package(&world.alice);
    for node in 0..4 {
        world.network.kill(node);
        // the repair of a damaged log that the guide tells
        std::fs::remove_dir_all(world.network.home(node).join("log")).unwrap();
        if node == 2 {
            // one loses the keys themselves: they come back from the others
            std::fs::remove_dir_all(world.network.home(node).join("private")).unwrap();
        }
        world.network.restart(node);
        assert!(!world.network.log(node).contains("deleted proxy keys"), "{}", world.network.log(node));
        // one at a time: until it votes again, the network cannot spare the next
        let height = world.network.status(node).unwrap().height;
        let votes_again = |network: &Network| network.status(node).is_some_and(|status| status.height > height + 3);
        eventually("the network goes on with it", || votes_again(&world.network));
    }
    world.network.agree();
    for node in 0..4 {
        let package = medshare_exchange::package::Package::read(&mut File::open(&package).unwrap()).unwrap();
        let (.., answer) = ask(&world.network, node, &world.alice, &package);
        assert_eq!(answer.status, 200, "node {node}: {}", String::from_utf8_lossy(&answer.body));
    }
}

fn a_log_that_lost_its_last_record_and_views_with_flipped_bits_are_mended_at_the_start(world: &mut World) {
    let node = 1;
    for round in 0..3u64 {
        world.network.kill(node);
        let home = world.network.home(node);
        let segments = std::fs::read_dir(home.join("log")).unwrap().map(|entry| entry.unwrap().path());
        let last = segments.max().unwrap();
        let bytes = std::fs::metadata(&last).unwrap().len();
        File::options().write(true).open(last).unwrap().set_len(bytes - 1).unwrap();
        let views = home.join("views/db");
        let mut bytes = std::fs::read(&views).unwrap();
        for flip in 0..100 {
            let at = (flip * 7_919 + round * 104_729) as usize * 31 % bytes.len();
            bytes[at] ^= 1 << (flip % 8);
        }
        std::fs::write(views, bytes).unwrap();
        world.network.restart(node);
    }
    world.network.agree();
}

fn a_quorum_whose_homes_were_wiped_but_for_their_keys_founds_no_second_ledger(world: &mut World) {
    const PARTS: [&str; 3] = ["log", "views", "wal"];
    let wiped = [0, 1, 2];
    let height = world.network.status(0).unwrap().height;
    for node in 0..4 {
        world.network.kill(node);
    }
    for node in wiped {
        rename(&world.network, node, &PARTS, "", ".kept");
        world.network.spawn(node);
    }
    let says = |network: &Network, node| network.log(node).contains("does not know what it signed");
    eventually("they know that they know nothing", || wiped.iter().all(|node| says(&world.network, *node)));
    eventually("they see each other", || {
        let sees = |node| Some(world.network.status(node)?.peers.iter().filter(|peer| peer.connected).count() >= 2);
        wiped.iter().all(|node| sees(*node) == Some(true))
    });
    std::thread::sleep(Duration::from_secs(2));
    for node in wiped {
        assert_eq!(world.network.status(node).unwrap().height, 0, "nobody begins a second ledger");
        assert_eq!(get(&world.network.url(node, "/v1/health/ready")).status, 503);
        world.network.kill(node);
        for part in PARTS {
            std::fs::remove_dir_all(world.network.home(node).join(part)).unwrap();
        }
        rename(&world.network, node, &PARTS, ".kept", "");
    }
    for node in 0..4 {
        world.network.spawn(node);
    }
    for node in 0..4 {
        world.network.wait_until_it_runs(node);
    }
    eventually("the one ledger goes on", || world.network.status(0).is_some_and(|status| status.height > height));
    world.network.agree();
}
