//! Nodes that point to another one.

use super::*;

/// The network of ones.
const OURS: NetworkId = NetworkId::from_bytes([1; 32]);

#[test]
fn a_download_is_passed_on_once_and_other_calls_are_not() {
    let package = std::fs::read(&Fixture::new(Terms::high()).package).unwrap();
    let of_one_network = |mut answer: Box<dyn FnMut() -> Answer + Send>| {
        FakeNode::start(move |asked| match asked.target.as_str() {
            "/v1/status" => Answer::json(&serde_json::json!({ "network": "ours" })),
            _ => answer(),
        })
    };
    let asked = |node: &FakeNode| {
        let asked = node.asked().into_iter();
        asked.filter(|asked| asked.target != "/v1/status").collect::<Vec<_>>()
    };
    let sent = package.clone();
    let own = of_one_network(Box::new(move || Answer::bytes(sent.clone())));
    let path = format!("/v1/requests/{}/package", medshare_crypto::hash::Hash32::ZERO);
    let there = format!("{}{path}", own.url());
    let first = of_one_network(Box::new(move || Answer::pointing(&there)));
    let mut received = Vec::new();
    let request = medshare_crypto::hash::Hash32::ZERO;
    let key = SigningKey::generate(&mut OsRng);
    first.client().download_package(&request, None, Proof::Key(&key), &mut received).unwrap();
    assert_eq!((&received, asked(&own)[0].target.as_str()), (&package, path.as_str()));
    // Each node is asked with a signature for itself.
    signed_by(&key, &asked(&first)[0]);
    signed_by(&key, &asked(&own)[0]);
    assert_ne!(asked(&own)[0].header("signature"), asked(&first)[0].header("signature"));
    first.client().identity(RequestorId::from_bytes([0; 16])).unwrap_err();
    let again = format!("{}{path}", first.url());
    let circle = of_one_network(Box::new(move || Answer::pointing(&again)));
    circle.client().download_package(&request, None, Proof::Request(b"request"), &mut received).unwrap_err();
    assert_eq!((asked(&first).len(), asked(&own).len()), (3, 1));
}

#[test]
fn nobody_is_pointed_to_something_else_or_out_of_the_network() {
    let request = medshare_crypto::hash::Hash32::ZERO;
    let of = |network: &str| Answer::json(&serde_json::json!({ "network": network }));
    let package = format!("/v1/requests/{request}/package");
    let inside: [fn() -> Answer; 4] = [
        || Answer::error(404, "not-found"),
        || Answer::error(500, "internal"),
        || Answer::bytes(b"secret".to_vec()),
        || Answer::json(&serde_json::json!({ "network": "another" })),
    ];
    for is_known in [true, false] {
        for (path, answer) in [("/v1/audit/bundles/00", inside[0])].into_iter().chain(inside.map(|a| (&*package, a))) {
            let inside = FakeNode::start(move |_| answer());
            let there = format!("{}{path}", inside.url());
            let liar = FakeNode::start(move |asked| match asked.target.as_str() {
                "/v1/status" => of(&OURS.to_string()),
                _ => Answer::pointing(&there),
            });
            let client = if is_known { liar.client().of_network(OURS) } else { liar.client() };
            let key = SigningKey::generate(&mut OsRng);
            for proof in [Proof::Request(b"request"), Proof::Key(&key)] {
                client.download_package(&request, None, proof, &mut Vec::new()).unwrap_err();
            }
            let asked = inside.asked();
            assert_eq!(asked.len(), if path == package { 2 } else { 0 });
            let is_told = |asked: &Asked| asked.target != "/v1/status" || !asked.header("signature").is_empty();
            assert!(!asked.iter().any(is_told), "it was asked for its network, and told nothing: {asked:?}");
        }
    }
}

#[test]
fn a_node_that_the_user_named_is_pointed_to_though_it_does_not_say_whose_it_is() {
    let package = std::fs::read(&Fixture::new(Terms::high()).package).unwrap();
    let sent = package.clone();
    let own = FakeNode::start(move |asked| match asked.target.as_str() {
        "/v1/status" => Answer::error(503, "starting"),
        _ => Answer::bytes(sent.clone()),
    });
    let request = medshare_crypto::hash::Hash32::ZERO;
    let there = format!("{}/v1/requests/{request}/package", own.url());
    let first = FakeNode::start(move |asked| match asked.target.as_str() {
        "/v1/status" => Answer::json(&serde_json::json!({ "network": OURS.to_string() })),
        _ => Answer::pointing(&there),
    });
    let mut received = Vec::new();
    let client = NodeClient::new(vec![first.url(), own.url()]).unwrap().of_network(OURS);
    client.download_package(&request, None, Proof::Request(b"request"), &mut received).unwrap();
    assert_eq!(received, package);
}
