//! Another policy for a file that lies with somebody else, who is given nothing secret.
//!
//! | change | who opened before | σ | data key |
//! |---|---|---|---|
//! | widen: old OR extra | still opens | stays | stays |
//! | replace | may have kept σ | stays | stays |
//! | narrow | may have kept the data key | fresh | stays; only strict rekeying changes it |
//!
//! A change holds the owner's signature over the header that comes out of it, and over the name of the one whose place it takes: whoever stores the file, and whoever can
//! write to the store, need not be trusted with it. An old change is not applied again, and no old header put back by one; nor does a header apply as a change that was signed
//! for a payload which is encrypted again: the signature is over that the payload stays.
//!
//! Layout: `u8 4 ‖ base (32) ‖ commitment (32) ‖ wrapped key (48) ‖ signature (64) ‖ u8 kind ‖ u32 len ‖ body`. `base` names the header that the change
//! is for, as its owner signed it: rows that moved since move on with it, or are exchanged. Body 1 (append): `offset (32) ‖ rows`; body 2 (exchange):
//! `u64 epoch ‖ ciphertext`.

use rand_core::{CryptoRng, RngCore};

use super::{FileCapsule, FileHeader, OwnersHeader, Payload, Purpose, next_epoch};
use crate::abe::{Ciphertext, MovedRows, RowShare, Rows, RowsError, WidenError, Widening, rewrap};
use crate::derive::KeyCommitment;
use crate::encoding::{DecodeError, Decoder};
use crate::envelope::{Envelope, EnvelopeError, WRAPPED_LEN, wrap_key};
use crate::hash::Hash32;
use crate::policy::PolicyErrorReason;
use crate::secret::AttributeSecret;
use crate::sign::{Signature, SigningKey, VerifyingKey};

const LAYOUT: u8 = 4;
const APPEND: u8 = 1;
const EXCHANGE: u8 = 2;

/// Why a change cannot be made or applied.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The file is another one, or not in the state for which the change was made.
    #[error("the change was made for another file, or the file has changed since; make the change again")]
    OtherFile,
    /// The file names no owner: an earlier build made it.
    #[error("the file names no owner, so nobody may change its policy; encrypt it anew")]
    NoOwner,
    /// By somebody else than the owner, or altered.
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

/// "My file, whose header is this, gets that policy."
#[derive(Debug, Clone)]
pub struct PolicyChange {
    new: NewHeader,
    /// Over the header that comes out.
    signature: Signature,
}

/// What makes another header of one.
#[derive(Debug, Clone)]
struct NewHeader {
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

impl OwnersHeader {
    /// Also lets open whoever satisfies the policy of `rows`.
    ///
    /// # Errors
    /// When σ is not this file's, or the joint policy is out of bounds.
    pub fn widening(
        &self,
        owner: &SigningKey,
        sigma: &AttributeSecret,
        rows: Rows,
        shares: &[RowShare],
    ) -> Result<PolicyChange, ChangeError> {
        let header = self.header();
        let (key, signed) = (header.unwrap(sigma)?, &header.capsule.ciphertext);
        let policy = signed.widened_policy(&rows.policy()?)?;
        let (commitment, wrapped) = wrap_key(&key, header.record(), header.epoch, policy.hash(), sigma)?;
        let widening = signed.widening(shares, sigma, &header.context());
        let body = Body::Append { widening, rows };
        PolicyChange::signed(header, NewHeader { base: header.name_that_is_signed(), commitment, wrapped, body }, owner)
    }

    /// Puts the same σ under the policy of `rows`.
    ///
    /// # Errors
    /// When σ is not this file's.
    pub fn replacement(
        &self,
        owner: &SigningKey,
        sigma: &AttributeSecret,
        rows: Rows,
        shares: Vec<RowShare>,
    ) -> Result<PolicyChange, ChangeError> {
        let header = self.header();
        let key = header.unwrap(sigma)?;
        let capsule = FileCapsule::unsigned(rewrap(rows, shares, sigma, &header.context()));
        let new = FileHeader::wrap(&key, header.identity, header.epoch, capsule, sigma)?;
        PolicyChange::signed(header, NewHeader::exchange(header, new), owner)
    }

