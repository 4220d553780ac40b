//! Another policy for a file that lies with somebody else, who is given nothing secret.
//!
//! | change | who opened before | σ | data key |
//! |---|---|---|---|
//! | widen: old OR extra | still opens | stays | stays |
//! | replace | may have kept σ | stays | stays |
//! | narrow | may have kept the data key | fresh | stays; only strict rekeying changes it |
//!
//! Layout: `u8 1 ‖ base (32) ‖ commitment (32) ‖ wrapped key (48) ‖ u8 kind ‖ body`. `base` is the hash of the header that the change
//! is for, so that a change is never applied to another file, nor to one that has changed since. Body 1 (append):
//! `offset (32) ‖ rows`; body 2 (exchange): `u64 epoch ‖ ciphertext`.

use rand_core::{CryptoRng, RngCore};

use super::{FileHeader, next_epoch};
use crate::abe::{Ciphertext, RowShare, Rows, Widening, rewrap};
use crate::derive::KeyCommitment;
use crate::encoding::{DecodeError, Decoder};
use crate::envelope::{Envelope, EnvelopeError, WRAPPED_LEN, wrap_key};
use crate::hash::Hash32;
use crate::policy::{Policy, PolicyErrorReason};
use crate::secret::AttributeSecret;

const LAYOUT: u8 = 1;
const APPEND: u8 = 1;
const EXCHANGE: u8 = 2;

/// Why a change cannot be made or applied.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The file is another one, or not in the state for which the change was made.
    #[error("the change was made for another file, or the file has changed since; make the change again")]
    OtherFile,
    /// The joint policy is out of bounds.
    #[error("the new policy is out of bounds: {0}")]
    Policy(PolicyErrorReason),
    /// σ does not unwrap the file's key.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

/// A change of a file's policy.
#[derive(Debug, Clone)]
pub struct PolicyChange {
    base: Hash32,
    commitment: KeyCommitment,
    wrapped: [u8; WRAPPED_LEN],
    body: Body,
}

#[derive(Debug, Clone)]
enum Body {
    Append { widening: Widening, rows: Rows },
    Exchange { epoch: u64, ciphertext: Ciphertext },
}

impl Envelope<Ciphertext> {
    /// Also lets open whoever satisfies the policy of `rows`.
    ///
    /// # Errors
    /// When σ is not this file's, or the joint policy is out of bounds.
    pub fn widening(
        &self,
        sigma: &AttributeSecret,
        rows: Rows,
        shares: &[RowShare],
    ) -> Result<PolicyChange, ChangeError> {
        let key = self.unwrap(sigma)?;
        let policy = self.capsule.widened_policy(rows.policy()).map_err(ChangeError::Policy)?;
        let (commitment, wrapped) = wrap_key(&key, self.record, self.epoch, policy.hash(), sigma)?;
        let widening = self.capsule.widening(shares, sigma, &self.context());
        let body = Body::Append { widening, rows };
        Ok(PolicyChange { base: self.hash(), commitment, wrapped, body })
    }

    /// Puts the same σ under the policy of `rows`.
    ///
    /// # Errors
    /// When σ is not this file's.
    pub fn replacement(
        &self,
        sigma: &AttributeSecret,
        rows: Rows,
        shares: Vec<RowShare>,
    ) -> Result<PolicyChange, ChangeError> {
        let key = self.unwrap(sigma)?;
        let ciphertext = rewrap(rows, shares, sigma, &self.context());
        let header = Self::wrap(&key, self.record, self.epoch, ciphertext, sigma)?;
        Ok(PolicyChange::exchange(self, header))
    }

    /// Puts a fresh σ under the policy of `rows`: the old header, wherever it was kept, does not lead to the new one.
    ///
    /// # Errors
    /// When σ is not this file's.
    pub fn narrowing(
        &self,
        sigma: &AttributeSecret,
        rows: Rows,
        shares: Vec<RowShare>,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<PolicyChange, ChangeError> {
        let header = next_epoch(self, &self.unwrap(sigma)?, rows, shares, rng)?;
        Ok(PolicyChange::exchange(self, header))
    }

    /// The header after the change. It takes no secret.
    ///
    /// # Errors
    /// When the change was made for another header.
    pub fn changed(&self, change: PolicyChange) -> Result<Self, ChangeError> {
        if change.base != self.hash() {
            return Err(ChangeError::OtherFile);
        }
        let (epoch, capsule) = match change.body {
            Body::Append { widening, rows } => {
                (self.epoch, self.capsule.widen(rows, &widening).map_err(ChangeError::Policy)?)
            }
            Body::Exchange { epoch, ciphertext } => (epoch, ciphertext),
        };
        let (record, commitment, wrapped) = (self.record, change.commitment, change.wrapped);
        Ok(FileHeader { record, epoch, commitment, wrapped, capsule })
    }
}

impl PolicyChange {
    fn exchange(old: &FileHeader, new: FileHeader) -> Self {
        let body = Body::Exchange { epoch: new.epoch, ciphertext: new.capsule };
        Self { base: old.hash(), commitment: new.commitment, wrapped: new.wrapped, body }
    }

    /// The policy that is added, or that takes the place of the old one.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        match &self.body {
            Body::Append { rows, .. } => rows.policy(),
            Body::Exchange { ciphertext, .. } => ciphertext.policy(),
        }
    }

    /// Encodes. Not secret.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(self.base.as_bytes());
        bytes.extend_from_slice(&self.commitment.to_bytes());
        bytes.extend_from_slice(&self.wrapped);
        match &self.body {
            Body::Append { widening, rows } => {
                bytes.push(APPEND);
                bytes.extend_from_slice(&widening.to_bytes());
                bytes.extend_from_slice(&rows.to_bytes());
            }
            Body::Exchange { epoch, ciphertext } => {
                bytes.push(EXCHANGE);
                bytes.extend_from_slice(&epoch.to_be_bytes());
                bytes.extend_from_slice(&ciphertext.to_bytes());
            }
        }
        bytes
    }

    /// Decodes; every element is checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "policy change")?;
        let base = Hash32::from_bytes(decoder.array("base")?);
        let commitment = KeyCommitment::from_bytes(decoder.array("commitment")?);
        let wrapped = decoder.array("wrapped key")?;
        let body = match decoder.u8("kind")? {
            APPEND => {
                let widening = Widening::from_bytes(&decoder.array("offset")?)?;
                Body::Append { widening, rows: Rows::from_bytes(decoder.rest())? }
            }
            EXCHANGE => {
                let epoch = u64::from_be_bytes(decoder.array("epoch")?);
                Body::Exchange { epoch, ciphertext: Ciphertext::from_bytes(decoder.rest())? }
            }
            _ => return Err(DecodeError::UnknownTag { what: "policy change" }),
        };
        Ok(Self { base, commitment, wrapped, body })
    }
}
