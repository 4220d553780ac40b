//! Proxy keys divided among nodes: for break-glass attributes, where no single node shall be able to open.
//!
//! Shamir's scheme in the exponent: node i holds `K'_i = K'·Π_m R_m^{i^m}` for random R_1 … R_{k−1} ∈ G2, and the same KP'. Each
//! node's T_i is an ordinary transform with its share; `T = Π T_i^{L_i}` with Lagrange's coefficients at 0, which sum to 1, so that
//! the factors without K' come out once. Any k − 1 shares are independent of K'. Deleting n − k + 1 of them revokes.
//!
//! Layout of a share: `u8 node ‖ u8 needed ‖ proxy key`; of a transform's share: `u8 node ‖ u8 needed ‖ transform`.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::{CryptoRng, RngCore};

use super::{Ciphertext, ProxyKey, Transform, TransformError, VerifiedRegistration, transform};
use crate::encoding::{DecodeError, Decoder};
use crate::pairing::{G2, Gt, Scalar, SplitGt, random_scalar};
use crate::policy::{AttributeName, lagrange_at_zero};

/// Why shares do not make a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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
    /// The shares are of different transforms.
    #[error(
        "the nodes' parts do not belong together: they are of different divisions, or the nodes did not use the same attributes"
    )]
    Mismatch,
}

/// One node's share of a proxy key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyKeyShare {
    node: u8,
    needed: u8,
    key: ProxyKey,
}

/// One node's share of a transform.
#[derive(Debug, Clone, Copy)]
pub struct TransformShare {
    node: u8,
    needed: u8,
    transform: Transform,
}

impl ProxyKey {
    /// Divides the key so that `needed` of `nodes` nodes can transform together. The authority does this and sends each its share.
    ///
    /// # Errors
    /// When the threshold makes no sense.
    pub fn divide(
        &self,
        needed: u8,
        nodes: u8,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Vec<ProxyKeyShare>, SharingError> {
        if needed == 0 || needed > nodes {
            return Err(SharingError::Threshold { needed, nodes });
        }
        let coefficients: Vec<G2> = (1..needed).map(|_| G2::generator() * &random_scalar(rng)).collect();
        let share = |node: u8| {
            let point = Scalar::from(u64::from(node));
            // Horner's rule: ((R_{k−1}·i + …)·i + R_1)·i + K'.
            let zero = G2::identity();
            let sum = coefficients.iter().rev().fold(zero, |sum, coefficient| (sum + *coefficient) * &point);
            let key = ProxyKey { k: self.k + sum, ..self.clone() };
            ProxyKeyShare { node, needed, key }
        };
        Ok((1..=nodes).map(share).collect())
    }
}

impl ProxyKeyShare {
    /// Which node's share this is, from 1.
    #[must_use]
    pub fn node(&self) -> u8 {
        self.node
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[self.node, self.needed], self.key.to_bytes().as_slice()].concat()
    }

    /// Decodes; the points are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (node, needed, rest) = decode_head(bytes)?;
        let key = ProxyKey::from_bytes(rest)?;
        Ok(Self { node, needed, key })
    }
}

fn decode_head(bytes: &[u8]) -> Result<(u8, u8, &[u8]), DecodeError> {
    let mut decoder = Decoder::new(bytes);
    let (node, needed) = (decoder.u8("node")?, decoder.u8("threshold")?);
    if node == 0 || needed == 0 {
        return Err(DecodeError::OutOfBounds { what: "share" });
    }
    Ok((node, needed, bytes.get(2..).unwrap_or_default()))
}

impl TransformShare {
    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[self.node, self.needed], self.transform.to_bytes().as_slice()].concat()
    }

    /// Decodes and checks as [`Transform::from_bytes`].
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (node, needed, rest) = decode_head(bytes)?;
        let transform = Transform::from_bytes(rest)?;
        Ok(Self { node, needed, transform })
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
    let first =
        shares.first().ok_or_else(|| TransformError::NotSatisfied { policy: ciphertext.policy().to_string() })?;
    let own = shares.iter().filter(|share| (share.node, share.needed) == (first.node, first.needed));
    let mut keys: Vec<ProxyKey> = own.map(|share| share.key.clone()).collect();
    // Of an attribute that is divided, the share counts at every node.
    let divided: BTreeSet<AttributeName> = keys.iter().map(|key| key.of.attribute.clone()).collect();
    keys.extend(whole.iter().filter(|key| !divided.contains(&key.of.attribute)).cloned());
    Ok(TransformShare { node: first.node, needed: first.needed, transform: transform(ciphertext, user, &keys)? })
}

