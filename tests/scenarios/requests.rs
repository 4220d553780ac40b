//! Data requests of every wrong kind, sent to real nodes: each is refused with its own stable code and says what to do.

use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_exchange::request::SignedRequest;
use medshare_ledger::facts::RecordType;
use medshare_ledger::id::{NetworkId, OwnerId};
use medshare_ledger::purpose::{ActReason, ResearchUse, UseModifier};
use medshare_scenarios::http::get;
use medshare_scenarios::network::{Network, RECORDS};
use medshare_scenarios::program::{run, run_plain};
use medshare_scenarios::scenarios;
use std::net::TcpListener;

use crate::world::{OTHER_NODE, OWNERS_NODE, World};

fn found() -> World {
    World::of(Network::start(30_100))
}

scenarios!(found:
    a_good_request_is_delivered_through_any_node,
    bytes_that_are_no_request_are_refused_as_malformed,
    bytes_behind_a_request_are_refused,
    a_request_longer_than_its_bound_is_refused_by_its_length,
    a_request_for_another_network_is_refused,
    a_request_changed_after_signing_is_refused,
    a_request_signed_by_another_key_is_refused,
    a_request_of_an_unregistered_key_says_who_registers,
    a_request_that_is_too_old_is_refused,
    a_request_from_the_future_is_refused,
    a_request_to_an_unknown_owner_is_refused,
    a_request_for_an_unknown_data_set_is_refused,
    a_request_for_another_record_type_is_refused,
    a_request_for_a_forbidden_purpose_names_the_allowed_ones,
    a_request_for_wider_research_than_allowed_is_refused,
    a_condition_nobody_asks_for_may_be_accepted,
    what_was_asked_for_is_listed_and_found_by_its_first_digits,
    a_request_is_answered_once_at_every_node_and_after_a_restart,
    a_request_sent_again_before_it_is_decided_goes_on_where_it_is,
    a_hung_first_node_is_left_for_the_next_one_within_the_time_of_the_command,
);

/// Refused alike by the owner's node and by one that forwards.
#[track_caller]
fn refused(world: &World, bytes: &[u8], status: u16, code: &str, words: &str) {
    for node in [OWNERS_NODE, OTHER_NODE] {
        world.network.send(node, bytes).refused(status, code, words);
    }
}

fn a_good_request_is_delivered_through_any_node(world: &mut World) {
    for node in [OWNERS_NODE, OTHER_NODE] {
        let signed = world.network.request(&world.alice, |_| ());
        assert_eq!(world.network.send(node, &signed.encode()).status, 202);
        assert_eq!(world.network.outcome(node, &signed).state, RequestState::Delivered);
    }
}

fn bytes_that_are_no_request_are_refused_as_malformed(world: &mut World) {
    for bytes in [&b""[..], b"x", b"{\"request\":1}", &[0xff; 200], &[0; 400]] {
        refused(world, bytes, 400, "malformed", "not a data request");
    }
    let whole = world.network.request(&world.alice, |_| ()).encode();
    for cut in [1, 31, whole.len() / 2, whole.len() - 1] {
        refused(world, &whole[..cut], 400, "malformed", "not a data request");
    }
}

fn bytes_behind_a_request_are_refused(world: &mut World) {
    let mut bytes = world.network.request(&world.alice, |_| ()).encode();
    bytes.push(0);
    refused(world, &bytes, 400, "malformed", "1 bytes follow");
}

fn a_request_longer_than_its_bound_is_refused_by_its_length(world: &mut World) {
    refused(world, &[7; 5 * 1024], 413, "too-large", "5120 bytes, at most 4096");
}

fn a_request_for_another_network_is_refused(world: &mut World) {
    let signed = world.network.request(&world.alice, |r| r.network = NetworkId::from_bytes([9; 32]));
    refused(world, &signed.encode(), 400, "other-network", "another network");
}

fn a_request_changed_after_signing_is_refused(world: &mut World) {
    let mut signed = world.network.request(&world.alice, |_| ());
    signed.request.nonce[0] ^= 1;
    refused(world, &signed.encode(), 401, "bad-signature", "changed after signing");
}

fn a_request_signed_by_another_key_is_refused(world: &mut World) {
    let mallory = world.network.stranger();
    let signed = SignedRequest::sign(world.network.asks(&world.alice, RECORDS), &mallory.keys.signing);
    refused(world, &signed.encode(), 401, "bad-signature", "another key");
}

