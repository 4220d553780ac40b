use std::collections::BTreeMap;

use proptest::prelude::*;
use rand::rngs::OsRng;

use super::*;
use crate::abe::WrongUpdate;
use crate::pairing::G1;
use crate::policy::{AttributeName, Policy};

mod renewal;

const CONTEXT: &[u8] = b"record 1";

fn label(text: &str) -> AttributeName {
    format!("{text}@alice").parse().unwrap()
}

fn policy(text: &str) -> Policy {
    text.parse().unwrap()
}

fn domain() -> DomainSecret {
    DomainSecret::generate("alice".parse().unwrap(), &mut OsRng)
}

fn key(domain: &DomainSecret, text: &str, id: u8) -> KpKey {
    key_at(domain, text, id, &[])
}

/// The key with these labels at these versions, and the others at 0.
fn key_at(domain: &DomainSecret, text: &str, id: u8, versions: &[(&str, u32)]) -> KpKey {
    let versions = versions.iter().map(|(name, version)| (label(name), *version)).collect();
    domain.issue(&policy(text), [id; 32], &versions, &mut OsRng).unwrap()
}

fn sealed(domain: &DomainSecret, labels: &[&str], version: u32) -> (KpCiphertext, crate::secret::AttributeSecret) {
    let publics: Vec<LabelPublic> =
        labels.iter().map(|name| domain.label_public(&label(name), version).unwrap()).collect();
    encrypt(&domain.public(), &publics, CONTEXT, &mut OsRng).unwrap()
}

#[test]
fn the_rows_of_a_key_that_is_read_have_one_place_and_leave_none_behind() {
    let key = key(&domain(), &["history@alice"; 3].join(" OR "), 1);
    let read = KpKey::from_bytes(&key.to_bytes()).unwrap();
    assert!(read == key);
    assert_eq!(read.rows.capacity(), 3);
}

#[test]
fn a_key_opens_exactly_what_its_policy_allows() {
    let domain = domain();
    for (text, labels, opens) in [
        ("history@alice", vec!["history"], true),
        ("history@alice", vec!["allergies"], false),
        ("history@alice AND allergies@alice", vec!["history", "allergies"], true),
        ("history@alice AND allergies@alice", vec!["history"], false),
        ("2 of (history@alice, allergies@alice, emergency@alice)", vec!["emergency", "history"], true),
        ("2 of (history@alice, allergies@alice, emergency@alice)", vec!["emergency"], false),
        (
            "(history@alice AND emergency@alice) OR (history@alice AND allergies@alice)",
            vec!["history", "allergies"],
            true,
        ),
        ("2 of (history@alice, history@alice, emergency@alice)", vec!["history"], true),
    ] {
        let (ciphertext, sigma) = sealed(&domain, &labels, 0);
        let opened = key(&domain, text, 1).open(&ciphertext, CONTEXT);
        assert_eq!(opened.is_ok(), opens, "{text} {labels:?}");
        match opened {
            Ok(opened) => assert_eq!(opened, sigma),
            Err(error) => assert!(matches!(error, KpOpenError::NotSatisfied { .. })),
        }
    }
}

#[test]
fn other_domains_contexts_and_altered_bytes_do_not_open() {
    let (alice, mallory) = (domain(), domain());
    let (ciphertext, _) = sealed(&alice, &["history"], 0);
    let foreign = key(&mallory, "history@alice", 1);
    assert_eq!(foreign.open(&ciphertext, CONTEXT), Err(KpOpenError::Wrong));
    let right = key(&alice, "history@alice", 1);
    assert_eq!(right.open(&ciphertext, b"else"), Err(KpOpenError::Wrong));
    let mut altered = ciphertext.clone();
    altered.c0[3] ^= 1;
    assert_eq!(right.open(&altered, CONTEXT), Err(KpOpenError::Wrong));
    let mut altered = ciphertext;
    let elements = altered.labels.get_mut(&label("history")).unwrap();
    elements.points[0] += G1::generator();
    assert_eq!(right.open(&altered, CONTEXT), Err(KpOpenError::Wrong));
}

#[test]
fn rows_of_two_keys_do_not_combine() {
    let domain = domain();
    let (ciphertext, _) = sealed(&domain, &["history", "allergies"], 0);
    let mut mixed = key(&domain, "history@alice AND emergency@alice", 1);
    let mut other = key(&domain, "emergency@alice AND allergies@alice", 2);
    std::mem::swap(&mut mixed.rows[1], &mut other.rows[1]);
    mixed.policy = policy("history@alice AND allergies@alice");
    assert_eq!(mixed.open(&ciphertext, CONTEXT), Err(KpOpenError::Wrong));
}

