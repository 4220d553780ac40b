//! What to protect, and how strongly.
//!
//! Read from TOML through serde; every field has a default, unknown fields are refused. [`DeidConfig::default_for`] proposes a
//! configuration from the records themselves.

mod travelling;
mod validation;

use std::collections::BTreeMap;

use medshare_deid_anon::{Goal, Metric, Privacy};
use medshare_deid_identifiers::RestrictedZips;
use serde::{Deserialize, Serialize};

pub use validation::ConfigError;

/// The last year in which something can have happened where no release year is told.
const FAR_AHEAD: i32 = 2050;

/// Nothing was released before this year, whatever a configuration says: what happened until then happened.
pub(crate) const FIRST_RELEASE: i32 = 2025;

/// Smallest `k` that protects at all.
pub const MIN_K: u32 = 2;

/// `k` where nobody says another.
pub(crate) const DEFAULT_K: u32 = 5;

/// How one set of records is de-identified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeidConfig {
    /// Every combination of quasi-identifiers must be shared by at least this many subjects.
    pub k: u32,
    /// Share of subjects (0 to 1) that may be left out to reach `k`.
    pub suppression_limit: f64,
    /// Requirements beyond `k`.
    pub privacy: Vec<Privacy>,
    /// How tables are generalised.
    pub method: Method,
    /// What generalisation makes small.
    pub metric: Metric,
    /// How much each quasi-identifier counts in the loss; 1 if not named.
    pub weights: BTreeMap<String, f64>,
    /// Number of threads that search.
    pub threads: usize,
    /// What becomes of dates.
    pub dates: DateHandling,
    /// The year in which ages are counted; without it, the latest year in the records.
    pub reference_year: Option<i32>,
    /// The year of the release: ages are counted in it as well, and years far behind it are none of events but plans, slips and open ends.
    /// Whoever releases fills it in, so that others recompute the same.
    pub release_year: Option<i32>,
    /// Which three-digit ZIP codes are too small to be named.
    pub restricted_zips: RestrictedZips,
    /// For tables: what each column is.
    pub table: TableConfig,
    /// For FHIR: which attributes of a patient stay.
    pub fhir: FhirConfig,
}

/// How tables are generalised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Every value of a column to the same level; outliers are left out. The least loss of all such generalisations.
    #[default]
    FullDomain,
    /// Every class of rows as little as it needs (Mondrian). Far more useful; values of a column differ in exactness.
    Mondrian,
}

/// How a column's values become coarser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum HierarchyConfig {
    /// Numbers, years and ranges in bands of these widths, each a multiple of the one before.
    Widths {
        /// The widths, narrowest first.
        widths: Vec<f64>,
    },
    /// Codes cut to these lengths, longest first.
    Prefix {
        /// The lengths.
        lengths: Vec<usize>,
    },
    /// ICD-10 codes: category, chapter.
    Icd10,
    /// ICD-9-CM codes: category, chapter.
    Icd9,
    /// One row per value: the value, then its label at every coarser level.
    Rows {
        /// The rows.
        rows: Vec<Vec<String>>,
    },
    /// The same in a file in ARX's form; whoever loads the configuration replaces it by the rows.
    File {
        /// The file, relative to the configuration.
        path: String,
        /// What separates levels.
        #[serde(default = "semicolon")]
        delimiter: char,
    },
}

fn semicolon() -> char {
    ';'
}

/// What becomes of dates of events. Dates of birth always become years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateHandling {
    /// Only the year stays (HIPAA Safe Harbor).
    #[default]
    Year,
    /// Moved into the past by 1 to 365 days, the same for all dates of one person in one package; times of day are removed.
    Shift,
}

/// What each column of a table is. A column in no list is *unclassified*: highly sensitive, and withheld.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableConfig {
    /// The column that tells whose row each row is: told by pseudonyms, or removed if it is listed as a direct identifier as well. Classes
    /// are of people then. Without it every row counts as a person.
    pub person: Option<String>,
    /// Columns that identify on their own: removed.
    pub direct_identifiers: Vec<String>,
    /// Columns that identify in combination: generalised until `k` holds.
    pub quasi_identifiers: Vec<String>,
    /// Columns that must not be learnt about a person.
    pub sensitive: Vec<String>,
    /// Columns that neither identify nor harm: kept.
    pub keep: Vec<String>,
    /// What the values of a column are, where its name does not tell.
    pub kinds: BTreeMap<String, ColumnKind>,
    /// How quasi-identifiers become coarser; by the form of their values if not named.
    pub hierarchies: BTreeMap<String, HierarchyConfig>,
}

