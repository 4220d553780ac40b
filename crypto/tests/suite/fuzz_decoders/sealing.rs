//! What comes to `seal` and `letter` from outside.

use medshare_crypto::letter::Letter;
use medshare_crypto::seal::{Encapsulation, SealingPublicKey, SealingSecretKey, decapsulate, encapsulate, open, seal};
use medshare_crypto::sign::SigningKey;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use super::Target;

/// `u8 1`: what a build of before wrote to an X25519 key; the signature is not looked at when it is decoded.
pub fn letter_of_before() -> Letter {
    let sender = SigningKey::generate(&mut OsRng).verifying_key();
    let bytes = [&[1], sender.as_bytes().as_slice(), &[2; 32], &[0, 0, 0, 50], &[3; 50 + 64]].concat();
    Letter::from_bytes(&bytes).unwrap()
}

/// What others chose the bytes of: a key that is sealed to if it is usable, a message, an encapsulation.
pub fn targets(public: &SealingPublicKey) -> Vec<Target> {
    let sealed = seal(public, b"info", b"aad", b"contents", &mut OsRng).unwrap();
    let (encapsulation, _) = encapsulate(public, b"info", &mut OsRng).unwrap();
    vec![
        Target {
            name: "sealing key",
            sample: public.as_bytes().to_vec(),
            reencode: |bytes| {
                let key = SealingPublicKey::from_slice(bytes)?;
                assert_eq!(seal(&key, b"info", b"aad", b"contents", &mut OsRng).is_ok(), key.is_usable());
                Some(key.to_string().parse::<SealingPublicKey>().unwrap().as_bytes().to_vec())
            },
        },
        Target {
            name: "sealed message",
            sample: sealed,
            reencode: |bytes| {
                // To another key, with which nothing opens.
                assert!(open(&seven(), b"info", b"aad", bytes).is_err());
                Some(bytes.to_vec())
            },
        },
        Target {
            name: "encapsulation",
            sample: encapsulation.as_bytes().to_vec(),
            reencode: |bytes| {
                let encapsulation = Encapsulation::from_slice(bytes)?;
                let _ = decapsulate(&seven(), b"info", &encapsulation);
                Some(encapsulation.to_bytes().to_vec())
            },
        },
    ]
}

fn seven() -> SealingSecretKey {
    SealingSecretKey::from_bytes(Zeroizing::new([7; 32]))
}
