//! Making rows.

use ff::Field as _;
use rand_core::{CryptoRng, RngCore};

use super::row::Row;
use super::{CheckedRows, PublicKeys, Rows};
use crate::encoding::DecodeError;
use crate::pairing::{G1Table, GtTable, Scalar, SecretScalar, SecretScalars, random_scalar};
use crate::policy::{AttributeName, AuthorityName, Lsss, Policy};

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

/// The secret s_j of somebody's rows. It is used once: [`super::wrap`] takes it by value.
#[derive(Debug, zeroize::ZeroizeOnDrop)]
pub struct RowShare(pub(super) SecretScalar);

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

/// All that is random in rows: the secret that they share, and λ, ω and t of each.
pub(super) struct Exponents {
    share: SecretScalar,
    lambdas: SecretScalars,
    omegas: SecretScalars,
    ts: SecretScalars,
}

impl Exponents {
    /// Takes them from `next` in this order: the secret, what λ and then ω are shared with, a t for each row.
    pub(super) fn draw(policy: &Policy, mut next: impl FnMut() -> Scalar) -> Self {
        let lsss = Lsss::new(policy);
        let mut share = SecretScalar::zero();
        share += &next();
        let lambdas = lsss.share_with(share.expose(), &mut next);
        let omegas = lsss.share_with(&Scalar::ZERO, &mut next);
        let ts = SecretScalars::new(lambdas.iter().map(|_| next()).collect());
        Self { share, lambdas, omegas, ts }
    }

    /// λ, ω and t of each row.
    pub(super) fn of_rows(&self) -> impl Iterator<Item = [&Scalar; 3]> {
        let pairs = self.lambdas.iter().zip(self.omegas.iter());
        pairs.zip(self.ts.iter()).map(|((lambda, omega), t)| [lambda, omega, t])
    }

    /// The rows that are made from them.
    ///
    /// # Errors
    /// When a public key is missing.
    pub(super) fn rows(&self, policy: &Policy, keys: &PublicKeys) -> Result<CheckedRows, EncryptError> {
        let leaves = policy.leaves().into_iter().zip(self.of_rows());
        let rows = leaves.map(|(attribute, of_row)| make_row(attribute, keys, of_row)).collect::<Result<_, _>>()?;
        Ok(CheckedRows::made(policy.clone(), rows))
    }

    /// The secret that the rows share.
    pub(super) fn into_share(self) -> RowShare {
        RowShare(self.share)
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
    let exponents = Exponents::draw(policy, || random_scalar(rng));
    let rows = exponents.rows(policy, keys)?;
    Ok((rows.into(), exponents.into_share()))
}

/// `C1 = E^λ·(E^α)^t, C2 = g1^{−t}, C3 = (g1^y)^t·g1^ω, C4 = P_u^t`.
pub(super) fn make_row(
    attribute: &AttributeName,
    keys: &PublicKeys,
    [lambda, omega, t]: [&Scalar; 3],
) -> Result<Row, EncryptError> {
    let (tables, public) = keys.of(attribute)?;
    Ok(Row {
        generation: tables.generation,
        version: public.version,
        c1: GtTable::generator().pow(lambda) * tables.e_alpha.pow(t),
        c2: -G1Table::generator().mul(t),
        c3: tables.g1_y.mul(t) + G1Table::generator().mul(omega),
        c4: *public.point * t,
    })
}
