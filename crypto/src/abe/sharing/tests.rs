use rand::rngs::OsRng;

use super::*;
use crate::abe::encrypt;
use crate::abe::tests::{CONTEXT, User, World, name, policy};

pub(super) fn divide(
    world: &World,
    user: &User,
    attribute: &str,
    division: u32,
    threshold: (u8, u8),
) -> Result<Vec<ProxyKeyShare>, SharingError> {
    world.authorities[0].divide(&user.registration, &name(attribute), 0, division, threshold)
}

#[test]
fn parts_of_two_divisions_do_not_join_and_one_made_again_is_the_same() {
    let world = World::new();
    let user = world.user("doctor", &["A@X"]);
    let (ciphertext, sigma) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let part = |division: u32, threshold: (u8, u8), node: usize| {
        let shares = divide(&world, &user, "A@X", division, threshold).unwrap();
        assert_eq!(shares[node].division(), division);
        transform_share(&ciphertext, &user.registration, &shares[node..=node], &[]).unwrap()
    };
    let mixed = join_transforms(&[part(1, (2, 3), 0), part(2, (2, 3), 1)]);
    assert_eq!(mixed.unwrap_err(), SharingError::Divisions { first: 1, second: 2 });
    // Whoever calls the second the first has parts that open nothing.
    let renamed = part(2, (2, 3), 1);
    let renamed = TransformShare { place: Place { division: 1, ..renamed.place }, ..renamed };
    let joined = join_transforms(&[part(1, (2, 3), 0), renamed]).unwrap();
    assert!(user.secret.recover(&ciphertext, &joined, CONTEXT).is_err());
    // A lost share comes again, and a fourth node joins the others.
    let joined = join_transforms(&[part(1, (2, 3), 0), part(1, (2, 4), 3)]).unwrap();
    assert_eq!(user.secret.recover(&ciphertext, &joined, CONTEXT).unwrap(), sigma);
    assert!(world.authorities[1].divide(&user.registration, &name("A@X"), 0, 1, (1, 1)).is_err());
}

/// A buffer that grew would have left K' behind.
#[test]
fn keys_and_shares_are_written_into_buffers_of_their_size() {
    let world = World::new();
    let user = world.user("doctor", &["A@X"]);
    let share = divide(&world, &user, "A@X", 1, (1, 1)).unwrap().remove(0);
    for bytes in [user.keys[0].to_bytes(), share.to_bytes()] {
        assert_eq!(bytes.capacity(), bytes.len());
    }
}

/// Shares have no updates: at a new version t and coefficients are others, so that no difference of two shares of a node is a power that somebody knows.
#[test]
fn shares_of_a_new_version_are_of_a_new_division() {
    let mut world = World::new();
    let user = world.user("doctor", &[]);
    let attribute = name("A@X");
    let public = world.authorities[0].attribute_public(&attribute, 1).unwrap();
    world.keys.add_attribute(&public).unwrap();
    let (ciphertext, sigma) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let authority = &world.authorities[0];
    let [old, new] =
        [0, 1].map(|version| authority.divide(&user.registration, &attribute, version, 1, (2, 2)).unwrap());
    let [old_key, new_key] = [0, 1].map(|version| authority.issue(&user.registration, &attribute, version).unwrap());
    assert_eq!((old[0].key.kp, new[0].key.kp), (old_key.kp, new_key.kp));
    assert_ne!(old_key.kp, new_key.kp);
    for node in [0, 1] {
        assert_ne!(*old[node].key.k - *old_key.k, *new[node].key.k - *new_key.k);
    }
    let part = |shares: &[ProxyKeyShare]| transform_share(&ciphertext, &user.registration, shares, &[]);
    assert!(matches!(part(&old[..1]), Err(TransformError::OtherVersion { key: 0, ciphertext: 1, .. })));
    let joined = join_transforms(&[part(&new[..1]).unwrap(), part(&new[1..]).unwrap()]).unwrap();
    assert_eq!(user.secret.recover(&ciphertext, &joined, CONTEXT).unwrap(), sigma);
    // A share of before that calls itself one of the new version joins to nothing.
    let mut lying = old[0].clone();
    lying.key.of.version = 1;
    let joined = join_transforms(&[part(&[lying]).unwrap(), part(&new[1..]).unwrap()]).unwrap();
    assert!(user.secret.recover(&ciphertext, &joined, CONTEXT).is_err());
}