/// Joins the nodes' parts to the transform that the user recovers from.
///
/// # Errors
/// When there are too few, or they are of different transforms. A wrong part shows only when the user recovers.
pub fn join_transforms(shares: &[TransformShare]) -> Result<Transform, SharingError> {
    let first = shares.first().ok_or(SharingError::TooFew { given: 0, needed: 1 })?;
    let a = first.transform.a.to_bytes();
    let alike = |share: &TransformShare| share.needed == first.needed && share.transform.a.to_bytes() == a;
    if !shares.iter().all(alike) {
        return Err(SharingError::Mismatch);
    }
    let by_node: BTreeMap<u8, SplitGt> =
        shares.iter().map(|share| (share.node, share.transform.t)).take(usize::from(first.needed)).collect();
    if by_node.len() < usize::from(first.needed) {
        return Err(SharingError::TooFew { given: by_node.len(), needed: first.needed });
    }
    let point = |node: &u8| Scalar::from(u64::from(*node));
    let points: Vec<Scalar> = by_node.keys().map(point).collect();
    let t = by_node
        .iter()
        .map(|(node, t)| Some(t.pow(&lagrange_at_zero(&points, &point(node))?)))
        .collect::<Option<Vec<Gt>>>()
        .ok_or(SharingError::Mismatch)?
        .into_iter()
        .product();
    Ok(Transform { a: first.transform.a, t: SplitGt::new(t) })
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::super::tests::{CONTEXT, World, policy};
    use super::*;
    use crate::abe::encrypt;

    #[test]
    fn the_needed_number_of_nodes_opens_together_and_one_less_does_not() {
        let world = World::new();
        let user = world.user("doctor", &["A@X", "B@X"]);
        let text = policy("A@X AND B@X");
        let (ciphertext, sigma) = encrypt(&text, &world.keys, CONTEXT, &mut OsRng).unwrap();
        let divided: Vec<Vec<ProxyKeyShare>> =
            user.keys.iter().map(|key| key.divide(3, 5, &mut OsRng).unwrap()).collect();
        let parts: Vec<TransformShare> = (0..5)
            .map(|node| {
                let shares: Vec<ProxyKeyShare> = divided.iter().map(|key| key[node].clone()).collect();
                let bytes = shares[0].to_bytes();
                assert_eq!(ProxyKeyShare::from_bytes(&bytes).unwrap(), shares[0]);
                let part = transform_share(&ciphertext, &user.registration, &shares, &[]).unwrap();
                TransformShare::from_bytes(&part.to_bytes()).unwrap()
            })
            .collect();
        for chosen in [[0, 1, 2], [4, 2, 0], [1, 3, 4]] {
            let chosen = chosen.map(|node: usize| parts[node]);
            let transform = join_transforms(&chosen).unwrap();
            let recovered = user.secret.recover(&ciphertext, &transform, CONTEXT);
            assert_eq!(recovered.unwrap(), sigma);
        }
        assert_eq!(join_transforms(&parts[..2]).unwrap_err(), SharingError::TooFew { given: 2, needed: 3 });
        assert!(join_transforms(&[parts[0], parts[0], parts[1]]).is_err());
        assert!(join_transforms(&[]).is_err());
        // Two nodes who claim that two suffice.
        let lying = [parts[0], parts[1]].map(|part| TransformShare { needed: 2, ..part });
        let transform = join_transforms(&lying).unwrap();
        assert!(user.secret.recover(&ciphertext, &transform, CONTEXT).is_err());
        // One share alone is not a key.
        let alone = parts[0].transform;
        assert!(user.secret.recover(&ciphertext, &alone, CONTEXT).is_err());
    }

    #[test]
    fn divided_keys_open_together_with_whole_ones() {
        let world = World::new();
        let user = world.user("doctor", &["A@X", "B@X", "C@Y"]);
        let (ciphertext, sigma) =
            encrypt(&policy("A@X AND 2 of (B@X, C@Y, B@Y)"), &world.keys, CONTEXT, &mut OsRng).unwrap();
        let divided = user.keys[0].divide(2, 3, &mut OsRng).unwrap();
        let part = |node: usize, whole: &[ProxyKey]| {
            let own = std::slice::from_ref(&divided[node]);
            transform_share(&ciphertext, &user.registration, own, whole)
        };
        assert!(matches!(part(0, &user.keys[1..2]), Err(TransformError::NotSatisfied { .. })));
        // The first node was given the whole key of what is divided as well: it makes no difference.
        let parts = [part(0, &user.keys).unwrap(), part(2, &user.keys[1..]).unwrap()];
        let transform = join_transforms(&parts).unwrap();
        assert_eq!(user.secret.recover(&ciphertext, &transform, CONTEXT).unwrap(), sigma);
        for part in parts {
            assert!(user.secret.recover(&ciphertext, &part.transform, CONTEXT).is_err());
        }
    }

    #[test]
    fn senseless_thresholds_are_refused() {
        let world = World::new();
        let user = world.user("doctor", &["A@X"]);
        for (needed, nodes) in [(0, 3), (4, 3), (1, 0)] {
            let divided = user.keys[0].divide(needed, nodes, &mut OsRng);
            assert_eq!(divided, Err(SharingError::Threshold { needed, nodes }));
        }
    }
}
