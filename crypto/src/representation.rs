//! Proofs that one knows exponents that satisfy several equations at once, in the target group and in G1.
//!
//! An equation is `Π base_i^{w_i} = image`, and the exponents w are shared by all of them. Source: Maurer, *Unifying zero-knowledge proofs of
//! knowledge*, AFRICACRYPT 2009, for the map that the equations make; non-interactive by hashing (strong Fiat–Shamir: context, bases,
//! images and commitments are hashed). [`crate::dleq`] is the case of one exponent and two equations.
//!
//! Commit to fresh exponents k by the same products; challenge `c = H(…)`; response `k + c·w` for each exponent. Sound as all elements
//! have order r, which decoding checked; zero-knowledge in the random oracle model.
//!
//! Layout: challenge (32) ‖ response (32) for each exponent; how many there are, the statement says.

use ff::Field as _;
use rand_core::{CryptoRng, RngCore};

use crate::dleq::ProofGroup;
use crate::encoding::{DecodeError, Decoder};
use crate::pairing::{G1, Gt, Scalar, SecretScalar, SecretScalars, encode_scalar, hash_to_scalar};

const CHALLENGE_DOMAIN: &str = "MEDSHARE-V01-REPRESENTATION-CHALLENGE";

/// `Π base^{w_number} = image`.
pub(crate) struct Equation<G> {
    /// Which exponent each base has.
    pub(crate) terms: Vec<(usize, G)>,
    pub(crate) image: G,
}

/// What is proven: all equations hold for the same exponents.
pub(crate) struct Statement {
    pub(crate) exponents: usize,
    pub(crate) in_gt: Vec<Equation<Gt>>,
    pub(crate) in_g1: Vec<Equation<G1>>,
}

/// A proof that one knows the exponents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RepresentationProof {
    challenge: Scalar,
    responses: Vec<Scalar>,
}

impl RepresentationProof {
    /// `witness` holds an exponent for each number that the statement names.
    pub(crate) fn new(
        context: &[u8],
        statement: &Statement,
        witness: &[Scalar],
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Self {
        let nonces: Vec<SecretScalar> = witness.iter().map(|_| SecretScalar::generate(rng)).collect();
        let exposed = SecretScalars::new(nonces.iter().map(|nonce| *nonce.expose()).collect());
        let challenge = statement.challenge(context, &exposed, &Scalar::ZERO);
        let response = |(nonce, exponent): (&SecretScalar, &Scalar)| *nonce.expose() + challenge * exponent;
        Self { challenge, responses: nonces.iter().zip(witness).map(response).collect() }
    }

    pub(crate) fn holds(&self, context: &[u8], statement: &Statement) -> bool {
        self.responses.len() == statement.exponents
            && statement.challenge(context, &self.responses, &-self.challenge) == self.challenge
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        core::iter::once(&self.challenge).chain(&self.responses).flat_map(encode_scalar).collect()
    }
}

impl Statement {
    /// `H(context, equations, commitments)`, where an equation's commitment is `Π base^exponent · image^weight`.
    fn challenge(&self, context: &[u8], exponents: &[Scalar], weight: &Scalar) -> Scalar {
        // Everything before the context has a length that the numbers in front of it tell, so this is injective.
        let mut transcript = Vec::with_capacity(8192);
        transcript.push(self.in_gt.len() as u8);
        for equation in &self.in_gt {
            equation.append_to(&mut transcript, exponents, weight);
        }
        transcript.push(self.in_g1.len() as u8);
        for equation in &self.in_g1 {
            equation.append_to(&mut transcript, exponents, weight);
        }
        transcript.extend_from_slice(context);
        hash_to_scalar(CHALLENGE_DOMAIN, &transcript)
    }
}

impl<G: ProofGroup> Equation<G> {
    fn append_to(&self, transcript: &mut Vec<u8>, exponents: &[Scalar], weight: &Scalar) {
        transcript.push(self.terms.len() as u8);
        let mut commitment = self.image.times(weight);
        for (number, base) in &self.terms {
            transcript.push(*number as u8);
            base.append_to(transcript);
            if let Some(exponent) = exponents.get(*number) {
                commitment = commitment.combine(&base.times(exponent));
            }
        }
        self.image.append_to(transcript);
        commitment.append_to(transcript);
    }
}

impl Decoder<'_> {
    /// A proof about this many exponents.
    pub(crate) fn representation(&mut self, exponents: usize) -> Result<RepresentationProof, DecodeError> {
        let challenge = self.scalar("proof challenge")?;
        let responses = (0..exponents).map(|_| self.scalar("proof response")).collect::<Result<_, _>>()?;
        Ok(RepresentationProof { challenge, responses })
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::*;
    use crate::pairing::random_scalar;

    /// `image = E^x·base^y` in GT and `public = g1^y` in G1.
    fn statement(base: Gt, image: Gt, public: G1) -> Statement {
        let in_gt = vec![Equation { terms: vec![(0, Gt::generator()), (1, base)], image }];
        Statement { exponents: 2, in_gt, in_g1: vec![Equation { terms: vec![(1, G1::generator())], image: public }] }
    }

    #[test]
    fn a_proof_holds_for_its_equations_and_its_context_only() {
        let [x, y, other] = [(); 3].map(|()| random_scalar(&mut OsRng));
        let base = Gt::generator().pow(&random_scalar(&mut OsRng));
        let image = Gt::generator().pow(&x) * base.pow(&y);
        let public = G1::generator() * &y;
        let right = statement(base, image, public);
        let proof = RepresentationProof::new(b"ctx", &right, &[x, y], &mut OsRng);
        assert!(proof.holds(b"ctx", &right));
        assert!(!proof.holds(b"other", &right));
        assert!(!proof.holds(b"ctx", &statement(base, image * base, public)));
        let bytes = proof.to_bytes();
        let mut decoder = Decoder::new(&bytes);
        assert_eq!(decoder.representation(2).unwrap(), proof);
        decoder.finish().unwrap();
        let shorter = RepresentationProof { responses: vec![x], ..proof };
        assert!(!shorter.holds(b"ctx", &right));

        // One exponent in the target group and another in G1, whatever the prover puts in.
        let split = statement(base, image, G1::generator() * &other);
        for witness in [[x, y], [x, other]] {
            let lie = RepresentationProof::new(b"ctx", &split, &witness, &mut OsRng);
            assert!(!lie.holds(b"ctx", &split));
        }
    }
}
