use ff::Field as _;
use rand::rngs::OsRng;

use super::super::tests::{CONTEXT, User, World, name, policy};
use super::*;
use crate::abe::attribute_version::AttributeVersion;
use crate::abe::{TransformError, encrypt, make_rows};
use crate::pairing::{Scalar, random_scalar};
use crate::secret::AttributeSecret;

fn open(user: &User, ciphertext: &Ciphertext) -> Option<AttributeSecret> {
    let transform = user.transform(ciphertext).ok()?;
    user.secret.recover(ciphertext, &transform, CONTEXT).ok()
}

#[test]
fn after_an_update_those_who_stay_open_old_and_new_and_the_revoked_open_neither() {
    let mut world = World::new();
    let mut stays = world.user("stays", &["A@X", "B@X"]);
    let revoked = world.user("revoked", &["A@X", "B@X"]);
    let text = policy("A@X AND B@X");
    let (mut old, sigma) = encrypt(&text, &world.keys, CONTEXT, &mut OsRng).unwrap();
    assert_eq!(open(&revoked, &old).as_ref(), Some(&sigma));

    let authority = &world.authorities[0];
    let attribute = name("A@X");
    let update = authority.ciphertext_update(&attribute, 0, 1).unwrap();
    let update = CiphertextUpdate::from_bytes(&update.to_bytes()).unwrap();
    old.update(&update).unwrap();
    let registration = &stays.registration;
    let key_update = authority.proxy_key_update(registration, &attribute, 0, 1).unwrap();
    let key_update = ProxyKeyUpdate::from_bytes(&key_update.to_bytes()).unwrap();
    stays.keys[0].update(&key_update).unwrap();
    // An update and a new issue give the same key, also when the attribute moves on.
    assert_eq!(stays.keys[0], authority.issue(registration, &attribute, 1).unwrap());
    let mut later = stays.keys[0].clone();
    later.update(&authority.proxy_key_update(registration, &attribute, 1, 2).unwrap()).unwrap();
    assert_eq!(later, authority.issue(registration, &attribute, 2).unwrap());

    let public = authority.attribute_public(&attribute, 1).unwrap();
    world.keys.add_attribute(&public).unwrap();
    let (new, new_sigma) = encrypt(&text, &world.keys, CONTEXT, &mut OsRng).unwrap();

    assert_eq!(open(&stays, &old), Some(sigma));
    assert_eq!(open(&stays, &new), Some(new_sigma));
    assert!(matches!(revoked.transform(&old), Err(TransformError::OtherVersion { .. })));

    // A user who joins now opens the old record too.
    let mut joins = world.user("joins", &["B@X"]);
    let issued = world.issue(&joins.registration, "A@X", 1);
    joins.keys.push(issued);
    assert!(open(&joins, &old).is_some());

    // The revoked one lies about the version, skipping the check, and takes somebody else's update.
    let mut cheats = revoked;
    cheats.keys[0].of.version = 1;
    assert_eq!(open(&cheats, &new), None);
    *cheats.keys[0].k += *key_update.difference;
    assert_eq!(open(&cheats, &new), None);
    assert_eq!(open(&cheats, &old), None);
    cheats.keys[0].kp = key_update.kp_after;
    assert_eq!(open(&cheats, &new), None);
}

