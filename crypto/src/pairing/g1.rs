//! Points of the first source group.

use core::fmt;
use core::ops::{Add, AddAssign, Mul, Neg, Sub};

use blstrs::{G1Affine, G1Projective};
use group::{Curve, Group};

use super::Scalar;
use crate::encoding::{DecodeError, Decoder};

/// Points of the first source group. Equality is of the group element, not of its coordinates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct G1(pub(super) G1Projective);

impl G1 {
    /// Length of the compressed encoding.
    pub const LEN: usize = 48;

    /// The standard generator.
    #[must_use]
    pub fn generator() -> Self {
        Self(G1Projective::generator())
    }

    /// The neutral element.
    #[must_use]
    pub fn identity() -> Self {
        Self(G1Projective::identity())
    }

    /// Whether this is the neutral element.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.0.is_identity().into()
    }

    /// RFC 9380, suite `BLS12381G1_XMD:SHA-256_SSWU_RO_`, with `domain` as domain separation tag.
    #[must_use]
    pub fn hash(domain: &'static str, message: &[u8]) -> Self {
        Self(G1Projective::hash_to_curve(message, domain.as_bytes(), &[]))
    }

    /// Compressed form.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        self.0.to_compressed()
    }

    /// Reads a compressed point: canonical, on the curve, in the subgroup, not the neutral element.
    ///
    /// # Errors
    /// When any of that does not hold.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, DecodeError> {
        let point: Option<G1Affine> = G1Affine::from_compressed(bytes).into();
        point
            .map(|point| Self(point.into()))
            .filter(|point| !point.is_identity())
            .ok_or(DecodeError::InvalidElement { what: "point" })
    }

    /// Σ coefficient · point, for public coefficients.
    #[must_use]
    pub fn linear_combination(terms: &[(Self, Scalar)]) -> Self {
        use ff::Field as _;
        terms.iter().fold(Self::identity(), |sum, (point, coefficient)| {
            if *coefficient == Scalar::ONE { sum + *point } else { sum + *point * coefficient }
        })
    }

    /// Makes the coordinates of many points affine with one inversion, so that encoding them is cheap. The points stay the same.
    pub(crate) fn normalise_batch<'a>(points: impl Iterator<Item = &'a mut Self>) {
        let mut points: Vec<&mut Self> = points.collect();
        let copies: Vec<Self> = points.iter().map(|point| **point).collect();
        for (point, affine) in points.iter_mut().zip(Self::to_affine_batch(&copies)) {
            point.0 = affine.into();
        }
    }

    /// Affine coordinates of many points with one inversion.
    pub(super) fn to_affine_batch(points: &[Self]) -> Vec<G1Affine> {
        let projective: Vec<G1Projective> = points.iter().map(|point| point.0).collect();
        let mut affine = vec![G1Affine::default(); projective.len()];
        G1Projective::batch_normalize(&projective, &mut affine);
        affine
    }
}

impl Add for G1 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for G1 {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for G1 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for G1 {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// Scalar multiplication in constant time.
impl Mul<&Scalar> for G1 {
    type Output = Self;
    fn mul(self, scalar: &Scalar) -> Self {
        Self(self.0 * scalar)
    }
}

impl core::iter::Sum for G1 {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::identity(), |sum, point| sum + point)
    }
}

impl fmt::Debug for G1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = hex::encode(self.to_bytes());
        write!(f, "G1({}…)", text.get(..8).unwrap_or_default())
    }
}

impl Decoder<'_> {
    /// A checked point of G1.
    pub(crate) fn g1(&mut self, what: &'static str) -> Result<G1, DecodeError> {
        G1::from_bytes(&self.array(what)?).map_err(|_| DecodeError::InvalidElement { what })
    }
}
