//! Whose file it is: an owner's signature over a header, and what is taken only with it.
//!
//! A node answers for whatever rows it is given, and its answers to single rows of one file, collected while their attributes come and go, would add up to one that
//! opens. So nobody is given the rows of a file before its header was found to be signed by an owner who was named ([`OwnersHeader`]).
//!
//! The signature is over the header's name, which stands for identity, wrapped key, policy and rows, and over its [`Purpose`]: the name of the header that it takes the place
//! of, so that of two headers that an owner signed the older one is never put in the place of the younger, and whether the payload stays, so that one which was signed for a
//! payload that is encrypted again is never put before the old one. Rows that move to other versions are outside of it
//! ([`MovedRows`]), and so is the payload, which the data key binds: whoever opens a file can exchange its contents.

use std::borrow::Cow;
use std::io::{Read, Write};

use super::capsule::{FileCapsule, Seal};
use super::purpose::Purpose;
use super::{AbeFileError, FileHeader, Opener};
use crate::abe::{
    AttributeVersion, Ciphertext, CiphertextUpdate, Dispute, DisputeError, MovedRows, RowsError, TransformError,
    TransformStatement, UpdateError, VerifiedRegistration, transform,
};
use crate::envelope::Envelope;
use crate::hash::Hash32;
use crate::policy::Policy;
use crate::secret::AttributeSecret;
use crate::sign::{Signable, Signature, SigningKey, VerifyingKey};

/// "This is a header of my file, for this purpose."
struct HeaderStatement {
    owner: VerifyingKey,
    header: Hash32,
    purpose: Purpose,
}

impl Signable for HeaderStatement {
    const DOMAIN: &'static str = "medshare/abe/file-header/v2";

    /// `owner (32) ‖ header (32) ‖ purpose (33)`.
    fn signing_bytes(&self) -> Vec<u8> {
        [self.owner.as_bytes().as_slice(), self.header.as_bytes(), &self.purpose.to_bytes()].concat()
    }
}

/// Why a header is not taken for an owner's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OwnerError {
    /// Nobody signed it.
    #[error("the file is not signed by its owner")]
    Unsigned,
    /// An owner who was not named.
    #[error("the file is signed by {owner}, which is none of the owners that were named")]
    OtherOwner {
        /// The file's owner.
        owner: VerifyingKey,
    },
    /// Not what the owner signed.
    #[error("the file's header is not the one that its owner {owner} signed: it was altered")]
    Altered {
        /// The file's owner.
        owner: VerifyingKey,
    },
    /// Taken without looking at the signature that there is.
    #[error("the file is signed, by {owner}")]
    Signed {
        /// The file's owner.
        owner: VerifyingKey,
    },
}

/// A header that an owner has signed who was named; only of such a one come the rows. Of a file that nobody signed, of an earlier build, somebody has
/// to say that it came on a way which is trusted.
#[derive(Debug)]
pub struct OwnersHeader(FileHeader);

impl Envelope<FileCapsule> {
    /// Who may open the file, with the certainty that the rows are those that the header names.
    ///
    /// # Errors
    /// When they are not, or the policy's text is damaged.
    pub fn policy(&self) -> Result<Policy, RowsError> {
        self.capsule.ciphertext.read()
    }

    /// Of which versions of its attributes the rows are now, each once, ascending.
    ///
    /// # Errors
    /// When the rows are not those that the header names, or the policy's text is damaged.
    pub fn versions(&self) -> Result<Vec<AttributeVersion>, RowsError> {
        let FileCapsule { ciphertext, seal } = &self.capsule;
        match seal {
            Some(seal) => ciphertext.moved(&seal.moved)?.versions(),
            None => ciphertext.versions(),
        }
    }

    /// Moves the rows of an attribute to a new version. What the owner signed stays. Returns why a row stays beside those that move, as
    /// [`Rows::update`](crate::abe::Rows::update) does.
    ///
    /// # Errors
    /// When the attribute is not in the policy, or at another version only, or rows are not valid; then nothing is changed.
    pub fn update(&mut self, update: &CiphertextUpdate) -> Result<Option<UpdateError>, UpdateError> {
        let FileCapsule { ciphertext, seal } = &mut self.capsule;
        let Some(seal) = seal else { return ciphertext.update(update) };
        let mut now = ciphertext.moved(&seal.moved)?;
        let stays = now.update(update)?;
        seal.moved = now.moved_since(ciphertext);
        Ok(stays)
    }

