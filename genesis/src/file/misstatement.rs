//! What a genesis states that cannot be, and where it stands.

use crate::dataset::DataSetError;
use std::fmt;

/// A value that cannot be understood, or contradicts another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misstatement {
    /// The list and the number of the entry in it, from 1; none for what stands outside of lists.
    pub entry: Option<(&'static str, usize)>,
    /// The key; none where the entries contradict each other.
    pub key: Option<&'static str>,
    /// What is wrong, with the key.
    reason: String,
}

impl Misstatement {
    /// A value that its key cannot have.
    pub(super) fn of_key(key: &'static str, reason: &impl fmt::Display) -> Self {
        Self { entry: None, key: Some(key), reason: format!("{key}: {reason}") }
    }

    /// A value that names nothing.
    pub(super) fn names_nothing(key: &'static str, reason: String) -> Self {
        Self { entry: None, key: Some(key), reason }
    }

    /// Entries that contradict each other.
    pub(super) fn of_file(reason: String) -> Self {
        Self { entry: None, key: None, reason }
    }

    pub(super) fn in_entry(self, list: &'static str, number: usize) -> Self {
        Self { entry: Some((list, number)), ..self }
    }
}

impl From<DataSetError> for Misstatement {
    fn from(DataSetError::Field { field, reason }: DataSetError) -> Self {
        Self::of_key(field, &reason)
    }
}

impl fmt::Display for Misstatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((list, number)) = self.entry {
            write!(f, "{list}, entry {number}: ")?;
        }
        f.write_str(&self.reason)
    }
}
