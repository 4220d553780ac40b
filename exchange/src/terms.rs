//! Whether a package keeps the terms of its data set. Its seal says which node made it, not that the node kept to them.

use crate::manifest::Manifest;
use medshare_crypto::abe::Ciphertext;
use medshare_crypto::policy::Policy;
use medshare_ledger::facts::DataSet;
use medshare_ledger::id::Timestamp;
use medshare_ledger::purpose::PurposeRefusal;

/// What of a package its data set's terms do not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsBroken {
    /// Of another owner or data set.
    #[error("the package is of another data set")]
    DataSet,
    /// Records of another type.
    #[error("the package holds records of another type than its data set")]
    RecordType,
    /// Another policy than the owner's.
    #[error("the package says that it opens under another policy than its data set's")]
    Policy,
    /// A key block under another policy than the manifest states.
    #[error("the package's key is encrypted under another policy than its data set's")]
    KeyBlock,
    /// A purpose that is not allowed.
    #[error("the package is for a purpose that its data set's terms forbid: {0}")]
    Purpose(PurposeRefusal),
    /// Actions that are violations under the data set's terms.
    #[error("the package permits actions that its data set's terms forbid")]
    Permits,
    /// Actions that must be reported under the data set's terms.
    #[error("the package exempts actions from reports that its data set's terms do not")]
    Exempts,
    /// A longer life than allowed.
    #[error("the package lives longer than its data set's terms allow")]
    Lifetime,
}

impl Manifest {
    /// Checks the package against the terms of its data set, as genesis has them. It may be stricter, never laxer; the policy is
    /// the data set's own.
    ///
    /// # Errors
    /// [`TermsBroken`] with the first term that it does not keep.
    pub fn check_terms(&self, dataset: &DataSet) -> Result<(), TermsBroken> {
        let holds = |keeps: bool, broken| if keeps { Ok(()) } else { Err(broken) };
        holds(self.owner == dataset.owner && self.dataset == dataset.id, TermsBroken::DataSet)?;
        holds(self.record_type == dataset.record_type, TermsBroken::RecordType)?;
        let policy: Option<Policy> = dataset.policy.parse().ok();
        holds(policy.as_ref().is_some_and(|policy| policy.to_string() == self.policy), TermsBroken::Policy)?;
        let block = Ciphertext::from_bytes(&self.attribute_block).map_err(|_| TermsBroken::KeyBlock)?;
        holds(policy.map(|policy| policy.hash()) == Some(block.policy_hash()), TermsBroken::KeyBlock)?;
        dataset.terms.allow(&self.purpose).map_err(TermsBroken::Purpose)?;
        holds(self.permitted_mask & !dataset.permitted_mask == 0, TermsBroken::Permits)?;
        holds(self.exempt_mask & !dataset.exempt_mask == 0, TermsBroken::Exempts)?;
        let ends = self.expires > Timestamp(0) && self.expires <= self.created.plus_ms(dataset.lifetime_ms);
        holds(dataset.lifetime_ms == 0 || ends, TermsBroken::Lifetime)
    }
}

#[cfg(test)]
mod tests;