fn a_request_of_an_unregistered_key_says_who_registers(world: &mut World) {
    let mallory = world.network.stranger();
    let signed = world.network.request(&mallory, |_| ());
    refused(world, &signed.encode(), 401, "unknown-key", "medshare owner register");
}

fn a_request_that_is_too_old_is_refused(world: &mut World) {
    let signed = world.network.request(&world.alice, |r| r.created.0 -= 11 * 60 * 1000);
    refused(world, &signed.encode(), 400, "expired", "older than 10 minutes; sign a new one");
}

fn a_request_from_the_future_is_refused(world: &mut World) {
    let signed = world.network.request(&world.alice, |r| r.created.0 += 60 * 1000);
    refused(world, &signed.encode(), 400, "from-the-future", "check the clock");
}

fn a_request_to_an_unknown_owner_is_refused(world: &mut World) {
    let signed = world.network.request(&world.alice, |r| r.owner = OwnerId::from_bytes([1; 16]));
    refused(world, &signed.encode(), 404, "not-found", "no such owner");
}

fn a_request_for_an_unknown_data_set_is_refused(world: &mut World) {
    let signed = world.network.request(&world.alice, |r| r.dataset = "secrets".parse().unwrap());
    refused(world, &signed.encode(), 404, "not-found", "no such data set");
}

fn a_request_for_another_record_type_is_refused(world: &mut World) {
    let signed = world.network.request(&world.alice, |r| r.record_type = RecordType::Table);
    refused(world, &signed.encode(), 400, "wrong-type", "records of another type");
}

fn a_request_for_a_forbidden_purpose_names_the_allowed_ones(world: &mut World) {
    let signed = world.network.request(&world.alice, |r| r.purpose.reason = ActReason::PublicHealth);
    refused(world, &signed.encode(), 403, "purpose-forbidden", "allow HRESCH, not PUBHLTH");
}

fn a_request_for_wider_research_than_allowed_is_refused(world: &mut World) {
    let signed = world.network.request(&world.alice, |r| r.purpose.research = Some(ResearchUse::GeneralResearch));
    refused(world, &signed.encode(), 403, "purpose-forbidden", "research use HMB, not GRU");
}

fn a_condition_nobody_asks_for_may_be_accepted(world: &mut World) {
    let signed = world.network.request(&world.alice, |r| r.purpose.accepts = vec![UseModifier::EthicsApproval]);
    assert_eq!(world.network.send(OWNERS_NODE, &signed.encode()).status, 202);
    assert_eq!(world.network.outcome(OWNERS_NODE, &signed).state, RequestState::Delivered);
}

