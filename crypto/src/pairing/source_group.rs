//! Points of the two source groups.

use core::fmt;
use core::ops::{Add, AddAssign, Mul, Neg, Sub};

use blstrs::{G1Affine, G1Projective, G2Affine, G2Projective};
use group::{Curve, Group};

use super::{Scalar, SecretScalar};
use crate::encoding::{DecodeError, Decoder};

/// One source group. Both have the same operations, each over coordinates of its own: `blstrs` has no trait for them.
macro_rules! source_group {
    ($(#[$doc:meta])* $group:ident = $projective:ident, $affine:ident, $len:literal bytes, $suite:literal, $decode:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub struct $group(pub(super) $projective);

        impl $group {
            /// Length of the compressed encoding.
            pub const LEN: usize = $len;

            /// The standard generator.
            #[must_use]
            pub fn generator() -> Self {
                Self($projective::generator())
            }

            /// The neutral element.
            #[must_use]
            pub fn identity() -> Self {
                Self($projective::identity())
            }

            /// Whether this is the neutral element.
            #[must_use]
            pub fn is_identity(&self) -> bool {
                self.0.is_identity().into()
            }

            #[doc = concat!("RFC 9380, suite `", $suite, "`, with `domain` as domain separation tag.")]
            #[must_use]
            pub fn hash(domain: &'static str, message: &[u8]) -> Self {
                Self($projective::hash_to_curve(message, domain.as_bytes(), &[]))
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
                let point: Option<$affine> = $affine::from_compressed(bytes).into();
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
            pub(super) fn to_affine_batch(points: &[Self]) -> Vec<$affine> {
                let projective: Vec<$projective> = points.iter().map(|point| point.0).collect();
                let mut affine = vec![$affine::default(); projective.len()];
                $projective::batch_normalize(&projective, &mut affine);
                affine
            }
        }

        /// The neutral element, to which [`zeroize::Zeroize`] sets a point that is secret.
        impl Default for $group {
            fn default() -> Self {
                Self::identity()
            }
        }

        impl zeroize::DefaultIsZeroes for $group {}

        impl Add for $group {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl AddAssign for $group {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl Sub for $group {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl Neg for $group {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        /// Scalar multiplication in constant time.
        impl Mul<&Scalar> for $group {
            type Output = Self;
            fn mul(self, scalar: &Scalar) -> Self {
                Self(self.0 * scalar)
            }
        }

        impl Mul<&SecretScalar> for $group {
            type Output = Self;
            fn mul(self, scalar: &SecretScalar) -> Self {
                self * scalar.expose()
            }
        }

        impl core::iter::Sum for $group {
            fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
                points.fold(Self::identity(), |sum, point| sum + point)
            }
        }

        impl fmt::Debug for $group {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = hex::encode(self.to_bytes());
                write!(f, concat!(stringify!($group), "({}…)"), text.get(..8).unwrap_or_default())
            }
        }

        impl Decoder<'_> {
            #[doc = concat!("A checked point of ", stringify!($group), ".")]
            pub(crate) fn $decode(&mut self, what: &'static str) -> Result<$group, DecodeError> {
                $group::from_bytes(&self.array(what)?).map_err(|_| DecodeError::InvalidElement { what })
            }
        }
    };
}

source_group!(
    /// Points of the first source group. Equality is of the group element, not of its coordinates.
    G1 = G1Projective, G1Affine, 48 bytes, "BLS12381G1_XMD:SHA-256_SSWU_RO_", g1
);

source_group!(
    /// Points of the second source group. Equality is of the group element, not of its coordinates.
    G2 = G2Projective, G2Affine, 96 bytes, "BLS12381G2_XMD:SHA-256_SSWU_RO_", g2
);
