//! What comes in over HTTP before it is a document: too long, to nowhere, unsigned, or signed twice.

use medshare_agent::clock;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::api::{BlockView, MAX_PAGE, Page};
use medshare_exchange::http_signature::{
    CONTENT_DIGEST, MessageParts, SIGNATURE, SIGNATURE_INPUT, SignatureHeaders, sign,
};
use medshare_exchange::manifest::MAX_MANIFEST_BYTES;
use medshare_ledger::entry::MAX_CONTRACT_BYTES;
use medshare_ledger::id::Timestamp;
use medshare_scenarios::http::{Answer, get, get_with, post, post_too_much};
use medshare_scenarios::network::{Network, eventually};
use medshare_scenarios::scenarios;
use rand_core::{OsRng, RngCore as _};
use rustix::net;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::time::Duration;

fn found() -> Network {
    Network::start(30_140)
}

scenarios!(found:
    a_body_beyond_the_limit_is_refused_with_413,
    a_path_that_does_not_exist_points_to_the_description,
    a_method_that_a_path_does_not_know_is_refused_in_words,
    an_identifier_that_is_none_is_refused_with_what_was_expected,
    a_query_that_is_not_understood_is_refused_in_words,
    what_nobody_has_is_not_found,
    documents_that_cannot_be_read_are_refused_at_every_door,
    an_owner_is_answered_once_per_signature,
    the_query_of_a_page_is_signed_with_it,
    an_owner_without_a_signature_is_refused,
    a_signature_by_another_key_is_no_owners,
    a_signature_for_another_path_or_host_is_refused,
    a_signed_message_is_of_no_use_to_whoever_received_it,
    a_signature_that_is_not_fresh_is_refused,
    an_owner_of_another_node_is_sent_there,
    idle_connections_keep_nobody_else_out,
    thousands_of_idle_connections_from_several_addresses_leave_room_to_an_owner,
);

/// What an owner asks for.
pub const PATH: &str = "/v1/owner/requests";

/// Signs a GET of a path, and of a query behind `?`.
pub fn signed(network: &Network, node: usize, path: &str, created: Timestamp, key: &SigningKey) -> SignatureHeaders {
    let authority = network.authority(node);
    let mut nonce = [0; 16];
    OsRng.fill_bytes(&mut nonce);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts = MessageParts { method: "GET", authority: &authority, path, query, body: b"" };
    sign(&parts, created, nonce, key).unwrap()
}

/// Asks with a signature.
#[track_caller]
pub fn ask(network: &Network, node: usize, path: &str, headers: &SignatureHeaders) -> Answer {
    let headers = [
        (SIGNATURE_INPUT, headers.signature_input.as_str()),
        (SIGNATURE, headers.signature.as_str()),
        (CONTENT_DIGEST, headers.content_digest.as_str()),
    ];
    get_with(&network.url(node, path), &headers)
}

fn a_body_beyond_the_limit_is_refused_with_413(network: &mut Network) {
    for (path, limit) in [
        ("/v1/requests", 16 * 1024),
        ("/v1/reports", 16 * 1024),
        ("/v1/proxy-keys", 128 * 1024),
        ("/v1/entries", MAX_CONTRACT_BYTES + 128 * 1024),
        ("/v1/openings", MAX_MANIFEST_BYTES + 128 * 1024),
    ] {
        let answer = post_too_much(&network.authority(1), path, 5 * 1024 * 1024);
        answer.refused(413, "too-large", &format!("at most {limit} bytes here"));
    }
    assert!(network.status(1).is_some(), "the node goes on");
}

fn a_path_that_does_not_exist_points_to_the_description(network: &mut Network) {
    for path in ["/", "/v1", "/v1/nothing", "/v1/requests/", "/../etc/passwd", "/v1/owner"] {
        get(&network.url(0, path)).refused(404, "not-found", "GET /v1/openapi.json");
    }
    let described: serde_json::Value = get(&network.url(0, "/v1/openapi.json")).json();
    assert!(described["paths"]["/v1/requests"].is_object());
}

fn a_method_that_a_path_does_not_know_is_refused_in_words(network: &mut Network) {
    get(&network.url(0, "/v1/openings")).refused(405, "wrong-method", "the header Allow");
    post(&network.url(0, "/v1/status"), b"").refused(405, "wrong-method", "the header Allow");
}