#[test]
fn the_needed_number_of_nodes_opens_together_and_one_less_does_not() {
    let world = World::new();
    let user = world.user("doctor", &["A@X", "B@X"]);
    let text = policy("A@X AND B@X");
    let (ciphertext, sigma) = encrypt(&text, &world.keys, CONTEXT, &mut OsRng).unwrap();
    let divided: Vec<Vec<ProxyKeyShare>> =
        ["A@X", "B@X"].map(|attribute| divide(&world, &user, attribute, 1, (3, 5)).unwrap()).into();
    let parts: Vec<TransformShare> = (0..5)
        .map(|node| {
            let shares: Vec<ProxyKeyShare> = divided.iter().map(|key| key[node].clone()).collect();
            let bytes = shares[0].to_bytes();
            assert_eq!(ProxyKeyShare::from_bytes(&bytes).unwrap(), shares[0]);
            let part = transform_share(&ciphertext, &user.registration, &shares, &[]).unwrap();
            TransformShare::from_bytes(&part.to_bytes()).unwrap()
        })
        .collect();
    for chosen in [[0, 1, 2], [4, 2, 0], [1, 3, 4]] {
        let chosen = chosen.map(|node: usize| parts[node]);
        let transform = join_transforms(&chosen).unwrap();
        let recovered = user.secret.recover(&ciphertext, &transform, CONTEXT);
        assert_eq!(recovered.unwrap(), sigma);
    }
    assert_eq!(join_transforms(&parts[..2]).unwrap_err(), SharingError::TooFew { given: 2, needed: 3 });
    assert!(join_transforms(&[parts[0], parts[0], parts[1]]).is_err());
    assert!(join_transforms(&[]).is_err());
    // Two nodes who claim that two suffice.
    let lying = [parts[0], parts[1]].map(|part| TransformShare { place: Place { needed: 2, ..part.place }, ..part });
    let transform = join_transforms(&lying).unwrap();
    assert!(user.secret.recover(&ciphertext, &transform, CONTEXT).is_err());
    // One share alone is not a key.
    let alone = parts[0].transform;
    assert!(user.secret.recover(&ciphertext, &alone, CONTEXT).is_err());
}

#[test]
fn two_parts_of_one_share_take_no_others_place() {
    let world = World::new();
    let user = world.user("doctor", &["A@X"]);
    let (ciphertext, sigma) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let shares = divide(&world, &user, "A@X", 1, (2, 3)).unwrap();
    let part = |share| transform_share(&ciphertext, &user.registration, std::slice::from_ref(share), &[]).unwrap();
    let parts: Vec<TransformShare> = shares.iter().map(part).collect();
    let joined = join_transforms(&[parts[0], parts[0], parts[1]]).unwrap();
    assert_eq!(user.secret.recover(&ciphertext, &joined, CONTEXT).unwrap(), sigma);
    assert_eq!(join_transforms(&[parts[0], parts[0]]).unwrap_err(), SharingError::TooFew { given: 1, needed: 2 });
    // Another one in the name of the first share.
    let other = TransformShare { transform: parts[2].transform, ..parts[0] };
    assert_eq!(join_transforms(&[other, parts[0]]).unwrap_err(), SharingError::TooFew { given: 1, needed: 2 });
}

#[test]
fn divided_keys_open_together_with_whole_ones() {
    let world = World::new();
    let user = world.user("doctor", &["A@X", "B@X", "C@Y"]);
    let (ciphertext, sigma) =
        encrypt(&policy("A@X AND 2 of (B@X, C@Y, B@Y)"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let divided = divide(&world, &user, "A@X", 1, (2, 3)).unwrap();
    let part = |node: usize, whole: &[ProxyKey]| {
        let own = std::slice::from_ref(&divided[node]);
        transform_share(&ciphertext, &user.registration, own, whole)
    };
    assert!(matches!(part(0, &user.keys[1..2]), Err(TransformError::NotSatisfied { .. })));
    // The first node was given the whole key of what is divided as well: it makes no difference.
    let parts = [part(0, &user.keys).unwrap(), part(2, &user.keys[1..]).unwrap()];
    let transform = join_transforms(&parts).unwrap();
    assert_eq!(user.secret.recover(&ciphertext, &transform, CONTEXT).unwrap(), sigma);
    for part in parts {
        assert!(user.secret.recover(&ciphertext, &part.transform, CONTEXT).is_err());
    }
}

#[test]
fn senseless_thresholds_are_refused() {
    let world = World::new();
    let user = world.user("doctor", &["A@X"]);
    for (needed, nodes) in [(0, 3), (4, 3), (1, 0)] {
        let divided = divide(&world, &user, "A@X", 1, (needed, nodes));
        assert_eq!(divided, Err(SharingError::Threshold { needed, nodes }));
    }
}
