//! Strangers who send much, and those whose word must come through beside them.

use medshare_agent::clock;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::http_signature::{CONTENT_DIGEST, SIGNATURE, SIGNATURE_INPUT, SignatureHeaders};
use medshare_ledger::codec;
use medshare_ledger::entry::{AttributeKey, AttributeKeys, Entry, MAX_ATTRIBUTE_KEYS};
use medshare_scenarios::http::{get, post, try_get_with};
use medshare_scenarios::network::{Network, eventually};
use rand_core::OsRng;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::http::{PATH, ask, signed};
use crate::world::{OWNERS_NODE, World, block_of, permission};

/// Those who send at once; all from one address.
const SENDERS: usize = 6;

/// The headers with a nonce of another length, which nobody signed.
fn with_nonce(headers: SignatureHeaders, length: usize) -> SignatureHeaders {
    let (before, rest) = headers.signature_input.split_once("nonce=\"").unwrap();
    let (_, behind) = rest.split_once('"').unwrap();
    let signature_input = format!("{before}nonce=\"{}\"{behind}", "n".repeat(length));
    SignatureHeaders { signature_input, ..headers }
}

/// Asks for an owner's list with a key that nobody knows; the answer's status, if there is one.
fn strangers_question(network: &Network, nonce_length: Option<usize>) -> Option<u16> {
    let headers = signed(network, OWNERS_NODE, PATH, clock::now(), &SigningKey::generate(&mut OsRng));
    let headers = nonce_length.map_or(headers.clone(), |length| with_nonce(headers, length));
    let headers = [
        (SIGNATURE_INPUT, headers.signature_input.as_str()),
        (SIGNATURE, headers.signature.as_str()),
        (CONTENT_DIGEST, headers.content_digest.as_str()),
    ];
    try_get_with(&network.url(OWNERS_NODE, PATH), &headers).map(|answer| answer.status)
}

/// The attack had a node grow by 143 MB and locked owners out.
pub(super) fn thousands_of_strangers_with_long_nonces_lock_no_owner_out(world: &mut World) {
    const QUESTIONS: usize = 2_000;
    const MOST_GROWTH: u64 = 64 << 20;
    // well signed, within the bound for nonces, beyond it, and as long as in the attack
    const NONCES: [Option<usize>; 4] = [None, Some(64), Some(900), Some(60_000)];
    let (network, asked) = (&world.network, &AtomicUsize::new(0));
    let owner = network.owner_keys(OWNERS_NODE).signing;
    let owner_asks =
        || ask(network, OWNERS_NODE, PATH, &signed(network, OWNERS_NODE, PATH, clock::now(), &owner)).status;
    assert_eq!(owner_asks(), 200);
    let before = network.memory_bytes(OWNERS_NODE);
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(move || {
                while asked.load(Ordering::SeqCst) < QUESTIONS {
                    let number = asked.fetch_add(1, Ordering::SeqCst);
                    let status = strangers_question(network, NONCES[number % NONCES.len()]);
                    assert!(status.is_none_or(|status| (400..500).contains(&status)), "{status:?}");
                }
            });
        }
        while asked.load(Ordering::SeqCst) < QUESTIONS {
            assert_eq!(owner_asks(), 200, "while strangers ask");
        }
    });
    assert_eq!(owner_asks(), 200, "afterwards");
    let grown = network.memory_bytes(OWNERS_NODE).saturating_sub(before);
    assert!(grown < MOST_GROWTH, "the node grew by {grown} bytes");
}

/// As many keys as an entry may have, all of them points of the curve, under a signature that is nobody's.
fn forged_keys(network: &Network) -> Vec<u8> {
    let published = get(&network.url(OWNERS_NODE, "/v1/attribute-keys/RESEARCHER%40UNIVERSITY"));
    let published: AttributeKey = codec::decode(&published.body).unwrap();
    let key = |number| AttributeKey { attribute: format!("A{number:03}@UNIVERSITY"), ..published.clone() };
    let keys = AttributeKeys {
        network: network.facts().network(),
        authority: "UNIVERSITY".parse().unwrap(),
        keys: (0..MAX_ATTRIBUTE_KEYS).map(key).collect(),
        at: clock::now(),
    };
    let signature = SigningKey::generate(&mut OsRng).sign(&keys);
    codec::encode(&Entry::AttributeKeys(keys, signature))
}

/// Each cost the node 58 ms before its signature was looked at, beside consensus.
pub(super) fn attribute_keys_with_bad_signatures_keep_neither_a_revocation_nor_the_heights_waiting(world: &mut World) {
    const POSTS: usize = 300;
    let file = world.network.package(&world.alice);
    let block = block_of(&file);
    let network = &world.network;
    let forged = &forged_keys(network);
    let (posted, is_revoked) = (&AtomicUsize::new(0), &AtomicBool::new(false));
    let before = network.status(OWNERS_NODE).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(move || {
                while posted.load(Ordering::SeqCst) < POSTS || !is_revoked.load(Ordering::SeqCst) {
                    posted.fetch_add(1, Ordering::SeqCst);
                    let answer = post(&network.url(OWNERS_NODE, "/v1/entries"), forged);
                    assert!([400, 401, 429].contains(&answer.status), "{answer:?}");
                }
            });
        }
        while posted.load(Ordering::SeqCst) < SENDERS {
            std::thread::yield_now();
        }
        let (owner, id) = (network.layout().owner_key("NORTH"), block.to_string());
        let revoke = ["owner", "revoke", &id, "--reason", "project-ended", "--key", owner.to_str().unwrap()];
        let said = network.medshare(OWNERS_NODE, revoke);
        // whatever came of it, the others must end
        is_revoked.store(true, Ordering::SeqCst);
        said.done();
    });
    let goes_on = |node| network.status(node).is_some_and(|status| status.height > before.height + 4);
    eventually("heights go on", || (0..4).all(goes_on));
    network.agree();
    assert_eq!(permission(network, 3, block).status, "revoked");
    assert_eq!(network.status(OWNERS_NODE).unwrap().history_size, before.history_size + 1, "the revocation alone");
}
