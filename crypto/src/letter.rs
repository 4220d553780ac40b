//! Secrets that travel: sealed to one party, signed by another.
//!
//! **Source.** HPKE base mode (RFC 9180) for the contents, ed25519 over what is sent: encrypt, then sign. Both parties' keys are in HPKE's
//! info and under the signature, so that nobody puts his name to somebody else's letter or forwards one under another's. IND-CCA2 and unforgeable as
//! its two parts are; **not** forward secret: whoever gets the receiver's key reads old letters.
//!
//! Layout: `u8 1 ‖ sender (32) ‖ receiver (32) ‖ u32 len ‖ sealed ‖ signature (64)`. What leaks: both parties, the length.

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::encoding::{DecodeError, Decoder};
use crate::seal::{OpenError, SealError, SealingPublicKey, SealingSecretKey, open, seal};
use crate::sign::{Signable, Signature, SigningKey, VerifyingKey};

const LAYOUT: u8 = 1;
const INFO: &[u8] = b"medshare/letter/v1";

/// Why a letter is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// It is from somebody else.
    #[error("the letter is from another party than you named")]
    OtherSender,
    /// It is for somebody else.
    #[error("the letter is for another party than you")]
    OtherReceiver,
    /// The signature does not hold.
    #[error("the letter was altered on its way")]
    Altered,
    /// The contents do not open.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// A sealed and signed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    sender: VerifyingKey,
    receiver: SealingPublicKey,
    sealed: Vec<u8>,
    signature: Signature,
}

/// What the sender signs.
struct Envelope<'a> {
    receiver: &'a SealingPublicKey,
    sealed: &'a [u8],
}

impl Signable for Envelope<'_> {
    const DOMAIN: &'static str = "medshare/letter/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        [self.receiver.to_bytes().as_slice(), self.sealed].concat()
    }
}

fn info(sender: &VerifyingKey, receiver: &SealingPublicKey) -> Vec<u8> {
    [INFO, sender.as_bytes(), &receiver.to_bytes()].concat()
}

impl Letter {
    /// Seals `contents` to `receiver`, signed by `sender`.
    ///
    /// # Errors
    /// When the receiver's key cannot be used.
    pub fn write(
        sender: &SigningKey,
        receiver: &SealingPublicKey,
        contents: &[u8],
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Self, SealError> {
        let from = sender.verifying_key();
        let sealed = seal(receiver, &info(&from, receiver), &[], contents, rng)?;
        let signature = sender.sign(&Envelope { receiver, sealed: &sealed });
        Ok(Self { sender: from, receiver: *receiver, sealed, signature })
    }

    /// Who says to have written it.
    #[must_use]
    pub fn sender(&self) -> VerifyingKey {
        self.sender
    }

    /// The contents, if `sender` wrote them for `receiver`.
    ///
    /// # Errors
    /// When it is from or for somebody else, or altered.
    pub fn read(&self, sender: &VerifyingKey, receiver: &SealingSecretKey) -> Result<Zeroizing<Vec<u8>>, LetterError> {
        if self.sender != *sender {
            return Err(LetterError::OtherSender);
        }
        if self.receiver != receiver.public_key() {
            return Err(LetterError::OtherReceiver);
        }
        let signed = Envelope { receiver: &self.receiver, sealed: &self.sealed };
        sender.verify(&signed, &self.signature).map_err(|_| LetterError::Altered)?;
        Ok(open(receiver, &info(sender, &self.receiver), &[], &self.sealed)?)
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(self.sender.as_bytes());
        bytes.extend_from_slice(&self.receiver.to_bytes());
        bytes.extend_from_slice(&(self.sealed.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&self.sealed);
        bytes.extend_from_slice(&self.signature.to_bytes());
        bytes
    }

    /// Decodes; whether it is authentic shows [`Letter::read`].
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "letter")?;
        let sender = VerifyingKey::from_bytes(decoder.array("sender")?);
        let sender = sender.map_err(|_| DecodeError::InvalidElement { what: "sender" })?;
        let receiver = SealingPublicKey::from_bytes(decoder.array("receiver")?);
        let len = decoder.u32("length")? as usize;
        let sealed = decoder.bytes(len, "contents")?.to_vec();
        let signature = Signature::from_bytes(decoder.array("signature")?);
        decoder.finish()?;
        Ok(Self { sender, receiver, sealed, signature })
    }
}

#[cfg(test)]
mod tests {
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
        let signature = eve.sign(&Envelope { receiver: &letter.receiver, sealed: &sealed });
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
}
