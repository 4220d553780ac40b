//! Proxy keys divided among nodes: for break-glass attributes, where no single node shall be able to open.
//!
//! Shamir's scheme in the exponent: node i holds `K'_i = K'·Π_m R_m^{i^m}` for random R_1 … R_{k−1} ∈ G2, and the same KP'. Each
//! node's T_i is an ordinary transform with its share; `T = Π T_i^{L_i}` with Lagrange's coefficients at 0, which sum to 1, so that
//! the factors without K' come out once. The K'_i of k − 1 shares of one division are uniform whatever K' is, if the authority's PRF, from which the R come,
//! is one. They are not all that those nodes know: KP' is in each share, and determines K' together with the public keys, computationally hidden.
//! Deleting n − k + 1 of the shares revokes.
//!
//! **Divisions have numbers.** Another division has other R: its parts and those of the first join to nothing, and k undeleted shares of *either*
//! open. So the number stands in shares and parts, parts of two divisions are refused, and a node that takes a share of a new one deletes the old.
//! The same division made again by the same build gives the same shares: one that was lost is replaced, and more nodes are added, without another division.
//!
//! Layout of a share: `u8 node ‖ u8 needed ‖ u32 division ‖ proxy key`; of a transform's share: `u8 node ‖ u8 needed ‖ u32 division ‖ transform`.

mod choices;
mod joining;
mod opening;

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::{
    AuthoritySecret, Ciphertext, IssueError, ProxyKey, Transform, TransformError, VerifiedRegistration, transform,
};
use crate::encoding::{DecodeError, Decoder, secret_bytes};
use crate::pairing::{G2, Scalar};
use crate::policy::AttributeName;

pub use choices::MAX_WAYS;
pub use joining::{Joinable, join_transforms, joinable};
pub use opening::{Known, Opened, opening};

/// Why shares do not make a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SharingError {
    /// The threshold is 0 or above the number of nodes.
    #[error("of {nodes} nodes, {needed} cannot be the number needed")]
    Threshold {
        /// Nodes that are needed.
        needed: u8,
        /// Nodes that there are.
        nodes: u8,
    },
    /// Too few shares.
    #[error("{given} of {needed} nodes have answered")]
    TooFew {
        /// Shares from different nodes.
        given: usize,
        /// Shares that are needed.
        needed: u8,
    },
    /// The key cannot be divided by this authority.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The shares are of different divisions.
    #[error(
        "the nodes' parts are of divisions {first} and {second}, which do not join: ask nodes that have shares of the later one"
    )]
    Divisions {
        /// One number.
        first: u32,
        /// Another.
        second: u32,
    },
    /// The shares are of divisions among different numbers of nodes that are needed.
    #[error(
        "of the nodes' parts some say that {first} nodes are needed and some that {second}, and of neither there are enough: ask more nodes"
    )]
    Needed {
        /// One number.
        first: u8,
        /// Another.
        second: u8,
    },
    /// The shares are of different transforms.
    #[error("the nodes' parts do not belong together: the nodes did not use the same attributes")]
    Mismatch,
}

/// Which share of which division.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    node: u8,
    needed: u8,
    division: u32,
}

impl Place {
    /// Length of the encoding.
    const LEN: usize = 6;

    fn to_bytes(self) -> [u8; Self::LEN] {
        let [a, b, c, d] = self.division.to_be_bytes();
        [self.node, self.needed, a, b, c, d]
    }

    /// This place, and what stands behind it.
    fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let place =
            Self { node: decoder.u8("node")?, needed: decoder.u8("threshold")?, division: decoder.u32("division")? };
        if place.node == 0 || place.needed == 0 {
            return Err(DecodeError::OutOfBounds { what: "share" });
        }
        Ok((place, decoder.rest()))
    }
}

/// One node's share of a proxy key.
#[derive(Debug, Clone, PartialEq, Eq, zeroize::ZeroizeOnDrop)]
pub struct ProxyKeyShare {
    #[zeroize(skip)]
    place: Place,
    key: ProxyKey,
}

