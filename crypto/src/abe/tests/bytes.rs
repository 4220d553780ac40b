//! Encodings: round trips, cuts, additions, and every flipped bit.

use super::*;
use crate::secret::AttributeSecret;

fn sample() -> (World, User, Ciphertext, AttributeSecret) {
    let world = World::new();
    let user = world.user("bob", &["A@X", "B@X"]);
    let (ciphertext, sigma) = encrypt(&policy("A@X OR B@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    (world, user, ciphertext, sigma)
}

/// Cuts, extends and compares.
fn check_strictness<T: PartialEq + core::fmt::Debug>(
    value: &T,
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
) {
    assert_eq!(decode(bytes).as_ref(), Ok(value));
    for len in (0..bytes.len()).step_by(1 + bytes.len() / 64) {
        assert!(decode(&bytes[..len]).is_err(), "cut to {len}");
    }
    let extended = [bytes, &[0]].concat();
    assert!(matches!(
        decode(&extended),
        Err(DecodeError::TrailingBytes { count: 1 }
            | DecodeError::Truncated { what: "row" }
            | DecodeError::InvalidElement { .. })
    ));
}

#[test]
fn every_type_decodes_strictly() {
    let (world, user, ciphertext, _) = sample();
    let authority = &world.authorities[0];
    let public = authority.public();
    check_strictness(&public, &public.to_bytes(), AuthorityPublic::from_bytes);
    let attribute = authority.attribute_public(&name("A@X"), 7).unwrap();
    check_strictness(&attribute, &attribute.to_bytes(), AttributePublic::from_bytes);
    let claim = user.registration.registration();
    check_strictness(claim, &claim.to_bytes(), Registration::from_bytes);
    let key = &user.keys[0];
    check_strictness(key, &key.to_bytes(), ProxyKey::from_bytes);
    check_strictness(&ciphertext, &ciphertext.to_bytes(), Ciphertext::from_bytes);
    let rows = &ciphertext.rows;
    check_strictness(rows, &rows.to_bytes(), Rows::from_bytes);

    let restored = AuthoritySecret::from_bytes(&authority.to_bytes()).unwrap();
    assert_eq!(restored.public(), public);
    let restored = UserSecret::from_bytes(&user.secret.to_bytes()).unwrap();
    assert_eq!(restored.to_bytes(), user.secret.to_bytes());
}

#[test]
fn every_flipped_bit_of_a_ciphertext_is_refused_or_fails_closed() {
    let (_, user, ciphertext, sigma) = sample();
    let bytes = ciphertext.to_bytes();
    for bit in (0..bytes.len() * 8).step_by(5) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let Ok(decoded) = Ciphertext::from_bytes(&flipped) else {
            continue;
        };
        // What still opens, by the row that was not touched, opens to the same secret.
        if let Ok(transform) = user.transform(&decoded)
            && let Ok(recovered) = user.secret.recover(&decoded, &transform, CONTEXT)
        {
            assert_eq!(recovered, sigma, "bit {bit}");
        }
    }
}

/// What a node signs names the same registration to others, who check its proof, and to its owner, who needs not.
#[test]
fn ones_own_registration_is_named_as_bytes_and_read_without_its_proof() {
    let (_, user, _, _) = sample();
    let mut bytes = user.registration.registration().to_bytes();
    let own = OwnRegistration::from_own_key(&bytes);
    assert_eq!(own.hash(), user.registration.hash());
    assert_eq!(own.read().as_ref(), Ok(&user.registration));
    *bytes.last_mut().unwrap() ^= 1;
    let unproven = OwnRegistration::from_own_key(&bytes);
    assert!(unproven.read().is_ok() && Registration::from_bytes(&bytes).unwrap().verify().is_err());
    assert_ne!(unproven.hash(), own.hash());
    assert!(OwnRegistration::from_own_key(&bytes[1..]).read().is_err());
}

#[test]
fn every_flipped_bit_of_a_registration_is_refused() {
    let (_, user, _, _) = sample();
    let bytes = user.registration.registration().to_bytes();
    for bit in (0..bytes.len() * 8).step_by(3) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let accepted = Registration::from_bytes(&flipped).is_ok_and(|r| r.verify().is_ok());
        assert!(!accepted, "bit {bit}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_a_decoder(mut bytes in proptest::collection::vec(any::<u8>(), 0..2000), tag in 0..4_u8) {
        if let (1.., Some(first)) = (tag, bytes.first_mut()) {
            *first = tag;
        }
        let _ = Ciphertext::from_bytes(&bytes).map(|ciphertext| ciphertext.read());
        let _ = Rows::from_bytes(&bytes).map(|rows| rows.checked());
        let _ = ProxyKey::from_bytes(&bytes);
        let _ = Registration::from_bytes(&bytes);
        let _ = AuthorityPublic::from_bytes(&bytes);
        let _ = AttributePublic::from_bytes(&bytes);
        let _ = AuthoritySecret::from_bytes(&bytes);
        let _ = Transform::from_bytes(&bytes);
    }
}
