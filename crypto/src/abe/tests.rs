use ff::Field as _;
use proptest::prelude::*;
use rand::rngs::OsRng;

use super::*;
use crate::encoding::DecodeError;
use crate::pairing::{Fp12, G1, G2, Gt, Scalar, SecretScalar, SplitGt, random_scalar};
use crate::policy::{AttributeName, Policy};

mod attacks;
mod bytes;
mod foreign_points;

pub(super) const CONTEXT: &[u8] = b"record 1, epoch 1";

/// Two authorities with three attributes each, and everybody's public keys.
pub(super) struct World {
    pub(super) authorities: Vec<AuthoritySecret>,
    pub(super) keys: PublicKeys,
}

pub(super) struct User {
    pub(super) secret: UserSecret,
    pub(super) registration: VerifiedRegistration,
    pub(super) keys: Vec<ProxyKey>,
}

pub(super) fn name(text: &str) -> AttributeName {
    text.parse().unwrap()
}

pub(super) fn policy(text: &str) -> Policy {
    text.parse().unwrap()
}

impl World {
    pub(super) fn new() -> Self {
        let authorities: Vec<AuthoritySecret> =
            ["X", "Y"].map(|name| AuthoritySecret::generate(name.parse().unwrap(), &mut OsRng)).into();
        let mut keys = PublicKeys::new();
        for authority in &authorities {
            keys.add_authority(&authority.public());
            for letter in ["A", "B", "C"] {
                let attribute = name(&format!("{letter}@{}", authority.name()));
                let public = authority.attribute_public(&attribute, 0).unwrap();
                keys.add_attribute(&public).unwrap();
            }
        }
        Self { authorities, keys }
    }

    pub(super) fn issue(&self, user: &VerifiedRegistration, attribute: &str, version: u32) -> ProxyKey {
        let attribute = name(attribute);
        let mut authorities = self.authorities.iter();
        let authority = authorities.find(|a| *a.name() == attribute.authority());
        authority.unwrap().issue(user, &attribute, version).unwrap()
    }

    pub(super) fn user(&self, gid: &str, attributes: &[&str]) -> User {
        let secret = UserSecret::generate(&mut OsRng);
        let registration = secret.registration(gid.as_bytes(), &mut OsRng).unwrap();
        let registration = registration.verify().unwrap();
        let keys = attributes.iter().map(|attribute| self.issue(&registration, attribute, 0)).collect();
        User { secret, registration, keys }
    }
}

impl User {
    pub(super) fn transform(&self, ciphertext: &Ciphertext) -> Result<Transform, TransformError> {
        transform(ciphertext, &self.registration, &self.keys)
    }
}

#[test]
fn whoever_satisfies_the_policy_recovers_the_secret_and_nobody_else() {
    let world = World::new();
    for (text, holdings) in [
        ("A@X", vec![(vec!["A@X"], true), (vec!["B@X", "A@Y"], false)]),
        (
            "(A@X AND A@Y) OR C@Y",
            vec![
                (vec!["A@X", "A@Y"], true),
                (vec!["C@Y"], true),
                (vec!["A@X"], false),
                (vec!["A@Y", "B@Y"], false),
                (vec![], false),
            ],
        ),
        (
            "2 of (A@X, B@X AND C@X, A@Y) AND B@Y",
            vec![
                (vec!["A@X", "A@Y", "B@Y"], true),
                (vec!["B@X", "C@X", "A@Y", "B@Y"], true),
                (vec!["A@X", "B@X", "B@Y"], false),
                (vec!["A@X", "A@Y"], false),
            ],
        ),
        // An attribute that occurs twice.
        ("(A@X AND B@X) OR (A@X AND A@Y)", vec![(vec!["A@X", "A@Y"], true)]),
        ("2 of (A@X, A@X, B@X)", vec![(vec!["A@X"], true), (vec!["B@X"], false)]),
    ] {
        let (ciphertext, sigma) = encrypt(&policy(text), &world.keys, CONTEXT, &mut OsRng).unwrap();
        for (attributes, opens) in holdings {
            let user = world.user("bob", &attributes);
            match user.transform(&ciphertext) {
                Ok(transform) => {
                    let recovered = user.secret.recover(&ciphertext, &transform, CONTEXT);
                    assert_eq!(recovered.unwrap(), sigma);
                    assert!(opens, "{text} {attributes:?}");
                }
                Err(error) => {
                    assert!(matches!(error, TransformError::NotSatisfied { .. }));
                    assert!(!opens, "{text} {attributes:?}");
                }
            }
        }
    }
}

