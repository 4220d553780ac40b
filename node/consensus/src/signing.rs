//! Signatures of the engine through the project's own keys.
//!
//! A vote or a proposal is signed as the ledger's type of that name, so that an auditor checks a decision with the ledger crate
//! alone. The proof that a validator runs a peer is signed under a domain of ours and for one network; the engine's own form of it
//! (no domain, any network) is not used.

use std::sync::Arc;

use arc_malachitebft_app_channel::app::types::core as engine;
use arc_malachitebft_signing::{Error, Signer, VerificationResult, Verifier};
use async_trait::async_trait;
use medshare_crypto::sign::{Signable, Signature, SigningKey, VerifyingKey};
use medshare_ledger::id::NetworkId;

use super::context::{Context, Proposal, Vote};

/// ed25519 as [`medshare_crypto::sign`] does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme;

/// Bytes that are no key or signature.
#[derive(Debug, thiserror::Error)]
#[error("expected the bytes of an ed25519 {what}")]
pub struct NotEd25519 {
    what: &'static str,
}

impl engine::SigningScheme for Scheme {
    type DecodingError = NotEd25519;
    type Signature = Signature;
    type PublicKey = VerifyingKey;
    type PrivateKey = Arc<SigningKey>;

    fn decode_signature(bytes: &[u8]) -> Result<Signature, NotEd25519> {
        let bytes = bytes.try_into().map_err(|_| NotEd25519 { what: "signature" })?;
        Ok(Signature::from_bytes(bytes))
    }

    fn encode_signature(signature: &Signature) -> Vec<u8> {
        signature.to_bytes().to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<VerifyingKey, NotEd25519> {
        let wrong = || NotEd25519 { what: "public key" };
        let bytes = bytes.try_into().map_err(|_| wrong())?;
        VerifyingKey::from_bytes(bytes).map_err(|_| wrong())
    }

    fn encode_public_key(key: &VerifyingKey) -> Vec<u8> {
        key.to_bytes().to_vec()
    }
}

/// "The validator with this key runs the peer with this id", in one network.
pub(super) struct PeerClaim<'a> {
    pub(super) network: NetworkId,
    pub(super) public_key: &'a [u8],
    pub(super) peer: &'a [u8],
}

impl Signable for PeerClaim<'_> {
    const DOMAIN: &'static str = "medshare/consensus-peer/v1";

    /// `network ‖ u64 len(key) ‖ key ‖ peer`.
    fn signing_bytes(&self) -> Vec<u8> {
        let length = (self.public_key.len() as u64).to_be_bytes();
        [self.network.as_bytes(), &length[..], self.public_key, self.peer].concat()
    }
}

/// Checks what other validators signed.
pub(super) struct StrictVerifier {
    pub(super) network: NetworkId,
}

fn check<T: Signable>(message: Option<T>, signature: &Signature, key: &VerifyingKey) -> VerificationResult {
    VerificationResult::from_bool(message.is_some_and(|message| key.verify(&message, signature).is_ok()))
}

#[async_trait]
impl Verifier<Context> for StrictVerifier {
    async fn verify_signed_vote(
        &self,
        vote: &Vote,
        signature: &Signature,
        key: &VerifyingKey,
    ) -> Result<VerificationResult, Error> {
        Ok(check(vote.to_ledger(self.network), signature, key))
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &Proposal,
        signature: &Signature,
        key: &VerifyingKey,
    ) -> Result<VerificationResult, Error> {
        Ok(check(proposal.to_ledger(self.network), signature, key))
    }

    async fn verify_signed_vote_extension(
        &self,
        _scope: &engine::VoteExtensionScope<Context>,
        _extension: &(),
        _signature: &Signature,
        _key: &VerifyingKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }

    async fn verify_validator_proof(
        &self,
        proof: &engine::ValidatorProof<Context>,
    ) -> Result<VerificationResult, Error> {
        let key = <Scheme as engine::SigningScheme>::decode_public_key(&proof.public_key);
        let Ok(key) = key else {
            return Ok(VerificationResult::Invalid);
        };
        let claim = PeerClaim { network: self.network, public_key: &proof.public_key, peer: &proof.peer_id };
        Ok(check(Some(claim), &proof.signature, &key))
    }
}

