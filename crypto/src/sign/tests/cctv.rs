//! The CCTV vectors: signatures with points of low order, with low-order components, in non-canonical form.

use super::*;

const VECTORS: &str = include_str!("../../../tests/vectors/cctv-ed25519.csv");

/// What `verify_strict` refuses. Low-order components alone pass when they cancel out.
const REFUSED: [&str; 6] =
    ["low_order_A", "low_order_R", "non_canonical_A", "non_canonical_R", "low_order_residue", "reencoded_k"];

#[test]
fn cctv_vectors_verify_exactly_when_strict_verification_says_so() {
    let (mut accepted, mut refused) = (0, 0);
    for line in VECTORS.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(',').collect();
        let [key, signature, message, flags] = fields.as_slice() else {
            panic!("four fields in {line}");
        };
        let expected = !flags.split(' ').any(|flag| REFUSED.contains(&flag));
        let signature: Signature = signature.parse().unwrap();
        let verified =
            key.parse::<VerifyingKey>().is_ok_and(|key| key.verify_raw(message.as_bytes(), &signature).is_ok());
        assert_eq!(verified, expected, "{line}");
        if verified {
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    assert!(accepted > 0 && refused > 500, "{accepted} {refused}");
}
