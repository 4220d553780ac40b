//! Proving to somebody, over the network, that one satisfies a policy.
//!
//! In the work that this follows (the Twente thesis on PHR with RW15) the verifier encrypts a nonce and the prover sends it back:
//! a man in the middle forwards both. Here the answer is never the nonce but a MAC over the transcript, which holds both
//! parties' public keys, and both parties sign:
//!
//! ```text
//! verifier → prover   ciphertext of σ under the policy, label AUTH, context = transcript; signed by the verifier
//! prover → verifier   HMAC-SHA256(HKDF(σ), transcript); signed by the prover       transcript = verifier ‖ prover ‖ nonce ‖ purpose
//! ```
//!
//! Somebody in the middle has another key, hence another transcript, and learns nothing that is valid under the right one. The
//! label AUTH goes into H1, so a ciphertext of data never opens as a challenge: a prover is no decryption oracle.
//!
//! **Why the prover signs.** σ is open to everybody who satisfies the policy: any of them could answer for any party. **Why the verifier
//! signs.** Else anybody asks in anybody's name, and learns who answers. **What stays.** A prover may sign what a friend with the attributes computed: nothing
//! ties the attributes to the party's key but that nobody gives either away.

use hmac::{Hmac, Mac as _};
use rand_core::{CryptoRng, RngCore};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::ciphertext::wrap_for;
use super::oracle::Label;
use super::user::unmask_for;
use super::{Ciphertext, EncryptError, PublicKeys, RecoverError, Transform, UserSecret, make_rows};
use crate::encoding::{DecodeError, Decoder};
use crate::hash::{Hash32, sha256, tagged_hash};
use crate::policy::Policy;
use crate::secret::{AttributeSecret, Secret32};
use crate::sign::{Signable, Signature, SigningKey, VerifyingKey};

/// Both parties, and what they are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// Who wants to know.
    pub verifier: VerifyingKey,
    /// Who has to show it.
    pub prover: VerifyingKey,
    /// Fresh for every challenge; the verifier's.
    pub nonce: [u8; 32],
    /// What is being authorised.
    pub purpose: Vec<u8>,
}

impl Transcript {
    /// What both sides compute over. It names the challenge, and is no secret.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        let parts = [self.verifier.as_bytes().as_slice(), self.prover.as_bytes(), &self.nonce, &self.purpose];
        tagged_hash("medshare/abe/challenge/v1", &parts)
    }

    /// Encodes: `verifier (32) ‖ prover (32) ‖ nonce (32) ‖ purpose`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.verifier.as_bytes().as_slice(), self.prover.as_bytes(), &self.nonce, &self.purpose].concat()
    }

    /// Decodes.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let mut key = |what| {
            let key = VerifyingKey::from_bytes(decoder.array(what)?);
            key.map_err(|_| DecodeError::InvalidElement { what })
        };
        let (verifier, prover) = (key("verifier")?, key("prover")?);
        let nonce = decoder.array("nonce")?;
        let purpose = decoder.rest().to_vec();
        Ok(Self { verifier, prover, nonce, purpose })
    }
}

/// The verifier's side, waiting for the answer. It is used once.
#[derive(Debug)]
pub struct PendingChallenge {
    sigma: AttributeSecret,
    transcript: Transcript,
}

/// A challenge as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Who asks whom about what.
    pub transcript: Transcript,
    /// σ under the policy.
    pub ciphertext: Ciphertext,
    /// The verifier's signature over both.
    pub signature: Signature,
}

/// The prover's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChallengeAnswer {
    /// Which challenge it answers: the hash of its transcript. What it states wrongly, MAC and signature show.
    pub challenge: Hash32,
    /// HMAC over the transcript.
    pub mac: [u8; 32],
    /// The prover's signature over transcript and MAC.
    pub signature: Signature,
}

/// Why a challenge is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnswered {
    /// It names another prover.
    #[error("the challenge is for another party than you: do not answer it for somebody else")]
    OtherProver,
    /// It names another verifier.
    #[error("the challenge is by another party than the one you named: somebody may be in between")]
    OtherVerifier,
    /// The verifier did not sign it.
    #[error("the challenge is not signed by the party that it names: somebody else made or altered it")]
    Unsigned,
    /// It does not open.
    #[error(transparent)]
    Recover(#[from] RecoverError),
}

/// The answer is wrong: the prover does not satisfy the policy, or somebody else answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer to the challenge is wrong")]
pub struct WrongAnswer;

struct ChallengeStatement<'a> {
    transcript: &'a Transcript,
    ciphertext: &'a Ciphertext,
}

impl Signable for ChallengeStatement<'_> {
    const DOMAIN: &'static str = "medshare/abe/challenge-by/v1";

    /// `hash of the transcript (32) ‖ SHA-256 of the ciphertext (32)`.
    fn signing_bytes(&self) -> Vec<u8> {
        [self.transcript.hash().as_bytes().as_slice(), sha256(&self.ciphertext.to_bytes()).as_bytes()].concat()
    }
}

struct AnswerStatement<'a> {
    transcript: &'a Transcript,
    mac: [u8; 32],
}

