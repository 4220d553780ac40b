//! The public parameters: powers of an α that nobody knows.

use rand_core::{CryptoRng, RngCore};

use super::{LAYOUT, MAX_CLASSES, MAX_CONTRIBUTIONS};
use crate::encoding::{DecodeError, Decoder};
use crate::hash::tagged_hash;
use crate::pairing::{
    G1, G2, Gt, PreparedG2, Scalar, SecretScalar, SecretScalars, hash_to_scalar, multi_pairing, pairing,
};

const WEIGHT_DOMAIN: &str = "MEDSHARE-V01-KAE-PARAMETER-WEIGHT";

/// Why parameters are not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// No classes, or more than [`MAX_CLASSES`].
    #[error("there can be 1 to {MAX_CLASSES} classes")]
    ClassCount,
    /// The elements are not powers of one α.
    #[error("the parameters are not powers of one number")]
    Inconsistent,
    /// A contribution does not hold, or the parameters are not what the contributions make.
    #[error(
        "the parameters are not what their contributions make: one was left out, or made without knowing its factor"
    )]
    Transcript,
    /// As many contributions as there may be.
    #[error("there can be {MAX_CONTRIBUTIONS} contributions")]
    Full,
}

/// Powers of α for n classes.
///
/// Layout: `u8 1 ‖ u16 n ‖ g1^{α^i} (48), i = 1…n ‖ g2^{α^i} (96), i = 1…2n without n+1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AggregateParameters {
    classes: u16,
    /// Index 0 is i = 1.
    in_g1: Vec<G1>,
    /// Index 0 is i = 1; the one for n + 1 is missing.
    in_g2: Vec<Option<G2>>,
}

/// α, α², … α^count.
fn powers(alpha: &SecretScalar, count: usize) -> SecretScalars {
    // Of its final size at once: a vector that grows would leave copies behind.
    let mut powers = Vec::with_capacity(count);
    powers.extend(core::iter::successors(Some(*alpha.expose()), |last| Some(*last * alpha.expose())).take(count));
    SecretScalars::new(powers)
}

impl AggregateParameters {
    /// Parameters from a fresh α of one party, which is wiped before this returns: whoever uses them trusts that party. For parameters of several see
    /// [`super::ParameterTranscript`].
    ///
    /// # Errors
    /// When the number of classes is out of bounds.
    pub fn generate(classes: u16, rng: &mut (impl CryptoRng + RngCore)) -> Result<Self, ParametersError> {
        Ok(Self::ones(classes)?.raised(&SecretScalar::generate(rng)))
    }

    /// The powers of one.
    pub(super) fn ones(classes: u16) -> Result<Self, ParametersError> {
        if classes == 0 || classes > MAX_CLASSES {
            return Err(ParametersError::ClassCount);
        }
        let n = usize::from(classes);
        Ok(Self {
            classes,
            in_g1: vec![G1::generator(); n],
            in_g2: (1..=2 * n).map(|i| (i != n + 1).then(G2::generator)).collect(),
        })
    }

    /// With β multiplied into α: `g^{α^i} ← (g^{α^i})^{β^i}`.
    pub(super) fn raised(&self, beta: &SecretScalar) -> Self {
        let powers = powers(beta, self.in_g2.len());
        let in_g1 = self.in_g1.iter().zip(powers.iter());
        let in_g2 = self.in_g2.iter().zip(powers.iter());
        let mut parameters = Self {
            classes: self.classes,
            in_g1: in_g1.map(|(point, power)| *point * power).collect(),
            in_g2: in_g2.map(|(point, power)| point.map(|point| point * power)).collect(),
        };
        G1::normalise_batch(parameters.in_g1.iter_mut());
        G2::normalise_batch(parameters.in_g2.iter_mut().flatten());
        parameters
    }