/// What the values of a column are. It tells what has to be hidden in them, and never that something has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnKind {
    /// Ages in years.
    Age,
    /// Dates or years of birth.
    Birth,
    /// Dates.
    Date,
    /// Postcodes.
    Postcode,
}

/// Which attributes of a FHIR patient stay, generalised, as quasi-identifiers. An attribute set to false is removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FhirConfig {
    /// Year of birth, in bands.
    pub birth_year: bool,
    /// `Patient.gender`.
    pub gender: bool,
    /// Three-digit ZIP code, state and country.
    pub location: bool,
    /// US Core race.
    pub race: bool,
    /// US Core ethnicity.
    pub ethnicity: bool,
    /// Whether the patient has died; not by default, since it tells few people apart at the price of all birth years.
    pub deceased: bool,
    /// URLs of code systems of the owner's whose codes may leave, beside SNOMED CT, LOINC and the others that are known.
    pub code_systems: Vec<String>,
}

impl Default for DeidConfig {
    fn default() -> Self {
        DeidConfig {
            k: DEFAULT_K,
            suppression_limit: 0.05,
            privacy: Vec::new(),
            method: Method::default(),
            metric: Metric::default(),
            weights: BTreeMap::new(),
            threads: 2,
            dates: DateHandling::default(),
            reference_year: None,
            release_year: None,
            restricted_zips: RestrictedZips::default(),
            table: TableConfig::default(),
            fhir: FhirConfig::default(),
        }
    }
}

impl Default for FhirConfig {
    fn default() -> Self {
        FhirConfig {
            birth_year: true,
            gender: true,
            location: true,
            race: true,
            ethnicity: true,
            deceased: false,
            code_systems: Vec::new(),
        }
    }
}

impl DeidConfig {
    /// The last year in which something can have happened; later ones are plans, slips and open ends such as 2099 and 9999.
    pub fn last_plausible_year(&self) -> i32 {
        self.release_year.map_or(FAR_AHEAD, |year| year.max(FIRST_RELEASE))
    }

    /// What the search has to reach for `rows` subjects with these quasi-identifiers.
    pub(crate) fn goal(&self, attributes: &[&str], rows: usize) -> Goal {
        let mut privacy = vec![Privacy::KAnonymity { k: self.k }];
        privacy.extend(self.privacy.iter().cloned());
        let weight = |name: &&str| self.weights.get(*name).copied().unwrap_or(1.0);
        Goal {
            privacy,
            metric: self.metric,
            weights: attributes.iter().map(weight).collect(),
            max_suppressed: (self.suppression_limit * rows as f64).floor() as usize,
            threads: self.threads,
        }
    }
}

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Tells whose row it is.
    Person,
    /// Identifies on its own.
    DirectIdentifier,
    /// Identifies in combination.
    QuasiIdentifier,
    /// Must not be learnt about a person.
    Sensitive,
    /// Neither identifies nor harms.
    Keep,
    /// Nobody said.
    Unclassified,
}

impl TableConfig {
    /// The role of a column.
    pub fn role(&self, column: &str) -> Role {
        let listed = |list: &[String]| list.iter().any(|name| name == column);
        if listed(&self.direct_identifiers) {
            Role::DirectIdentifier
        } else if self.person.as_deref() == Some(column) {
            Role::Person
        } else if listed(&self.quasi_identifiers) {
            Role::QuasiIdentifier
        } else if listed(&self.sensitive) {
            Role::Sensitive
        } else if listed(&self.keep) {
            Role::Keep
        } else {
            Role::Unclassified
        }
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        self.direct_identifiers.iter().chain(&self.quasi_identifiers).chain(&self.sensitive).chain(&self.keep)
    }
}
