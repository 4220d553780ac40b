//! How parameters came about: every contribution, with a proof that it was built on the one before.
//!
//! Parameters alone do not show that α has a factor of anybody but their last maker: who throws away what came before and starts from one knows α, and
//! with it opens every class of every owner. So each contributor of a factor β publishes
//!
//! ```text
//! B = g1^β,   A' = A^β  for the A = g1^α that was there before (g1 at first),   a proof of the one exponent of B and A'
//! ```
//!
//! and signs all of it together with the contributions before. The proof ([`crate::dleq`]) shows that she knew β and that A' is A to its power; so α is
//! the product of all β, and unknown to all while one of them was forgotten. That the rest of the parameters are powers of the last A'
//! shows [`AggregateParameters::verify`]. Whose keys sign is for the reader to know: a transcript by strangers could have been made by one of them.

use rand_core::{CryptoRng, RngCore};

use super::{AggregateParameters, LAYOUT, ParametersError};
use crate::dleq::{DleqProof, Relation};
use crate::encoding::{DecodeError, Decoder};
use crate::hash::{Hash32, tagged_hash};
use crate::pairing::{G1, SecretScalar};
use crate::sign::{Signable, Signature, SigningKey, VerifyingKey};

/// Most contributions to parameters.
pub const MAX_CONTRIBUTIONS: usize = 256;

/// One party's factor.
///
/// Layout: `verifying key (32) ‖ B (48) ‖ A' (48) ‖ proof (64) ‖ signature (64)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    by: VerifyingKey,
    factor: G1,
    power: G1,
    proof: DleqProof,
    signature: Signature,
}

/// What a contributor signs: what was there before, and what she put to it.
struct Statement<'a> {
    before: &'a Hash32,
    of: &'a Unsigned,
}

struct Unsigned {
    factor: G1,
    power: G1,
    proof: DleqProof,
}

impl Unsigned {
    fn to_bytes(&self) -> Vec<u8> {
        [self.factor.to_bytes().as_slice(), &self.power.to_bytes(), &self.proof.to_bytes()].concat()
    }
}

impl Signable for Statement<'_> {
    const DOMAIN: &'static str = "medshare/kae/contribution/v1";

    /// `hash of what was there before (32) ‖ B (48) ‖ A' (48) ‖ proof (64)`.
    fn signing_bytes(&self) -> Vec<u8> {
        [self.before.as_bytes().as_slice(), &self.of.to_bytes()].concat()
    }
}

fn relations(before: G1, factor: G1, power: G1) -> (Relation<G1>, Relation<G1>) {
    (Relation { base: G1::generator(), image: factor }, Relation { base: before, image: power })
}

impl Contribution {
    /// Whose it is.
    #[must_use]
    pub fn by(&self) -> VerifyingKey {
        self.by
    }

    fn holds(&self, before: &Hash32, power: G1) -> bool {
        let of = Unsigned { factor: self.factor, power: self.power, proof: self.proof };
        let (own, grown) = relations(power, self.factor, self.power);
        self.by.verify(&Statement { before, of: &of }, &self.signature).is_ok()
            && self.proof.holds(before.as_bytes(), &own, &grown)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let of = Unsigned { factor: self.factor, power: self.power, proof: self.proof };
        [self.by.as_bytes().as_slice(), &of.to_bytes(), &self.signature.to_bytes()].concat()
    }
}

/// All contributions to parameters, in their order.
///
/// Layout: `u8 1 ‖ u16 classes ‖ u16 count ‖ contribution*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterTranscript {
    pub(super) classes: u16,
    pub(super) contributions: Vec<Contribution>,
}

