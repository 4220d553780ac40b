//! Showing a third party that a node's transform was wrong, without giving z away.
//!
//! The user publishes `V = T^z` with a proof that `g2 = Z^z` and `V = T^z` have the same exponent. Anybody repeats the last step:
//! `κ = A·V`, `σ' = C0 ⊕ H2(κ)`, and sees that `E^{H1(σ'‖ctx)} ≠ κ`. For an honest ciphertext this is the node's fault; for one
//! that no transform opens it is the encryptor's, so the accuser shows the owner's signature too. An honest transform would be
//! opened for everybody by this: publish it for a wrong one only. The node's signature over the transform makes it the node's.
//!
//! Layout: V (576) ‖ proof (64).

use rand_core::{CryptoRng, RngCore};

use super::user::unmask;
use super::{Ciphertext, Transform, UserSecret, VerifiedRegistration};
use crate::dleq::{DleqProof, Relation};
use crate::encoding::{DecodeError, Decoder};
use crate::pairing::{G2, Gt};

const PROOF_CONTEXT: &[u8] = b"medshare/abe/blame/v1";

/// Why an accusation is not upheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlameError {
    /// The proof does not belong to this user and transform.
    #[error("the accuser's proof does not hold")]
    Proof,
    /// The transform opens the ciphertext.
    #[error("the transform is right: it opens the ciphertext")]
    TransformIsRight,
    /// Nothing to accuse of: the transform opens for the accuser.
    #[error("the transform opens the ciphertext; publishing a proof would open it for everybody")]
    NothingToBlame,
}

/// Evidence against a transform.
#[derive(Debug, Clone, Copy)]
pub struct BlameProof {
    v: Gt,
    proof: DleqProof,
}

fn relations(user: &VerifiedRegistration, t: Gt, v: Gt) -> (Relation<G2>, Relation<Gt>) {
    let in_g2 = Relation { base: user.z(), image: G2::generator() };
    (in_g2, Relation { base: t, image: v })
}

impl UserSecret {
    /// Makes evidence against a transform that does not open `ciphertext`.
    ///
    /// # Errors
    /// When it does open.
    pub fn blame(
        &self,
        user: &VerifiedRegistration,
        ciphertext: &Ciphertext,
        transform: &Transform,
        context: &[u8],
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<BlameProof, BlameError> {
        if self.recover(ciphertext, transform, context).is_ok() {
            return Err(BlameError::NothingToBlame);
        }
        let v = transform.t.pow(self.exponent());
        let (in_g2, in_gt) = relations(user, transform.t.element(), v);
        let proof = DleqProof::new(PROOF_CONTEXT, &in_g2, &in_gt, self.exponent(), rng);
        Ok(BlameProof { v, proof })
    }
}

impl BlameProof {
    /// Checks that the registered user could not open `ciphertext` with this transform.
    ///
    /// # Errors
    /// When the proof does not hold or the transform is right.
    pub fn verify(
        &self,
        user: &VerifiedRegistration,
        ciphertext: &Ciphertext,
        transform: &Transform,
        context: &[u8],
    ) -> Result<(), BlameError> {
        let (in_g2, in_gt) = relations(user, transform.t.element(), self.v);
        if !self.proof.holds(PROOF_CONTEXT, &in_g2, &in_gt) {
            return Err(BlameError::Proof);
        }
        match unmask(ciphertext, &(&transform.a * &self.v), context) {
            Ok(_) => Err(BlameError::TransformIsRight),
            Err(_) => Ok(()),
        }
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.v.to_bytes().as_slice(), &self.proof.to_bytes()].concat()
    }

    /// Decodes; V is checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let evidence = Self { v: decoder.gt("V")?, proof: decoder.dleq()? };
        decoder.finish()?;
        Ok(evidence)
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::super::tests::{CONTEXT, World, policy};
    use super::*;
    use crate::abe::encrypt;
    use crate::pairing::SplitGt;

    #[test]
    fn a_wrong_transform_is_proven_wrong_and_a_right_one_cannot_be_blamed() {
        let world = World::new();
        let bob = world.user("bob", &["A@X"]);
        let eve = world.user("eve", &["A@X"]);
        let (ciphertext, _) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
        let right = bob.transform(&ciphertext).unwrap();
        let wrong = Transform { t: SplitGt::new(right.t.element() * Gt::generator()), ..right };
        let blame = |transform: &Transform| {
            let user = &bob.registration;
            bob.secret.blame(user, &ciphertext, transform, CONTEXT, &mut OsRng)
        };
        assert_eq!(blame(&right).unwrap_err(), BlameError::NothingToBlame);
        let evidence = BlameProof::from_bytes(&blame(&wrong).unwrap().to_bytes()).unwrap();
        let check = |user, transform| evidence.verify(user, &ciphertext, transform, CONTEXT);
        assert_eq!(check(&bob.registration, &wrong), Ok(()));
        assert_eq!(check(&eve.registration, &wrong), Err(BlameError::Proof));
        assert_eq!(check(&bob.registration, &right), Err(BlameError::Proof));

        // A forger who knows z and accuses a right transform anyway.
        let v = right.t.pow(bob.secret.exponent());
        let (in_g2, in_gt) = relations(&bob.registration, right.t.element(), v);
        let z = bob.secret.exponent();
        let proof = DleqProof::new(PROOF_CONTEXT, &in_g2, &in_gt, z, &mut OsRng);
        let slander = BlameProof { v, proof };
        assert_eq!(slander.verify(&bob.registration, &ciphertext, &right, CONTEXT), Err(BlameError::TransformIsRight));
    }
}