    /// The owner, who has signed the header as it is.
    ///
    /// # Errors
    /// When nobody has signed it, or it was altered.
    pub fn signed_by(&self) -> Result<VerifyingKey, OwnerError> {
        let (Some(owner), Some(seal)) = (self.identity.owner, &self.capsule.seal) else {
            return Err(OwnerError::Unsigned);
        };
        let statement = HeaderStatement { owner, header: self.name_that_is_signed(), purpose: seal.purpose };
        owner.verify(&statement, &seal.signature).map_err(|_| OwnerError::Altered { owner })?;
        Ok(owner)
    }

    /// The header, if one of `owners` has signed it.
    ///
    /// # Errors
    /// When somebody else has, or nobody, or it was altered.
    pub fn of_owner(self, owners: &[VerifyingKey]) -> Result<OwnersHeader, OwnerError> {
        let owner = self.signed_by()?;
        if owners.contains(&owner) { Ok(OwnersHeader(self)) } else { Err(OwnerError::OtherOwner { owner }) }
    }

    /// The header of a file that nobody has signed, and that came on a way which is trusted.
    ///
    /// # Errors
    /// When somebody has signed it.
    pub fn of_trusted_way(self) -> Result<OwnersHeader, OwnerError> {
        match self.signed_by() {
            Err(OwnerError::Unsigned) => Ok(OwnersHeader(self)),
            Ok(owner) => Err(OwnerError::Signed { owner }),
            Err(error) => Err(error),
        }
    }

    /// What the owner signs: all but the rows that moved.
    pub(super) fn name_that_is_signed(&self) -> Hash32 {
        self.hash_with(&self.capsule.ciphertext.head())
    }

    /// The owner's signature.
    pub(super) fn signature(&self, owner: &SigningKey, purpose: Purpose) -> Signature {
        let header = self.name_that_is_signed();
        owner.sign(&HeaderStatement { owner: owner.verifying_key(), header, purpose })
    }

    /// This header with a signature, which was not checked.
    pub(super) fn with_signature(mut self, signature: Signature, purpose: Purpose, moved: MovedRows) -> Self {
        self.capsule.seal = Some(Seal { purpose, signature, moved });
        self
    }

    /// This header with the owner's signature.
    pub(super) fn signed(self, owner: &SigningKey, purpose: Purpose) -> Self {
        let signature = self.signature(owner, purpose);
        self.with_signature(signature, purpose, MovedRows::default())
    }
}

impl OwnersHeader {
    /// The header.
    #[must_use]
    pub fn header(&self) -> &FileHeader {
        &self.0
    }

    /// What a node transforms, at the versions to which its rows moved.
    ///
    /// # Errors
    /// When rows moved that are none of the file's, or its rows are not those that the header names.
    pub fn ciphertext(&self) -> Result<Cow<'_, Ciphertext>, RowsError> {
        self.0.capsule.now()
    }

    /// Opens a dispute about an answer to this header that `node` signed for `user`.
    ///
    /// # Errors
    /// When it did not sign this, or for another header or user.
    pub fn dispute<'a>(
        &'a self,
        node: VerifyingKey,
        user: &'a VerifiedRegistration,
        statement: &TransformStatement<'a>,
        signature: &Signature,
    ) -> Result<Dispute<'a>, DisputeError> {
        if statement.header != self.0.hash() {
            return Err(DisputeError::Answer);
        }
        let FileCapsule { ciphertext, seal } = &self.0.capsule;
        let dispute = Dispute::new(ciphertext, node, user, statement, signature)?;
        Ok(match seal {
            Some(seal) => dispute.about_moved(&seal.moved),
            None => dispute,
        })
    }

    /// σ.
    ///
    /// # Errors
    /// When the opener does not open it.
    pub fn secret(&self, opener: Opener<'_>) -> Result<AttributeSecret, AbeFileError> {
        let (signed, bound_to) = (&self.0.capsule.ciphertext, self.0.context());
        Ok(match opener {
            Opener::Alone { user, registration, keys } => {
                let ciphertext = self.ciphertext().map_err(TransformError::from)?;
                let answer = transform(&ciphertext, registration, keys)?;
                user.recover(signed, &answer, &bound_to)?
            }
            Opener::WithNode { user, transform } => user.recover(signed, transform, &bound_to)?,
        })
    }

    /// Opens the payload, to which `reader` has come, into `writer`; returns the plaintext's length. Discard the output unless this succeeds.
    ///
    /// # Errors
    /// When the opener does not open it, or anything of it is damaged.
    pub fn open(
        &self,
        opener: Opener<'_>,
        reader: &mut impl Read,
        writer: &mut impl Write,
    ) -> Result<u64, AbeFileError> {
        let sigma = self.secret(opener)?;
        Ok(self.0.open_payload(&sigma, reader, writer)?)
    }
}
