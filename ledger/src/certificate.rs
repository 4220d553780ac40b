//! Proof that a quorum of validators decided a batch, verifiable offline.

use crate::id::{Height, NetworkId, NodeId};
use crate::validator::{MAX_VALIDATORS, ValidatorSet};
use crate::vote::{Vote, VoteKind};
use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::Signature;

/// Precommits of a quorum for one batch hash.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CommitCertificate {
    /// Height decided.
    pub height: Height,
    /// Round in which it was decided.
    pub round: u32,
    /// Hash of the decided batch.
    pub value: Hash32,
    /// Who precommitted, with the signature over that [`Vote`]; ordered by validator.
    pub signatures: Vec<(NodeId, Signature)>,
}

/// Why a certificate does not prove a decision.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum CertificateError {
    /// A signer is not a validator of this height.
    #[error("signer {signer} is not a validator at height {height}")]
    UnknownSigner {
        /// The signer.
        signer: NodeId,
        /// The certificate's height.
        height: Height,
    },
    /// Signers are not in strictly ascending order, so one may count twice.
    #[error("signers are not in ascending order at {signer}")]
    UnorderedSigners {
        /// First signer out of order.
        signer: NodeId,
    },
    /// A signature does not verify.
    #[error("the precommit signature of {signer} at height {height} does not verify")]
    BadSignature {
        /// The signer.
        signer: NodeId,
        /// The certificate's height.
        height: Height,
    },
    /// Too few signers.
    #[error("{actual} precommits at height {height}, {expected} are needed")]
    NoQuorum {
        /// The certificate's height.
        height: Height,
        /// Signatures found.
        actual: usize,
        /// Signatures needed.
        expected: usize,
    },
}

impl CommitCertificate {
    /// Checks every signature, strictly: one bad signature fails the certificate even beside a quorum of good ones.
    ///
    /// # Errors
    /// [`CertificateError`] names the first fault.
    pub fn verify(&self, network: NetworkId, validators: &ValidatorSet) -> Result<(), CertificateError> {
        let height = self.height;
        let mut previous = None;
        for (signer, signature) in self.signatures.iter().take(MAX_VALIDATORS + 1) {
            if previous.is_some_and(|p| p >= *signer) {
                return Err(CertificateError::UnorderedSigners { signer: *signer });
            }
            previous = Some(*signer);
            let validator =
                validators.get(*signer).ok_or(CertificateError::UnknownSigner { signer: *signer, height })?;
            let vote = Vote {
                network,
                kind: VoteKind::Precommit,
                height,
                round: self.round,
                value: Some(self.value),
                validator: *signer,
            };
            validator
                .key
                .verify(&vote, signature)
                .map_err(|_| CertificateError::BadSignature { signer: *signer, height })?;
        }
        let (actual, expected) = (self.signatures.len(), validators.quorum());
        if actual < expected {
            return Err(CertificateError::NoQuorum { height, actual, expected });
        }
        Ok(())
    }
}