/// One node's share of a transform.
#[derive(Debug, Clone, Copy)]
pub struct TransformShare {
    place: Place,
    transform: Transform,
}

impl AuthoritySecret {
    /// A user's proxy key, divided so that `needed` of `nodes` nodes can transform together, as the division of this number. Each node gets its share.
    ///
    /// # Errors
    /// When the threshold makes no sense, or the attribute is another authority's.
    pub fn divide(
        &self,
        user: &VerifiedRegistration,
        attribute: &AttributeName,
        version: u32,
        division: u32,
        (needed, nodes): (u8, u8),
    ) -> Result<Vec<ProxyKeyShare>, SharingError> {
        if needed == 0 || needed > nodes {
            return Err(SharingError::Threshold { needed, nodes });
        }
        let key = self.issue(user, attribute, version)?;
        let coefficient = |degree| self.division_coefficient(user, attribute, [version, division], [needed, degree]);
        let coefficients: Vec<G2> = (1..needed).map(|degree| G2::generator() * &coefficient(degree)).collect();
        let coefficients = Zeroizing::new(coefficients);
        let share = |node: u8| {
            let point = Scalar::from(u64::from(node));
            // Horner's rule: ((R_{k−1}·i + …)·i + R_1)·i + K'.
            let zero = G2::identity();
            let sum = coefficients.iter().rev().fold(zero, |sum, coefficient| (sum + *coefficient) * &point);
            let key = ProxyKey { of: key.of.clone(), k: Zeroizing::new(*key.k + sum), kp: key.kp };
            ProxyKeyShare { place: Place { node, needed, division }, key }
        };
        Ok((1..=nodes).map(share).collect())
    }
}

impl ProxyKeyShare {
    /// Which node's share this is, from 1.
    #[must_use]
    pub fn node(&self) -> u8 {
        self.place.node
    }

    /// Of which division.
    #[must_use]
    pub fn division(&self) -> u32 {
        self.place.division
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret_bytes(Place::LEN + self.key.len(), |bytes| {
            bytes.extend_from_slice(&self.place.to_bytes());
            self.key.put(bytes);
        })
    }

    /// Decodes; the points are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (place, rest) = Place::decode(bytes)?;
        Ok(Self { place, key: ProxyKey::from_bytes(rest)? })
    }
}

impl TransformShare {
    /// With which node's share it was made, from 1.
    #[must_use]
    pub fn node(&self) -> u8 {
        self.place.node
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.place.to_bytes().as_slice(), &self.transform.to_bytes()].concat()
    }

    /// Decodes and checks as [`Transform::from_bytes`].
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (place, rest) = Place::decode(bytes)?;
        Ok(Self { place, transform: Transform::from_bytes(rest)? })
    }
}

/// One node's part: a transform with its shares, all of which are its own, and with keys of the user that are not divided.
///
/// The factors of whole keys come out once, as those without K' do, if every node has the same ones.
///
/// # Errors
/// As [`transform`]; [`TransformError::NotSatisfied`] also when it holds no share.
pub fn transform_share(
    ciphertext: &Ciphertext,
    user: &VerifiedRegistration,
    shares: &[ProxyKeyShare],
    whole: &[ProxyKey],
) -> Result<TransformShare, TransformError> {
    let Some(first) = shares.first() else {
        return Err(TransformError::NotSatisfied { policy: ciphertext.policy()?.to_string() });
    };
    let own = shares.iter().filter(|share| share.place == first.place);
    // Of its final size at once: keys that moved would leave their K' behind.
    let mut keys: Vec<ProxyKey> = Vec::with_capacity(shares.len() + whole.len());
    keys.extend(own.map(|share| share.key.clone()));
    // Of an attribute that is divided, the share counts at every node.
    let divided: BTreeSet<AttributeName> = keys.iter().map(|key| key.of.attribute.clone()).collect();
    keys.extend(whole.iter().filter(|key| !divided.contains(&key.of.attribute)).cloned());
    Ok(TransformShare { place: first.place, transform: transform(ciphertext, user, &keys)? })
}

#[cfg(test)]
mod tests;
