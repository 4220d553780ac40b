use rand::rngs::OsRng;

use super::*;

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