fn what_was_asked_for_is_listed_and_found_by_its_first_digits(world: &mut World) {
    let network = &world.network;
    let (key, out) = (world.alice.file.to_str().unwrap(), network.desk().join("a package"));
    let wish = ["request", "submit", "--owner", "NORTH", "--dataset", RECORDS, "--key", key, "--purpose"];
    let submit = [&wish[..], &["HRESCH", "--out", out.to_str().unwrap()]].concat();
    let delivered = network.medshare(OTHER_NODE, submit).done();
    let (request, block) = (delivered["request"].as_str().unwrap(), delivered["block"].as_str().unwrap());
    network.medshare(OTHER_NODE, [&wish[..], &["HMARKT"]].concat()).failed(3, "purpose-forbidden", "HMARKT");
    let list = |filter: &[&str]| {
        let listed = network.medshare(OTHER_NODE, [&["request", "list", "--key", key], filter].concat()).done();
        listed.as_array().unwrap().clone()
    };
    let found = list(&["--owner", "NORTH", "--since", "1h"]);
    let found = found.iter().find(|one| one["block"] == block).expect("it is on the list");
    assert_eq!((&found["request"], &found["status"]), (&request.into(), &"granted".into()));
    let refused = list(&["--status", "refused"]);
    let refused = refused.iter().find(|one| one["error"]["code"] == "purpose-forbidden").expect("it was refused");
    assert!(refused["block"].is_null(), "{refused}");
    let status = network.medshare(OTHER_NODE, ["request", "status", refused["request"].as_str().unwrap()]).done();
    assert_eq!((&status["state"], &status["error"]), (&"refused".into(), &refused["error"]));
    assert_eq!(list(&["--status", "granted", "--limit", "1"])[0]["block"], block);
    assert!(list(&["--dataset", "scans"]).is_empty() && list(&["--owner", "SOUTH"]).is_empty());

    // the first digits are enough, and nobody needs to be told again who was asked
    let status = network.medshare(OTHER_NODE, ["request", "status", &request[..16]]).done();
    assert_eq!(status["block"], block);
    let shown = network.medshare(OTHER_NODE, ["audit", "block", &format!("{}…", &block[..16])]).done();
    assert_eq!(shown["block"], block);
    network.medshare(OTHER_NODE, ["audit", "block", &"f".repeat(16)]).failed(2, "unknown-id", "no id begins with ffff");
    let owner = network.layout().owner_key("NORTH");
    let owner = owner.to_str().unwrap();
    let review = ["owner", "review", &"f".repeat(16), "--decision", "review", "--key", owner];
    network.medshare(OWNERS_NODE, review).failed(2, "unknown-id", "among the requests for your data");
    let retrieve = ["owner", "review", &block[..16], "--decision", "retrieve", "--key", owner];
    let asked =
        network.medshare(OWNERS_NODE, retrieve).failed(8, "unconfirmed-package", "nobody said that it is meant");
    assert!([block, RECORDS, &world.alice.keys.id().to_string()].iter().all(|shown| asked.contains(shown)), "{asked}");
    // the block is found, and nothing is to be upheld: nobody is asked first
    let uphold = ["owner", "review", &block[..16], "--decision", "uphold", "--key", owner];
    network.medshare(OWNERS_NODE, uphold).failed(3, "rejected", "there is no revocation to decide on");
    let revoke = ["owner", "revoke", &block[..16], "--reason", "other", "--key", owner];
    network.medshare(OWNERS_NODE, revoke).failed(8, "unconfirmed-package", "nothing was sent");
    let zeros = ["owner", "review", &block[..4], "--decision", "uphold", "--key", owner];
    network.medshare(OWNERS_NODE, zeros).failed(2, "usage", "behind the zeros that it begins with");
    let rid = world.alice.keys.id().to_string();
    let hers = ["owner", "requests", "--key", owner, "--requestor", &rid[..8], "--limit", "2"];
    let hers = network.medshare(OWNERS_NODE, hers).done();
    assert!(hers.as_array().unwrap().len() == 2 && hers[1]["requestor"] == rid.as_str(), "{hers}");
    assert!(hers[1]["request"].is_string() && hers[1]["block"].is_string(), "{hers}");
    // for people, it fits
    let genesis = network.layout().genesis();
    let (genesis, node) = (genesis.to_str().unwrap(), network.url(OWNERS_NODE, ""));
    for command in
        [&["owner", "requests", "--key", owner][..], &["audit", "thread", &rid], &["request", "list", "--key", key]]
    {
        let said = run_plain([command, &["--genesis", genesis, "--node", &node]].concat());
        let widest = said.stdout.lines().map(|line| line.chars().count()).max();
        assert!(said.code == 0 && widest.is_some_and(|widest| (40..=80).contains(&widest)), "{said:?}");
    }
}

fn a_request_is_answered_once_at_every_node_and_after_a_restart(world: &mut World) {
    let signed = world.network.request(&world.alice, |_| ());
    assert_eq!(world.network.send(OWNERS_NODE, &signed.encode()).status, 202);
    assert_eq!(world.network.outcome(OWNERS_NODE, &signed).state, RequestState::Delivered);
    // afterwards, and when the owner's node has lost what it had in memory
    refused(world, &signed.encode(), 409, "replay", "sign a new one");
    world.network.kill(OWNERS_NODE);
    let fresh = world.network.request(&world.alice, |_| ());
    let away = world.network.send(OTHER_NODE, &fresh.encode()).error();
    assert_eq!(away.code, "owners-node-away", "{}", away.message);
    // every node knows it from the ledger
    assert_eq!(world.network.send(OTHER_NODE, &signed.encode()).error().code, "replay");
    world.network.restart(OWNERS_NODE);
    refused(world, &signed.encode(), 409, "replay", "sign a new one");
    assert_eq!(world.network.outcome(OWNERS_NODE, &signed).state, RequestState::Delivered);
}

