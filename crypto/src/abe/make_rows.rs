//! Making rows.

use ff::Field as _;
use rand_core::{CryptoRng, RngCore};

use super::row::Row;
use super::{CheckedRows, PublicKeys, Rows};
use crate::encoding::DecodeError;
use crate::pairing::{G1Table, GtTable, Scalar, SecretScalar};
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
    Ok((rows.into(), RowShare(share)))
}

/// Rows that share `secret`.
fn rows_for(
    policy: &Policy,
    keys: &PublicKeys,
    secret: &Scalar,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<CheckedRows, EncryptError> {
    let lsss = Lsss::new(policy);
    let lambdas = lsss.share(secret, rng);
    let omegas = lsss.share(&Scalar::ZERO, rng);
    let rows = policy
        .leaves()
        .into_iter()
        .zip(lambdas.iter().zip(omegas.iter()))
        .map(|(attribute, (lambda, omega))| make_row(attribute, keys, lambda, omega, rng))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(CheckedRows::made(policy.clone(), rows))
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
