//! Secrets that travel: sealed to one party, signed by another.
//!
//! **Source.** HPKE base mode over X-Wing ([`seal`](mod@crate::seal)) for the contents, ed25519 over what is sent: encrypt, then sign. Both
//! parties' keys are in HPKE's info and under the signature, so that nobody puts his name to somebody else's letter or forwards one
//! under another's. IND-CCA2 and unforgeable as its two parts are: contents are closed to quantum computers, the signature is
//! not. **Not** forward secret: whoever gets the receiver's key reads old letters.
//!
//! Layout: `u8 2 ‖ sender (32) ‖ fingerprint of the receiver's key (32) ‖ u32 len ‖ sealed ‖ signature (64)`. What leaks: both parties, the
//! length. Letters of before, `u8 1` with the receiver's X25519 key in the fingerprint's place, are read and not written.

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::encoding::{DecodeError, Decoder};
use crate::hash::Hash32;
use crate::seal::classical::{self, ClassicalPublicKey};
use crate::seal::{OpenError, SealError, SealingPublicKey, SealingSecretKey, open, seal};
use crate::sign::{Signable, Signature, SigningKey, VerifyingKey};

const LAYOUT: u8 = 2;
const LAYOUT_OF_BEFORE: u8 = 1;
const INFO: &[u8] = b"medshare/letter/v2";
const INFO_OF_BEFORE: &[u8] = b"medshare/letter/v1";

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
    receiver: Receiver,
    sealed: Vec<u8>,
    signature: Signature,
}

/// Whom it is for, as the layout names him.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Receiver {
    Hybrid(Hash32),
    OfBefore(ClassicalPublicKey),
}

/// What the sender signs.
struct Envelope<'a> {
    receiver: Hash32,
    sealed: &'a [u8],
}

impl Signable for Envelope<'_> {
    const DOMAIN: &'static str = "medshare/letter/v2";

    fn signing_bytes(&self) -> Vec<u8> {
        [self.receiver.as_bytes().as_slice(), self.sealed].concat()
    }
}

/// What the sender of a letter of before signed.
struct EnvelopeOfBefore<'a> {
    receiver: ClassicalPublicKey,
    sealed: &'a [u8],
}

impl Signable for EnvelopeOfBefore<'_> {
    const DOMAIN: &'static str = "medshare/letter/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        [self.receiver.to_bytes().as_slice(), self.sealed].concat()
    }
}

fn info(protocol: &[u8], sender: &VerifyingKey, receiver: &[u8; 32]) -> Vec<u8> {
    [protocol, sender.as_bytes(), receiver].concat()
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
        let (from, to) = (sender.verifying_key(), receiver.fingerprint());
        let sealed = seal(receiver, &info(INFO, &from, to.as_bytes()), &[], contents, rng)?;
        let signature = sender.sign(&Envelope { receiver: to, sealed: &sealed });
        Ok(Self { sender: from, receiver: Receiver::Hybrid(to), sealed, signature })
    }

    /// Who says to have written it.
    #[must_use]
    pub fn sender(&self) -> VerifyingKey {
        self.sender
    }

    /// Whether a build of before wrote it, to a key that a quantum computer opens.
    #[must_use]
    pub const fn is_of_before(&self) -> bool {
        matches!(self.receiver, Receiver::OfBefore(_))
    }

    /// The contents, if `sender` wrote them for `receiver`; a letter of before, if it is for the key of before that `receiver` has.
    ///
    /// # Errors
    /// When it is from or for somebody else, or altered.
    pub fn read(&self, sender: &VerifyingKey, receiver: &SealingSecretKey) -> Result<Zeroizing<Vec<u8>>, LetterError> {
        if self.sender != *sender {
            return Err(LetterError::OtherSender);
        }
        match self.receiver {
            Receiver::Hybrid(to) => self.read_hybrid(to, receiver),
            Receiver::OfBefore(to) => self.read_of_before(to, receiver),
        }
    }

    fn read_hybrid(&self, to: Hash32, receiver: &SealingSecretKey) -> Result<Zeroizing<Vec<u8>>, LetterError> {
        if to != receiver.public_key().fingerprint() {
            return Err(LetterError::OtherReceiver);
        }
        let signed = Envelope { receiver: to, sealed: &self.sealed };
        self.sender.verify(&signed, &self.signature).map_err(|_| LetterError::Altered)?;
        Ok(open(receiver, &info(INFO, &self.sender, to.as_bytes()), &[], &self.sealed)?)
    }

    fn read_of_before(
        &self,
        to: ClassicalPublicKey,
        receiver: &SealingSecretKey,
    ) -> Result<Zeroizing<Vec<u8>>, LetterError> {
        let key = receiver.classical().filter(|key| key.public_key() == to).ok_or(LetterError::OtherReceiver)?;
        let signed = EnvelopeOfBefore { receiver: to, sealed: &self.sealed };
        self.sender.verify(&signed, &self.signature).map_err(|_| LetterError::Altered)?;
        Ok(classical::open(key, &info(INFO_OF_BEFORE, &self.sender, &to.to_bytes()), &[], &self.sealed)?)
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (layout, receiver) = match self.receiver {
            Receiver::Hybrid(to) => (LAYOUT, to.to_bytes()),
            Receiver::OfBefore(to) => (LAYOUT_OF_BEFORE, to.to_bytes()),
        };
        let mut bytes = vec![layout];
        bytes.extend_from_slice(self.sender.as_bytes());
        bytes.extend_from_slice(&receiver);
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
        let layout = decoder.u8("letter")?;
        let sender = VerifyingKey::from_bytes(decoder.array("sender")?);
        let sender = sender.map_err(|_| DecodeError::InvalidElement { what: "sender" })?;
        let receiver = decoder.array("receiver")?;
        let receiver = match layout {
            LAYOUT => Receiver::Hybrid(Hash32::from_bytes(receiver)),
            LAYOUT_OF_BEFORE => Receiver::OfBefore(ClassicalPublicKey::from_bytes(receiver)),
            _ => return Err(DecodeError::UnknownTag { what: "letter" }),
        };
        let len = decoder.u32("length")? as usize;
        let sealed = decoder.bytes(len, "contents")?.to_vec();
        let signature = Signature::from_bytes(decoder.array("signature")?);
        decoder.finish()?;
        Ok(Self { sender, receiver, sealed, signature })
    }
}

#[cfg(test)]
mod tests;
