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

fn anybody(key: &VerifyingKey) -> Result<VerifyingKey, Refusal> {
    Ok(*key)
}

fn nobody(_: &VerifyingKey) -> Result<VerifyingKey, Refusal> {
    Err(Refusal::new(Code::NotAnOwner, "no owner's"))
}

#[test]
fn a_fresh_signature_counts_once() {
    let (check, key) = (SignatureCheck::new(usize::MAX), SigningKey::generate(&mut OsRng));
    let headers = message(now(), 1, &key);
    assert_eq!(check.signer(&PARTS, &headers, anybody), Ok(key.verifying_key()));
    let again = check.signer(&PARTS, &headers, anybody).unwrap_err();
    assert_eq!(again.code, Code::BadHttpSignature);
    check.signer(&PARTS, &message(now(), 2, &key), anybody).unwrap();
}

#[test]
fn the_nonce_of_one_signer_is_free_for_another() {
    let check = SignatureCheck::new(usize::MAX);
    for _ in 0..2 {
        let key = SigningKey::generate(&mut OsRng);
        assert_eq!(check.signer(&PARTS, &message(now(), 1, &key), anybody), Ok(key.verifying_key()));
    }
}

#[test]
fn signatures_of_long_ago_or_of_the_future_are_refused() {
    let (check, key) = (SignatureCheck::new(usize::MAX), SigningKey::generate(&mut OsRng));
    for at in [Timestamp(now().0 - 2 * MAX_SKEW_MS), now().plus_ms(2 * MAX_SKEW_MS), Timestamp(0)] {
        assert_eq!(check.signer(&PARTS, &message(at, 1, &key), anybody).unwrap_err().code, Code::BadHttpSignature);
    }
    assert_eq!(check.seen.count(), 0);
}

#[test]
fn a_message_that_was_not_signed_is_nobodys() {
    let (check, key) = (SignatureCheck::new(usize::MAX), SigningKey::generate(&mut OsRng));
    let headers = message(now(), 1, &key);
    let other = MessageParts { path: "/v1/owner/violations", ..PARTS };
    assert_eq!(check.signer(&other, &headers, anybody).unwrap_err().code, Code::BadHttpSignature);
    let none =
        SignatureHeaders { signature_input: String::new(), signature: String::new(), content_digest: String::new() };
    assert_eq!(check.signer(&PARTS, &none, anybody).unwrap_err().code, Code::BadHttpSignature);
    check.signer(&PARTS, &headers, anybody).unwrap();
}

#[test]
fn nothing_is_remembered_of_strangers_nor_of_signatures_that_do_not_verify() {
    let (check, key) = (SignatureCheck::new(usize::MAX), SigningKey::generate(&mut OsRng));
    for nonce in 0..100 {
        let of_stranger = message(now(), nonce, &SigningKey::generate(&mut OsRng));
        assert_eq!(check.signer(&PARTS, &of_stranger, nobody).unwrap_err().code, Code::NotAnOwner);
        let mut forged = message(now(), nonce, &key);
        forged.signature = message(now(), nonce, &SigningKey::generate(&mut OsRng)).signature;
        assert_eq!(check.signer(&PARTS, &forged, anybody).unwrap_err().code, Code::BadHttpSignature);
    }
    assert_eq!(check.seen.count(), 0);
    check.signer(&PARTS, &message(now(), 0, &key), anybody).unwrap();
}

/// A stranger's signature costs no arithmetic: it is not looked at before the key is known.
#[test]
fn who_asks_is_looked_at_before_the_signature() {
    let (check, key) = (SignatureCheck::new(usize::MAX), SigningKey::generate(&mut OsRng));
    let mut forged = message(now(), 1, &key);
    forged.signature = message(now(), 2, &key).signature;
    assert_eq!(check.signer(&PARTS, &forged, nobody).unwrap_err().code, Code::NotAnOwner);
}