/// A client that did not hear the answer sends the same bytes again. With two of four validators nothing is decided, so that it
/// meets its own request under way, and then once more when its node has given up waiting.
fn a_request_sent_again_before_it_is_decided_goes_on_where_it_is(world: &mut World) {
    let signed = world.network.request(&world.alice, |_| ());
    let file = world.network.desk().join("again.request");
    std::fs::write(&file, signed.encode()).unwrap();
    let out = world.network.desk().join("again.package");
    let send = |network: &Network, seconds: &str| {
        let (file, out) = (file.to_str().unwrap(), out.to_str().unwrap());
        network.medshare(OWNERS_NODE, ["request", "send", file, "--out", out, "--timeout", seconds])
    };
    for node in [1, 3] {
        world.network.kill(node);
    }
    for _ in 0..2 {
        let said = send(&world.network, "1");
        said.failed(6, "still-processing", &signed.hash().to_string());
        assert!(said.stderr.contains("medshare request fetch"), "{}", said.stderr);
    }
    let answer = world.network.send(OTHER_NODE, &signed.encode());
    assert_eq!(answer.status, 202);
    assert_eq!(answer.json::<RequestStatus>().state, RequestState::Processing);
    // its node gives up; nothing is lost: the same bytes are taken again
    send(&world.network, "60").failed(6, "undecided", "this node reaches 2 of 4, and it takes 3");
    let status = world.network.medshare(OWNERS_NODE, ["request", "status", &signed.hash().to_string()]).done();
    assert_eq!(status["state"], "undecided", "{status}");
    assert_eq!(world.network.send(OWNERS_NODE, &signed.encode()).status, 202);
    for node in [1, 3] {
        world.network.restart(node);
    }
    // should its node have given up once more meanwhile, it tries again by itself
    let key = world.alice.file.to_str().unwrap().to_owned();
    let fetch = ["request", "fetch", &signed.hash().to_string(), "--key", &key, "--out", out.to_str().unwrap()];
    world.network.medshare(OWNERS_NODE, fetch).done();
    std::fs::remove_file(&out).unwrap();
    let outcome = world.network.outcome(OWNERS_NODE, &signed);
    assert_eq!(outcome.state, RequestState::Delivered, "{outcome:?}");
    // delivered once, however often it was sent; from now on it is a replay, and one that says where the package is
    let said = send(&world.network, "60");
    said.failed(3, "replay", "answered before");
    assert!(said.stderr.contains(&format!("medshare request status {}", signed.hash())), "{}", said.stderr);
    let owner = signed.request.owner.to_string();
    let fetch = ["request", "fetch", &signed.hash().to_string(), "--owner", &owner, "--key", &key, "--out"];
    let fetch = fetch.into_iter().chain(out.to_str());
    assert_eq!(world.network.medshare(OTHER_NODE, fetch).done()["block"].as_str(), outcome.block.as_deref());
    let thread = get(&world.network.url(OWNERS_NODE, &format!("/v1/audit/threads/{}", world.alice.keys.id())));
    let blocks = String::from_utf8_lossy(&thread.body).matches(outcome.block.as_deref().unwrap()).count();
    assert!(blocks >= 1, "the block is in her thread");
    refused(world, &signed.encode(), 409, "replay", "sign a new one");
}

/// The first node takes connections and never says a word.
fn a_hung_first_node_is_left_for_the_next_one_within_the_time_of_the_command(world: &mut World) {
    let hung = TcpListener::bind("127.0.0.1:0").unwrap();
    let nodes = format!("http://{},{}", hung.local_addr().unwrap(), world.network.url(OWNERS_NODE, ""));
    let mut env = world.network.environment(&[OWNERS_NODE]);
    for (name, value) in &mut env {
        if *name == "MEDSHARE_NODE" {
            *value = nodes.clone().into();
        }
    }
    let (key, out) = (world.alice.file.to_str().unwrap(), world.network.desk().join("hung.package"));
    let wish = ["request", "submit", "--owner", "NORTH", "--dataset", RECORDS, "--purpose", "HRESCH", "--key", key];
    run([&wish[..], &["--out", out.to_str().unwrap(), "--timeout", "10"]].concat(), &env).done();
    // the next command reads what the first one remembered: it asks the other one first, and has its answer
    hung.set_nonblocking(true).unwrap();
    assert!(hung.accept().is_ok(), "the first command asked it");
    while hung.accept().is_ok() {}
    run(["audit", "thread", &world.alice.keys.id().to_string()], &env).done();
    assert!(hung.accept().is_err(), "it is not asked, so nobody waits for it");
}
