//! Golden values: what must not change, because keys in files and on the ledger depend on it.
//!
//! A change here needs a reason in `CHANGELOG.md` and a new version in the domain or the layout that it concerns.

use medshare_crypto::abe::{AuthoritySecret, UserSecret};
use medshare_crypto::derive::{KeyContext, derive_data_key};
use medshare_crypto::hash::{Hash32, sha256, tagged_hash};
use medshare_crypto::key_aggregate::AggregateOwner;
use medshare_crypto::kp_abe::DomainSecret;
use medshare_crypto::pairing::{Gt, hash_to_scalar};
use medshare_crypto::policy::Policy;
use medshare_crypto::seal::SealingSecretKey;
use medshare_crypto::secret::{AttributeSecret, Secret32};
use rand::rngs::OsRng;
use zeroize::Zeroizing;

/// `u8 1 ‖ u32 generation ‖ seed ‖ u16 len ‖ name` with a seed of 7s.
fn authority() -> AuthoritySecret {
    let bytes = [&[1, 0, 0, 0, 2][..], &[7; 32], &[0, 1], b"X"].concat();
    AuthoritySecret::from_bytes(&bytes).unwrap()
}

fn check(name: &str, found: impl AsRef<[u8]>, expected: &str) {
    let found = sha256(found.as_ref());
    assert_eq!(found.to_string().get(..16), Some(expected), "{name} has changed");
}

#[test]
fn derived_values_stay_what_they_are() {
    let authority = authority();
    let attribute = "A@X".parse().unwrap();
    check("authority key", authority.public().to_bytes(), "c492ae118ab23af2");
    check("attribute key", authority.attribute_public(&attribute, 3).unwrap().to_bytes(), "7846b470eb112fc8");

    let user = UserSecret::from_bytes(&[9; 32]).unwrap();
    let registration = user.registration(b"bob", &mut OsRng).unwrap();
    // The proof at the end is fresh every time.
    let bytes = registration.to_bytes();
    check("registration", bytes.get(..bytes.len() - 64).unwrap(), "da96fcef2ca094dc");
    let registration = registration.verify().unwrap();
    check("proxy key", authority.issue(&registration, &attribute, 3).unwrap().to_bytes(), "c97fd71ca9abb874");
    let update = authority.proxy_key_update(&registration, &attribute, 3, 4).unwrap();
    check("proxy key update", &*update.to_bytes(), "2009f8a79ee4f178");

    let domain = [&[1][..], &[7; 32], &[0, 1], b"X"].concat();
    let domain = DomainSecret::from_bytes(&domain).unwrap();
    check("domain key", domain.public().to_bytes(), "4486e16accd87690");
    check("label key", domain.label_public(&attribute, 3).unwrap().to_bytes(), "1c31f0d5da7f0b26");
    let policy: Policy = "A@X".parse().unwrap();
    let key = domain.issue(&policy, [5; 32], &[(attribute, 3)].into(), &mut OsRng).unwrap().to_bytes();
    // Of one leaf, the share is the secret: what stands behind id and policy is r and the row.
    check("key of a domain", key.get(1 + 32 + 2 + "A@X".len()..).unwrap(), "8bb5f75982b1848e");
    let owner = AggregateOwner::from_bytes(&[9; 32]).unwrap();
    check("aggregate owner", owner.public().to_bytes(), "26c728bc0c20d1c1");
}

#[test]
fn hashes_and_keys_stay_what_they_are() {
    check("tagged hash", tagged_hash("d", &[b"a", b"bc"]).as_bytes(), "49892ab08301c5fa");
    check("hash to scalar", hash_to_scalar("D", b"m").to_bytes_be(), "a94152fe379a646b");
    check("E", Gt::generator().to_bytes(), "4bb3f049849e856b");
    let policy: Policy = "2 of (a@x, b@x, c@x) or d@y".parse().unwrap();
    check("policy hash", policy.hash().as_bytes(), "fcfd924d8dd6d776");
    let sigma = AttributeSecret::from_secret(Secret32::from_bytes(Zeroizing::new([1; 32])));
    let context = KeyContext { record: Hash32::from_bytes([2; 32]), epoch: 3, policy_hash: policy.hash() };
    let hpke = Secret32::from_bytes(Zeroizing::new([4; 32]));
    for (secret, key_hash, commitment_hash) in
        [(None, "35df299b19c5338b", "b20a1e3418b8cb05"), (Some(&hpke), "6a40a1b6d227f337", "7f14fd7472768154")]
    {
        let (key, commitment) = derive_data_key(&sigma, secret, &context);
        check("data key", key.expose(), key_hash);
        check("key commitment", commitment.to_bytes(), commitment_hash);
    }
    let sealing = SealingSecretKey::from_bytes(Zeroizing::new([7; 32])).public_key();
    check("sealing key", sealing.as_bytes(), "74943b4ecd441ec7");
    check("fingerprint of a sealing key", sealing.fingerprint(), "a90b6a39e758224e");
}
