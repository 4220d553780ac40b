//! Proofs that two group elements have the same discrete logarithm over two bases: Chaum–Pedersen (CRYPTO 1992), made
//! non-interactive by hashing (Fiat–Shamir, strong form: bases, images, commitments and a context are hashed).
//!
//! Secret w, `I1 = B1^w`, `I2 = B2^w`; the bases may be in different groups of order r. Commit `R1 = B1^k`, `R2 = B2^k`;
//! challenge `c = H(context, B1, I1, B2, I2, R1, R2)`; response `k + c·w`. Sound as all elements have order r, which decoding checked;
//! zero-knowledge in the random oracle model. Layout: challenge (32) ‖ response (32).

use rand_core::{CryptoRng, RngCore};

use crate::encoding::{DecodeError, Decoder};
use crate::pairing::{G1, G2, Gt, Scalar, SecretScalar, encode_scalar, hash_to_scalar};

const CHALLENGE_DOMAIN: &str = "MEDSHARE-V01-DLEQ-CHALLENGE";

/// What the proof needs of a group.
pub(crate) trait ProofGroup: Copy {
    fn times(&self, scalar: &Scalar) -> Self;
    fn combine(&self, other: &Self) -> Self;
    fn append_to(&self, transcript: &mut Vec<u8>);
}

macro_rules! proof_group {
    ($name:ident, |$a:ident, $s:ident| $times:expr, |$b:ident, $c:ident| $combine:expr) => {
        impl ProofGroup for $name {
            fn times(&self, $s: &Scalar) -> Self {
                let $a = *self;
                $times
            }
            fn combine(&self, $c: &Self) -> Self {
                let $b = *self;
                $combine
            }
            fn append_to(&self, transcript: &mut Vec<u8>) {
                transcript.extend_from_slice(&self.to_bytes());
            }
        }
    };
}

proof_group!(G1, |a, s| a * s, |b, c| b + *c);
proof_group!(G2, |a, s| a * s, |b, c| b + *c);
proof_group!(Gt, |a, s| a.pow(s), |b, c| b * *c);

/// `image = base^w` for a w that only the prover knows.
#[derive(Clone, Copy)]
pub(crate) struct Relation<G> {
    pub(crate) base: G,
    pub(crate) image: G,
}

/// A proof of equal exponents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DleqProof {
    challenge: Scalar,
    response: Scalar,
}

impl DleqProof {
    /// Length of the encoding.
    pub const LEN: usize = 64;

    pub(crate) fn new<G: ProofGroup, H: ProofGroup>(
        context: &[u8],
        first: &Relation<G>,
        second: &Relation<H>,
        witness: &Scalar,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Self {
        let nonce = SecretScalar::generate(rng);
        let commitments = (first.base.times(nonce.expose()), second.base.times(nonce.expose()));
        let challenge = challenge(context, first, second, &commitments);
        Self { challenge, response: *nonce.expose() + challenge * witness }
    }

    /// Whether the two relations share their exponent.
    pub(crate) fn holds<G: ProofGroup, H: ProofGroup>(
        &self,
        context: &[u8],
        first: &Relation<G>,
        second: &Relation<H>,
    ) -> bool {
        let commitments = (self.commitment(first), self.commitment(second));
        challenge(context, first, second, &commitments) == self.challenge
    }

    /// `base^response · image^{−challenge}`.
    fn commitment<G: ProofGroup>(&self, relation: &Relation<G>) -> G {
        let minus = relation.image.times(&-self.challenge);
        relation.base.times(&self.response).combine(&minus)
    }

    pub(crate) fn to_bytes(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let (challenge, response) = bytes.split_at_mut(32);
        challenge.copy_from_slice(&encode_scalar(&self.challenge));
        response.copy_from_slice(&encode_scalar(&self.response));
        bytes
    }
}

fn challenge<G: ProofGroup, H: ProofGroup>(
    context: &[u8],
    first: &Relation<G>,
    second: &Relation<H>,
    commitments: &(G, H),
) -> Scalar {
    // The elements have fixed lengths, so this is injective.
    let mut transcript = Vec::with_capacity(2048);
    first.base.append_to(&mut transcript);
    first.image.append_to(&mut transcript);
    second.base.append_to(&mut transcript);
    second.image.append_to(&mut transcript);
    commitments.0.append_to(&mut transcript);
    commitments.1.append_to(&mut transcript);
    transcript.extend_from_slice(context);
    hash_to_scalar(CHALLENGE_DOMAIN, &transcript)
}

impl Decoder<'_> {
    pub(crate) fn dleq(&mut self) -> Result<DleqProof, DecodeError> {
        Ok(DleqProof { challenge: self.scalar("proof challenge")?, response: self.scalar("proof response")? })
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::*;
    use crate::pairing::random_scalar;

    #[test]
    fn a_proof_holds_for_equal_exponents_and_its_context_only() {
        let witness = random_scalar(&mut OsRng);
        let relation = |base: G2, exponent: &Scalar| Relation { base, image: base * exponent };
        let first = relation(G2::generator(), &witness);
        let second = relation(G2::hash("T", b"x"), &witness);
        let proof = DleqProof::new(b"ctx", &first, &second, &witness, &mut OsRng);
        assert!(proof.holds(b"ctx", &first, &second));
        assert!(!proof.holds(b"other", &first, &second));
        let other = relation(G2::hash("T", b"x"), &random_scalar(&mut OsRng));
        assert!(!proof.holds(b"ctx", &first, &other));
        let lie = DleqProof::new(b"ctx", &first, &other, &witness, &mut OsRng);
        assert!(!lie.holds(b"ctx", &first, &other));
    }

    #[test]
    fn relations_may_be_in_different_groups() {
        let witness = random_scalar(&mut OsRng);
        let first = Relation { base: G1::generator(), image: G1::generator() * &witness };
        let second = Relation { base: Gt::generator(), image: Gt::generator().pow(&witness) };
        let proof = DleqProof::new(b"", &first, &second, &witness, &mut OsRng);
        assert!(proof.holds(b"", &first, &second));
    }
}
