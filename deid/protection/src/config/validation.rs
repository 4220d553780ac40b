//! Whether a configuration can be used, by itself and with the records.

use std::collections::HashSet;

use super::{DeidConfig, HierarchyConfig, MIN_K, Role};
use medshare_deid_identifiers::RestrictedZips;
use medshare_deid_records::{Records, Table};

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// `k` is too small.
    #[error("k is {k}; expected at least {MIN_K}")]
    SmallK {
        /// The value given.
        k: u32,
    },
    /// The suppression limit is not a share.
    #[error("suppression_limit is not a share; expected a number from 0 to 1, e.g. 0.05 for five percent")]
    SuppressionLimit,
    /// A column stands in two lists.
    #[error("column `{column}` is listed twice; expected one role per column")]
    TwoRoles {
        /// The column.
        column: String,
    },
    /// A column does not exist.
    #[error(
        "column `{column}` is not in the table, so this is a configuration for another table; this one has: {present}"
    )]
    UnknownColumn {
        /// The column.
        column: String,
        /// The columns that the table has, the first of them.
        present: String,
    },
    /// A privacy model cannot be used.
    #[error("{model}: expected parameters in range and an attribute listed under `sensitive` or `keep`")]
    Privacy {
        /// The model in words.
        model: String,
    },
    /// A weight or hierarchy belongs to no quasi-identifier.
    #[error("`{column}` has a weight or hierarchy but is not listed under `quasi_identifiers`")]
    NotQuasi {
        /// The column.
        column: String,
    },
    /// A weight is not positive.
    #[error("the weight of `{column}` is not positive; expected a number above 0")]
    Weight {
        /// The column.
        column: String,
    },
    /// The widths or lengths of a hierarchy do not nest.
    #[error(
        "the hierarchy of `{column}`: expected positive widths, each a multiple of the one before, or lengths that decrease"
    )]
    Nesting {
        /// The column.
        column: String,
    },
    /// A hierarchy's file was not loaded.
    #[error("the hierarchy of `{column}` is in a file that was not loaded")]
    Unloaded {
        /// The column.
        column: String,
    },
    /// A restricted ZIP code has the wrong form.
    #[error("restricted ZIP code `{zip}`: expected three digits")]
    Zip {
        /// The entry.
        zip: String,
    },
}

/// The first columns of a table, and how many more there are.
fn present(table: &Table) -> String {
    const NAMED: usize = 12;
    let first: Vec<&str> = table.column_names().take(NAMED).collect();
    match table.columns().len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

impl DeidConfig {
    /// Checks the configuration by itself and against the records.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn validate(&self, records: &Records) -> Result<(), ConfigError> {
        self.validate_requirements(records)?;
        let mut seen = HashSet::new();
        if let Some(column) = self.table.all().find(|column| !seen.insert(*column)) {
            return Err(ConfigError::TwoRoles { column: column.clone() });
        }
        let Records::Table(table) = records else { return Ok(()) };
        let columns: HashSet<&str> = table.column_names().collect();
        if let Some(column) = self
            .table
            .all()
            .chain(self.table.kinds.keys())
            .chain(&self.table.person)
            .find(|column| !columns.contains(column.as_str()))
        {
            return Err(ConfigError::UnknownColumn { column: column.clone(), present: present(table) });
        }
        let Some(person) = &self.table.person else { return Ok(()) };
        let told = self.table.quasi_identifiers.iter().chain(&self.table.sensitive).chain(&self.table.keep);
        if told.into_iter().any(|own| own == person) {
            return Err(ConfigError::TwoRoles { column: person.clone() });
        }
        Ok(())
    }

    /// Checks what the configuration requires, for records that may lack columns because they were removed.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn validate_requirements(&self, records: &Records) -> Result<(), ConfigError> {
        if self.k < MIN_K {
            return Err(ConfigError::SmallK { k: self.k });
        }
        if !(0.0..=1.0).contains(&self.suppression_limit) {
            return Err(ConfigError::SuppressionLimit);
        }
        if let RestrictedZips::List(list) = &self.restricted_zips {
            let wrong = list.iter().find(|zip| zip.len() != 3 || !zip.bytes().all(|byte| byte.is_ascii_digit()));
            if let Some(zip) = wrong {
                return Err(ConfigError::Zip { zip: zip.clone() });
            }
        }
        self.validate_search(matches!(records, Records::Table(_)))
    }

    fn validate_search(&self, of_table: bool) -> Result<(), ConfigError> {
        for model in &self.privacy {
            let known =
                model.attribute().is_none_or(|name| matches!(self.table.role(name), Role::Sensitive | Role::Keep));
            if !model.is_valid() || (of_table && !known) || (!of_table && model.attribute().is_some()) {
                return Err(ConfigError::Privacy { model: model.to_string() });
            }
        }
        for (column, hierarchy) in &self.table.hierarchies {
            let nests = match hierarchy {
                HierarchyConfig::Widths { widths } => {
                    let multiple =
                        |pair: &[f64]| matches!(pair, [a, b] if b > a && ((b / a) - (b / a).round()).abs() < 1e-9);
                    widths.iter().all(|width| *width > 0.0 && width.is_finite()) && widths.windows(2).all(multiple)
                }
                HierarchyConfig::Prefix { lengths } => lengths.windows(2).all(|pair| matches!(pair, [a, b] if a > b)),
                HierarchyConfig::File { .. } => {
                    return Err(ConfigError::Unloaded { column: column.clone() });
                }
                _ => true,
            };
            if !nests {
                return Err(ConfigError::Nesting { column: column.clone() });
            }
        }
        let is_quasi = |column: &String| !of_table || self.table.role(column) == Role::QuasiIdentifier;
        if let Some(column) = self.table.hierarchies.keys().chain(self.weights.keys()).find(|column| !is_quasi(column))
        {
            return Err(ConfigError::NotQuasi { column: column.clone() });
        }
        match self.weights.iter().find(|(_, weight)| !weight.is_finite() || **weight <= 0.0) {
            Some((column, _)) => Err(ConfigError::Weight { column: column.clone() }),
            None => Ok(()),
        }
    }
}
