//! Attackers who do not use the public functions but the equations.

use zeroize::Zeroizing;

use super::*;
use crate::abe::oracle::{hash_attribute, hash_gid};
use crate::abe::row::Row;

/// Whether `user` opens with `keys`, whoever they belong to.
fn opens(world: &World, text: &str, user: &User, keys: &[ProxyKey]) -> bool {
    let (ciphertext, sigma) = encrypt(&policy(text), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let transform = transform(&ciphertext, &user.registration, keys).unwrap();
    match user.secret.recover(&ciphertext, &transform, CONTEXT) {
        Ok(recovered) => recovered == sigma,
        Err(RecoverError) => false,
    }
}

#[test]
fn two_users_cannot_put_their_keys_together() {
    let world = World::new();
    let bob = world.user("bob", &["A@X"]);
    let eve = world.user("eve", &["A@Y"]);
    let mixed = [bob.keys[0].clone(), eve.keys[0].clone()];
    assert!(!opens(&world, "A@X AND A@Y", &bob, &mixed));
    assert!(!opens(&world, "A@X AND A@Y", &eve, &mixed));
    let both = world.user("carol", &["A@X", "A@Y"]);
    assert!(opens(&world, "A@X AND A@Y", &both, &both.keys));
}

#[test]
fn a_key_renamed_to_another_attribute_does_not_open() {
    let world = World::new();
    let bob = world.user("bob", &["A@X"]);
    let mut renamed = bob.keys[0].clone();
    renamed.of.attribute = name("B@X");
    assert!(!opens(&world, "B@X", &bob, &[renamed.clone()]));
    // Multiplying by the quotient of the hashes does not help: its logarithm is unknown, and t with it.
    *renamed.k += hash_attribute(&name("B@X")) - hash_attribute(&name("A@X"));
    assert!(!opens(&world, "B@X", &bob, &[renamed]));
}

#[test]
fn a_key_blinded_for_one_user_does_not_serve_another() {
    let world = World::new();
    let bob = world.user("bob", &["A@X"]);
    let eve = world.user("eve", &[]);
    assert!(!opens(&world, "A@X", &eve, &bob.keys));
}

#[test]
fn a_registration_without_equal_exponents_is_refused() {
    let bob = UserSecret::generate(&mut OsRng);
    let honest = bob.registration(b"bob", &mut OsRng).unwrap();
    // The colluders' trick: HZ of another exponent, so that two users' keys fit one H(gid).
    let forged = Registration { hz: hash_gid(b"bob") * &random_scalar(&mut OsRng), ..honest.clone() };
    assert_eq!(forged.verify(), Err(RegistrationError::Proof));
    let renamed = Registration { gid: b"eve".to_vec(), ..honest.clone() };
    assert_eq!(renamed.verify(), Err(RegistrationError::Proof));
    let stolen_z = Registration { z: honest.hz, hz: honest.z, ..honest.clone() };
    assert_eq!(stolen_z.verify(), Err(RegistrationError::Proof));
    assert!(honest.verify().is_ok());
}

#[test]
fn a_lying_transform_is_noticed() {
    let world = World::new();
    let user = world.user("bob", &["A@X"]);
    let (ciphertext, _) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let honest = user.transform(&ciphertext).unwrap();
    let twist = Gt::generator().pow(&random_scalar(&mut OsRng));
    let one = SplitGt::new(Gt::one());
    for lie in [
        Transform { a: &honest.a * &twist, ..honest },
        Transform { t: SplitGt::new(honest.t.element() * twist), ..honest },
        Transform { t: one, ..honest },
        Transform { a: Fp12::from(Gt::one()), t: one },
        Transform { a: Fp12::from(honest.t.element()), ..honest },
    ] {
        let result = user.secret.recover(&ciphertext, &lie, CONTEXT);
        assert_eq!(result.unwrap_err(), RecoverError);
    }
}

#[test]
fn a_transform_with_a_small_order_element_does_not_decode() {
    let world = World::new();
    let user = world.user("bob", &["A@X"]);
    let (ciphertext, _) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let bytes = user.transform(&ciphertext).unwrap().to_bytes();
    // −1: the negation of one's single coefficient, p − 1.
    let p_minus_1 = "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaaa";
    let mut minus_one = [0; 576];
    minus_one[..48].copy_from_slice(&hex::decode(p_minus_1).unwrap());
    assert!(Fp12::from_bytes(&minus_one).is_ok());
    let forged = [&bytes[..576], &minus_one].concat();
    assert!(matches!(Transform::from_bytes(&forged), Err(DecodeError::InvalidElement { what: "T" })));
    // In the place of A it decodes, and changes nothing but the answer.
    let forged = [&minus_one, &bytes[576..]].concat();
    let forged = Transform::from_bytes(&forged).unwrap();
    let result = user.secret.recover(&ciphertext, &forged, CONTEXT);
    assert_eq!(result.unwrap_err(), RecoverError);
}

#[test]
fn an_altered_ciphertext_does_not_open() {
    let world = World::new();
    let user = world.user("bob", &["A@X", "B@X"]);
    let text = policy("A@X AND B@X");
    let (honest, _) = encrypt(&text, &world.keys, CONTEXT, &mut OsRng).unwrap();
    let mut altered: Vec<Ciphertext> = vec![honest.clone(); 6];
    altered[0].delta += Scalar::ONE;
    altered[1].c0[0] ^= 1;
    let spoil: [fn(&mut Row); 4] = [
        |row| row.c1 = row.c1 * Gt::generator(),
        |row| row.c2 += G1::generator(),
        |row| row.c3 += G1::generator(),
        |row| row.c4 += G2::generator(),
    ];
    for (altered, spoil) in altered[2..].iter_mut().zip(spoil) {
        let changed = altered.rows.checked().unwrap().map(|mut row| {
            spoil(&mut row);
            row
        });
        *altered = altered.with_rows(changed.into());
    }
    for ciphertext in altered {
        let transform = user.transform(&ciphertext).unwrap();
        let result = user.secret.recover(&ciphertext, &transform, CONTEXT);
        assert_eq!(result.unwrap_err(), RecoverError);
    }
}

#[test]
fn rows_never_share_their_randomness() {
    let world = World::new();
    let text = policy("A@X AND A@X AND B@X");
    let (rows, _) = make_rows(&text, &world.keys, &mut OsRng).unwrap();
    let checked = rows.checked().unwrap();
    for (index, row) in checked.rows().iter().enumerate() {
        for other in checked.rows().iter().skip(index + 1) {
            assert_ne!(row.c2, other.c2);
            assert_ne!(row.c4, other.c4);
        }
    }
}

#[test]
fn the_same_person_registered_twice_gets_keys_with_different_randomness() {
    let world = World::new();
    let first = world.user("bob", &["A@X"]);
    let second = world.user("bob", &["A@X"]);
    assert_ne!(first.keys[0].kp, second.keys[0].kp);
}

#[test]
fn a_zero_secret_is_no_user_secret() {
    assert!(UserSecret::from_bytes(&[0; 32]).is_err());
    assert!(UserSecret::from_bytes(&[0xff; 32]).is_err());
    assert!(SecretScalar::new(Scalar::ZERO).is_none());
}

/// Why t depends on Z: with one t for two registrations of a person, the quotient of their keys is free of the attribute, and she, who knows both z,
/// has `g2^α·H(gid)^y`, from which every key of the authority follows.
#[test]
fn two_registrations_of_one_person_forge_nothing_because_t_depends_on_z() {
    let world = World::new();
    let authority = &world.authorities[0];
    let (one, two) = (world.user("bob", &["A@X"]), world.user("bob", &["A@X"]));
    let point = |attribute: &str| authority.attribute_public(&name(attribute), 0).unwrap().point;
    // What the two keys would be, had t come of the name and the attribute alone.
    let without_z = |user: &User, t: &Scalar| {
        let blinded = *user.keys[0].k - point("A@X") * &authority.proxy_randomness(&user.registration, &name("A@X"), 0);
        let of = user.keys[0].of.clone();
        ProxyKey { of, k: Zeroizing::new(blinded + point("A@X") * t), kp: G1::generator() * t }
    };
    let t = random_scalar(&mut OsRng);
    let forge = |first: &ProxyKey, second: &ProxyKey| {
        let inverse = |secret: &UserSecret| secret.exponent().invert().unwrap();
        let difference = inverse(&one.secret) - inverse(&two.secret);
        let base = (*first.k - *second.k) * &difference.invert().unwrap();
        let own = random_scalar(&mut OsRng);
        let k = Zeroizing::new(base * &inverse(&one.secret) + point("B@X") * &own);
        let mut key = ProxyKey { of: first.of.clone(), k, kp: G1::generator() * &own };
        key.of.attribute = name("B@X");
        key
    };
    let forged = forge(&without_z(&one, &t), &without_z(&two, &t));
    assert!(opens(&world, "B@X", &one, &[forged]), "the attack itself works");
    assert!(!opens(&world, "B@X", &one, &[forge(&one.keys[0], &two.keys[0])]));
}

/// What a node is asked for with headers of the asker's own making, one attribute at a time, while she has it. Nothing in the arithmetic is against it: a node answers to
/// headers that an owner has signed (`abe_file::OwnersHeader`), and to packages of the ledger.
#[test]
fn answers_to_single_rows_add_up_to_one_that_opens() {
    let world = World::new();
    let eve = world.user("eve", &["A@X", "A@Y"]);
    let (ciphertext, sigma) = encrypt(&policy("A@X AND A@Y"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let rows = ciphertext.rows.checked().unwrap();
    let answer = |number: usize, attribute: &str| {
        let alone = CheckedRows::made(policy(attribute), vec![rows.rows()[number].clone()]);
        // By then she has lost the other attribute, or does not have it yet.
        transform(&ciphertext.with_rows(alone.into()), &eve.registration, &eve.keys[number..=number]).unwrap()
    };
    let [first, second] = [answer(0, "A@X"), answer(1, "A@Y")];
    let t = SplitGt::new(first.t.element() * second.t.element());
    let a = Fp12::from(ciphertext.select(|_, _, _| true).unwrap().unwrap().public_part());
    let joined = Transform { a, t };
    assert_eq!(eve.secret.recover(&ciphertext, &joined, CONTEXT).unwrap(), sigma);
}