    /// Puts a fresh σ under the policy of `rows`: the old header, wherever it was kept, does not lead to the new one.
    ///
    /// # Errors
    /// When σ is not this file's.
    pub fn narrowing(
        &self,
        owner: &SigningKey,
        sigma: &AttributeSecret,
        rows: Rows,
        shares: Vec<RowShare>,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<PolicyChange, ChangeError> {
        let header = self.header();
        let new = next_epoch(header, &header.unwrap(sigma)?, rows, shares, rng)?;
        PolicyChange::signed(header, NewHeader::exchange(header, new), owner)
    }
}

impl Envelope<FileCapsule> {
    /// The header after a change by the file's owner. It takes no secret.
    ///
    /// # Errors
    /// When the change was made for another header, or not by the owner, or the file names none.
    pub fn changed(&self, PolicyChange { new, signature }: PolicyChange) -> Result<Self, ChangeError> {
        // Another file's change is called that, whoever signed it.
        if new.base != self.name_that_is_signed() {
            return Err(ChangeError::OtherFile);
        }
        let owner = self.identity.owner.ok_or(ChangeError::NoOwner)?;
        let (purpose, moved) = (new.purpose(), new.moved(self));
        let changed = self.after(new)?.with_signature(signature, purpose, moved);
        changed.signed_by().map_err(|_| ChangeError::OtherOwner { owner })?;
        Ok(changed)
    }

    /// The header that comes out; not signed yet.
    fn after(&self, new: NewHeader) -> Result<Self, ChangeError> {
        let (epoch, ciphertext) = match new.body {
            Body::Append { widening, rows } => (self.epoch, self.capsule.ciphertext.widen(&rows, &widening)?),
            Body::Exchange { epoch, ciphertext } => {
                ciphertext.read()?;
                (epoch, ciphertext)
            }
        };
        let (identity, commitment, wrapped) = (self.identity, new.commitment, new.wrapped);
        Ok(FileHeader { identity, epoch, commitment, wrapped, capsule: FileCapsule::unsigned(ciphertext) })
    }
}

impl NewHeader {
    fn exchange(old: &FileHeader, new: FileHeader) -> Self {
        let body = Body::Exchange { epoch: new.epoch, ciphertext: new.capsule.ciphertext };
        Self { base: old.name_that_is_signed(), commitment: new.commitment, wrapped: new.wrapped, body }
    }

    /// What its owner signs: the payload stays.
    fn purpose(&self) -> Purpose {
        Purpose::Replaces { before: self.base, payload: Payload::Keep }
    }

    /// Rows of `old` that moved, and are still there.
    fn moved(&self, old: &FileHeader) -> MovedRows {
        match &self.body {
            Body::Append { .. } => old.capsule.seal.as_ref().map(|seal| seal.moved.clone()).unwrap_or_default(),
            Body::Exchange { .. } => MovedRows::default(),
        }
    }

    fn decode(decoder: &mut Decoder<'_>) -> Result<(Self, Signature), DecodeError> {
        decoder.tag(LAYOUT, "policy change")?;
        let base = Hash32::from_bytes(decoder.array("base")?);
        let commitment = KeyCommitment::from_bytes(decoder.array("commitment")?);
        let wrapped = decoder.array("wrapped key")?;
        let signature = Signature::from_bytes(decoder.array("signature")?);
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
        Ok((Self { base, commitment, wrapped, body }, signature))
    }
}

impl PolicyChange {
    fn signed(old: &FileHeader, new: NewHeader, owner: &SigningKey) -> Result<Self, ChangeError> {
        let signature = old.after(new.clone())?.signature(owner, new.purpose());
        Ok(Self { new, signature })
    }

    /// Encodes. Not secret.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let NewHeader { base, commitment, wrapped, body } = &self.new;
        let (kind, body) = match body {
            Body::Append { widening, rows } => (APPEND, [widening.to_bytes().as_slice(), &rows.to_bytes()].concat()),
            Body::Exchange { epoch, ciphertext } => {
                (EXCHANGE, [epoch.to_be_bytes().as_slice(), &ciphertext.to_bytes()].concat())
            }
        };
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(base.as_bytes());
        bytes.extend_from_slice(&commitment.to_bytes());
        bytes.extend_from_slice(wrapped);
        bytes.extend_from_slice(&self.signature.to_bytes());
        bytes.push(kind);
        bytes.extend_from_slice(&(body.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Decodes. Whether it is the owner's shows [`Envelope::changed`], which checks what it computes with.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let (new, signature) = NewHeader::decode(&mut decoder)?;
        decoder.finish()?;
        Ok(Self { new, signature })
    }
}
