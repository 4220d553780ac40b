//! The rows of a ciphertext: what a policy costs, and what an owner may let others compute.
//!
//! Anybody makes rows for a secret s_j of its own. Rows of several organisations under the same policy are multiplied row by
//! row; the sum of their secrets stays hidden while one of them keeps its own.

use ff::Field as _;
use rand_core::{CryptoRng, RngCore};

use super::{LAYOUT, PublicKeys};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::pairing::{G1, G1Table, G2, Gt, GtTable, Scalar, SecretScalar};
use crate::policy::{AttributeName, AuthorityName, Lsss, MAX_TEXT_LEN, Policy};

/// Why rows cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    /// No public key of an authority.
    #[error("the policy names authority {authority}, whose public key is not known")]
    UnknownAuthority {
        /// The authority.
        authority: AuthorityName,
    },
    /// No public key of an attribute.
    #[error("the policy names {attribute}, whose public key is not known")]
    UnknownAttribute {
        /// The attribute.
        attribute: AttributeName,
    },
}

/// Rows that do not belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rows were made for another policy or other versions of the keys")]
pub struct RowsMismatch;

/// One row, for one leaf of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) generation: u32,
    pub(super) version: u32,
    pub(super) c1: Gt,
    pub(super) c2: G1,
    pub(super) c3: G1,
    pub(super) c4: G2,
}

/// The rows for a policy.
///
/// Layout: `u8 1 ‖ u16 len ‖ policy ‖ row*`, `row = u32 generation ‖ u32 version ‖ C1 (576) ‖ C2 (48) ‖ C3 (48) ‖ C4 (96)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    pub(super) policy: Policy,
    pub(super) rows: Vec<Row>,
}

/// The secret s_j of somebody's rows. It is used once: [`super::wrap`] takes it by value.
#[derive(Debug)]
pub struct RowShare(pub(super) SecretScalar);

impl zeroize::ZeroizeOnDrop for RowShare {}

impl RowShare {
    /// The share, to be sent to the owner in a sealed message.
    #[must_use]
    pub fn to_bytes(&self) -> zeroize::Zeroizing<[u8; 32]> {
        self.0.to_bytes()
    }

    /// Reads [`RowShare::to_bytes`].
    ///
    /// # Errors
    /// When the bytes are not a canonical scalar other than zero.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, DecodeError> {
        SecretScalar::from_bytes(bytes).map(Self)
    }
}

/// Makes rows for a fresh secret under `policy`.
///
/// # Errors
/// When a public key is missing.
pub fn make_rows(
    policy: &Policy,
    keys: &PublicKeys,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Rows, RowShare), EncryptError> {
    let share = SecretScalar::generate(rng);
    let rows = rows_for(policy, keys, share.expose(), rng)?;
    Ok((rows, RowShare(share)))
}

/// Rows that share `secret`.
pub(super) fn rows_for(
    policy: &Policy,
    keys: &PublicKeys,
    secret: &Scalar,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<Rows, EncryptError> {
    let lsss = Lsss::new(policy);
    let lambdas = lsss.share(secret, rng);
    let omegas = lsss.share(&Scalar::ZERO, rng);
    let mut rows = policy
        .leaves()
        .into_iter()
        .zip(lambdas.iter().zip(omegas.iter()))
        .map(|(attribute, (lambda, omega))| make_row(attribute, keys, lambda, omega, rng))
        .collect::<Result<Vec<_>, _>>()?;
    G1::normalise_batch(rows.iter_mut().flat_map(|row| [&mut row.c2, &mut row.c3]));
    G2::normalise_batch(rows.iter_mut().map(|row| &mut row.c4));
    Ok(Rows { policy: policy.clone(), rows })
}

/// `C1 = E^λ·(E^α)^t, C2 = g1^{−t}, C3 = (g1^y)^t·g1^ω, C4 = P_u^t` with a fresh t.
fn make_row(
    attribute: &AttributeName,
    keys: &PublicKeys,
    lambda: &Scalar,
    omega: &Scalar,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<Row, EncryptError> {
    let authority = attribute.authority();
    let Some(tables) = keys.authorities.get(&authority) else {
        return Err(EncryptError::UnknownAuthority { authority });
    };
    let Some(public) = keys.attributes.get(attribute) else {
        let attribute = attribute.clone();
        return Err(EncryptError::UnknownAttribute { attribute });
    };
    let t = SecretScalar::generate(rng);
    Ok(Row {
        generation: tables.generation,
        version: public.version,
        c1: GtTable::generator().pow(lambda) * tables.e_alpha.pow(t.expose()),
        c2: -G1Table::generator().mul(t.expose()),
        c3: tables.g1_y.mul(t.expose()) + G1Table::generator().mul(omega),
        c4: public.point * t.expose(),
    })
}

impl Rows {
    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Joins the rows of two organisations: the result shares the sum of their secrets.
    ///
    /// # Errors
    /// When policy or versions differ.
    pub fn combine(mut self, other: &Self) -> Result<Self, RowsMismatch> {
        if self.policy != other.policy || self.rows.len() != other.rows.len() {
            return Err(RowsMismatch);
        }
        for (row, more) in self.rows.iter_mut().zip(&other.rows) {
            if (row.generation, row.version) != (more.generation, more.version) {
                return Err(RowsMismatch);
            }
            row.c1 = row.c1 * more.c1;
            row.c2 += more.c2;
            row.c3 += more.c3;
            row.c4 += more.c4;
        }
        Ok(self)
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        put_short_bytes(&mut bytes, self.policy.to_string().as_bytes());
        for row in &self.rows {
            bytes.extend_from_slice(&row.generation.to_be_bytes());
            bytes.extend_from_slice(&row.version.to_be_bytes());
            bytes.extend_from_slice(&row.c1.to_bytes());
            bytes.extend_from_slice(&row.c2.to_bytes());
            bytes.extend_from_slice(&row.c3.to_bytes());
            bytes.extend_from_slice(&row.c4.to_bytes());
        }
        bytes
    }

    /// Decodes; every element is checked, the policy's text must be canonical.
    ///
    /// # Errors
    /// When the bytes are of another layout or an element is invalid.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let rows = decoder.rows()?;
        decoder.finish()?;
        Ok(rows)
    }
}

impl Decoder<'_> {
    pub(crate) fn policy(&mut self) -> Result<Policy, DecodeError> {
        let what = "policy";
        let text = self.text(MAX_TEXT_LEN, what)?;
        text.parse::<Policy>().ok().filter(|policy| policy.to_string() == text).ok_or(DecodeError::InvalidText { what })
    }

    pub(super) fn rows(&mut self) -> Result<Rows, DecodeError> {
        self.tag(LAYOUT, "rows")?;
        let policy = self.policy()?;
        let rows = (0..policy.leaf_count())
            .map(|_| {
                Ok(Row {
                    generation: self.u32("generation")?,
                    version: self.u32("version")?,
                    c1: self.gt("C1")?,
                    c2: self.g1("C2")?,
                    c3: self.g1("C3")?,
                    c4: self.g2("C4")?,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Rows { policy, rows })
    }
}
