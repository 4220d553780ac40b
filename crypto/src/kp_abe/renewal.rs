//! Keys that stay when labels move to new versions: the owner issues them again, and the new one takes the place of the old.

use std::collections::BTreeSet;

use super::KpKey;
use crate::policy::AttributeName;

/// Why a key does not take the place of another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KpRenewalError {
    /// It has another id or policy.
    #[error("the update is for another user's key")]
    OtherKey,
    /// A label would go back, or none goes on.
    #[error("the update leads to version {to} of {label}, and the key is at version {found} already")]
    NotNewer {
        /// The label.
        label: AttributeName,
        /// Its version in the key that was issued again.
        to: u32,
        /// Its version in the key that is here.
        found: u32,
    },
}

impl KpKey {
    /// Puts `newer`, which [`super::DomainSecret::issue`] made again with the same id and policy for later versions, in the place of this key. Returns how many
    /// labels moved. Whole keys, because rows with r or λ of before would show `g1^{λ_i}` to their holder and a node together.
    ///
    /// # Errors
    /// When it is another key, a label of it is at an earlier version, or all are at the same; then nothing is changed.
    pub fn renew(&mut self, newer: Self) -> Result<usize, KpRenewalError> {
        if self.id != newer.id || self.policy != newer.policy {
            return Err(KpRenewalError::OtherKey);
        }
        let mut moved = BTreeSet::new();
        let mut not_newer = None;
        for ((old, new), label) in self.rows.iter().zip(&newer.rows).zip(self.policy.leaves()) {
            let (found, to) = (old.version, new.version);
            let refusal = || KpRenewalError::NotNewer { label: label.clone(), to, found };
            if to < found {
                return Err(refusal());
            }
            if to > found {
                moved.insert(label);
            } else if not_newer.is_none() {
                not_newer = Some(refusal());
            }
        }
        let count = moved.len();
        if let Some(error) = not_newer.filter(|_| count == 0) {
            return Err(error);
        }
        *self = newer;
        Ok(count)
    }
}
