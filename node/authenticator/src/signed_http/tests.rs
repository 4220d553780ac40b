#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::http_signature::sign;
use medshare_ledger::id::Timestamp;
use rand::rngs::OsRng;

const PARTS: MessageParts<'static> =
    MessageParts { method: "GET", authority: "localhost:1", path: "/v1/owner/requests", query: "", body: b"" };

fn message(at: Timestamp, nonce: u8, key: &SigningKey) -> SignatureHeaders {
    sign(&PARTS, at, [nonce; 16], key).unwrap()
}

#[test]
fn a_fresh_signature_counts_once() {
    let (check, key) = (SignatureCheck::default(), SigningKey::generate(&mut OsRng));
    let headers = message(now(), 1, &key);
    assert_eq!(check.signer(&PARTS, &headers), Ok(key.verifying_key()));
    let again = check.signer(&PARTS, &headers).unwrap_err();
    assert_eq!(again.code, Code::BadHttpSignature);
    check.signer(&PARTS, &message(now(), 2, &key)).unwrap();
}

#[test]
fn the_nonce_of_one_signer_is_free_for_another() {
    let check = SignatureCheck::default();
    for _ in 0..2 {
        let key = SigningKey::generate(&mut OsRng);
        assert_eq!(check.signer(&PARTS, &message(now(), 1, &key)), Ok(key.verifying_key()));
    }
}

#[test]
fn signatures_of_long_ago_or_of_the_future_are_refused() {
    let (check, key) = (SignatureCheck::default(), SigningKey::generate(&mut OsRng));
    for at in [Timestamp(now().0 - 2 * MAX_SKEW_MS), now().plus_ms(2 * MAX_SKEW_MS), Timestamp(0)] {
        assert_eq!(check.signer(&PARTS, &message(at, 1, &key)).unwrap_err().code, Code::BadHttpSignature);
    }
    assert!(check.seen.lock().unwrap().is_empty());
}

#[test]
fn a_message_that_was_not_signed_is_nobodys() {
    let (check, key) = (SignatureCheck::default(), SigningKey::generate(&mut OsRng));
    let headers = message(now(), 1, &key);
    let other = MessageParts { path: "/v1/owner/violations", ..PARTS };
    assert_eq!(check.signer(&other, &headers).unwrap_err().code, Code::BadHttpSignature);
    let none =
        SignatureHeaders { signature_input: String::new(), signature: String::new(), content_digest: String::new() };
    assert_eq!(check.signer(&PARTS, &none).unwrap_err().code, Code::BadHttpSignature);
    check.signer(&PARTS, &headers).unwrap();
}
