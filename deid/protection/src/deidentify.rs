//! De-identifies records, or refuses.
//!
//! Two steps. Each record by itself: HIPAA Safe Harbor, by the built-in rules for FHIR or by the roles of a table's columns. Then all
//! together: quasi-identifiers are generalised, and outliers left out, until every subject is like at least `k` - 1 others; if the
//! suppression limit does not allow that, nothing leaves. What leaves stands in an order of its own: no release tells the order in which the
//! records were read.

use serde::{Deserialize, Serialize};

use crate::category::Category;
use crate::config::{ConfigError, DeidConfig};
use crate::fhir;
use crate::naming::Names;
use crate::outcome::{Failure, Generalisation, Outcome};
use crate::sensitivity::{Reason, date_policy, subject_count};
use crate::table::{self, Withheld};
use medshare_deid_anon::{HierarchyError, SearchError, Unreachable};
use medshare_deid_identifiers::{PackageKey, Pseudonyms};
use medshare_deid_records::fhir::reference_year;
use medshare_deid_records::{FhirFile, Records, Table, in_order};

/// De-identified records and what was done to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Deidentified {
    /// The records that may leave.
    pub records: Records,
    /// What was done, without any value.
    pub report: DeidReport,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeidReport {
    /// The `k` that was asked for.
    pub k_required: u32,
    /// The size of the smallest class.
    pub k_achieved: u32,
    /// Number of classes.
    pub classes: usize,
    /// Subjects before: patients, people by the column that tells them apart, or rows where there is none.
    pub subjects_before: usize,
    /// Subjects after.
    pub subjects_after: usize,
    /// Resources or rows before.
    pub records_before: usize,
    /// Resources or rows after.
    pub records_after: usize,
    /// Loss of information on the quasi-identifiers, from 0 (none) to 1 (all).
    pub loss: f64,
    /// How far each quasi-identifier was generalised.
    pub generalised: Vec<Generalisation>,
    /// What was removed or coarsened in each place.
    pub removed: Vec<Reason>,
    /// Columns of a table that were withheld although nobody called them identifying, and why.
    pub withheld: Vec<Withheld>,
    /// The year in which ages were counted.
    pub reference_year: Option<i32>,
    /// Rows of a table that were left out because the person column does not tell whose they are.
    pub rows_of_nobody: u64,
    /// Where no column tells people apart and rows were taken for people: rows that are equal to another one in every column.
    pub equal_rows: u64,
    /// There: a column that seems to tell people apart, of whom some have several rows.
    pub overlooked_person: Option<String>,
}

/// Why nothing left.
#[derive(Debug, thiserror::Error)]
pub enum DeidError {
    /// The configuration cannot be used.
    #[error("configuration: {0}")]
    Config(#[from] ConfigError),
    /// There is nobody in the records.
    #[error("no subjects: expected at least one patient or row")]
    Empty,
    /// There are records, and none of a patient.
    #[error(
        "no patients: the {records} resources are of people who are not among them; expected each person's Patient with her records"
    )]
    NoPatients {
        /// Resources.
        records: usize,
    },
    /// Even fully generalised, too many subjects would have to be left out.
    #[error(
        "{failing} cannot be reached: {suppressed} of {subjects} subjects would have to be left out and the suppression limit allows {allowed}; weaken the requirement, raise the limit or share fewer quasi-identifiers"
    )]
    NotAnonymous {
        /// The `k` that was asked for.
        required: u32,
        /// The sizes of the classes that are smaller than `k`, at the coarsest generalisation.
        found: Vec<u32>,
        /// The requirements that fail.
        failing: String,
        /// Subjects that would have to be left out.
        suppressed: usize,
        /// Subjects in the records.
        subjects: usize,
        /// Subjects that the limit allows to leave out.
        allowed: usize,
    },
    /// The suppression limit allows to leave out everybody, and that is what it takes.
    #[error(
        "all {subjects} subjects would have to be left out; weaken the requirements or share fewer quasi-identifiers"
    )]
    AllSuppressed {
        /// Subjects in the records.
        subjects: usize,
    },
    /// No column may stay.
    #[error(
        "no column is kept: each is removed or in no list; list columns under `quasi_identifiers`, `sensitive` or `keep`"
    )]
    NothingKept,
    /// A hierarchy cannot be used for its column.
    #[error("column `{column}`: {source}")]
    Hierarchy {
        /// The column.
        column: String,
        /// What is wrong.
        source: HierarchyError,
    },
    /// A privacy model is about a column that does not leave.
    #[error(
        "`privacy` names `{column}`, which does not leave: nearly every row has a value of its own, or it holds names; take the model out, or list the column under `quasi_identifiers`"
    )]
    NotThere {
        /// The column.
        column: String,
    },
    /// The search could not be made.
    #[error("{0}")]
    Search(SearchError),
}

