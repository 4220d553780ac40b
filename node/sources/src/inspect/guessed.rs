//! What the columns of a table are taken for, where nobody says it.

use medshare_deid::{Role, Table, propose};

/// The roles that are guessed from the names and values of a table's columns. The fields are named as in a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct GuessedRoles {
    /// Tells people apart, by pseudonyms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Removed.
    pub direct_identifiers: Vec<String>,
    /// Generalised.
    pub quasi_identifiers: Vec<String>,
    /// Kept, and not to be learnt about a person.
    pub sensitive: Vec<String>,
    /// Kept.
    pub keep: Vec<String>,
    /// In no list, therefore left out.
    pub withheld: Vec<String>,
}

impl GuessedRoles {
    /// The roles of the columns of a table.
    #[must_use]
    pub fn of(table: &Table) -> Self {
        let (proposed, mut guessed) = (propose(table), Self::default());
        for name in table.column_names() {
            let list = match proposed.role(name) {
                Role::Person => {
                    guessed.person = Some(name.to_owned());
                    continue;
                }
                Role::DirectIdentifier => &mut guessed.direct_identifiers,
                Role::QuasiIdentifier => &mut guessed.quasi_identifiers,
                Role::Sensitive => &mut guessed.sensitive,
                Role::Keep => &mut guessed.keep,
                Role::Unclassified => &mut guessed.withheld,
            };
            list.push(name.to_owned());
        }
        guessed
    }

    /// Whether any column is known as identifying or as sensitive: else nothing is known of the table.
    #[must_use]
    pub fn tells_anything(&self) -> bool {
        self.person.is_some()
            || [&self.direct_identifiers, &self.quasi_identifiers, &self.sensitive].iter().any(|list| !list.is_empty())
    }
}