#[test]
fn another_context_does_not_open() {
    let world = World::new();
    let (ciphertext, _) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let user = world.user("bob", &["A@X"]);
    let transform = user.transform(&ciphertext).unwrap();
    let other = user.secret.recover(&ciphertext, &transform, b"AUTH");
    assert_eq!(other.unwrap_err(), RecoverError);
}

#[test]
fn rows_of_several_organisations_join_into_one_ciphertext() {
    let world = World::new();
    let policy = policy("A@X AND 2 of (A@Y, B@Y, C@Y)");
    let (first, first_share) = make_rows(&policy, &world.keys, &mut OsRng).unwrap();
    let (second, second_share) = make_rows(&policy, &world.keys, &mut OsRng).unwrap();
    let rows = first.checked().unwrap().combine(&second.checked().unwrap()).unwrap().into();
    let shares = vec![first_share, second_share];
    let (ciphertext, sigma) = wrap(rows, shares, CONTEXT, &mut OsRng);
    let user = world.user("bob", &["A@X", "B@Y", "C@Y"]);
    let transform = user.transform(&ciphertext).unwrap();
    let recovered = user.secret.recover(&ciphertext, &transform, CONTEXT);
    assert_eq!(recovered.unwrap(), sigma);
}

#[test]
fn rows_of_other_policies_or_versions_do_not_join() {
    let mut world = World::new();
    let made = |world: &World, text| make_rows(&policy(text), &world.keys, &mut OsRng).unwrap().0.checked().unwrap();
    let (a, b) = (made(&world, "A@X"), made(&world, "B@X"));
    assert_eq!(a.clone().combine(&b), Err(RowsError::Mismatch));
    let newer = world.authorities[0].attribute_public(&name("A@X"), 1).unwrap();
    world.keys.add_attribute(&newer).unwrap();
    assert_eq!(a.combine(&made(&world, "A@X")), Err(RowsError::Mismatch));
}

#[test]
fn unknown_names_and_foreign_attributes_are_named() {
    let world = World::new();
    let error = encrypt(&policy("A@X AND A@NOBODY"), &world.keys, CONTEXT, &mut OsRng);
    assert!(error.unwrap_err().to_string().contains("NOBODY"));
    let error = encrypt(&policy("A@X AND NEW@X"), &world.keys, CONTEXT, &mut OsRng);
    assert!(error.unwrap_err().to_string().contains("NEW@X"));
    let user = world.user("bob", &[]);
    let foreign = world.authorities[0].issue(&user.registration, &name("A@Y"), 0);
    assert!(matches!(foreign, Err(IssueError::ForeignAttribute { .. })));
}

#[test]
fn an_earlier_version_that_is_added_later_does_not_come_back() {
    let mut world = World::new();
    let user = world.user("bob", &["A@X"]);
    for version in [0, 2, 1, 0] {
        let public = world.authorities[0].attribute_public(&name("A@X"), version).unwrap();
        world.keys.add_attribute(&public).unwrap();
    }
    let (ciphertext, _) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    assert!(matches!(user.transform(&ciphertext), Err(TransformError::OtherVersion { key: 0, ciphertext: 2, .. })));
    // Nor under the number of the one in force.
    let [first, newest] = [0, 2].map(|version| world.authorities[0].attribute_public(&name("A@X"), version).unwrap());
    let relabelled = AttributePublic { of: newest.of.clone(), ..first };
    world.keys.add_attribute(&newest).unwrap();
    assert!(matches!(world.keys.add_attribute(&relabelled), Err(DirectoryError::Differ { version: 2, .. })));
}

