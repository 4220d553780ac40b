//! What classes tell of sensitive attributes although nobody is found in them.
//!
//! Where all of a class share one diagnosis, whoever knows that somebody is in it knows hers (homogeneity: Machanavajjhala et al., l-Diversity,
//! ACM TKDD 2007).

use serde::{Deserialize, Serialize};

use crate::classes::classes_of;
use crate::config::{DeidConfig, Role};
use medshare_deid_records::{Column, Records};

/// What the classes tell of one sensitive attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SensitiveAttribute {
    /// The column.
    pub name: String,
    /// Distinct values in all classes together.
    pub distinct: usize,
    /// The least number of distinct values in a class.
    pub least_distinct: usize,
    /// The greatest share (0 to 1) of a class that has one value.
    pub greatest_share: f64,
    /// Subjects in classes that all share one value.
    pub told: usize,
    /// Subjects.
    pub subjects: usize,
}

/// What classes tell of every column that is called sensitive. For FHIR records, whose classes are of patients and whose diagnoses are many for
/// each, nothing.
pub fn sensitive_attributes(records: &Records, config: &DeidConfig) -> Vec<SensitiveAttribute> {
    let Records::Table(table) = records else { return Vec::new() };
    let quasi = table.columns().iter().filter(|column| config.table.role(column.name()) == Role::QuasiIdentifier);
    let (class_of_row, sizes) = classes_of(quasi, table.row_count());
    let of = |column: &Column| {
        let (pairs, _) = classes_of([column].into_iter(), table.row_count());
        let mut counts: std::collections::HashMap<(u32, u32), usize> = std::collections::HashMap::new();
        class_of_row.iter().zip(&pairs).for_each(|(class, value)| *counts.entry((*class, *value)).or_default() += 1);
        let (mut distinct, mut most) = (vec![0usize; sizes.len()], vec![0usize; sizes.len()]);
        for ((class, _), count) in counts {
            if let (Some(distinct), Some(most)) = (distinct.get_mut(class as usize), most.get_mut(class as usize)) {
                *distinct += 1;
                *most = (*most).max(count);
            }
        }
        let shares = most.iter().zip(&sizes).map(|(most, size)| *most as f64 / f64::from((*size).max(1)));
        SensitiveAttribute {
            name: column.name().to_owned(),
            distinct: column.frequencies().iter().filter(|count| **count > 0).count(),
            least_distinct: distinct.iter().copied().min().unwrap_or_default(),
            greatest_share: shares.fold(0.0, f64::max),
            told: distinct.iter().zip(&sizes).filter(|(count, _)| **count == 1).map(|(_, size)| *size as usize).sum(),
            subjects: table.row_count(),
        }
    };
    let sensitive = table.columns().iter().filter(|column| config.table.role(column.name()) == Role::Sensitive);
    sensitive.map(of).collect()
}
