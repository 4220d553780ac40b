//! `sample`: invented records to try the other verbs with.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use medshare_deid::records::Column;
use medshare_deid::{FhirFile, Records, Table};
use medshare_deid_cohort as cohort;
use serde_json::Value;

use crate::output::{check_vacant, write_folder, write_records};
use crate::words::{answer, note};

/// Write invented records to try the other verbs with. Nobody in them exists.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// Folder for the records; must not exist or be empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Number of patients.
    #[arg(long, default_value_t = 200)]
    patients: usize,
    /// The same seed gives the same patients.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One CSV table, a row per patient, instead of FHIR.
    #[arg(long)]
    table: bool,
}

pub fn run(args: &SampleArgs, json: bool) -> Result<ExitCode> {
    check_vacant(&args.out)?;
    let mut records = cohort::generate(args.patients, args.seed);
    if args.table {
        let Records::Fhir(files) = &records else { return Ok(ExitCode::SUCCESS) };
        records = Records::Table(table(files).context("the invented patients make no table")?);
    }
    write_folder(&args.out, |folder| write_records(folder, &records, false))?;
    note(&format!("{} invented patients in {}; nobody of them exists", args.patients, args.out.display()));
    if json {
        let made = serde_json::json!({"patients": args.patients, "seed": args.seed, "folder": args.out});
        answer(json, &made, |_| String::new())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Names and paths of a patient's columns.
const COLUMNS: [(&str, &str); 11] = [
    ("name", "/name/0/family"),
    ("given", "/name/0/given/0"),
    ("mrn", "/identifier/0/value"),
    ("ssn", "/identifier/1/value"),
    ("phone", "/telecom/0/value"),
    ("birth_date", "/birthDate"),
    ("gender", "/gender"),
    ("zip", "/address/0/postalCode"),
    ("state", "/address/0/state"),
    ("race", "/extension/0/extension/1/valueString"),
    ("ethnicity", "/extension/1/extension/1/valueString"),
];

/// One row per patient, with the first diagnosis.
fn table(files: &[FhirFile]) -> Option<Table> {
    let patients: Vec<Value> = of_type(files, "Patient").collect();
    let text =
        |resource: &Value, path: &str| resource.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut first_diagnosis = std::collections::HashMap::new();
    for condition in of_type(files, "Condition") {
        let patient = text(&condition, "/subject/reference");
        first_diagnosis.entry(patient).or_insert_with(|| text(&condition, "/code/coding/0/display"));
    }
    let mut columns: Vec<Column> = COLUMNS
        .iter()
        .map(|(name, path)| Column::from_values(name, patients.iter().map(|patient| text(patient, path))))
        .collect();
    let diagnoses = patients.iter().map(|patient| {
        let reference = format!("Patient/{}", text(patient, "/id"));
        first_diagnosis.get(&reference).map_or("none", String::as_str)
    });
    columns.push(Column::from_values("diagnosis", diagnoses));
    Table::new("patients", columns)
}

fn of_type(files: &[FhirFile], name: &str) -> impl Iterator<Item = Value> {
    files.iter().filter(move |file| file.resource_type() == name).flat_map(FhirFile::resources)
}
