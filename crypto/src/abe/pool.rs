//! Rows made ahead of time by several organisations, each used once.
//!
//! A [`Contribution`] is one organisation's rows and the seed from which it made them. An owner joins contributions of k organisations to a set
//! and keeps it until it is used. Points are checked when sets are joined, and that the rows are those which the seeds make ([`fit`]): a set
//! whose rows did not share the secret beside them would go into a file that opens for nobody. From then on it is bytes, and using it takes the
//! same group operations whatever the policy. Before, an owner asks whether its versions are in force ([`super::VersionsInForce`]): a short
//! comparison for each attribute, without a look at rows. [`super::wrap`] takes a set by value, and whoever stores sets deletes one before using
//! it: with the same `Σ s_j` twice, the difference of the published δ is the difference of the secrets.

mod fit;

use rand_core::{CryptoRng, RngCore};

use super::make_rows::Exponents;
use super::{CheckedRows, EncryptError, PublicKeys, RowSeed, RowShare, Rows, RowsError};
use crate::policy::Policy;

/// Sets that are looked at together: more cost less each, and more memory.
const SETS_AT_ONCE: usize = 32;

/// One organisation's rows and their seed.
#[derive(Debug)]
pub struct Contribution {
    /// The rows, as they came.
    pub rows: Rows,
    /// The seed, which came sealed to the owner.
    pub seed: RowSeed,
}

/// Why contributions are not joined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// An organisation's rows are altered, of other versions of the keys, hold points that are none, or were made from those before them.
    #[error("{source}")]
    Rows {
        /// Whose they are: its place in every set.
        contribution: usize,
        /// What is wrong.
        source: RowsError,
    },
    /// An organisation's rows are for another policy than those before them.
    #[error("the rows are for another policy than those of the organisations before")]
    OtherPolicy {
        /// Whose they are: its place in every set.
        contribution: usize,
    },
    /// A public key is missing.
    #[error(transparent)]
    Keys(#[from] EncryptError),
    /// An organisation's rows do not share the secret that it says.
    #[error("the rows are not those that the seed beside them makes: a file that took them would open for nobody")]
    Unfit {
        /// Whose they are: its place in every set.
        contribution: usize,
    },
}

impl Contribution {
    /// Makes rows under `policy` from a fresh seed.
    ///
    /// # Errors
    /// When a public key is missing.
    pub fn make(
        policy: &Policy,
        keys: &PublicKeys,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Self, EncryptError> {
        let seed = RowSeed::generate(rng);
        let rows = seed.exponents(policy).rows(policy, keys)?.into();
        Ok(Self { rows, seed })
    }
}

/// Multiplies the rows of all organisations, set by set, and checks them: every point, and that they are made from the seeds and `keys`.
///
/// # Errors
/// [`JoinError`] says what is wrong, and with whose rows.
pub fn join_contributions(
    sets: &[Vec<Contribution>],
    keys: &PublicKeys,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<Vec<(Rows, Vec<RowShare>)>, JoinError> {
    let mut stock = Vec::with_capacity(sets.len());
    for sets in sets.chunks(SETS_AT_ONCE) {
        let joined = sets.iter().map(|set| joined(set, keys)).collect::<Result<Vec<_>, _>>()?;
        if !fit::all_fit(&joined, keys, rng)? {
            return Err(whose_does_not(sets, keys));
        }
        stock.extend(joined.into_iter().map(|(rows, made_from)| {
            let shares = made_from.into_iter().map(Exponents::into_share).collect();
            (Rows::from(rows), shares)
        }));
    }
    Ok(stock)
}

/// The rows of one set, multiplied, and what the seeds say that they were made from.
fn joined(set: &[Contribution], keys: &PublicKeys) -> Result<(CheckedRows, Vec<Exponents>), JoinError> {
    let mut joined: Option<CheckedRows> = None;
    for (contribution, sent) in set.iter().enumerate() {
        let wrong = |source| JoinError::Rows { contribution, source };
        let rows = sent.rows.checked().map_err(wrong)?;
        // Each by itself, so that the one is named that is of other versions.
        if !keys.are_of(&rows)? {
            return Err(wrong(RowsError::Mismatch));
        }
        joined = Some(match joined {
            Some(joined) if joined.policy() != rows.policy() => return Err(JoinError::OtherPolicy { contribution }),
            Some(joined) => joined.combine(&rows).map_err(wrong)?,
            None => rows,
        });
    }
    let rows = joined.ok_or(JoinError::Rows { contribution: 0, source: RowsError::Mismatch })?;
    let made_from = set.iter().map(|contribution| contribution.seed.exponents(rows.policy())).collect();
    Ok((rows, made_from))
}

/// Who sent rows that do not fit: the rows are made once more, one after the other.
fn whose_does_not(sets: &[Vec<Contribution>], keys: &PublicKeys) -> JoinError {
    let differs = |contribution: usize, sent: &Contribution| {
        let policy = sent.rows.policy().map_err(|source| JoinError::Rows { contribution, source })?;
        let made = Rows::from(sent.seed.exponents(&policy).rows(&policy, keys)?);
        Ok::<_, JoinError>(made != sent.rows)
    };
    for (contribution, sent) in sets.iter().flat_map(|set| set.iter().enumerate()) {
        match differs(contribution, sent) {
            Ok(false) => {}
            Ok(true) => return JoinError::Unfit { contribution },
            Err(error) => return error,
        }
    }
    // Rows that are all what they should be do not fail together.
    JoinError::Rows { contribution: 0, source: RowsError::Mismatch }
}

#[cfg(test)]
mod tests;
