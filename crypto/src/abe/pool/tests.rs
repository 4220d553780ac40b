use rand::rngs::OsRng;
use zeroize::Zeroizing;

use super::super::tests::{CONTEXT, World, name, policy};
use super::*;
use crate::abe::row::ROW_LEN;
use crate::abe::{AttributeVersion, wrap};
use crate::hash::sha256;

fn contribution(world: &World, text: &str) -> Contribution {
    let made = Contribution::make(&policy(text), &world.keys, &mut OsRng).unwrap();
    Contribution {
        rows: Rows::from_bytes(&made.rows.to_bytes()).unwrap(),
        seed: RowSeed::from_bytes(made.seed.to_bytes()),
    }
}

fn join(world: &World, sets: &[Vec<Contribution>]) -> Result<Vec<(Rows, Vec<RowShare>)>, JoinError> {
    join_contributions(sets, &world.keys, &mut OsRng)
}

fn rows_of(contribution: usize, source: RowsError) -> JoinError {
    JoinError::Rows { contribution, source }
}

#[test]
fn rows_of_three_organisations_open_as_one() {
    let world = World::new();
    let text = "A@X AND A@Y AND 2 of (A@X, B@X, C@Y)";
    let set = || (0..3).map(|_| contribution(&world, text)).collect::<Vec<_>>();
    let user = world.user("bob", &["A@X", "A@Y", "C@Y"]);
    for (rows, shares) in join(&world, &[set(), set()]).unwrap() {
        let (ciphertext, sigma) = wrap(rows, shares, CONTEXT, &mut OsRng);
        let transform = user.transform(&ciphertext).unwrap();
        assert_eq!(user.secret.recover(&ciphertext, &transform, CONTEXT).unwrap(), sigma);
    }
    assert_eq!(join(&world, &[vec![]]).unwrap_err(), rows_of(0, RowsError::Mismatch));
    let different = vec![contribution(&world, "A@X"), contribution(&world, "B@X")];
    assert_eq!(join(&world, &[different]).unwrap_err(), JoinError::OtherPolicy { contribution: 1 });
}

/// An organisation could send good rows and another secret than theirs, or rows of which one is another: every file that took them would open for nobody.
#[test]
fn rows_that_are_not_what_their_seed_makes_are_refused_and_their_sender_named() {
    let world = World::new();
    let text = "A@X AND B@X AND A@Y";
    let honest = || contribution(&world, text);
    let other_seed = Contribution { seed: RowSeed::generate(&mut OsRng), ..honest() };
    // One point of one row is another good one: every check of points passes.
    let other_point = |row: usize, points: core::ops::Range<usize>| {
        let (mut bad, other) = (honest(), honest());
        let mut raw: Vec<[u8; ROW_LEN]> = bad.rows.raw().to_vec();
        raw[row][points.clone()].copy_from_slice(&other.rows.raw()[row][points]);
        bad.rows = bad.rows.with(&raw);
        bad
    };
    let of_another_attribute = {
        let mut bad = honest();
        let mut raw: Vec<[u8; ROW_LEN]> = bad.rows.raw().to_vec();
        raw.swap(0, 1);
        bad.rows = bad.rows.with(&raw);
        bad
    };
    let bad = [
        other_seed,
        other_point(0, 8..584),
        other_point(2, 584..632),
        other_point(1, 632..680),
        other_point(2, 680..ROW_LEN),
        of_another_attribute,
    ];
    for bad in bad {
        let sets = [vec![honest(), honest()], vec![honest(), bad]];
        assert_eq!(join(&world, &sets).unwrap_err(), JoinError::Unfit { contribution: 1 });
    }
}

#[test]
fn rows_of_another_version_than_the_owners_public_keys_are_refused() {
    let mut world = World::new();
    let set = vec![contribution(&world, "A@X")];
    let newer = world.authorities[0].attribute_public(&name("A@X"), 1).unwrap();
    world.keys.add_attribute(&newer).unwrap();
    assert_eq!(join(&world, &[set]).unwrap_err(), rows_of(0, RowsError::Mismatch));
    let set = vec![contribution(&world, "A@X")];
    let missing = join_contributions(&[set], &PublicKeys::new(), &mut OsRng);
    assert!(matches!(missing, Err(JoinError::Keys(_))));
}