impl ParameterTranscript {
    /// The first contribution, and parameters with its factor alone.
    ///
    /// # Errors
    /// When the number of classes is out of bounds.
    pub fn begin(
        classes: u16,
        by: &SigningKey,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(AggregateParameters, Self), ParametersError> {
        let nothing = Self { classes, contributions: Vec::new() };
        nothing.contribute(&AggregateParameters::ones(classes)?, by, rng)
    }

    /// Multiplies a fresh factor β into α: `g^{α^i} ← (g^{α^i})^{β^i}`. β is wiped before this returns.
    ///
    /// # Errors
    /// When the parameters do not come from this transcript, or it is full.
    pub fn contribute(
        &self,
        parameters: &AggregateParameters,
        by: &SigningKey,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(AggregateParameters, Self), ParametersError> {
        if self.contributions.len() >= MAX_CONTRIBUTIONS {
            return Err(ParametersError::Full);
        }
        let before = self.power();
        if parameters.g1_power(1) != Some(before) || parameters.classes() != self.classes {
            return Err(ParametersError::Transcript);
        }
        let beta = SecretScalar::generate(rng);
        let grown = parameters.raised(&beta);
        let digest = self.digest(self.contributions.len());
        let of = {
            let (factor, power) = (G1::generator() * beta.expose(), before * beta.expose());
            let (own, grown) = relations(before, factor, power);
            let proof = DleqProof::new(digest.as_bytes(), &own, &grown, beta.expose(), rng);
            Unsigned { factor, power, proof }
        };
        let signature = by.sign(&Statement { before: &digest, of: &of });
        let Unsigned { factor, power, proof } = of;
        let mut contributions = self.contributions.clone();
        contributions.push(Contribution { by: by.verifying_key(), factor, power, proof, signature });
        Ok((grown, Self { classes: self.classes, contributions }))
    }

    /// Checks that the parameters are powers of one number, and that this number is the product of the contributions' factors.
    ///
    /// # Errors
    /// When they are not, or a contribution does not hold.
    pub fn verify(&self, parameters: &AggregateParameters) -> Result<(), ParametersError> {
        let mut power = G1::generator();
        for (index, contribution) in self.contributions.iter().enumerate() {
            if !contribution.holds(&self.digest(index), power) {
                return Err(ParametersError::Transcript);
            }
            power = contribution.power;
        }
        if self.contributions.is_empty()
            || parameters.g1_power(1) != Some(power)
            || parameters.classes() != self.classes
        {
            return Err(ParametersError::Transcript);
        }
        parameters.verify()
    }

    /// The contributions, in their order.
    #[must_use]
    pub fn contributions(&self) -> &[Contribution] {
        &self.contributions
    }

    /// g1^α after the last contribution.
    fn power(&self) -> G1 {
        self.contributions.last().map_or_else(G1::generator, |last| last.power)
    }

    /// Over the classes and the first `count` contributions.
    fn digest(&self, count: usize) -> Hash32 {
        let before: Vec<u8> = self.contributions.iter().take(count).flat_map(Contribution::to_bytes).collect();
        tagged_hash("medshare/kae/transcript/v1", &[&self.classes.to_be_bytes(), &before])
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.classes.to_be_bytes());
        bytes.extend_from_slice(&(self.contributions.len() as u16).to_be_bytes());
        self.contributions.iter().for_each(|contribution| bytes.extend(contribution.to_bytes()));
        bytes
    }

    /// Decodes; elements and keys are checked, proofs and signatures by [`ParameterTranscript::verify`].
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "transcript")?;
        let classes = decoder.u16("classes")?;
        let count = decoder.count(MAX_CONTRIBUTIONS, "contributions")?;
        let contributions = (0..count)
            .map(|_| {
                let by = VerifyingKey::from_bytes(decoder.array("contributor")?);
                Ok(Contribution {
                    by: by.map_err(|_| DecodeError::InvalidElement { what: "contributor" })?,
                    factor: decoder.g1("factor")?,
                    power: decoder.g1("power")?,
                    proof: decoder.dleq()?,
                    signature: Signature::from_bytes(decoder.array("signature")?),
                })
            })
            .collect::<Result<_, _>>()?;
        decoder.finish()?;
        Ok(Self { classes, contributions })
    }
}