#[test]
fn updates_apply_to_their_attribute_version_and_user_only() {
    let world = World::new();
    let mut bob = world.user("bob", &["A@X", "B@X"]);
    let eve = world.user("eve", &["A@X"]);
    let (authority, attribute) = (&world.authorities[0], name("A@X"));
    let for_eve = authority.proxy_key_update(&eve.registration, &attribute, 0, 1).unwrap();
    assert_eq!(bob.keys[0].update(&for_eve), Err(UpdateError::OtherUser));
    assert!(matches!(bob.keys[1].update(&for_eve), Err(UpdateError::OtherAttribute { .. })));
    let late = authority.proxy_key_update(&bob.registration, &attribute, 1, 2).unwrap();
    assert_eq!(bob.keys[0].update(&late), Err(UpdateError::OtherVersion { from: 1, found: 0 }));
    assert_eq!(authority.ciphertext_update(&attribute, 1, 1).unwrap_err(), IssueError::SameVersion);
    let (mut ciphertext, _) = encrypt(&policy("B@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let update = authority.ciphertext_update(&attribute, 0, 1).unwrap();
    assert!(matches!(ciphertext.update(&update), Err(UpdateError::OtherAttribute { .. })));
    assert!(!format!("{update:?}").contains("ratio"));
}

/// One attribute at two versions kept a file from moving ever again, and everybody who stays from opening it.
#[test]
fn rows_move_one_by_one_and_what_is_widened_with_rows_of_before_follows() {
    let world = World::new();
    let (authority, attribute) = (&world.authorities[0], name("A@X"));
    let update = authority.ciphertext_update(&attribute, 0, 1).unwrap();
    let (mut file, sigma) = encrypt(&policy("A@X AND B@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    file.update(&update).unwrap();
    let (extra, share) = make_rows(&policy("A@X AND C@Y"), &world.keys, &mut OsRng).unwrap();
    let mut widened = file.widen(&extra, &file.widening(std::slice::from_ref(&share), &sigma, CONTEXT)).unwrap();
    let versions = |of: &Ciphertext| of.rows.raw().iter().map(|row| Row::stamp(row).1).collect::<Vec<_>>();
    assert_eq!(versions(&widened), [1, 0, 0, 0]);
    assert_eq!(widened.update(&update), Ok(None), "the other one is there already");
    assert_eq!(versions(&widened), [1, 0, 1, 0]);
    for other in ["B@X", "C@Y"] {
        let mut stays = world.user("stays", &[other]);
        stays.keys.push(world.issue(&stays.registration, "A@X", 1));
        assert_eq!(open(&stays, &widened).as_ref(), Some(&sigma), "{other}");
    }
    // One that stays behind beside one that moves is told.
    let next = authority.ciphertext_update(&attribute, 1, 2).unwrap();
    let mut lagging = file.widen(&extra, &file.widening(&[share], &sigma, CONTEXT)).unwrap();
    assert_eq!(lagging.update(&next), Ok(Some(UpdateError::OtherVersion { from: 1, found: 0 })));
    assert_eq!(versions(&lagging), [2, 0, 0, 0]);
    // Where none is left to move, it says so, and changes nothing.
    let before = widened.clone();
    assert_eq!(widened.update(&update), Err(UpdateError::OtherVersion { from: 0, found: 1 }));
    assert_eq!(widened, before);
}

#[test]
fn an_update_of_other_keys_of_an_authority_says_so_whatever_the_versions() {
    let world = World::new();
    let mut bob = world.user("bob", &["A@X"]);
    let (before, attribute) = (&world.authorities[0], name("A@X"));
    let after = before.rotate(&mut OsRng);
    let other = UpdateError::OtherGeneration { attribute: attribute.clone() };
    let (mut ciphertext, _) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let publics = |of: &AuthoritySecret| [0, 1].map(|version| of.attribute_public(&attribute, version).unwrap());
    let wrong = Err(WrongUpdate::OtherGeneration { attribute: attribute.clone() });
    for from in [0, 1] {
        let files = after.ciphertext_update(&attribute, from, from + 1).unwrap();
        let keys = after.proxy_key_update(&bob.registration, &attribute, from, from + 1).unwrap();
        assert_eq!(ciphertext.update(&files), Err(other.clone()));
        assert_eq!(bob.keys[0].update(&keys), Err(other.clone()));
        assert_eq!((files.check(&publics(before)), keys.check(&publics(before))), (wrong.clone(), wrong.clone()));
    }
    // A public file of both has what there is of either.
    let update = after.ciphertext_update(&attribute, 0, 1).unwrap();
    assert_eq!(update.check(&[publics(before), publics(&after)].concat()), Ok(()));
}

#[test]
fn deleting_the_proxy_key_of_one_attribute_leaves_the_others() {
    let world = World::new();
    let mut user = world.user("bob", &["A@X", "B@X"]);
    let encrypted = |text| encrypt(&policy(text), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let (first, _) = encrypted("A@X");
    let (second, sigma) = encrypted("B@X");
    user.keys.remove(0);
    assert_eq!(open(&user, &first), None);
    assert_eq!(open(&user, &second), Some(sigma));
}

#[test]
fn an_update_that_leads_elsewhere_is_found_out() {
    let world = World::new();
    let user = world.user("stays", &["A@X"]);
    let (right, wrong) = (&world.authorities[0], AuthoritySecret::generate("X".parse().unwrap(), &mut OsRng));
    let attribute = name("A@X");
    let public: Vec<AttributePublic> =
        (0..3).map(|version| right.attribute_public(&attribute, version).unwrap()).collect();
    for (authority, from, to, keys, fits) in [
        (right, 0, 1, &public[..], true),
        (right, 1, 2, &public[..], true),
        (right, 2, 0, &public[..], true),
        (&wrong, 0, 1, &public[..], false),
        (right, 0, 3, &public[..], false),
        (right, 0, 1, &public[1..], false),
    ] {
        let files = authority.ciphertext_update(&attribute, from, to).unwrap();
        let keys_update = authority.proxy_key_update(&user.registration, &attribute, from, to).unwrap();
        assert_eq!(files.check(keys).is_ok(), fits);
        assert_eq!(keys_update.check(keys).is_ok(), fits);
    }
    // The update of one step under the name of another.
    let mut relabelled = right.ciphertext_update(&attribute, 0, 1).unwrap();
    relabelled.step.to = 2;
    assert!(matches!(relabelled.check(&public), Err(WrongUpdate::LeadsElsewhere { from: 0, to: 2, .. })));
    // A part of another one in an update of a key.
    let update = |from, to| right.proxy_key_update(&user.registration, &attribute, from, to).unwrap();
    let spoils: [fn(&mut ProxyKeyUpdate, &ProxyKeyUpdate); 4] = [
        |update, other| update.step.to = other.step.to,
        |update, other| update.difference = other.difference.clone(),
        |update, other| update.kp_before = other.kp_before,
        |update, other| update.kp_after = other.kp_after,
    ];
    for spoil in spoils {
        let (mut spoilt, other) = (update(0, 1), update(1, 2));
        spoil(&mut spoilt, &other);
        assert!(matches!(spoilt.check(&public), Err(WrongUpdate::LeadsElsewhere { from: 0, .. })));
    }
}

#[test]
fn an_update_of_a_key_of_an_earlier_build_is_refused() {
    let world = World::new();
    let user = world.user("stays", &["A@X"]);
    let update = world.authorities[0].proxy_key_update(&user.registration, &name("A@X"), 0, 1).unwrap();
    let mut bytes = update.to_bytes();
    bytes[0] = 1;
    // Layout 1 ended with one KP'.
    for bytes in [&bytes[..], &bytes[..bytes.len() - G1::LEN]] {
        let refused = ProxyKeyUpdate::from_bytes(bytes).unwrap_err();
        assert_eq!(refused, DecodeError::UnknownTag { what: "update of a key" });
    }
}

/// Why t depends on the version: with one t, the difference D = F(u)^{(v'−v)·t} of an update and the ratio ρ = v'/v, both in the letter to a node, give
/// `P_u^t = D^{1/(ρ−1)}`, and a key without it is free of the attribute.
#[test]
fn an_update_and_its_ratio_forge_no_attribute() {
    let world = World::new();
    let (authority, attribute) = (&world.authorities[0], name("A@X"));
    let mut bob = world.user("bob", &["A@X"]);
    let held = bob.keys[0].clone();
    let with_ratio = authority.ciphertext_update(&attribute, 0, 1).unwrap();
    let ratio = &with_ratio.ratio;
    let update = authority.proxy_key_update(&bob.registration, &attribute, 0, 1).unwrap();
    let [old, new] = [0, 1].map(|version| authority.version_key(&attribute, version));
    let t = authority.proxy_randomness(&bob.registration, &attribute, 0);
    let with_one_t = hash_attribute(&attribute) * &(&(&new - &old) * &t);

    let (stolen, sigma) = encrypt(&policy("B@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let exponent = (*ratio.expose() - Scalar::ONE).invert().unwrap();
    let mut opens = |difference: G2| {
        let base = *held.k - difference * &exponent;
        let (point, t) = (authority.attribute_public(&name("B@X"), 0).unwrap().point, random_scalar(&mut OsRng));
        let of = AttributeVersion { attribute: name("B@X"), ..held.of.clone() };
        bob.keys = vec![ProxyKey { of, k: Zeroizing::new(base + point * &t), kp: G1::generator() * &t }];
        open(&bob, &stolen).as_ref() == Some(&sigma)
    };
    assert!(opens(with_one_t), "the attack itself works");
    assert!(!opens(*update.difference));
}
