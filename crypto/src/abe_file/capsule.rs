//! What a header holds beside its wrapped key: σ, encrypted, with the owner's signature.

use std::borrow::Cow;

use super::purpose::Purpose;
use crate::abe::{Ciphertext, MovedRows, RowsError};
use crate::encoding::{DecodeError, Decoder};
use crate::envelope::Capsule;
use crate::hash::Hash32;
use crate::sign::Signature;

/// Layout of a signed capsule; those of ciphertexts, which stand alone where nobody signed, are 1 and 2. With 3 the signature did not say what becomes of the payload.
const SIGNED: u8 = 4;

/// σ, encrypted, with the owner's signature over the header.
///
/// Layout: `u8 4 ‖ purpose (33) ‖ signature (64) ‖ moved rows ‖ ciphertext`, or the ciphertext alone in files of earlier builds, which nobody signed.
#[derive(Debug, Clone)]
pub struct FileCapsule {
    /// As its owner signed it.
    pub(super) ciphertext: Ciphertext,
    pub(super) seal: Option<Seal>,
}

/// What an owner put to a header, and what moved since.
#[derive(Debug, Clone)]
pub(super) struct Seal {
    pub(super) purpose: Purpose,
    pub(super) signature: Signature,
    pub(super) moved: MovedRows,
}

impl FileCapsule {
    /// Length in bytes of the longest.
    pub(super) const MAX_LEN: usize = 1 + Purpose::LEN + Signature::LEN + MovedRows::MAX_LEN + Ciphertext::MAX_LEN;

    /// A ciphertext that nobody has signed yet.
    pub(super) fn unsigned(ciphertext: Ciphertext) -> Self {
        Self { ciphertext, seal: None }
    }

    /// What stands in front of the ciphertext.
    fn front(&self) -> Vec<u8> {
        let Some(Seal { purpose, signature, moved }) = &self.seal else { return Vec::new() };
        [&[SIGNED], purpose.to_bytes().as_slice(), &signature.to_bytes(), &moved.to_bytes()].concat()
    }

    /// The ciphertext, its rows at the versions to which they moved.
    pub(super) fn now(&self) -> Result<Cow<'_, Ciphertext>, RowsError> {
        match &self.seal {
            Some(seal) if !seal.moved.is_empty() => Ok(Cow::Owned(self.ciphertext.moved(&seal.moved)?)),
            _ => Ok(Cow::Borrowed(&self.ciphertext)),
        }
    }
}

impl Capsule for FileCapsule {
    const MAGIC: &'static [u8; 12] = b"medshare-abe";
    const MAY_BE_OWNED: bool = true;

    fn binding(&self) -> Hash32 {
        self.ciphertext.policy_hash()
    }

    fn name(&self) -> Vec<u8> {
        let mut name = self.ciphertext.head();
        if let Some(Seal { moved, .. }) = self.seal.as_ref().filter(|seal| !seal.moved.is_empty()) {
            name.extend_from_slice(&moved.to_bytes());
        }
        name
    }

    fn encode(&self) -> Vec<u8> {
        self.ciphertext.behind(&self.front())
    }

    fn encode_in_two(&self) -> (Vec<u8>, &[u8]) {
        self.ciphertext.in_two(&self.front())
    }

    fn decode(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        if bytes.first() != Some(&SIGNED) {
            return Ok(Self::unsigned(Ciphertext::read_behind(0, bytes)?));
        }
        let mut decoder = Decoder::new(&bytes);
        decoder.tag(SIGNED, "signed header")?;
        let purpose = Purpose::decode(&mut decoder)?;
        let signature = Signature::from_bytes(decoder.array("signature")?);
        let moved = MovedRows::decode(&mut decoder)?;
        let front = bytes.len() - decoder.rest().len();
        let seal = Some(Seal { purpose, signature, moved });
        Ok(Self { ciphertext: Ciphertext::read_behind(front, bytes)?, seal })
    }
}
