//! Proving to somebody, over the network, that one satisfies a policy.
//!
//! In the work that this follows (the Twente thesis on PHR with RW15) the verifier encrypts a nonce and the prover sends it back:
//! a man in the middle forwards both. Here the answer is never the nonce but a MAC over the transcript, which holds both
//! parties' public keys:
//!
//! ```text
//! verifier → prover   ciphertext of σ under the policy, label AUTH, context = transcript
//! prover → verifier   HMAC-SHA256(HKDF(σ), transcript)         transcript = verifier ‖ prover ‖ nonce ‖ purpose
//! ```
//!
//! Somebody in the middle has another key, hence another transcript, and learns nothing that is valid under the right one. The
//! label AUTH goes into H1, so a ciphertext of data never opens as a challenge: a prover is no decryption oracle.

use hmac::{Hmac, Mac as _};
use rand_core::{CryptoRng, RngCore};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::ciphertext::wrap_for;
use super::oracle::Label;
use super::user::unmask_for;
use super::{Ciphertext, EncryptError, PublicKeys, RecoverError, Transform, UserSecret, make_rows};
use crate::encoding::{DecodeError, Decoder};
use crate::hash::tagged_hash;
use crate::policy::Policy;
use crate::secret::{AttributeSecret, Secret32};
use crate::sign::VerifyingKey;

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
    /// What both sides compute over.
    fn digest(&self) -> [u8; 32] {
        let parts = [self.verifier.as_bytes().as_slice(), self.prover.as_bytes(), &self.nonce, &self.purpose];
        tagged_hash("medshare/abe/challenge/v1", &parts).to_bytes()
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

/// The prover's answer, 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChallengeAnswer(pub [u8; 32]);

/// The answer is wrong: the prover does not satisfy the policy, or somebody is in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer to the challenge is wrong")]
pub struct WrongAnswer;

/// Challenges `transcript.prover` to satisfy `policy`. The nonce of the transcript is replaced by a fresh one.
///
/// # Errors
/// When a public key is missing.
pub fn challenge(
    policy: &Policy,
    keys: &PublicKeys,
    mut transcript: Transcript,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Ciphertext, Transcript, PendingChallenge), EncryptError> {
    rng.fill_bytes(&mut transcript.nonce);
    let (rows, share) = make_rows(policy, keys, rng)?;
    let sigma = AttributeSecret(Secret32::generate(rng));
    let context = transcript.digest();
    let ciphertext = wrap_for(Label::Authentication, rows, &[share], &sigma, &context);
    let pending = PendingChallenge { sigma, transcript: transcript.clone() };
    Ok((ciphertext, transcript, pending))
}

impl UserSecret {
    /// Answers a challenge, after a node transformed its ciphertext. `transcript` is built from what the prover itself knows:
    /// its own key and the key of the party to which it is connected.
    ///
    /// # Errors
    /// When the challenge does not open, or belongs to another transcript.
    pub fn answer(
        &self,
        ciphertext: &Ciphertext,
        transform: &Transform,
        transcript: &Transcript,
    ) -> Result<ChallengeAnswer, RecoverError> {
        let kappa = &transform.a * &transform.t.pow(self.exponent());
        let context = transcript.digest();
        let sigma = unmask_for(Label::Authentication, ciphertext, &kappa, &context)?;
        let mac = mac(&sigma, transcript).ok_or(RecoverError)?;
        Ok(ChallengeAnswer(mac.finalize().into_bytes().into()))
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

    /// Checks the answer, in constant time.
    ///
    /// # Errors
    /// When it is wrong.
    pub fn check(self, answer: &ChallengeAnswer) -> Result<(), WrongAnswer> {
        let mac = mac(&self.sigma, &self.transcript).ok_or(WrongAnswer)?;
        mac.verify_slice(&answer.0).map_err(|_| WrongAnswer)
    }
}

fn mac(sigma: &AttributeSecret, transcript: &Transcript) -> Option<Hmac<Sha256>> {
    let mut key = Zeroizing::new([0; 32]);
    hkdf::Hkdf::<Sha256>::new(None, sigma.expose())
        .expand(b"medshare/abe/challenge-mac/v1", key.as_mut_slice())
        .ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).ok()?;
    mac.update(&transcript.digest());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::super::tests::{CONTEXT, World, policy};
    use super::*;
    use crate::abe::encrypt;
    use crate::sign::SigningKey;

    fn party() -> VerifyingKey {
        SigningKey::generate(&mut OsRng).verifying_key()
    }

    fn transcript(verifier: VerifyingKey, prover: VerifyingKey) -> Transcript {
        Transcript { verifier, prover, nonce: [0; 32], purpose: b"read".to_vec() }
    }

    #[test]
    fn who_satisfies_the_policy_answers_and_a_man_in_the_middle_does_not() {
        let world = World::new();
        let user = world.user("bob", &["A@X"]);
        let (hospital, bob, eve) = (party(), party(), party());
        let begin = |transcript| challenge(&policy("A@X"), &world.keys, transcript, &mut OsRng);
        let (ciphertext, transcript_, pending) = begin(transcript(hospital, bob)).unwrap();
        let transform = user.transform(&ciphertext).unwrap();
        let answer = user.secret.answer(&ciphertext, &transform, &transcript_);
        let pending = PendingChallenge::from_bytes(&pending.to_bytes()).unwrap();
        assert_eq!(pending.check(&answer.unwrap()), Ok(()));

        // Eve talks to the hospital in her own name and forwards its challenge to Bob, who sees Eve's key as the verifier's.
        let (ciphertext, to_eve, pending) = begin(transcript(hospital, eve)).unwrap();
        let transform = user.transform(&ciphertext).unwrap();
        let seen_by_bob = Transcript { verifier: eve, prover: bob, ..to_eve };
        let answer = user.secret.answer(&ciphertext, &transform, &seen_by_bob);
        assert_eq!(answer.unwrap_err(), RecoverError);
        assert_eq!(pending.check(&ChallengeAnswer([0; 32])), Err(WrongAnswer));
    }

    #[test]
    fn a_data_ciphertext_is_not_answered_as_a_challenge() {
        let world = World::new();
        let user = world.user("bob", &["A@X"]);
        let transcript = transcript(party(), party());
        for context in [CONTEXT, &transcript.digest()] {
            let (data, _) = encrypt(&policy("A@X"), &world.keys, context, &mut OsRng).unwrap();
            let transform = user.transform(&data).unwrap();
            let answer = user.secret.answer(&data, &transform, &transcript);
            assert_eq!(answer.unwrap_err(), RecoverError);
        }
    }
}
