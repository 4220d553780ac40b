//! What is proposed for tables of others keeps what a release kept that kept whatever had no telling name: at least 95 % of the clinical
//! values, unchanged.

use std::collections::HashMap;

use medshare_deid::{DeidConfig, PackageKey, Records, Role, Table, deidentify};

use crate::corpus;

/// Clinical columns of the diabetes encounters that left unchanged when only a telling name held a column back.
const DIABETES: [&str; 37] = [
    "num_lab_procedures",
    "num_procedures",
    "num_medications",
    "number_outpatient",
    "number_emergency",
    "number_inpatient",
    "diag_1",
    "diag_2",
    "diag_3",
    "number_diagnoses",
    "max_glu_serum",
    "A1Cresult",
    "metformin",
    "repaglinide",
    "nateglinide",
    "chlorpropamide",
    "glimepiride",
    "acetohexamide",
    "glipizide",
    "glyburide",
    "tolbutamide",
    "pioglitazone",
    "rosiglitazone",
    "acarbose",
    "miglitol",
    "troglitazone",
    "tolazamide",
    "examide",
    "citoglipton",
    "insulin",
    "glyburide-metformin",
    "glipizide-metformin",
    "glimepiride-pioglitazone",
    "metformin-rosiglitazone",
    "metformin-pioglitazone",
    "change",
    "readmitted",
];

/// How many cells of the columns there are among the rows that left, and how many of these left unchanged.
fn unchanged(before: &Table, after: &Table, columns: &[&str]) -> (usize, usize) {
    let counts = |table: &Table, name: &str| -> HashMap<String, usize> {
        let Some(column) = table.column(name) else { return HashMap::new() };
        column.dictionary().iter().cloned().zip(column.frequencies()).collect()
    };
    let kept = |name: &&str| -> usize {
        let (before, after) = (counts(before, name), counts(after, name));
        after.iter().map(|(value, count)| (*count).min(before.get(value).copied().unwrap_or_default())).sum()
    };
    (columns.len() * after.row_count(), columns.iter().map(kept).sum())
}

#[track_caller]
fn stays(table: Table, columns: &[&str]) {
    let records = Records::Table(table);
    let config = DeidConfig { release_year: Some(2024), ..DeidConfig::default_for(&records) };
    let result = deidentify(&records, &config, &PackageKey::new([1; 32])).unwrap();
    let (Records::Table(before), Records::Table(after)) = (&records, &result.records) else {
        panic!("tables expected")
    };
    let (all, kept) = unchanged(before, after, columns);
    eprintln!("{kept} of {all} clinical cells stay; withheld: {:?}", medshare_deid::withheld(before, &config.table));
    assert!(kept * 100 >= all * 95, "{kept} of {all}");
    // A release may leave out five in a hundred people, who may have more rows than others.
    assert!(after.row_count() * 100 >= before.row_count() * 90);
}

#[test]
fn the_clinical_columns_of_the_diabetes_encounters_stay() {
    let Some(table) = corpus::diabetes() else { return };
    stays(table, &DIABETES);
}

#[test]
fn no_column_of_the_adult_census_is_withheld() {
    let Some(folder) = corpus::folder("adult-arx") else { return };
    let bytes = std::fs::read(folder.join("adult.csv")).unwrap();
    let table = medshare_deid_records::read_table("adult", &bytes, b';').unwrap();
    let proposed = DeidConfig::default_for(&Records::Table(table.clone())).table;
    let withheld: Vec<&str> = table.column_names().filter(|name| proposed.role(name) == Role::Unclassified).collect();
    assert_eq!(withheld, [""; 0]);
    stays(table, &["salary-class"]);
}
