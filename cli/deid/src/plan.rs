//! `plan`: a configuration as TOML, every field explained.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use medshare_cli_terminal::Failure;
use medshare_deid::{DeidConfig, Records, Table, Withheld, withheld};

use crate::input::InputArgs;
use crate::output::stage;
use crate::words::{answer, note};
use crate::{configuration, input};

/// Propose a configuration from records, every field explained.
///
/// Read it before you use it: a guess from names and content is no decision. Columns that nobody classified are withheld by `run`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Where to write it: a new file, so that no decision is lost; standard output if not given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(args: &PlanArgs, json: bool) -> Result<ExitCode> {
    if let Some(path) = args.out.as_ref().filter(|path| path.exists()) {
        let message =
            format!("{} exists and may hold decisions; name a new file with --out, or remove it", path.display());
        bail!(Failure::output(message));
    }
    let input = input::read(&args.input)?;
    let config = configuration::proposed(&input.records);
    let text = explained(&config, &input.records)?;
    if let Some(path) = &args.out {
        stage(path, text.as_bytes())?.publish()?;
        note(&format!("read {} before you use it: guesses are no decisions", path.display()));
    }
    if json || args.out.is_none() {
        answer(json, &config, |_| text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The explanation of each field, in the order of the file; tables are marked by brackets.
const FIELDS: [(&str, &str); 11] = [
    (
        "k",
        "Every combination of quasi-identifiers must be shared by at least this many people (patients, people by `person`, or rows of a table).",
    ),
    ("suppression_limit", "Share of people that may be left out as outliers, 0 to 1. More left out, less generalised."),
    (
        "method",
        "Tables only. \"full-domain\": each column to one level, the least loss possible.\n# \"mondrian\": each class as little as it needs; more useful, but values of a column differ in exactness.",
    ),
    ("metric", "What full-domain generalisation makes small: \"loss\", \"discernibility\" or \"average-class-size\"."),
    ("threads", "Threads that search."),
    (
        "dates",
        "Dates of events: \"year\" keeps the year (HIPAA Safe Harbor); \"shift\" moves each person's dates back by 1 to 365 days\n# (FHIR, and columns of tables with a `person`). Dates of birth become years, as does whatever else people are told apart by.",
    ),
    (
        "reference_year",
        "The year in which ages are counted, if it is to be another than the later of the release's and the latest one in the records.\n# Ages above 89 become one class.",
    ),
    (
        "release_year",
        "The year of the release; ages are counted in it as well, so that whoever checks the result counts the same.\n# Years far behind it, such as 9999, are plans, slips or open ends and count for nothing.",
    ),
    (
        "restricted_zips",
        "Three-digit ZIP areas of at most 20,000 people, told as 000: \"census2000\", \"census2010\", \"both\",\n# or { list = [\"036\"] }.",
    ),
    (
        "privacy",
        "Requirements beyond k, for attributes under `sensitive` or `keep`. For example:\n#   { model = \"distinct-diversity\", attribute = \"diagnosis\", l = 3 }\n#   { model = \"entropy-diversity\", attribute = \"diagnosis\", l = 2.5 }\n#   { model = \"recursive-diversity\", attribute = \"diagnosis\", c = 3.0, l = 2 }\n#   { model = \"t-closeness\", attribute = \"diagnosis\", t = 0.3 }\n#   { model = \"ordered-t-closeness\", attribute = \"income\", t = 0.2 }",
    ),
    ("weights", "How much each quasi-identifier counts in the loss, e.g. { age = 2.0 }; 1 if not named."),
];

const TABLE_FIELDS: [(&str, &str); 7] = [
    (
        "person",
        "Tells whose row each row is, where people have several: k counts people, and dates can move with theirs. Told by pseudonyms\n# that differ in every result; removed if it is a direct identifier as well. Without it each row counts as a person.",
    ),
    ("direct_identifiers", "Identify on their own: removed."),
    ("quasi_identifiers", "Identify in combination: generalised until k holds."),
    ("sensitive", "Must not be learnt about a person: kept; name them in `privacy` to protect them."),
    (
        "keep",
        "Neither identify nor harm: kept. Values that look like identifiers are emptied all the same, and a column in which nearly every row\n# has a value of its own is withheld, unless it is a plain measure.",
    ),
    (
        "kinds",
        "What a column's values are where its name does not tell: { v17 = \"age\" }, or \"birth\", \"date\", \"postcode\".",
    ),
    (
        "hierarchies",
        "How a quasi-identifier becomes coarser; by the form of its values if not named. For example:\n#   age = { kind = \"widths\", widths = [5, 10, 20] }\n#   zip = { kind = \"prefix\", lengths = [3, 1] }\n#   diagnosis = { kind = \"icd10\" }   (or \"icd9\")\n#   country = { kind = \"file\", path = \"country.csv\", delimiter = \";\" }   (ARX's form)",
    ),
];

const FHIR_FIELDS: [(&str, &str); 7] = [
    ("birth_year", "Year of birth, in bands."),
    ("gender", "Gender."),
    ("location", "Country, state and three-digit ZIP code."),
    ("race", "US Core race, as OMB categories."),
    ("ethnicity", "US Core ethnicity, as OMB categories."),
    ("deceased", "Whether the patient has died."),
    (
        "code_systems",
        "URLs of your own code systems whose codes may leave, beside SNOMED CT, LOINC, ICD, RxNorm, ATC, CVX, UCUM and HL7's.\n# For example [\"http://hospital.example/codes\"].",
    ),
];

/// The configuration with its explanations.
fn explained(config: &DeidConfig, records: &Records) -> Result<String> {
    let all = toml::Table::try_from(config)?;
    let mut text =
        "# Configuration of `medshare deid`. Every field has a default; unknown fields are refused.\n".to_owned();
    section(&mut text, &all, &FIELDS)?;
    for (name, title, fields, wanted) in [
        (
            "table",
            "What each column of a table is. A column in no list is highly sensitive, and withheld.",
            TABLE_FIELDS.as_slice(),
            matches!(records, Records::Table(_)),
        ),
        (
            "fhir",
            "Which attributes of a patient stay, generalised. The others are removed.",
            FHIR_FIELDS.as_slice(),
            matches!(records, Records::Fhir(_)),
        ),
    ] {
        if wanted && let Some(own) = all.get(name).and_then(toml::Value::as_table) {
            write!(text, "\n# {title}\n[{name}]\n")?;
            section(&mut text, own, fields)?;
        }
    }
    if let Records::Table(table) = records {
        text += &undecided(table, config);
    }
    Ok(text)
}

/// The withheld columns, why they are, and in which list of the configuration they may be put.
fn undecided(table: &Table, config: &DeidConfig) -> String {
    let withheld = withheld(table, &config.table);
    if withheld.is_empty() {
        return String::new();
    }
    let mut text =
        "\n# Withheld, as nobody has classified them. To decide, put a column's name in one of the lists above:\n"
            .to_owned();
    for Withheld { column, why } in withheld {
        text += &format!("#   \"{}\": {why}\n", column.replace(char::is_control, " "));
    }
    text
}

fn section(text: &mut String, values: &toml::Table, fields: &[(&str, &str)]) -> Result<()> {
    for (name, explanation) in fields {
        match values.get(*name) {
            Some(value) => write!(text, "\n# {explanation}\n{name} = {value}\n")?,
            None => write!(text, "\n# {explanation}\n# {name} =\n")?,
        }
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_plan_writes_is_read_back_as_the_same_configuration() {
        let csv = b"age,zip,name,diagnosis\n34,01940,Ann,flu\n41,01940,Ben,flu\n".to_vec();
        for records in [Records::from_files(&[("t.csv".into(), csv)]).unwrap(), medshare_deid_cohort::generate(5, 1)] {
            let config = DeidConfig::default_for(&records);
            let read: DeidConfig = toml::from_str(&explained(&config, &records).unwrap()).unwrap();
            assert_eq!(read, config);
        }
    }
}