/// De-identifies records under the secret of one package.
///
/// # Errors
/// If the configuration cannot be used, or the records cannot be made `k`-anonymous within the suppression limit.
pub fn deidentify(records: &Records, config: &DeidConfig, key: &PackageKey) -> Result<Deidentified, DeidError> {
    under(&Pseudonyms::new(key), records, config)
}

/// De-identifies records, with these names for what identifies.
pub(crate) fn under(names: &dyn Names, records: &Records, config: &DeidConfig) -> Result<Deidentified, DeidError> {
    config.validate(records)?;
    let subjects = subject_count(records, config);
    if subjects == 0 {
        return Err(match records {
            Records::Fhir(_) if records.count() > 0 => DeidError::NoPatients { records: records.count() },
            _ => DeidError::Empty,
        });
    }
    let refuse = |unreachable: Unreachable| DeidError::NotAnonymous {
        required: config.k,
        found: unreachable.small_classes,
        failing: unreachable.failing.join(", "),
        suppressed: unreachable.suppressed,
        subjects,
        allowed: (config.suppression_limit * subjects as f64).floor() as usize,
    };
    let deidentified = match records {
        Records::Fhir(files) => fhir_records(files, config, names, records),
        Records::Table(own) => table_records(own, config, names, records),
    }
    .map_err(|failure| match failure {
        Failure::Hierarchy(column, source) => DeidError::Hierarchy { column, source },
        Failure::NotThere(column) => DeidError::NotThere { column },
        Failure::Search(SearchError::Unreachable(unreachable)) => refuse(unreachable),
        Failure::Search(other) => DeidError::Search(other),
    })?;
    if matches!(&deidentified.records, Records::Table(table) if table.columns().is_empty()) {
        return Err(DeidError::NothingKept);
    }
    if deidentified.records.subject_count() == 0 {
        return Err(DeidError::AllSuppressed { subjects });
    }
    Ok(deidentified)
}

fn fhir_records(
    files: &[FhirFile],
    config: &DeidConfig,
    names: &dyn Names,
    records: &Records,
) -> Result<Deidentified, Failure> {
    let released = fhir::release(files, config, date_policy(files, config), names)?;
    let output = Records::Fhir(released.files);
    let reference_year = fhir::counted_in(config, reference_year(files, config.last_plausible_year()));
    let mut report = report(records, &output, config, released.outcome, released.removed, reference_year);
    report.subjects_before = released.patients;
    Ok(Deidentified { records: output, report })
}

fn table_records(
    own: &Table,
    config: &DeidConfig,
    names: &dyn Names,
    records: &Records,
) -> Result<Deidentified, Failure> {
    let protected = table::protect(own, config, names)?;
    let output = Records::Table(in_order(protected.table, names.order_seed()));
    let reference_year = table::reference_year(own, config);
    let mut report = report(records, &output, config, protected.outcome, protected.removed, reference_year);
    report.withheld = table::withheld(own, &config.table);
    (report.subjects_before, report.subjects_after) = protected.subjects;
    (report.rows_of_nobody, report.equal_rows) = (protected.of_nobody, table::equal_rows(own, config));
    report.overlooked_person = table::overlooked_person(own, config).map(str::to_owned);
    Ok(Deidentified { records: output, report })
}

fn report(
    before: &Records,
    after: &Records,
    config: &DeidConfig,
    outcome: Outcome,
    removed: Vec<(String, Category, u64)>,
    reference_year: Option<i32>,
) -> DeidReport {
    DeidReport {
        k_required: config.k,
        k_achieved: outcome.smallest_class,
        classes: outcome.classes,
        subjects_before: before.subject_count(),
        subjects_after: after.subject_count(),
        records_before: before.count(),
        records_after: after.count(),
        loss: outcome.loss,
        generalised: outcome.generalised,
        removed: removed.into_iter().map(|(place, kind, count)| Reason { place, kind, count }).collect(),
        withheld: Vec::new(),
        reference_year,
        rows_of_nobody: 0,
        equal_rows: 0,
        overlooked_person: None,
    }
}
