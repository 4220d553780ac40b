//! Ranks records as highly or lowly sensitive, by identifiers and quasi-identifiers, with reasons ([1] processing node).
//!
//! High: anything that identifies on its own, anything that nobody classified, or a combination of quasi-identifiers shared by fewer
//! than `k` subjects. Reasons name places and kinds, never values.

use serde::{Deserialize, Serialize};

use crate::category::Category;
use crate::config::DeidConfig;
use crate::fhir;
use crate::table;
use medshare_deid_records::fhir::reference_year;
use medshare_deid_records::{FhirFile, Records};

/// How sensitive records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// May single out a person.
    High,
    /// Does not identify, and every subject is like at least `k` - 1 others.
    Low,
}

/// Why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Where: a column, or an element of a FHIR type.
    pub place: String,
    /// What.
    pub kind: Category,
    /// How often.
    pub count: u64,
}

/// The ranking of a set of records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SensitivityReport {
    /// High or low.
    pub level: Level,
    /// What makes it so, and the quasi-identifiers that are there in any case.
    pub reasons: Vec<Reason>,
    /// Size of the smallest class of subjects that are equal on their quasi-identifiers.
    pub smallest_class: u32,
}

/// Ranks records.
pub fn classify(records: &Records, config: &DeidConfig) -> SensitivityReport {
    let found = match records {
        Records::Fhir(files) => fhir::scan(files, config, date_policy(files, config)).found,
        Records::Table(table) => table::scan(table, config),
    };
    rank(found, &class_sizes(records, config), config)
}

/// The ranking by what was found and how many subjects are alike.
pub(crate) fn rank(found: Vec<(String, Category, u64)>, sizes: &[u32], config: &DeidConfig) -> SensitivityReport {
    let small: u64 = sizes.iter().filter(|size| **size < config.k).map(|size| u64::from(*size)).sum();
    let mut reasons: Vec<Reason> =
        found.into_iter().map(|(place, kind, count)| Reason { place, kind, count }).collect();
    if small > 0 {
        let place = "all quasi-identifiers together".to_owned();
        reasons.push(Reason { place, kind: Category::SmallClass, count: small });
    }
    // What a spreadsheet would run tells of nobody.
    let harmless =
        |reason: &Reason| matches!(reason.kind, Category::QuasiIdentifier | Category::Sensitive | Category::Formula);
    let level = if reasons.iter().all(harmless) { Level::Low } else { Level::High };
    SensitivityReport { level, reasons, smallest_class: sizes.iter().copied().min().unwrap_or_default() }
}

/// How dates of these records are told.
pub(crate) fn date_policy(files: &[FhirFile], config: &DeidConfig) -> fhir::DatePolicy {
    fhir::DatePolicy::new(config, reference_year(files, config.last_plausible_year()))
}

/// Number of subjects: patients, people by the column that tells them apart, or rows where there is none.
#[must_use]
pub fn subject_count(records: &Records, config: &DeidConfig) -> usize {
    let people = match records {
        Records::Table(table) => table::people_count(table, config),
        Records::Fhir(_) => None,
    };
    people.unwrap_or_else(|| records.subject_count())
}

/// The sizes of the classes of subjects that are equal on their quasi-identifiers.
pub(crate) fn class_sizes(records: &Records, config: &DeidConfig) -> Vec<u32> {
    match records {
        Records::Table(table) => table::class_sizes(table, config),
        Records::Fhir(files) => {
            let mut classes: std::collections::HashMap<[String; fhir::TOLD], u32> = std::collections::HashMap::new();
            for patient in fhir::patients(files) {
                *classes.entry(fhir::told_attributes_of(&patient)).or_default() += 1;
            }
            let mut sizes: Vec<u32> = classes.into_values().collect();
            sizes.sort_unstable();
            sizes
        }
    }
}
