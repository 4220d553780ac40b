//! A release as a table of its subjects: what it shows of each.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::config::DeidConfig;
use crate::fhir::{self, TOLD, TOLD_ATTRIBUTES};
use medshare_deid_identifiers::hex;
use medshare_deid_records::date::PartialDate;
use medshare_deid_records::fhir::{PATIENT, subjects_of};
use medshare_deid_records::{Column, FhirFile, Records};

/// Elements that say nothing of a person beside which package they are in.
const OF_THE_PACKAGE: [&str; 5] = ["id", "reference", "fullUrl", "meta", "identifier"];

/// What a release shows of each subject.
pub(super) struct Shown<'a> {
    /// Columns with a row for each subject.
    pub(super) columns: Vec<Cow<'a, Column>>,
    pub(super) subjects: usize,
    quasi: Vec<String>,
}

impl<'a> Shown<'a> {
    /// Of a table every row; of FHIR records every patient, by her attributes and, in a column for each type of resource, by the digest of all
    /// that is recorded of her.
    pub(super) fn of(records: &'a Records, config: &DeidConfig) -> Self {
        match records {
            Records::Table(own) => Shown {
                columns: own.columns().iter().map(Cow::Borrowed).collect(),
                subjects: own.row_count(),
                quasi: config.table.quasi_identifiers.clone(),
            },
            Records::Fhir(files) => of_patients(files),
        }
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name() == name).map(AsRef::as_ref)
    }

    pub(super) fn is_quasi(&self, column: &str) -> bool {
        self.quasi.iter().any(|name| name == column)
    }
}

/// What is recorded of a patient in resources of one type: sums of digests, so that their order is nothing.
#[derive(Clone, Default)]
struct Recorded([u64; 4]);

impl Recorded {
    fn add(&mut self, resource: &Value) {
        let digest = Sha256::digest(resource.to_string().as_bytes());
        for (sum, part) in self.0.iter_mut().zip(digest.chunks_exact(8)) {
            let part = part.try_into().map(u64::from_le_bytes).unwrap_or_default();
            *sum = sum.wrapping_add(part);
        }
    }

    fn text(&self) -> String {
        self.0.iter().map(|part| hex(&part.to_le_bytes())).collect()
    }
}

fn of_patients(files: &[FhirFile]) -> Shown<'static> {
    let patients: Vec<Value> = fhir::patients(files).collect();
    let ids: HashMap<&str, usize> =
        patients.iter().enumerate().filter_map(|(row, patient)| Some((patient.get("id")?.as_str()?, row))).collect();
    let others = || files.iter().filter(|file| file.resource_type() != PATIENT);
    let row_of = |resource: &Value| subjects_of(resource).find_map(|subject| ids.get(subject).copied());
    // Of dates that were moved, how far they are from the first one stays.
    let mut first: Vec<Option<i64>> = vec![None; patients.len()];
    for resource in others().flat_map(FhirFile::resources) {
        if let Some(slot) = row_of(&resource).and_then(|row| first.get_mut(row)) {
            earliest(&resource, slot);
        }
    }
    let mut recorded: BTreeMap<&str, Vec<Recorded>> = BTreeMap::new();
    for file in others() {
        let column = recorded.entry(file.resource_type()).or_insert_with(|| vec![Recorded::default(); patients.len()]);
        for mut resource in file.resources() {
            let Some(row) = row_of(&resource) else { continue };
            bare(&mut resource, first.get(row).copied().flatten());
            if let Some(slot) = column.get_mut(row) {
                slot.add(&resource);
            }
        }
    }
    let rows: Vec<[String; TOLD]> = patients.iter().map(fhir::told_attributes_of).collect();
    let attributes = TOLD_ATTRIBUTES.iter().enumerate().map(|(place, name)| {
        Column::from_values(name, rows.iter().map(|row| row.get(place).map_or("", String::as_str)))
    });
    let facts = recorded.iter().map(|(name, rows)| Column::from_values(name, rows.iter().map(Recorded::text)));
    let columns = attributes.chain(facts).map(Cow::Owned).collect();
    Shown { columns, subjects: patients.len(), quasi: TOLD_ATTRIBUTES.map(str::to_owned).to_vec() }
}

/// The day of a full date, with or without a time.
fn day_of(text: &str) -> Option<i64> {
    let date = text.get(..10).filter(|_| text.len() == 10 || text.as_bytes().get(10) == Some(&b'T'))?;
    PartialDate::parse(date).and_then(PartialDate::to_days)
}

fn earliest(value: &Value, first: &mut Option<i64>) {
    match value {
        Value::String(text) => {
            if let Some(day) = day_of(text) {
                *first = Some(first.map_or(day, |known| known.min(day)));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| earliest(item, first)),
        Value::Object(fields) => fields.values().for_each(|field| earliest(field, first)),
        _ => {}
    }
}

/// Takes out what is of the package, and counts days from the first one.
fn bare(value: &mut Value, first: Option<i64>) {
    match value {
        Value::String(text) => {
            if let (Some(day), Some(first)) = (day_of(text), first) {
                *text = format!("day {}", day.wrapping_sub(first));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| bare(item, first)),
        Value::Object(fields) => {
            OF_THE_PACKAGE.iter().for_each(|name| drop(fields.remove(*name)));
            fields.values_mut().for_each(|field| bare(field, first));
        }
        _ => {}
    }
}