#[test]
fn keys_of_other_versions_and_generations_are_named() {
    let mut world = World::new();
    let user = world.user("bob", &["A@X"]);
    let newer = world.authorities[0].attribute_public(&name("A@X"), 1).unwrap();
    world.keys.add_attribute(&newer).unwrap();
    let (ciphertext, _) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    assert!(matches!(user.transform(&ciphertext), Err(TransformError::OtherVersion { key: 0, ciphertext: 1, .. })));

    let rotated = world.authorities[0].rotate(&mut OsRng);
    world.keys.add_authority(&rotated.public());
    assert!(matches!(world.keys.add_attribute(&newer), Err(DirectoryError::OtherGeneration { .. })));
    let public = rotated.attribute_public(&name("A@X"), 0).unwrap();
    world.keys.add_attribute(&public).unwrap();
    let (ciphertext, _) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    assert!(matches!(user.transform(&ciphertext), Err(TransformError::OtherGeneration { .. })));
}

#[test]
fn keys_of_several_versions_each_serve_their_ciphertexts() {
    let mut world = World::new();
    let mut user = world.user("bob", &["A@X"]);
    let (old, _) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let newer = world.authorities[0].attribute_public(&name("A@X"), 1).unwrap();
    world.keys.add_attribute(&newer).unwrap();
    let (new, _) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let key = world.issue(&user.registration, "A@X", 1);
    user.keys.push(key);
    for ciphertext in [old, new] {
        let transform = user.transform(&ciphertext).unwrap();
        assert!(user.secret.recover(&ciphertext, &transform, CONTEXT).is_ok());
    }
}

#[test]
fn an_issued_key_is_the_same_whenever_it_is_asked_for() {
    let world = World::new();
    let user = world.user("bob", &["A@X"]);
    assert_eq!(world.issue(&user.registration, "A@X", 0), user.keys[0]);
}

fn eight_attributes() -> (AuthoritySecret, PublicKeys) {
    let authority = AuthoritySecret::generate("X".parse().unwrap(), &mut OsRng);
    let mut keys = PublicKeys::new();
    keys.add_authority(&authority.public());
    for index in 0..8 {
        let attribute = name(&format!("A{index}@X"));
        let public = authority.attribute_public(&attribute, 0).unwrap();
        keys.add_attribute(&public).unwrap();
    }
    (authority, keys)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_policies_open_exactly_when_the_plain_evaluator_says_so(
        gate in crate::policy::tests::gates(),
        mask in any::<u8>(),
    ) {
        let (authority, publics) = eight_attributes();
        let policy = Policy::new(gate).unwrap();
        let held: std::collections::BTreeSet<AttributeName> = (0..8)
            .filter(|bit| mask >> bit & 1 == 1)
            .map(|bit| name(&format!("A{bit}@X")))
            .collect();
        let user = UserSecret::generate(&mut OsRng);
        let registration = user.registration(b"bob", &mut OsRng).unwrap().verify().unwrap();
        let keys: Vec<ProxyKey> = held
            .iter()
            .map(|attribute| authority.issue(&registration, attribute, 0).unwrap())
            .collect();
        let (ciphertext, sigma) = encrypt(&policy, &publics, CONTEXT, &mut OsRng).unwrap();
        match transform(&ciphertext, &registration, &keys) {
            Ok(answer) => {
                prop_assert!(policy.satisfied_by(&held));
                prop_assert_eq!(user.recover(&ciphertext, &answer, CONTEXT), Ok(sigma));
            }
            Err(_) => prop_assert!(!policy.satisfied_by(&held)),
        }
    }
}
