use std::collections::BTreeSet;

use ff::Field as _;
use proptest::prelude::*;
use rand::rngs::OsRng;

use super::public::h;
use super::*;
use crate::pairing::{G1, G2, Scalar};
use crate::policy::{AttributeName, Policy};

const MEDIATOR: &str = "ACTIVE@MEDIATOR";

fn name(text: &str) -> AttributeName {
    text.parse().unwrap()
}

fn set(names: &[&str]) -> BTreeSet<AttributeName> {
    names.iter().map(|text| name(text)).collect()
}

fn claim(text: &str) -> Claim {
    let policy: Policy = text.parse().unwrap();
    Claim::new(&policy, &name(MEDIATOR)).unwrap()
}

struct World {
    authority: SignatureAuthority,
    public: SignaturePublic,
}

impl World {
    fn new() -> Self {
        let authority = SignatureAuthority::generate(&mut OsRng);
        let public = authority.public(set(&[MEDIATOR]));
        Self { authority, public }
    }

    fn user(&self, user: &str, attributes: &[&str]) -> (SignerKey, MediatorKey) {
        self.authority.issue(user.as_bytes(), &set(attributes), &name(MEDIATOR))
    }

    fn sign(
        &self,
        keys: &(SignerKey, MediatorKey),
        message: &[u8],
        text: &str,
    ) -> Result<AttributeSignature, SignError> {
        let (request, pending) = keys.0.begin(message, claim(text), &self.public, &mut OsRng)?;
        // Over the wire and back.
        let request = MediationRequest::from_bytes(&request.to_bytes()).unwrap();
        let row = keys.1.mediate(&request, &self.public, &mut OsRng)?;
        let row = MediatedRow::from_bytes(&row.to_bytes()).unwrap();
        let pending = PendingSignature::from_bytes(&pending.to_bytes()).unwrap();
        Ok(pending.complete(row))
    }
}

#[test]
fn who_satisfies_the_claim_signs_with_the_mediator_and_nobody_else() {
    let world = World::new();
    for (text, attributes, signs) in [
        ("A@X", vec!["A@X"], true),
        ("A@X", vec!["B@X"], false),
        ("A@X AND B@X", vec!["A@X", "B@X"], true),
        ("A@X AND B@X", vec!["A@X"], false),
        ("(A@X AND B@X) OR C@X", vec!["C@X"], true),
        ("2 of (A@X, B@X, C@X)", vec!["A@X", "C@X"], true),
        ("2 of (A@X, B@X, C@X)", vec!["B@X"], false),
        ("A@X OR (A@X AND B@X)", vec!["A@X"], true),
    ] {
        let signed = world.sign(&world.user("bob", &attributes), b"m", text);
        assert_eq!(signed.is_ok(), signs, "{text} {attributes:?}");
        if let Ok(signature) = signed {
            assert_eq!(signature.verify(b"m", &claim(text), &world.public), Ok(()));
        }
    }
}

#[test]
fn a_signature_holds_for_its_message_claim_and_authority_only() {
    let world = World::new();
    let keys = world.user("bob", &["A@X", "B@X"]);
    let signature = world.sign(&keys, b"m", "A@X AND B@X").unwrap();
    let refused = Err(AttributeSignatureError);
    let public = &world.public;
    assert_eq!(signature.verify(b"n", &claim("A@X AND B@X"), public), refused);
    assert_eq!(signature.verify(b"m", &claim("B@X AND A@X"), public), refused);
    assert_eq!(signature.verify(b"m", &claim("A@X"), public), refused);
    let other = World::new();
    assert_eq!(signature.verify(b"m", &claim("A@X AND B@X"), &other.public), refused);
}

#[test]
fn every_altered_element_is_noticed() {
    let world = World::new();
    let signature = world.sign(&world.user("bob", &["A@X", "B@X"]), b"m", "A@X AND B@X").unwrap();
    let mut altered = vec![signature.clone(); 5];
    altered[0].y += G1::generator();
    altered[1].w += G1::generator();
    altered[2].s[1] += G1::generator();
    altered[3].p[0] += G2::generator();
    altered[4].p.pop();
    // The all-neutral signature satisfies every equation but Y ≠ 1.
    let mut neutral = signature;
    neutral.y = G1::identity();
    neutral.w = G1::identity();
    neutral.s.fill(G1::identity());
    neutral.p.fill(G2::identity());
    altered.push(neutral);
    for signature in altered {
        let verified = signature.verify(b"m", &claim("A@X AND B@X"), &world.public);
        assert_eq!(verified, Err(AttributeSignatureError));
    }
}