#[test]
fn a_label_added_by_relabelling_does_not_open() {
    let domain = domain();
    let (mut ciphertext, _) = sealed(&domain, &["psychiatry"], 0);
    let elements = ciphertext.labels.remove(&label("psychiatry")).unwrap();
    ciphertext.labels.insert(label("billing"), elements);
    let billing = key(&domain, "billing@alice", 1);
    assert_eq!(billing.open(&ciphertext, CONTEXT), Err(KpOpenError::Wrong));
}

#[test]
fn an_update_by_another_owner_is_not_what_the_public_keys_say() {
    let (alice, mallory) = (domain(), domain());
    let publics = [0, 1].map(|version| alice.label_public(&label("history"), version).unwrap());
    let update = |domain: &DomainSecret| domain.label_update(&label("history"), 0, 1).unwrap();
    assert_eq!(update(&alice).check(&publics), Ok(()));
    assert!(matches!(update(&mallory).check(&publics), Err(WrongUpdate::LeadsElsewhere { from: 0, to: 1, .. })));
    assert!(matches!(update(&alice).check(&publics[..1]), Err(WrongUpdate::Unpublished { version: 1, .. })));
}

#[test]
fn labels_and_policies_outside_the_bounds_are_refused() {
    let domain = domain();
    let five = policy("3 of (a@alice, a@alice, a@alice, a@alice, a@alice)");
    let issued = domain.issue(&five, [0; 32], &BTreeMap::new(), &mut OsRng);
    assert!(matches!(issued, Err(KpIssueError::TooManyUses { .. })));
    let foreign = domain.issue(&policy("a@bob"), [0; 32], &BTreeMap::new(), &mut OsRng);
    assert!(matches!(foreign, Err(KpIssueError::ForeignLabel { .. })));
    let public = domain.label_public(&label("a"), 0).unwrap();
    let twice = [public.clone(), public];
    let encrypted = |labels: &[LabelPublic]| encrypt(&domain.public(), labels, CONTEXT, &mut OsRng);
    assert!(matches!(encrypted(&twice), Err(KpEncryptError::Label { .. })));
    assert!(matches!(encrypted(&[]), Err(KpEncryptError::LabelCount)));
}

#[test]
fn encodings_come_back_and_are_strict() {
    let domain = domain();
    let (ciphertext, _) = sealed(&domain, &["history", "allergies"], 3);
    let key = key(&domain, "history@alice AND allergies@alice", 1);
    let public = domain.label_public(&label("history"), 3).unwrap();
    assert_eq!(KpCiphertext::from_bytes(&ciphertext.to_bytes()), Ok(ciphertext.clone()));
    assert_eq!(KpKey::from_bytes(&key.to_bytes()), Ok(key));
    assert_eq!(LabelPublic::from_bytes(&public.to_bytes()), Ok(public));
    let restored = DomainSecret::from_bytes(&domain.to_bytes()).unwrap();
    assert_eq!(DomainPublic::from_bytes(&domain.public().to_bytes()), Ok(restored.public()));
    let bytes = ciphertext.to_bytes();
    for bit in (0..bytes.len() * 8).step_by(11) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(KpCiphertext::from_bytes(&flipped).as_ref(), Ok(&ciphertext));
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_a_decoder(mut bytes in proptest::collection::vec(any::<u8>(), 1..1000)) {
        bytes[0] = 1;
        let _ = KpCiphertext::from_bytes(&bytes);
        let _ = KpKey::from_bytes(&bytes);
        let _ = DomainPublic::from_bytes(&bytes);
        let _ = LabelPublic::from_bytes(&bytes);
        let _ = DomainSecret::from_bytes(&bytes);
        let _ = LabelUpdate::from_bytes(&bytes);
    }
}

#[test]
fn what_a_domains_owner_keeps_is_authentic_under_its_own_key_and_in_its_order_alone() {
    let [own, other] = [domain(), domain()];
    let code = own.authenticate(&[b"ab", b"c"]);
    assert!(own.is_authentic(&[b"ab", b"c"], &code) && !other.is_authentic(&[b"ab", b"c"], &code));
    let altered: [&[&[u8]]; 5] = [&[b"a", b"bc"], &[b"c", b"ab"], &[b"ab"], &[b"ab", b"c", b"c"], &[]];
    assert!(altered.iter().all(|parts| !own.is_authentic(parts, &code)));
    assert!(!own.is_authentic(&[b"ab", b"c"], &code[..31]) && !own.is_authentic(&[b"ab", b"c"], b""));
    let again = DomainSecret::from_bytes(&own.to_bytes()).unwrap();
    assert!(again.is_authentic(&[b"ab", b"c"], &code));
}