/// Signs as this validator.
#[derive(Clone)]
pub(super) struct ValidatorSigner {
    pub(super) network: NetworkId,
    pub(super) key: Arc<SigningKey>,
}

/// A vote or proposal that belongs to no round, which the engine never asks for.
#[derive(Debug, thiserror::Error)]
#[error("nothing outside of a round is signed")]
struct NoRound;

/// A vote extension, which this network does not have.
#[derive(Debug, thiserror::Error)]
#[error("vote extensions are not signed in this network")]
struct NoExtensions;

#[async_trait]
impl Signer<Context> for ValidatorSigner {
    async fn sign_vote(&self, vote: Vote) -> Result<engine::SignedMessage<Context, Vote>, Error> {
        let message = vote.to_ledger(self.network).ok_or_else(|| Error::from_source(NoRound))?;
        let signature = self.key.sign(&message);
        Ok(engine::SignedMessage::new(vote, signature))
    }

    async fn sign_proposal(&self, proposal: Proposal) -> Result<engine::SignedMessage<Context, Proposal>, Error> {
        let message = proposal.to_ledger(self.network).ok_or_else(|| Error::from_source(NoRound))?;
        let signature = self.key.sign(&message);
        Ok(engine::SignedMessage::new(proposal, signature))
    }

    async fn sign_vote_extension(
        &self,
        _scope: engine::VoteExtensionScope<Context>,
        _extension: (),
    ) -> Result<engine::SignedMessage<Context, ()>, Error> {
        Err(Error::from_source(NoExtensions))
    }

    async fn sign_validator_proof(
        &self,
        public_key: Vec<u8>,
        peer: Vec<u8>,
    ) -> Result<engine::ValidatorProof<Context>, Error> {
        let claim = PeerClaim { network: self.network, public_key: &public_key, peer: &peer };
        let signature = self.key.sign(&claim);
        Ok(engine::ValidatorProof::new(public_key, peer, signature))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::context::{Address, EngineHeight, NilOrVal, Round, VoteType};
    use crate::testing::{NETWORK, key};
    use medshare_crypto::hash::sha256;
    use medshare_ledger::id::{Height, NodeId};

    fn vote() -> Vote {
        Vote {
            kind: VoteType::Precommit,
            height: EngineHeight(Height(7)),
            round: Round::new(1),
            value: NilOrVal::Val(sha256(b"batch")),
            voter: Address(NodeId::of_key(&key(1).verifying_key())),
        }
    }

    #[tokio::test]
    async fn a_vote_verifies_in_its_own_network_only() {
        let signer = ValidatorSigner { network: NETWORK, key: Arc::new(key(1)) };
        let signed = signer.sign_vote(vote()).await.unwrap();
        let public = key(1).verifying_key();
        for (network, valid) in [(NETWORK, true), (NetworkId::from_bytes([9; 32]), false)] {
            let verifier = StrictVerifier { network };
            let result = verifier.verify_signed_vote(&signed.message, &signed.signature, &public).await.unwrap();
            assert_eq!(result.is_valid(), valid);
        }
    }

    #[tokio::test]
    async fn a_vote_outside_of_rounds_is_neither_signed_nor_accepted() {
        let signer = ValidatorSigner { network: NETWORK, key: Arc::new(key(1)) };
        let vote = Vote { round: Round::Nil, ..vote() };
        assert!(signer.sign_vote(vote.clone()).await.is_err());
        let verifier = StrictVerifier { network: NETWORK };
        let signature = Signature::from_bytes([0; 64]);
        let result = verifier.verify_signed_vote(&vote, &signature, &key(1).verifying_key()).await.unwrap();
        assert!(result.is_invalid());
    }

    #[tokio::test]
    async fn a_peer_claim_of_another_network_is_refused() {
        let signer = ValidatorSigner { network: NetworkId::from_bytes([9; 32]), key: Arc::new(key(1)) };
        let public = key(1).verifying_key().to_bytes().to_vec();
        let proof = signer.sign_validator_proof(public, b"peer".to_vec()).await.unwrap();
        let verifier = StrictVerifier { network: NETWORK };
        assert!(verifier.verify_validator_proof(&proof).await.unwrap().is_invalid());
        let verifier = StrictVerifier { network: NetworkId::from_bytes([9; 32]) };
        assert!(verifier.verify_validator_proof(&proof).await.unwrap().is_valid());
    }
}