/// The owner was told what is wrong and not with whose letter, so that one of many stopped all.
#[test]
fn whose_rows_are_wrong_is_said_whatever_is_wrong_with_them() {
    let mut world = World::new();
    let honest = |world: &World| contribution(world, "A@X AND B@X");
    let mut altered = honest(&world);
    altered.rows = {
        let mut raw: Vec<[u8; ROW_LEN]> = altered.rows.raw().to_vec();
        raw[0][ROW_LEN - 40] ^= 1;
        altered.rows.with(&raw)
    };
    let point = RowsError::Point { attribute: name("A@X"), what: "C4" };
    let set = vec![honest(&world), altered, honest(&world)];
    assert_eq!(join(&world, &[set]).unwrap_err(), rows_of(1, point));
    // One who took keys of another version than the others and the owner.
    let (first, third) = (honest(&world), honest(&world));
    let mut newer = PublicKeys::new();
    newer.add_authority(&world.authorities[0].public());
    for (attribute, version) in [("A@X", 0), ("B@X", 1)] {
        newer.add_attribute(&world.authorities[0].attribute_public(&name(attribute), version).unwrap()).unwrap();
    }
    let owners = core::mem::replace(&mut world.keys, newer);
    let second = honest(&world);
    world.keys = owners;
    assert_eq!(join(&world, &[vec![first, second, third]]).unwrap_err(), rows_of(1, RowsError::Mismatch));
}

/// Organisation and owner may have different builds: what follows from a seed stays the same.
#[test]
fn what_follows_from_a_seed_is_pinned() {
    let seed = RowSeed::from_bytes(Zeroizing::new([7; 32]));
    let exponents = seed.exponents(&policy("A@X AND 2 of (A@Y, B@Y, C@Y)"));
    let mut bytes = Vec::new();
    exponents.of_rows().flatten().for_each(|scalar| bytes.extend(crate::pairing::encode_scalar(scalar)));
    bytes.extend(exponents.into_share().to_bytes().as_slice());
    assert_eq!(sha256(&bytes).to_string(), "b5f4739cd9f673b3ce3d776674f468f58e6e04b4fc4b7fa0489efd3c41170d6c");
}

#[test]
fn all_but_one_organisation_together_do_not_know_the_secret() {
    let world = World::new();
    let (honest, dishonest) = (contribution(&world, "A@X"), contribution(&world, "A@X"));
    let known = dishonest.seed.exponents(&policy("A@X")).into_share();
    let (rows, shares) = join(&world, &[vec![honest, dishonest]]).unwrap().remove(0);
    let (ciphertext, _) = wrap(rows, shares, CONTEXT, &mut OsRng);
    // What the dishonest one can compute: E^{δ + s_2} unmasks something else.
    let guess = crate::pairing::GtTable::generator().pow(&(ciphertext.delta + known.0.expose()));
    let guess = crate::pairing::Fp12::from(guess);
    let opened = super::super::user::unmask(&ciphertext, &Zeroizing::new(guess), CONTEXT);
    assert!(opened.is_err());
}

/// Whoever takes rows out of a pool asks this of them: those of before open for whoever was left behind.
#[test]
fn rows_say_of_which_versions_they_are_before_and_behind_a_move() {
    let world = World::new();
    let mut rows = contribution(&world, "A@X AND A@Y AND (A@X OR B@Y)").rows;
    let of = |attribute: &str, version: u32| AttributeVersion { attribute: name(attribute), generation: 0, version };
    assert_eq!(rows.versions().unwrap(), [of("A@X", 0), of("A@Y", 0), of("B@Y", 0)]);
    rows.update(&world.authorities[0].ciphertext_update(&name("A@X"), 0, 3).unwrap()).unwrap();
    assert_eq!(rows.versions().unwrap(), [of("A@X", 3), of("A@Y", 0), of("B@Y", 0)]);
    let versions = rows.versions().unwrap();
    let bytes = AttributeVersion::all_to_bytes(&versions);
    assert_eq!(AttributeVersion::all_from_bytes(&bytes).as_ref(), Ok(&versions));
    for cut in [&[][..], &bytes[..bytes.len() - 1], &[bytes.as_slice(), &[1]].concat()] {
        assert!(AttributeVersion::all_from_bytes(cut).is_err());
    }
    let next = AttributeVersion { generation: 1, ..of("A@X", 0) };
    assert!(of("A@X", 0) < of("A@X", 3) && of("A@X", 3) < next, "the later one is the greater");
}
