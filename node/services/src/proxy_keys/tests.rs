#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::services::testing::services;
use medshare_node_chain::testing::{ATTRIBUTE, Parties, T0};

#[tokio::test]
async fn a_superseded_proxy_key_is_deleted_and_the_one_in_force_stays() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let requestor = parties.requestor.id();
    let held = || -> Vec<Vec<u8>> {
        services.private.proxy_keys(requestor).unwrap().into_iter().map(|(_, key)| key.to_vec()).collect()
    };
    let grant = |at, key: &[u8]| {
        let mut effects = services.chain.effects();
        parties.decide(&services.chain, vec![parties.grant(at, proxy_key_commitment(key))]);
        effects.try_recv().unwrap().iter().for_each(|effect| react(&services, effect));
    };
    let keep = |key: &[u8]| keep(&services.chain, &services.private, ATTRIBUTE, requestor, key).unwrap();
    grant(T0 + 1, b"first");
    keep(b"first");
    keep(b"foreign");
    assert_eq!(held(), [b"first"]);
    // This node was not told the new key: the old one must not serve on.
    grant(T0 + 2, b"second");
    assert!(held().is_empty());
    keep(b"first");
    assert!(held().is_empty());
    keep(b"second");
    assert_eq!(held(), [b"second"]);
    // Whether the key or the effect comes first makes no difference.
    reconcile(&services);
    react(&services, &Effect::AttributeGranted { requestor, attribute: ATTRIBUTE.to_owned() });
    assert_eq!(held(), [b"second"]);
    services.private.put_proxy_key(requestor, ATTRIBUTE, b"left behind").unwrap();
    reconcile(&services);
    assert!(held().is_empty());
}
