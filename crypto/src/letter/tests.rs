use rand::rngs::OsRng;

use super::*;
use crate::seal::classical::ClassicalSecretKey;

#[test]
fn a_letter_is_read_by_its_receiver_as_from_its_sender_and_by_nobody_else() {
    let (alice, eve) = (SigningKey::generate(&mut OsRng), SigningKey::generate(&mut OsRng));
    let (bob, carol) = (SealingSecretKey::generate(&mut OsRng), SealingSecretKey::generate(&mut OsRng));
    let letter = Letter::write(&alice, &bob.public_key(), b"secret", &mut OsRng).unwrap();
    let letter = Letter::from_bytes(&letter.to_bytes()).unwrap();
    assert_eq!(letter.read(&alice.verifying_key(), &bob).unwrap().as_slice(), b"secret");
    assert_eq!(letter.read(&eve.verifying_key(), &bob), Err(LetterError::OtherSender));
    assert_eq!(letter.read(&alice.verifying_key(), &carol), Err(LetterError::OtherReceiver));

    // Eve puts her name to Alice's letter.
    let sealed = letter.sealed.clone();
    let signature = eve.sign(&Envelope { receiver: bob.public_key().fingerprint(), sealed: &sealed });
    let stolen = Letter { sender: eve.verifying_key(), signature, ..letter.clone() };
    assert_eq!(stolen.read(&eve.verifying_key(), &bob), Err(LetterError::Open(OpenError)));

    let bytes = letter.to_bytes();
    for byte in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[byte] ^= 1;
        let read = Letter::from_bytes(&altered).map(|letter| letter.read(&alice.verifying_key(), &bob));
        assert!(!matches!(read, Ok(Ok(_))), "byte {byte}");
    }
}

/// Written by a build of before: signing key of 1s, the receiver's X25519 secret of 2s, HPKE's ephemeral secret of 3s. The bytes are from
/// another implementation of the same standards (Python's `cryptography`).
const OF_BEFORE: &str = "018a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5cce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d34474\
    5ba05870e587d59000000425dfedd3b6bd47f6fa28ee15d969d5bb0ea53774d488bdaf9df1c6e0124b3ef22c0cbb7aeb7038ecbb91c86373b5b25c697d4dfa2\
    bc7b2eaab585a08e4712f024c431f1b7b3bd3bb1ceb50d873eb112273053cc86919bf12589b25eba0a2ecfd532f6f17112a2779917b8d916f48dfbc648cb804\
    b2fcc33bd98ac40ee2dba06ac4f08";

#[test]
fn a_letter_of_before_is_read_by_who_has_the_key_of_before() {
    let bytes = hex::decode(OF_BEFORE).unwrap();
    let alice = SigningKey::from_seed(Zeroizing::new([1; 32]));
    let of_before = |byte| ClassicalSecretKey::from_bytes(Zeroizing::new([byte; 32]));
    let bob = SealingSecretKey::from_classical(of_before(2), &SigningKey::generate(&mut OsRng));
    let letter = Letter::from_bytes(&bytes).unwrap();
    assert_eq!(letter.to_bytes(), bytes);
    assert!(letter.is_of_before());
    assert_eq!(letter.read(&alice.verifying_key(), &bob).unwrap().as_slice(), b"a letter of before");

    let eve = SigningKey::generate(&mut OsRng);
    assert_eq!(letter.read(&eve.verifying_key(), &bob), Err(LetterError::OtherSender));
    let carol = SealingSecretKey::from_classical(of_before(4), &eve);
    let new = SealingSecretKey::generate(&mut OsRng);
    for other in [carol, new] {
        assert_eq!(letter.read(&alice.verifying_key(), &other), Err(LetterError::OtherReceiver));
    }
    for byte in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[byte] ^= 1;
        let read = Letter::from_bytes(&altered).map(|letter| letter.read(&alice.verifying_key(), &bob));
        assert!(!matches!(read, Ok(Ok(_))), "byte {byte}");
    }
}

/// Both layouts have 32 bytes for the receiver, and what fits the one is nothing in the other.
#[test]
fn a_letter_of_one_layout_is_none_of_the_other() {
    let alice = SigningKey::from_seed(Zeroizing::new([1; 32]));
    let of_before = ClassicalSecretKey::from_bytes(Zeroizing::new([2; 32]));
    let bob = SealingSecretKey::from_classical(of_before, &alice);
    let letter = Letter::write(&alice, &bob.public_key(), b"secret", &mut OsRng).unwrap();
    for mut bytes in [hex::decode(OF_BEFORE).unwrap(), letter.to_bytes()] {
        bytes[0] = 3 - bytes[0];
        let letter = Letter::from_bytes(&bytes).unwrap();
        assert_eq!(letter.read(&alice.verifying_key(), &bob), Err(LetterError::OtherReceiver));
        bytes[0] = 3;
        assert_eq!(Letter::from_bytes(&bytes), Err(DecodeError::UnknownTag { what: "letter" }));
    }
}
