//! Guesses what a column is from its name and its content, with the reason. A guess is a proposal, and what nobody knows is withheld: a
//! column is proposed to stay only if its header tells of something clinical and its cells do not contradict, or if its cells are answers.

use crate::config::{DEFAULT_K, Role, TableConfig};
use medshare_deid_identifiers::{Shape, shapes_in};
use medshare_deid_records::{Column, Table};

use serde::{Deserialize, Serialize};

use super::cells::{
    are_answers, are_measured, are_sexes, are_texts, is_diagnosis_code, is_icd10, known, mostly, suspected,
};
use super::kind::is_part_of_date;
use super::meaning::{Meaning, ValueKind};
use super::measure::singles_out;
use super::names::{Suspicion, are_names};
use super::person_proposal::with_person;
use super::place_names::is_place_name;
use super::scan::leaves_singled_out;
use super::strangers::are_clinical_words;
use super::told::{CLINICAL, QUASI, identifies, is_of_somebody, label};
use super::vocabulary::Concept::{Counted, Diagnosis, Drug, Institution, Person, Place, Text, Time};
use super::vocabulary::concepts_of;

/// What a column was taken for, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The column's name.
    pub column: String,
    /// Its role.
    pub role: Role,
    /// Why, in words and without any value.
    pub why: &'static str,
}

