//! How likely a person is found again in records, and what drives it.
//!
//! The three attackers of El Emam (Guide to the De-Identification of Personal Health Information, 2013): the *prosecutor* knows that a
//! person is in the records, the *journalist* only that the person is in the population that the records were drawn from, the *marketer*
//! wants to find as many as possible. Classes are subjects that are equal on all quasi-identifiers. The size of a class in the
//! population is estimated as its size here over the share of the population that is here.

use serde::{Deserialize, Serialize};

use crate::classes::classes_of;
use crate::config::DeidConfig;
use crate::fhir;
use crate::sensitivity::subject_count;
use crate::table::People;
use medshare_deid_records::{Column, Records};

/// Largest classes that a histogram tells apart.
const HISTOGRAM: usize = 20;

/// Risk and what drives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RiskReport {
    /// Number of subjects.
    pub subjects: usize,
    /// Number of classes.
    pub classes: usize,
    /// Size of the smallest class.
    pub smallest_class: u32,
    /// Subjects that are alone in their class.
    pub unique: usize,
    /// Subjects in classes smaller than `k`.
    pub below_k: usize,
    /// Highest risk of any subject for a prosecutor.
    pub prosecutor_highest: f64,
    /// Mean risk of a subject for a prosecutor; also a marketer's share who attacks these records alone.
    pub prosecutor_average: f64,
    /// Highest risk of any subject for a journalist.
    pub journalist_highest: f64,
    /// Share of subjects that a marketer with a register of the population finds.
    pub marketer: f64,
    /// How many subjects somebody is expected to find who compares all of them with the whole population: the estimate of Benedetti and Franconi
    /// (1998) from the sizes of classes here and the share of the population that is here.
    pub found_in_population: f64,
    /// Subjects in classes of 1, 2, … ; the last entry counts all in larger ones.
    pub subjects_by_class_size: Vec<usize>,
    /// Per quasi-identifier.
    pub attributes: Vec<AttributeRisk>,
}

/// What one quasi-identifier contributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributeRisk {
    /// Its name.
    pub name: String,
    /// Number of distinct values.
    pub distinct: usize,
    /// Its entropy in bits: what it tells.
    pub entropy: f64,
    /// How much the prosecutor's average risk falls when it is left out.
    pub contribution: f64,
}

/// Measures the risk of records whose subjects are a share of a population (`sampling_fraction`, above 0 and at most 1).
pub fn risk(records: &Records, config: &DeidConfig, sampling_fraction: f64) -> RiskReport {
    let columns = quasi_columns(records, config);
    let subjects = columns.first().map_or_else(|| subject_count(records, config), |column| column.codes().len());
    let sizes = class_sizes(&columns, None, subjects);
    let average = share(sizes.len(), subjects);
    let fraction = sampling_fraction.clamp(f64::MIN_POSITIVE, 1.0);
    let smallest = sizes.iter().copied().min().unwrap_or_default();
    let mut histogram = vec![0usize; HISTOGRAM + 1];
    for size in &sizes {
        if let Some(slot) = histogram.get_mut((*size as usize).min(HISTOGRAM + 1).saturating_sub(1)) {
            *slot += *size as usize;
        }
    }
    let in_classes =
        |test: &dyn Fn(u32) -> bool| sizes.iter().filter(|size| test(**size)).map(|size| *size as usize).sum();
    let attributes = columns.iter().enumerate().map(|(index, column)| {
        let without = class_sizes(&columns, Some(index), subjects).len();
        AttributeRisk {
            name: column.name().to_owned(),
            distinct: column.frequencies().iter().filter(|count| **count > 0).count(),
            entropy: entropy(column),
            contribution: average - share(without, subjects),
        }
    });
    RiskReport {
        subjects,
        classes: sizes.len(),
        smallest_class: smallest,
        unique: in_classes(&|size| size == 1),
        below_k: in_classes(&|size| size < config.k),
        prosecutor_highest: if smallest == 0 { 0.0 } else { 1.0 / f64::from(smallest) },
        prosecutor_average: average,
        journalist_highest: if smallest == 0 { 0.0 } else { (fraction / f64::from(smallest)).min(1.0) },
        marketer: average * fraction,
        found_in_population: sizes.iter().map(|size| f64::from(*size) * risk_in_population(*size, fraction)).sum(),
        subjects_by_class_size: histogram,
        attributes: attributes.collect(),
    }
}

/// The expected value of one over the size that a class has in the population, where `size` of it are in a sample of a `share` of the population
/// and the rest is distributed as a negative binomial (Benedetti and Franconi, 1998; from three on, the approximation of Rinott, 2003).
fn risk_in_population(size: u32, share: f64) -> f64 {
    let rest = 1.0 - share;
    // Near the whole population the terms cancel each other.
    if rest < 1e-6 {
        return 1.0 / f64::from(size.max(1));
    }
    match size {
        0 => 0.0,
        1 => share / rest * (1.0 / share).ln(),
        2 => share / (rest * rest) * (share * share.ln() + rest),
        more => share / (f64::from(more) - rest),
    }
}

/// The quasi-identifiers of all subjects, column by column.
fn quasi_columns(records: &Records, config: &DeidConfig) -> Vec<Column> {
    match records {
        Records::Table(table) => {
            let own = config.table.quasi_identifiers.iter().filter_map(|name| table.column(name));
            match People::of(table, config) {
                Some(people) => own.filter_map(|column| of_people(column, &people)).collect(),
                None => own.cloned().collect(),
            }
        }
        Records::Fhir(files) => {
            let rows: Vec<fhir::Attributes> =
                fhir::patients(files).map(|patient| fhir::attributes_of(&patient)).collect();
            let column =
                |(index, name): (usize, &&str)| Column::from_values(name, rows.iter().filter_map(|row| row.get(index)));
            fhir::ATTRIBUTES.iter().enumerate().map(column).collect()
        }
    }
}

/// What each person's rows tell, by numbers: rows that differ tell another thing than either.
fn of_people(column: &Column, people: &People) -> Option<Column> {
    let (codes, sizes) = people.classes(column.codes());
    Column::from_codes(column.name(), (0..sizes.len()).map(|number| number.to_string()).collect(), codes)
}

/// Sizes of the classes on all columns but one.
fn class_sizes(columns: &[Column], without: Option<usize>, subjects: usize) -> Vec<u32> {
    let others = columns.iter().enumerate().filter(|(index, _)| Some(*index) != without);
    classes_of(others.map(|(_, column)| column), subjects).1
}

fn entropy(column: &Column) -> f64 {
    let rows = column.codes().len() as f64;
    let present = column.frequencies().into_iter().filter(|count| *count > 0);
    present.map(|count| count as f64 / rows).map(|share| -share * share.log2()).sum::<f64>().max(0.0)
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_risk_in_the_population_falls_with_what_is_not_here() {
        for size in 1..5 {
            let whole = risk_in_population(size, 1.0);
            assert!((whole - 1.0 / f64::from(size)).abs() < 1e-12);
            // It approaches that of the whole population, and falls without a step.
            let near = risk_in_population(size, 0.999);
            assert!((near - whole).abs() < 2e-3, "{size}: {near}");
            let risks = [0.5, 0.1, 0.01, 0.001].map(|share| risk_in_population(size, share));
            assert!(
                risks.windows(2).all(|pair| matches!(pair, [more, less] if more > less && *less > 0.0)),
                "{risks:?}"
            );
        }
        // One in a sample of a tenth: 0.1 / 0.9 * ln 10.
        assert!((risk_in_population(1, 0.1) - 0.255_842_788_1).abs() < 1e-9);
    }
}