    /// Checks that all elements are powers of one α: `e(g1^{α^i}, g2) = e(g1, g2^{α^i})` for i ≤ n, and
    /// `e(g1^{α}, g2^{α^i}) = e(g1, g2^{α^{i+1}})` along G2, across the gap with `g1^{α²}`; all at once with hashed 255-bit weights.
    ///
    /// # Errors
    /// When they are not.
    pub fn verify(&self) -> Result<(), ParametersError> {
        let weights = self.weights();
        let weight = |index: usize| weights.get(index).copied().unwrap_or_default();
        let n = self.in_g1.len();
        let matching: Vec<(G1, Scalar)> = (1..=n).filter_map(|i| Some((self.g1_power(i)?, weight(i)))).collect();
        let twins: Vec<(G2, Scalar)> = (1..=n).filter_map(|i| Some((self.g2_power(i)?, weight(i)))).collect();
        let steps: Vec<(G2, G2, Scalar)> =
            (1..2 * n).filter_map(|i| Some((self.g2_power(i)?, self.g2_power(i + 1)?, weight(n + i)))).collect();
        let (lower, upper): (Vec<_>, Vec<_>) = steps.iter().map(|(low, high, w)| ((*low, *w), (*high, *w))).unzip();
        let (g1, first) = (G1::generator(), self.g1_power(1).unwrap_or_default());
        let g2 = PreparedG2::new(&G2::generator());
        let twins = PreparedG2::new(&G2::linear_combination(&twins));
        let lower = PreparedG2::new(&G2::linear_combination(&lower));
        let upper = PreparedG2::new(&G2::linear_combination(&upper));
        let matches = multi_pairing(&[(G1::linear_combination(&matching), &g2), (-g1, &twins)]);
        let climbs = multi_pairing(&[(first, &lower), (-g1, &upper)]);
        if matches.is_one() && climbs.is_one() && self.gap_is_bridged() {
            Ok(())
        } else {
            Err(ParametersError::Inconsistent)
        }
    }

    /// `e(g1^{α²}, g2^{α^n}) = e(g1, g2^{α^{n+2}})`, when there is an n + 2 ≤ 2n.
    fn gap_is_bridged(&self) -> bool {
        let n = self.in_g1.len();
        if n < 2 {
            return true;
        }
        match (self.g1_power(2), self.g2_power(n), self.g2_power(n + 2)) {
            (Some(square), Some(low), Some(high)) => pairing(&square, &low) == pairing(&G1::generator(), &high),
            _ => false,
        }
    }

    fn weights(&self) -> Vec<Scalar> {
        let digest = tagged_hash("medshare/kae/parameters/v1", &[&self.to_bytes()]);
        let weight = |index: u32| {
            let input = [digest.as_bytes().as_slice(), &index.to_be_bytes()].concat();
            hash_to_scalar(WEIGHT_DOMAIN, &input)
        };
        (0..3 * u32::from(self.classes) + 1).map(weight).collect()
    }

    /// How many classes there are.
    #[must_use]
    pub fn classes(&self) -> u16 {
        self.classes
    }

    /// g1^{α^i}.
    pub(super) fn g1_power(&self, i: usize) -> Option<G1> {
        self.in_g1.get(i.checked_sub(1)?).copied()
    }

    /// g2^{α^i}; none for i = n + 1.
    pub(super) fn g2_power(&self, i: usize) -> Option<G2> {
        self.in_g2.get(i.checked_sub(1)?).copied().flatten()
    }

    /// E^{α^{n+1}} = e(g1^α, g2^{α^n}).
    pub(super) fn kappa_base(&self) -> Option<Gt> {
        let (first, last) = (self.g1_power(1)?, self.g2_power(self.in_g1.len())?);
        Some(pairing(&first, &last))
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.classes.to_be_bytes());
        for point in &self.in_g1 {
            bytes.extend_from_slice(&point.to_bytes());
        }
        for point in self.in_g2.iter().flatten() {
            bytes.extend_from_slice(&point.to_bytes());
        }
        bytes
    }

    /// Decodes; the points are checked one by one, their relation by [`AggregateParameters::verify`].
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "parameters")?;
        let n = decoder.count(usize::from(MAX_CLASSES), "classes")?;
        if n == 0 {
            return Err(DecodeError::OutOfBounds { what: "classes" });
        }
        let in_g1 = (0..n).map(|_| decoder.g1("power in G1")).collect::<Result<_, _>>()?;
        let in_g2 = (1..=2 * n)
            .map(|i| match i {
                gap if gap == n + 1 => Ok(None),
                _ => decoder.g2("power in G2").map(Some),
            })
            .collect::<Result<_, _>>()?;
        decoder.finish()?;
        Ok(Self { classes: n as u16, in_g1, in_g2 })
    }
}