/// What every column of a table is taken for.
pub fn guesses(table: &Table) -> Vec<Guess> {
    let alone: Vec<(Role, &'static str)> =
        table.columns().iter().map(|column| guess(column, table.row_count(), SAMPLE)).collect();
    let mut config = TableConfig::default();
    for (column, (role, _)) in table.column_names().zip(&alone) {
        let list = match role {
            Role::DirectIdentifier => &mut config.direct_identifiers,
            Role::QuasiIdentifier => &mut config.quasi_identifiers,
            Role::Sensitive => &mut config.sensitive,
            Role::Keep => &mut config.keep,
            Role::Person | Role::Unclassified => continue,
        };
        list.push(column.to_owned());
    }
    let config = with_person(config, table);
    let one = |(column, (alone, why)): (&str, (Role, &'static str))| {
        let role = config.role(column);
        let why = match role {
            Role::Person => "its header tells of numbers of people, and they repeat",
            Role::Keep if alone != Role::Keep => "dates in which rows of one person differ",
            _ => why,
        };
        Guess { column: column.to_owned(), role, why }
    };
    table.column_names().zip(alone).map(one).collect()
}

/// Proposes a role for every column that a name or content tells of.
pub fn propose(table: &Table) -> TableConfig {
    let mut config = TableConfig::default();
    for Guess { column, role, .. } in guesses(table) {
        match role {
            Role::Person => config.person = Some(column),
            Role::DirectIdentifier => config.direct_identifiers.push(column),
            Role::QuasiIdentifier => config.quasi_identifiers.push(column),
            Role::Sensitive => config.sensitive.push(column),
            Role::Keep => config.keep.push(column),
            Role::Unclassified => {}
        }
    }
    config
}

/// A column that is not in the result although nobody called it a direct identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// The column's name.
    pub column: String,
    /// Why, and in which list of the configuration it may be put, without any value.
    pub why: String,
}

/// The columns that are withheld under a configuration, and why.
pub fn withheld(table: &Table, config: &TableConfig) -> Vec<Withheld> {
    let why = |column: &Column| match config.role(column.name()) {
        Role::Unclassified => match guess(column, table.row_count(), SAMPLE_FOR_WHY) {
            (Role::Unclassified, why) => Some(why),
            _ => Some("no list names it: put it in one"),
        },
        Role::Sensitive | Role::Keep if leaves_singled_out(column, config, DEFAULT_K) => Some(SINGLES_OUT),
        Role::Sensitive | Role::Keep if is_of_somebody(column.name()) => identifies(concepts_of(column.name()), false),
        Role::QuasiIdentifier | Role::Sensitive | Role::Keep if are_names(column.dictionary(), Suspicion::High) => {
            Some("its values look like people's names")
        }
        _ => None,
    };
    let one = |column: &Column| Some(Withheld { column: column.name().to_owned(), why: why(column)?.to_owned() });
    table.columns().iter().filter_map(one).collect()
}

const SINGLES_OUT: &str = "nearly every row has a value of its own, or one that few share, by which people are found: it leaves in no list but `quasi_identifiers`";

const PART_OF_DATE: &str =
    "its header tells of months, days, weeks or quarters, which are parts of dates: years alone are told";

fn guess(column: &Column, rows: usize, sample: usize) -> (Role, &'static str) {
    let (name, dictionary) = (column.name(), column.dictionary());
    let concepts = concepts_of(name);
    let looked_at = dictionary.get(..sample.min(dictionary.len())).unwrap_or(dictionary);
    let kind = Meaning::of(name, looked_at, &TableConfig::default()).kind;
    let is_told_by_less = matches!(kind, ValueKind::Date | ValueKind::Zip | ValueKind::Postcode);
    if !is_told_by_less && has_identifying_shape(looked_at) {
        return (Role::DirectIdentifier, "its values look like numbers or addresses of people");
    }
    if are_names(dictionary, Suspicion::High) {
        return (Role::DirectIdentifier, "its values look like people's names");
    }
    let many = dictionary.len() > 50 && dictionary.len() * 20 > rows;
    if let Some(why) = identifies(concepts, many) {
        return (Role::DirectIdentifier, why);
    }
    if is_part_of_date(name) {
        return (Role::Unclassified, PART_OF_DATE);
    }
    if is_place_name(name) {
        return by_content(column, kind)
            .filter(|(role, _)| *role == Role::QuasiIdentifier)
            .unwrap_or_else(|| unknown(column));
    }
    let is_clinical = concepts.has_any(&CLINICAL) || concepts.has(Diagnosis);
    let quasi =
        concepts.first(&QUASI).filter(|concept| !(is_clinical && matches!(concept, Institution | Place | Time)));
    if concepts.has(Text) && quasi.is_none() && !are_answers(dictionary) {
        return (
            Role::Unclassified,
            "its header tells of texts, which may say anything: `direct_identifiers` removes it",
        );
    }
    if let Some(concept) = quasi {
        return (Role::QuasiIdentifier, label(concept));
    }
    if is_clinical && singles_out(column, DEFAULT_K) {
        return (Role::Unclassified, SINGLES_OUT);
    }
    if is_clinical && are_texts(dictionary) {
        return (Role::Unclassified, "its values are texts, which may say anything: `direct_identifiers` removes it");
    }
    if concepts.has(Diagnosis) {
        return (Role::Sensitive, label(Diagnosis));
    }
    if is_clinical && concepts.has(Counted) && mostly(dictionary, is_long) {
        return (Role::Unclassified, "its header tells of numbers, and they are too large for counts");
    }
    let shared = !many || kind != ValueKind::Text;
    match concepts.first(&CLINICAL) {
        Some(Drug) if shared && !concepts.has_any(&[Counted, Person]) => return (Role::Keep, label(Drug)),
        Some(concept) if are_measured(dictionary) || are_clinical_words(dictionary) => {
            return (Role::Keep, label(concept));
        }
        Some(_) => {
            return (
                Role::Unclassified,
                "its header tells of measures, but its values are words: `keep` only if nobody is known by them",
            );
        }
        None => {}
    }
    by_content(column, kind).unwrap_or_else(|| unknown(column))
}

/// What cells by themselves tell.
fn by_content(column: &Column, kind: ValueKind) -> Option<(Role, &'static str)> {
    let dictionary = column.dictionary();
    if are_sexes(dictionary) {
        Some((Role::QuasiIdentifier, "its values are sexes"))
    } else if kind == ValueKind::Date {
        Some((Role::QuasiIdentifier, "its values are dates"))
    } else if singles_out(column, DEFAULT_K) {
        None
    } else if are_answers(dictionary) {
        Some((Role::Keep, "its values are answers or states, such as yes and no"))
    } else if mostly(dictionary, is_icd10) && mostly(dictionary, is_diagnosis_code) {
        Some((Role::Sensitive, "its values are codes of diagnoses"))
    } else {
        None
    }
}

fn unknown(column: &Column) -> (Role, &'static str) {
    (Role::Unclassified, if singles_out(column, DEFAULT_K) { SINGLES_OUT } else { suspected(column.dictionary()) })
}

/// Whether a value is a whole number that is no count of what happens to a person.
fn is_long(value: &str) -> bool {
    value.len() >= 4 && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// Distinct values whose form is looked at.
const SAMPLE: usize = 4_000;
/// The same where a column is in no list and is only told about.
const SAMPLE_FOR_WHY: usize = 400;

/// Whether at least one in a hundred distinct values looks like an identifier; what many people share does not count.
fn has_identifying_shape(values: &[String]) -> bool {
    let (mut looked, mut found) = (0usize, 0usize);
    for value in known(values) {
        looked += 1;
        found += usize::from(shapes_in(value).into_iter().any(Shape::names_somebody));
    }
    found > 0 && found * 100 >= looked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: Vec<Column>) -> Table {
        Table::new("t", columns).unwrap_or_else(|| unreachable!("the columns are alike"))
    }

    fn roles(names: &[&str]) -> TableConfig {
        propose(&table(names.iter().map(|name| Column::from_values(name, ["1", "2", "3"])).collect()))
    }

    fn role(name: &str, values: &[&str]) -> Role {
        let rows = (0..400).map(|row| values.get(row % values.len()).copied().unwrap_or_default());
        propose(&table(vec![Column::from_values(name, rows)])).role(name)
    }

    #[test]
    fn a_persons_number_is_known_by_its_name_in_however_few_rows() {
        let numbers =
            ["patient_id", "PatientID", "patientid", "subject no", "member_number", "record-key", "Fall-Nr.", "住院号"];
        assert_eq!(roles(&numbers).direct_identifiers, numbers);
        let others = ["admission_type_id", "ward_code", "patient"];
        assert_eq!(roles(&others).direct_identifiers, [""; 0]);
    }

    #[test]
    fn what_nobody_knows_is_withheld_whatever_is_in_it() {
        for values in [
            &["Klein", "Wolf", "Brandt"][..],
            &["Bern", "Olten"],
            &["30", "40", "93"],
            &["8004", "8005"],
            &["1961", "1975"],
            &["43200", "43967"],
            &["1", "2", "3"],
            &["A7", "B2"],
        ] {
            assert_eq!(role("v17", values), Role::Unclassified, "{values:?}");
        }
        assert_eq!(role("lab no", &["100234", "100877"]), Role::Unclassified);
        assert_eq!(role("result", &["Klein", "Wolf", "Brandt"]), Role::Unclassified);
    }

    #[test]
    fn clinical_headers_and_answers_stay() {
        for (name, values) in [
            ("Kreatinin", &["0.9", "1,4", "<0.5"][..]),
            ("pression artérielle", &["120/80", "140/95"]),
            ("metformin", &["No", "Steady"]),
            ("用药", &["二甲双胍", "阿司匹林"]),
            ("smoker", &["yes", "never"]),
            ("num_lab_procedures", &["41", "59"]),
            ("test", &["Na", "K", "Cl"]),
            ("q7", &["ja", "nein"]),
        ] {
            assert_eq!(role(name, values), Role::Keep, "{name}");
        }
        for (name, values) in [("Hauptdiagnose", &["Grippe", "Asthma"][..]), ("q8", &["E11.9", "I10"])] {
            assert_eq!(role(name, values), Role::Sensitive, "{name}");
        }
        for (name, values) in [
            ("q9", &["m", "w"][..]),
            ("x1", &["03.05.1961", "04.06.1975"]),
            ("Ort", &["Olten"]),
            ("column_2", &["V", "M"]),
        ] {
            assert_eq!(role(name, values), Role::QuasiIdentifier, "{name}");
        }
    }

    #[test]
    fn every_column_is_answered_with_a_reason() {
        let told = guesses(&table(vec![Column::from_values("v17", (0..400).map(|row| (row % 3).to_string()))]));
        let why = "its values are numbers, and its header does not say of what: `keep` if they are measured";
        assert!(told.first().is_some_and(|guess| guess.why.starts_with(why)), "{told:?}");
    }
}