#[test]
fn without_its_mediator_a_revoked_user_does_not_sign() {
    let world = World::new();
    let revoked = world.user("bob", &["A@X"]);
    let eve = world.user("eve", &["A@X"]);
    // Another user's mediator key, from a mediator that was fooled.
    let copy = (revoked.0.to_bytes(), eve.1.to_bytes());
    let mixed = (SignerKey::from_bytes(&copy.0).unwrap(), MediatorKey::from_bytes(&copy.1).unwrap());
    let signature = world.sign(&mixed, b"m", "A@X").unwrap();
    let refused = Err(AttributeSignatureError);
    assert_eq!(signature.verify(b"m", &claim("A@X"), &world.public), refused);
    // An old answer for another message.
    let (old, _) = revoked.0.begin(b"old", claim("A@X"), &world.public, &mut OsRng).unwrap();
    let row = revoked.1.mediate(&old, &world.public, &mut OsRng).unwrap();
    let (_, pending) = revoked.0.begin(b"m", claim("A@X"), &world.public, &mut OsRng).unwrap();
    let signature = pending.complete(row);
    assert_eq!(signature.verify(b"m", &claim("A@X"), &world.public), refused);
}

#[test]
fn a_signers_attribute_does_not_serve_as_her_mediator() {
    // Revoked, she has everything that she was ever issued, also an attribute that is called as a mediator is.
    let world = World::new();
    let (eve, _) = world.user("eve", &["A@X", "SECOND@X", MEDIATOR]);
    for own in ["SECOND@X", MEDIATOR] {
        let herself = MediatorKey { attribute: name(own), k: eve.attributes[&name(own)].clone() };
        let claim = Claim::new(&"A@X".parse().unwrap(), &name(own)).unwrap();
        let (request, pending) = eve.begin(b"m", claim.clone(), &world.public, &mut OsRng).unwrap();
        let row = herself.mediate(&request, &world.public, &mut OsRng).unwrap();
        let signature = pending.complete(row);
        // Also not for an authority that would name it.
        let naming = world.authority.public(set(&[MEDIATOR, "SECOND@X"]));
        for public in [&world.public, &naming] {
            assert_eq!(signature.verify(b"m", &claim, public), Err(AttributeSignatureError), "{own}");
        }
    }
}

#[test]
fn a_mediator_that_the_authority_does_not_name_does_not_count() {
    let world = World::new();
    let (bob, _) = world.user("bob", &["A@X"]);
    let (_, other) = world.authority.issue(b"bob", &set(&["A@X"]), &name("ACTIVE@OTHER"));
    let claim = Claim::new(&"A@X".parse().unwrap(), &name("ACTIVE@OTHER")).unwrap();
    let (request, pending) = bob.begin(b"m", claim.clone(), &world.public, &mut OsRng).unwrap();
    let signature = pending.complete(other.mediate(&request, &world.public, &mut OsRng).unwrap());
    assert_eq!(signature.verify(b"m", &claim, &world.public), Err(AttributeSignatureError));
    let naming = world.authority.public(set(&[MEDIATOR, "ACTIVE@OTHER"]));
    assert_eq!(signature.verify(b"m", &claim, &naming), Ok(()));
}

#[test]
fn two_users_cannot_put_their_attributes_together() {
    let world = World::new();
    let (mut bob, mediator) = world.user("bob", &["A@X"]);
    let (eve, _) = world.user("eve", &["B@X"]);
    bob.attributes.extend(eve.attributes.clone());
    let signature = world.sign(&(bob, mediator), b"m", "A@X AND B@X").unwrap();
    let verified = signature.verify(b"m", &claim("A@X AND B@X"), &world.public);
    assert_eq!(verified, Err(AttributeSignatureError));
}

#[test]
fn a_batch_holds_when_all_do() {
    let world = World::new();
    let keys = world.user("bob", &["A@X", "B@X"]);
    let texts = ["A@X", "A@X AND B@X", "B@X OR C@X"];
    let claims = texts.map(claim);
    let signatures = texts.map(|text| world.sign(&keys, text.as_bytes(), text).unwrap());
    let batch: Vec<(&AttributeSignature, &[u8], &Claim)> =
        (0..3).map(|i| (&signatures[i], texts[i].as_bytes(), &claims[i])).collect();
    assert_eq!(verify_batch(&batch, &world.public), Ok(()));
    let mut wrong = batch;
    wrong[1].1 = b"other";
    assert_eq!(verify_batch(&wrong, &world.public), Err(AttributeSignatureError));
}