impl Signable for AnswerStatement<'_> {
    const DOMAIN: &'static str = "medshare/abe/challenge-answer/v1";

    /// `hash of the transcript (32) ‖ MAC (32)`.
    fn signing_bytes(&self) -> Vec<u8> {
        [self.transcript.hash().as_bytes().as_slice(), &self.mac].concat()
    }
}

/// Challenges `prover` to satisfy `policy`, for a purpose.
///
/// # Errors
/// When a public key is missing.
pub fn challenge(
    policy: &Policy,
    keys: &PublicKeys,
    (verifier, prover): (&SigningKey, VerifyingKey),
    purpose: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Challenge, PendingChallenge), EncryptError> {
    let mut nonce = [0; 32];
    rng.fill_bytes(&mut nonce);
    let transcript = Transcript { verifier: verifier.verifying_key(), prover, nonce, purpose: purpose.to_vec() };
    let (rows, share) = make_rows(policy, keys, rng)?;
    let sigma = AttributeSecret(Secret32::generate(rng));
    let ciphertext = wrap_for(Label::Authentication, rows, &[share], &sigma, transcript.hash().as_bytes());
    let signature = verifier.sign(&ChallengeStatement { transcript: &transcript, ciphertext: &ciphertext });
    let pending = PendingChallenge { sigma, transcript: transcript.clone() };
    Ok((Challenge { transcript, ciphertext, signature }, pending))
}

impl Challenge {
    /// Checks that `verifier` asks `prover` this.
    ///
    /// # Errors
    /// When it is for or by another party, or not signed.
    pub fn check(&self, verifier: &VerifyingKey, prover: &VerifyingKey) -> Result<(), NotAnswered> {
        let Self { transcript, ciphertext, signature } = self;
        if transcript.prover != *prover {
            return Err(NotAnswered::OtherProver);
        }
        if transcript.verifier != *verifier {
            return Err(NotAnswered::OtherVerifier);
        }
        let statement = ChallengeStatement { transcript, ciphertext };
        verifier.verify(&statement, signature).map_err(|_| NotAnswered::Unsigned)
    }
}

impl UserSecret {
    /// Answers a challenge by `verifier`, after a node transformed its ciphertext; `prover` is the answering party's own key.
    ///
    /// # Errors
    /// When the challenge is not by and for these two, or does not open.
    pub fn answer(
        &self,
        challenge: &Challenge,
        transform: &Transform,
        (verifier, prover): (&VerifyingKey, &SigningKey),
    ) -> Result<ChallengeAnswer, NotAnswered> {
        challenge.check(verifier, &prover.verifying_key())?;
        let Challenge { transcript, ciphertext, .. } = challenge;
        let kappa = self.kappa(transform);
        let sigma = unmask_for(Label::Authentication, ciphertext, &kappa, transcript.hash().as_bytes())?;
        let mac = mac(&sigma, transcript).ok_or(RecoverError)?.finalize().into_bytes().into();
        let signature = prover.sign(&AnswerStatement { transcript, mac });
        Ok(ChallengeAnswer { challenge: transcript.hash(), mac, signature })
    }
}

impl PendingChallenge {
    /// What was asked, and whom.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Encodes: `σ (32) ‖ transcript`. Secret.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(128 + self.transcript.purpose.len()));
        bytes.extend_from_slice(self.sigma.expose());
        bytes.extend_from_slice(&self.transcript.to_bytes());
        bytes
    }

    /// Decodes.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let sigma = AttributeSecret(Secret32::from_bytes(Zeroizing::new(decoder.array("sigma")?)));
        Ok(Self { sigma, transcript: Transcript::from_bytes(decoder.rest())? })
    }

    /// Whether an answer says that it is to this challenge. One to another leaves this one waiting: nothing was tried with it.
    #[must_use]
    pub fn is_meant(&self, answer: &ChallengeAnswer) -> bool {
        self.transcript.hash() == answer.challenge
    }

    /// Checks that the challenged party, and nobody else, answered; the MAC in constant time.
    ///
    /// # Errors
    /// When the answer is wrong.
    pub fn check(self, answer: &ChallengeAnswer) -> Result<(), WrongAnswer> {
        let Self { sigma, transcript } = &self;
        if !self.is_meant(answer) {
            return Err(WrongAnswer);
        }
        let statement = AnswerStatement { transcript, mac: answer.mac };
        transcript.prover.verify(&statement, &answer.signature).map_err(|_| WrongAnswer)?;
        let mac = mac(sigma, transcript).ok_or(WrongAnswer)?;
        mac.verify_slice(&answer.mac).map_err(|_| WrongAnswer)
    }
}

fn mac(sigma: &AttributeSecret, transcript: &Transcript) -> Option<Hmac<Sha256>> {
    let mut key = Zeroizing::new([0; 32]);
    hkdf::Hkdf::<Sha256>::new(None, sigma.expose())
        .expand(b"medshare/abe/challenge-mac/v1", key.as_mut_slice())
        .ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).ok()?;
    mac.update(transcript.hash().as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests;