fn an_identifier_that_is_none_is_refused_with_what_was_expected(network: &mut Network) {
    for (path, words) in [
        ("/v1/requests/xyz", "64 hexadecimal"),
        ("/v1/entries/00", "64 hexadecimal"),
        ("/v1/identities/zz", "32 hexadecimal characters"),
        ("/v1/permissions/1", "64 hexadecimal"),
        ("/v1/owner/decisions/-", "64 hexadecimal"),
        ("/v1/audit/threads/%00", "32 hexadecimal characters"),
        ("/v1/audit/blocks/%c3%a9", "64 hexadecimal"),
        ("/v1/audit/bundles/none", "32 hexadecimal characters"),
    ] {
        get(&network.url(0, path)).refused(400, "malformed", words);
    }
}

fn a_query_that_is_not_understood_is_refused_in_words(network: &mut Network) {
    let hash = "0".repeat(64);
    let url = network.url(0, &format!("/v1/requests/{hash}"));
    get(&format!("{url}?wait_ms=soon")).refused(400, "malformed", "wait_ms");
    get(&format!("{url}?hurry=1")).refused(400, "malformed", "hurry");
    get(&network.url(0, "/v1/status?verbose=1")).refused(400, "malformed", "verbose");
    get(&format!("{url}?owner=me")).refused(400, "malformed", "32 hexadecimal characters");
}

fn what_nobody_has_is_not_found(network: &mut Network) {
    let (long, short) = ("0".repeat(64), "0".repeat(32));
    for path in [
        format!("/v1/requests/{long}"),
        format!("/v1/entries/{long}"),
        format!("/v1/identities/{short}"),
        format!("/v1/permissions/{long}"),
        format!("/v1/audit/blocks/{long}"),
        "/v1/attribute-keys/KING@NOWHERE".to_owned(),
    ] {
        get(&network.url(0, &path)).refused(404, "not-found", "no such");
    }
}

fn documents_that_cannot_be_read_are_refused_at_every_door(network: &mut Network) {
    for path in ["/v1/entries", "/v1/reports", "/v1/openings", "/v1/proxy-keys"] {
        for body in [&b""[..], b"{}", &[0xff; 300]] {
            post(&network.url(0, path), body).refused(400, "malformed", "not the expected document");
        }
    }
}

fn an_owner_is_answered_once_per_signature(network: &mut Network) {
    let key = network.owner_keys(0).signing;
    let headers = signed(network, 0, PATH, clock::now(), &key);
    let answer = ask(network, 0, PATH, &headers);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json::<Page<BlockView>>(), Page { items: vec![], next: None });
    ask(network, 0, PATH, &headers).refused(401, "bad-http-signature", "used before");
}

fn the_query_of_a_page_is_signed_with_it(network: &mut Network) {
    let key = network.owner_keys(0).signing;
    let page = format!("{PATH}?limit=5");
    let headers = signed(network, 0, &page, clock::now(), &key);
    ask(network, 0, &format!("{PATH}?limit=6"), &headers).refused(401, "bad-http-signature", "does not verify");
    assert_eq!(ask(network, 0, &page, &headers).status, 200);
    let cursor = "0".repeat(32);
    for (wrong, words) in [
        (format!("{PATH}?limit=0"), format!("1 to {MAX_PAGE}")),
        (format!("{PATH}?limit={}", MAX_PAGE + 1), format!("1 to {MAX_PAGE}")),
        (format!("{PATH}?cursor={cursor}"), "not one that this list gave".to_owned()),
        (format!("{PATH}?curser={cursor}"), "curser".to_owned()),
    ] {
        let headers = signed(network, 0, &wrong, clock::now(), &key);
        ask(network, 0, &wrong, &headers).refused(400, "malformed", &words);
    }
}

fn an_owner_without_a_signature_is_refused(network: &mut Network) {
    let package = format!("/v1/requests/{}/package", "0".repeat(64));
    for path in [PATH, "/v1/owner/violations", &package] {
        get(&network.url(0, path)).refused(401, "bad-http-signature", "missing or malformed");
    }
}

fn a_signature_by_another_key_is_no_owners(network: &mut Network) {
    let key = SigningKey::generate(&mut OsRng);
    let headers = signed(network, 0, PATH, clock::now(), &key);
    ask(network, 0, PATH, &headers).refused(401, "not-an-owner", "no owner's of this network");
    let mut forged = signed(network, 0, PATH, clock::now(), &key);
    let owner = network.owner_keys(0).signing.verifying_key().to_string();
    forged.signature_input = forged.signature_input.replace(&key.verifying_key().to_string(), &owner);
    ask(network, 0, PATH, &forged).refused(401, "bad-http-signature", "does not verify");
}

