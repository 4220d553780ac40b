use std::collections::BTreeSet;

use proptest::prelude::*;
use rand::rngs::OsRng;

use super::*;
use crate::sign::SigningKey;

const CONTEXT: &[u8] = b"file 1";

fn set(classes: &[u16]) -> BTreeSet<u16> {
    classes.iter().copied().collect()
}

fn parameters(classes: u16) -> AggregateParameters {
    AggregateParameters::generate(classes, &mut OsRng).unwrap()
}

#[test]
fn a_key_opens_its_classes_and_no_other() {
    let parameters = parameters(8);
    let owner = AggregateOwner::generate(&mut OsRng);
    let public = owner.public();
    for classes in [set(&[1]), set(&[8]), set(&[2, 3, 7]), (1..=8).collect()] {
        let key = owner.aggregate_key(&parameters, &classes).unwrap();
        assert_eq!(key.to_bytes().len(), 3 + 2 * classes.len() + 96);
        for class in 1..=8 {
            let (sealed, sigma) = public.encrypt(&parameters, class, CONTEXT, &mut OsRng).unwrap();
            let opened = key.open(&parameters, &public, &sealed, CONTEXT);
            if classes.contains(&class) {
                assert_eq!(opened, Ok(sigma));
            } else {
                assert_eq!(opened, Err(ClassError::NotCovered { class }));
                // Claiming the class does not help.
                let mut forged = AggregateKey::from_bytes(&key.to_bytes()).unwrap();
                forged.classes.insert(class);
                let opened = forged.open(&parameters, &public, &sealed, CONTEXT);
                assert_eq!(opened, Err(ClassError::Wrong));
            }
        }
    }
}

#[test]
fn keys_of_other_owners_and_other_contexts_do_not_open() {
    let parameters = parameters(4);
    let (alice, bob) = (AggregateOwner::generate(&mut OsRng), AggregateOwner::generate(&mut OsRng));
    let (sealed, _) = alice.public().encrypt(&parameters, 2, CONTEXT, &mut OsRng).unwrap();
    let key = bob.aggregate_key(&parameters, &set(&[2])).unwrap();
    let opened = key.open(&parameters, &alice.public(), &sealed, CONTEXT);
    assert_eq!(opened, Err(ClassError::Wrong));
    let key = alice.aggregate_key(&parameters, &set(&[2])).unwrap();
    let opened = key.open(&parameters, &alice.public(), &sealed, b"else");
    assert_eq!(opened, Err(ClassError::Wrong));
}

#[test]
fn parameters_stay_consistent_over_contributions_and_forged_ones_are_noticed() {
    for classes in [1, 2, 5] {
        let first = parameters(classes);
        assert_eq!(first.verify(), Ok(()));
        let second = first.raised(&crate::pairing::SecretScalar::generate(&mut OsRng));
        assert_eq!(second.verify(), Ok(()));
        assert_ne!(first, second);
        let len = first.to_bytes().len();
        // Each element replaced by the one of the other parameters.
        let starts = (0..usize::from(classes)).map(|i| (3 + 48 * i, 48));
        let in_g2 = 3 + 48 * usize::from(classes);
        let starts = starts.chain((in_g2..len).step_by(96).map(|start| (start, 96)));
        for (start, width) in starts {
            let mut mixed = first.to_bytes();
            mixed[start..start + width].copy_from_slice(&second.to_bytes()[start..start + width]);
            let mixed = AggregateParameters::from_bytes(&mixed).unwrap();
            assert!(mixed.verify().is_err(), "{classes} {start}");
        }
    }
}

fn signers<const N: usize>() -> [SigningKey; N] {
    core::array::from_fn(|_| SigningKey::generate(&mut OsRng))
}

#[test]
fn every_contribution_is_proven_to_build_on_the_one_before() {
    let keys = signers::<3>();
    let (mut parameters, mut transcript) = ParameterTranscript::begin(3, &keys[0], &mut OsRng).unwrap();
    for key in &keys[1..] {
        assert_eq!(transcript.verify(&parameters), Ok(()));
        (parameters, transcript) = transcript.contribute(&parameters, key, &mut OsRng).unwrap();
    }
    let transcript = ParameterTranscript::from_bytes(&transcript.to_bytes()).unwrap();
    assert_eq!(transcript.verify(&parameters), Ok(()));
    let by: Vec<_> = transcript.contributions().iter().map(Contribution::by).collect();
    assert_eq!(by, keys.each_ref().map(SigningKey::verifying_key));
    // No bit of it may be another.
    let bytes = transcript.to_bytes();
    for byte in 1..bytes.len() {
        let mut altered = bytes.clone();
        altered[byte] ^= 1;
        let verified = ParameterTranscript::from_bytes(&altered).map(|altered| altered.verify(&parameters));
        assert!(!matches!(verified, Ok(Ok(()))), "byte {byte}");
    }
}