/// With weights that do not depend on the public key, an authority that makes its key last makes any equation of the sum hold.
#[test]
fn a_public_key_made_for_the_weights_verifies_nothing() {
    let world = World::new();
    let (claim, message) = (claim("A@X"), b"m".as_slice());
    let (g1, g2) = (G1::generator(), G2::generator());
    let q = claim.message_point(message);
    // Nobody's attributes are in this: every element is a point that all know.
    let signature = AttributeSignature { y: g1, w: g1, s: vec![g1, q], p: vec![g2, g2] };
    let batch = [(&signature, message, &claim)];
    let digest = verify::batch_digest(&batch, &world.public);
    let [first, second, extra] = [0, 1, 2].map(|equation| verify::weight(&digest, 0, equation));
    let inverse = |scalar: &Scalar| scalar.invert().unwrap();
    let names: Vec<Scalar> = claim.rows().map(|(scalar, _)| scalar).collect();
    let of_second = g2 * &-names[0];
    let sum_of_p = g2 * &(first + second);
    let behind = (of_second + g2 * &names[1]) * &second;
    let of_first = (sum_of_p + behind) * &inverse(&first) - g2 * &names[1];
    let mut forged = world.public.clone();
    forged.a0 = h(0) + h(1) * &(first * inverse(&extra));
    forged.columns[0] = (of_first, g2);
    forged.columns[1] = (of_second, g2);
    assert!(verify::holds(&batch, &forged, &digest), "the attack itself works");
    assert_eq!(signature.verify(message, &claim, &forged), Err(AttributeSignatureError));
}

#[test]
fn signatures_of_one_signer_have_nothing_in_common() {
    let world = World::new();
    let keys = world.user("bob", &["A@X"]);
    let (one, two) = (world.sign(&keys, b"m", "A@X").unwrap(), world.sign(&keys, b"m", "A@X").unwrap());
    assert!(one.y != two.y && one.w != two.w && one.s != two.s && one.p != two.p);
}

#[test]
fn claims_that_name_the_mediator_or_are_too_large_are_refused() {
    let policy: Policy = format!("A@X OR {MEDIATOR}").parse().unwrap();
    assert!(matches!(Claim::new(&policy, &name(MEDIATOR)), Err(ClaimError::NamesMediator { .. })));
    let wide: Policy = vec!["A@X"; MAX_COLUMNS].join(" AND ").parse().unwrap();
    assert!(matches!(Claim::new(&wide, &name(MEDIATOR)), Err(ClaimError::TooLarge)));
    let world = World::new();
    let (signer, mediator) = world.user("bob", &["A@X"]);
    let other = Claim::new(&"A@X".parse().unwrap(), &name("ACTIVE@OTHER")).unwrap();
    let (request, _) = signer.begin(b"m", other, &world.public, &mut OsRng).unwrap();
    let mediated = mediator.mediate(&request, &world.public, &mut OsRng);
    assert!(matches!(mediated, Err(SignError::OtherMediator { .. })));
}

#[test]
fn encodings_come_back_and_flipped_bits_do_not_verify() {
    let world = World::new();
    let restored = SignatureAuthority::from_bytes(world.authority.to_bytes());
    assert_eq!(restored.public(set(&[MEDIATOR])), world.public);
    let bytes = world.public.to_bytes();
    assert_eq!(SignaturePublic::from_bytes(&bytes).unwrap(), world.public);
    let signature = world.sign(&world.user("bob", &["A@X"]), b"m", "A@X").unwrap();
    let bytes = signature.to_bytes();
    assert_eq!(AttributeSignature::from_bytes(&bytes).unwrap(), signature);
    for bit in (0..bytes.len() * 8).step_by(3) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let verified = AttributeSignature::from_bytes(&flipped)
            .is_ok_and(|s| s.verify(b"m", &claim("A@X"), &world.public).is_ok());
        assert!(!verified, "bit {bit}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_a_decoder(layout in 1..=2_u8, mut bytes in proptest::collection::vec(any::<u8>(), 1..800)) {
        bytes[0] = layout;
        let _ = AttributeSignature::from_bytes(&bytes);
        let _ = SignaturePublic::from_bytes(&bytes);
        let _ = SignerKey::from_bytes(&bytes);
        let _ = MediatorKey::from_bytes(&bytes);
        let _ = MediationRequest::from_bytes(&bytes);
        let _ = MediatedRow::from_bytes(&bytes);
    }
}