fn a_signature_for_another_path_or_host_is_refused(network: &mut Network) {
    let key = network.owner_keys(0).signing;
    let elsewhere = signed(network, 0, "/v1/owner/violations", clock::now(), &key);
    ask(network, 0, PATH, &elsewhere).refused(401, "bad-http-signature", "does not verify");
    let another_host = signed(network, 1, PATH, clock::now(), &key);
    ask(network, 0, PATH, &another_host).refused(401, "bad-http-signature", "does not verify");
}

/// Another node, or whoever stands at an address that an owner tried, sends on what it was sent.
fn a_signed_message_is_of_no_use_to_whoever_received_it(network: &mut Network) {
    let key = network.owner_keys(0).signing;
    let headers = signed(network, 1, PATH, clock::now(), &key);
    let elsewhere = network.authority(1);
    let headers = [
        ("host", elsewhere.as_str()),
        (SIGNATURE_INPUT, headers.signature_input.as_str()),
        (SIGNATURE, headers.signature.as_str()),
        (CONTENT_DIGEST, headers.content_digest.as_str()),
    ];
    get_with(&network.url(0, PATH), &headers).refused(421, "other-host", "public_urls");
    for path in ["/v1/status", PATH] {
        get_with(&network.url(0, path), &[("host", "evil.example")]).refused(421, "other-host", "evil.example");
    }
}

fn a_signature_that_is_not_fresh_is_refused(network: &mut Network) {
    let key = network.owner_keys(0).signing;
    for created in [clock::now().0 - 120_000, clock::now().0 + 120_000] {
        let headers = signed(network, 0, PATH, Timestamp(created), &key);
        ask(network, 0, PATH, &headers).refused(401, "bad-http-signature", "not fresh; check the clock");
    }
}

fn an_owner_of_another_node_is_sent_there(network: &mut Network) {
    let key = network.owner_keys(1).signing;
    let headers = signed(network, 0, PATH, clock::now(), &key);
    ask(network, 0, PATH, &headers).refused(409, "other-node", "another node serves this owner");
}

/// Of one address's connections beyond its share those are closed that said nothing for longest, for new ones: whoever asks is answered.
fn idle_connections_keep_nobody_else_out(network: &mut Network) {
    let before = network.status(0).unwrap().height;
    let connect = || TcpStream::connect(network.authority(0));
    let mut idle: Vec<TcpStream> = (0..400).filter_map(|_| connect().ok()).collect();
    assert!(network.status(0).is_some(), "there is room for who comes new");
    let closed = idle.iter_mut().map(is_closed).filter(|closed| *closed).count();
    assert!((100..200).contains(&closed), "{closed} of {} were closed at once", idle.len());
    eventually("the network goes on", || network.status(1).is_some_and(|status| status.height > before + 4));
    drop(idle);
}

/// The attack that blocked a node: 2,000 connections that say nothing, where it may open 1,024 files.
fn thousands_of_idle_connections_from_several_addresses_leave_room_to_an_owner(network: &mut Network) {
    const NODE: usize = 3;
    raise_open_files(4096);
    network.kill(NODE);
    network.spawn_with_open_files(NODE, 1024);
    network.wait_until_it_runs(NODE);
    let key = network.owner_keys(NODE).signing;
    let before = network.status(NODE).unwrap().height;
    let authority = network.authority(NODE);
    let idle: Vec<TcpStream> =
        (0..2000).filter_map(|number| connect_from(2 + u8::try_from(number % 8).unwrap(), &authority)).collect();
    assert!(idle.len() > 1900, "{} stood", idle.len());
    for _ in 0..10 {
        let answer = ask(network, NODE, PATH, &signed(network, NODE, PATH, clock::now(), &key));
        assert_eq!(answer.status, 200);
    }
    eventually("the node goes on", || network.status(NODE).is_some_and(|status| status.height > before + 4));
    drop(idle);
}

/// A connection from an address of this machine.
fn connect_from(last: u8, authority: &str) -> Option<TcpStream> {
    let socket = net::socket(net::AddressFamily::INET, net::SocketType::STREAM, None).unwrap();
    net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, last), 0)).unwrap();
    net::connect(&socket, &authority.parse::<SocketAddrV4>().unwrap()).ok()?;
    Some(socket.into())
}

/// Lets this process open as many files.
fn raise_open_files(least: u64) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < least) {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    }
    let limit = getrlimit(Resource::Nofile).current;
    assert!(limit.is_none_or(|limit| limit >= least), "this test opens {least} files; it may open {limit:?}");
}

fn is_closed(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    match stream.read(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}