#[test]
fn the_last_contributor_does_not_come_to_own_the_secret() {
    let [hospital, eve] = signers();
    let (parameters, transcript) = ParameterTranscript::begin(3, &hospital, &mut OsRng).unwrap();
    // Eve throws away what there was, and hands on parameters whose number she alone made.
    let (own, by_herself) = ParameterTranscript::begin(3, &eve, &mut OsRng).unwrap();
    assert_eq!(own.verify(), Ok(()));
    let behind = |contribution: &Contribution| ParameterTranscript {
        classes: 3,
        contributions: vec![transcript.contributions[0].clone(), contribution.clone()],
    };
    assert_eq!(behind(&by_herself.contributions[0]).verify(&own), Err(ParametersError::Transcript));
    // With a contribution that is in order, for other parameters than it makes.
    let (grown, honest) = transcript.contribute(&parameters, &eve, &mut OsRng).unwrap();
    assert_eq!(honest.verify(&grown), Ok(()));
    assert_eq!(honest.verify(&own), Err(ParametersError::Transcript));
    // Without the hospital's.
    let alone = ParameterTranscript { classes: 3, contributions: honest.contributions[1..].to_vec() };
    assert_eq!(alone.verify(&grown), Err(ParametersError::Transcript));
    // What is handed to the next contributor is looked at as well.
    assert_eq!(honest.contribute(&own, &hospital, &mut OsRng).unwrap_err(), ParametersError::Transcript);
    let nothing = ParameterTranscript { classes: 3, contributions: Vec::new() };
    assert_eq!(nothing.verify(&own), Err(ParametersError::Transcript));
}

#[test]
fn class_numbers_outside_the_parameters_are_refused() {
    let parameters = parameters(3);
    let owner = AggregateOwner::generate(&mut OsRng);
    for class in [0, 4, u16::MAX] {
        let key = owner.aggregate_key(&parameters, &set(&[1, class]));
        assert!(matches!(key, Err(AggregateKeyError::UnknownClass { .. })));
        let sealed = owner.public().encrypt(&parameters, class, CONTEXT, &mut OsRng);
        assert!(matches!(sealed, Err(ClassError::UnknownClass { .. })));
    }
    assert!(AggregateParameters::generate(0, &mut OsRng).is_err());
    assert!(AggregateParameters::generate(MAX_CLASSES + 1, &mut OsRng).is_err());
    let nothing = owner.aggregate_key(&parameters, &set(&[]));
    assert_eq!(nothing, Err(AggregateKeyError::NoClass));
}

#[test]
fn encodings_come_back_and_flipped_bits_do_not_open() {
    let parameters = parameters(3);
    let owner = AggregateOwner::generate(&mut OsRng);
    let public = owner.public();
    let key = owner.aggregate_key(&parameters, &set(&[1, 3])).unwrap();
    let (sealed, _) = public.encrypt(&parameters, 1, CONTEXT, &mut OsRng).unwrap();
    let decoded = AggregateParameters::from_bytes(&parameters.to_bytes());
    assert_eq!(decoded.as_ref(), Ok(&parameters));
    assert_eq!(AggregateKey::from_bytes(&key.to_bytes()).as_ref(), Ok(&key));
    assert_eq!(AggregateOwnerPublic::from_bytes(&public.to_bytes()), Ok(public));
    let restored = AggregateOwner::from_bytes(&owner.to_bytes()).unwrap();
    assert_eq!(restored.public(), public);
    let bytes = sealed.to_bytes();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let opened = ClassCiphertext::from_bytes(&flipped)
            .is_ok_and(|sealed| key.open(&parameters, &public, &sealed, CONTEXT).is_ok());
        assert!(!opened, "bit {bit}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_a_decoder(mut bytes in proptest::collection::vec(any::<u8>(), 1..600)) {
        bytes[0] = 1;
        let _ = AggregateParameters::from_bytes(&bytes);
        let _ = AggregateKey::from_bytes(&bytes);
        let _ = ClassCiphertext::from_bytes(&bytes);
    }
}
