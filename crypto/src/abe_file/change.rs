//! Another policy for a file that lies with somebody else, who is given nothing secret.
//!
//! | change | who opened before | σ | data key |
//! |---|---|---|---|
//! | widen: old OR extra | still opens | stays | stays |
//! | replace | may have kept σ | stays | stays |
//! | narrow | may have kept the data key | fresh | stays; only strict rekeying changes it |
//!
//! A file that names its owner takes changes with the owner's signature only (`ChangeStatement`); whoever stores it, and whoever can
//! write to the store, need not be trusted with it. A file without an owner cannot tell a forged change, which destroys access to it
//! and opens nothing.
//!
//! Layout: `statement ‖ u8 0` or `statement ‖ u8 1 ‖ signature (64)`, where the statement is
//! `u8 2 ‖ base (32) ‖ commitment (32) ‖ wrapped key (48) ‖ u8 kind ‖ u32 len ‖ body`. `base` is the hash of the header that the change
//! is for, so that a change is never applied to another file, nor to one that has changed since: an old one cannot be replayed. Body 1
//! (append): `offset (32) ‖ rows`; body 2 (exchange): `u64 epoch ‖ ciphertext`.

use rand_core::{CryptoRng, RngCore};

use super::{FileHeader, next_epoch};
use crate::abe::{Ciphertext, RowShare, Rows, RowsError, WidenError, Widening, rewrap};
use crate::derive::KeyCommitment;
use crate::encoding::{DecodeError, Decoder};
use crate::envelope::{Envelope, EnvelopeError, WRAPPED_LEN, wrap_key};
use crate::hash::Hash32;
use crate::policy::PolicyErrorReason;
use crate::secret::AttributeSecret;
use crate::sign::{Signable, Signature, SigningKey, VerifyingKey};

const LAYOUT: u8 = 2;
const UNSIGNED: u8 = 0;
const SIGNED: u8 = 1;
const APPEND: u8 = 1;
const EXCHANGE: u8 = 2;

/// Why a change cannot be made or applied.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The file is another one, or not in the state for which the change was made.
    #[error("the change was made for another file, or the file has changed since; make the change again")]
    OtherFile,
    /// The file names no owner, so that nobody can tell who made the change.
    #[error("the file names no owner, so nobody can tell whether the change is by somebody who may make it")]
    NoOwner,
    /// The file names an owner, and the change is not signed.
    #[error("the change is not signed, and the file takes changes of its owner {owner} only")]
    NotSigned {
        /// The file's owner.
        owner: VerifyingKey,
    },
    /// Signed by somebody else, or altered.
    #[error("the change is not by the file's owner {owner}, or it was altered")]
    OtherOwner {
        /// The file's owner.
        owner: VerifyingKey,
    },
    /// The joint policy is out of bounds.
    #[error("the new policy is out of bounds: {0}")]
    Policy(PolicyErrorReason),
    /// The rows of the change, or of the file, are altered, damaged, or hold points that are none.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// σ does not unwrap the file's key.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

impl From<WidenError> for ChangeError {
    fn from(error: WidenError) -> Self {
        match error {
            WidenError::Policy(reason) => Self::Policy(reason),
            WidenError::Rows(error) => Self::Rows(error),
        }
    }
}

/// A change of a file's policy.
#[derive(Debug, Clone)]
pub struct PolicyChange {
    statement: ChangeStatement,
    signature: Option<Signature>,
}

/// "My file, whose header is this, gets that policy."
#[derive(Debug, Clone)]
struct ChangeStatement {
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

impl Signable for ChangeStatement {
    const DOMAIN: &'static str = "medshare/abe/policy-change/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        self.to_bytes()
    }
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
        let policy = self.capsule.widened_policy(&rows.policy()?)?;
        let (commitment, wrapped) = wrap_key(&key, self.identity.record, self.epoch, policy.hash(), sigma)?;
        let widening = self.capsule.widening(shares, sigma, &self.context());
        let body = Body::Append { widening, rows };
        Ok(PolicyChange::new(ChangeStatement { base: self.hash(), commitment, wrapped, body }))
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
        let header = Self::wrap(&key, self.identity, self.epoch, ciphertext, sigma)?;
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

