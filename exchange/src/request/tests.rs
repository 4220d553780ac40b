#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use medshare_ledger::purpose::ActReason;
use rand::rngs::OsRng;

fn signed() -> SignedRequest {
    let key = SigningKey::generate(&mut OsRng);
    let request = DataRequest {
        network: NetworkId::from_bytes([1; 32]),
        key: key.verifying_key(),
        owner: OwnerId::from_bytes([2; 16]),
        dataset: "cohort".parse().unwrap(),
        terms_version: 1,
        record_type: RecordType::Table,
        purpose: Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: Vec::new() },
        created: Timestamp(1_700_000_000_000),
        deadline: Timestamp(1_700_003_600_000),
        nonce: [3; 16],
    };
    SignedRequest::sign(request, &key)
}

#[test]
fn a_request_survives_its_bytes() {
    let request = signed();
    let decoded = SignedRequest::decode(&request.encode()).unwrap();
    assert_eq!(decoded, request);
    decoded.verify().unwrap();
}

#[test]
fn another_key_or_a_changed_request_does_not_verify() {
    let request = signed();
    let mut of_another = request.clone();
    of_another.request.key = SigningKey::generate(&mut OsRng).verifying_key();
    of_another.verify().unwrap_err();
    let mut changed = request;
    changed.request.dataset = "other".parse().unwrap();
    changed.verify().unwrap_err();
}

#[test]
fn too_long_truncated_and_trailing_bytes_are_no_request() {
    let request = signed();
    let bytes = request.encode();
    let long = vec![0; MAX_REQUEST_BYTES + 1];
    assert_eq!(
        SignedRequest::decode(&long),
        Err(CodecError::TooLong { actual: MAX_REQUEST_BYTES + 1, max: MAX_REQUEST_BYTES })
    );
    for length in 0..bytes.len() {
        SignedRequest::decode(bytes.get(..length).unwrap()).unwrap_err();
    }
    SignedRequest::decode(&[bytes.as_slice(), &[0]].concat()).unwrap_err();
}

#[test]
fn the_name_of_a_request_is_of_its_content_and_not_of_its_signature() {
    let request = signed();
    let mut again = request.clone();
    again.signature = Signature::from_bytes([9; 64]);
    assert_eq!(request.hash(), again.hash());
    again.request.nonce = [4; 16];
    assert_ne!(request.hash(), again.hash());
}

proptest::proptest! {
    #[test]
    fn any_bytes_decode_to_a_request_of_the_same_bytes_or_not_at_all(bytes: Vec<u8>) {
        if let Ok(request) = SignedRequest::decode(&bytes) {
            proptest::prop_assert_eq!(request.encode(), bytes);
        }
    }

    #[test]
    fn no_changed_byte_goes_unnoticed(at: proptest::sample::Index, flip in 1u8..) {
        let request = signed();
        let mut bytes = request.encode();
        let at = at.index(bytes.len());
        *bytes.get_mut(at).unwrap() ^= flip;
        let accepted = SignedRequest::decode(&bytes).is_ok_and(|r| r.verify().is_ok());
        proptest::prop_assert!(!accepted);
    }
}