    /// The header after a change by the file's owner. It takes no secret.
    ///
    /// # Errors
    /// When the change was made for another header, or not by the owner, or the file names none.
    pub fn changed(&self, change: PolicyChange) -> Result<Self, ChangeError> {
        // Another file's change is called that, whoever signed it.
        if change.statement.base != self.hash() {
            return Err(ChangeError::OtherFile);
        }
        let owner = self.identity.owner.ok_or(ChangeError::NoOwner)?;
        let signature = change.signature.ok_or(ChangeError::NotSigned { owner })?;
        owner.verify(&change.statement, &signature).map_err(|_| ChangeError::OtherOwner { owner })?;
        self.apply(change.statement)
    }

    /// The header after a change that came on a way which is trusted otherwise, for a file without an owner. A file that names one takes
    /// its owner's changes only, here too.
    ///
    /// # Errors
    /// As [`Envelope::changed`].
    pub fn changed_unsigned(&self, change: PolicyChange) -> Result<Self, ChangeError> {
        match self.identity.owner {
            Some(_) => self.changed(change),
            None => self.apply(change.statement),
        }
    }

    fn apply(&self, change: ChangeStatement) -> Result<Self, ChangeError> {
        if change.base != self.hash() {
            return Err(ChangeError::OtherFile);
        }
        let (epoch, capsule) = match change.body {
            Body::Append { widening, rows } => (self.epoch, self.capsule.widen(&rows, &widening)?),
            Body::Exchange { epoch, ciphertext } => {
                ciphertext.read()?;
                (epoch, ciphertext)
            }
        };
        let (identity, commitment, wrapped) = (self.identity, change.commitment, change.wrapped);
        Ok(FileHeader { identity, epoch, commitment, wrapped, capsule })
    }
}

impl PolicyChange {
    fn new(statement: ChangeStatement) -> Self {
        Self { statement, signature: None }
    }

    fn exchange(old: &FileHeader, new: FileHeader) -> Self {
        let body = Body::Exchange { epoch: new.epoch, ciphertext: new.capsule };
        Self::new(ChangeStatement { base: old.hash(), commitment: new.commitment, wrapped: new.wrapped, body })
    }

    /// The change with its owner's name to it.
    #[must_use]
    pub fn signed(self, owner: &SigningKey) -> Self {
        Self { signature: Some(owner.sign(&self.statement)), ..self }
    }

    /// Encodes. Not secret.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.statement.to_bytes();
        match &self.signature {
            None => bytes.push(UNSIGNED),
            Some(signature) => {
                bytes.push(SIGNED);
                bytes.extend_from_slice(&signature.to_bytes());
            }
        }
        bytes
    }

    /// Decodes. Whether it is the owner's shows [`Envelope::changed`], which checks what it computes with.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let statement = ChangeStatement::decode(&mut decoder)?;
        let signature = match decoder.u8("signature")? {
            UNSIGNED => None,
            SIGNED => Some(Signature::from_bytes(decoder.array("signature")?)),
            _ => return Err(DecodeError::UnknownTag { what: "signature" }),
        };
        decoder.finish()?;
        Ok(Self { statement, signature })
    }
}

impl ChangeStatement {
    fn to_bytes(&self) -> Vec<u8> {
        let (kind, body) = match &self.body {
            Body::Append { widening, rows } => (APPEND, [widening.to_bytes().as_slice(), &rows.to_bytes()].concat()),
            Body::Exchange { epoch, ciphertext } => {
                (EXCHANGE, [epoch.to_be_bytes().as_slice(), &ciphertext.to_bytes()].concat())
            }
        };
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(self.base.as_bytes());
        bytes.extend_from_slice(&self.commitment.to_bytes());
        bytes.extend_from_slice(&self.wrapped);
        bytes.push(kind);
        bytes.extend_from_slice(&(body.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&body);
        bytes
    }

    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.tag(LAYOUT, "policy change")?;
        let base = Hash32::from_bytes(decoder.array("base")?);
        let commitment = KeyCommitment::from_bytes(decoder.array("commitment")?);
        let wrapped = decoder.array("wrapped key")?;
        let kind = decoder.u8("kind")?;
        let len = decoder.u32("length")? as usize;
        let mut body = Decoder::new(decoder.bytes(len, "body")?);
        let body = match kind {
            APPEND => {
                let widening = Widening::from_bytes(&body.array("offset")?)?;
                Body::Append { widening, rows: Rows::from_bytes(body.rest())? }
            }
            EXCHANGE => {
                let epoch = u64::from_be_bytes(body.array("epoch")?);
                Body::Exchange { epoch, ciphertext: Ciphertext::from_bytes(body.rest())? }
            }
            _ => return Err(DecodeError::UnknownTag { what: "policy change" }),
        };
        Ok(Self { base, commitment, wrapped, body })
    }
}
