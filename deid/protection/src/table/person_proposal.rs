//! Guesses which column tells people apart: one that is named as a person's number, and repeats.
//!
//! With such a column, dates of events in which a person's rows differ are no quasi-identifiers: told once for all her rows they would be
//! told in none. They are kept as years, or move with their person.

use crate::config::{DeidConfig, Role, TableConfig};
use medshare_deid_records::{Column, Table};

use super::meaning::Meaning;
use super::people::People;
use super::values::is_missing;
use super::words::words;

/// Words for people whose records there are, in the languages of headers.
const PEOPLE: &str = "patient patients patienten patientin pat person persons personen persona subject subjects subj participant \
participants proband probanden paciente pacientes paziente pazienti patiënt patiënten utente doente member insured client resident \
versicherten versicherte assuré assure 患者 病人 受试者 المريض مريض";
/// Words for numbers that are given to them.
const NUMBERS: &str = "id ids nbr number num no nr nummer numero número numéro identifier identificador identifiant kennung key code codigo \
código codice pseudonym hash 编号 号 号码 رقم معرف";
/// Both in one.
const NUMBERS_OF_PEOPLE: &str = "mrn empi mpi pid ipp nhc 病历号 病案号";
/// What else such a name may say.
const OTHERS: &str = "medical record study anon anonymous pseudo unique global hospital source de del de la do da du di van der of the d";

fn is_in(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|own| own == word)
}

/// The proposal with a column that tells people apart, where one seems to.
pub(super) fn with_person(mut config: TableConfig, table: &Table) -> TableConfig {
    // Of several the one of the fewest numbers: a person has many visits, a visit has one person.
    let candidates = table.columns().iter().filter(|column| is_number_of_people(column));
    let Some(person) = candidates.min_by_key(|column| column.dictionary().len()) else { return config };
    for list in [&mut config.direct_identifiers, &mut config.quasi_identifiers, &mut config.sensitive, &mut config.keep]
    {
        list.retain(|own| own != person.name());
    }
    config.person = Some(person.name().to_owned());
    let told = DeidConfig { table: config.clone(), ..DeidConfig::default() };
    let Some(people) = People::of(table, &told) else { return config };
    let differs = |name: &String| {
        table.column(name).is_some_and(|column| {
            Meaning::of(name, column.dictionary(), &told.table).is_of_events() && people.told_of(column).1 > 0
        })
    };
    let (dates, quasi): (Vec<String>, Vec<String>) = config.quasi_identifiers.into_iter().partition(differs);
    config.quasi_identifiers = quasi;
    config.keep.extend(dates);
    config
}

/// Whether a column is named as a person's number, holds such, and some of them twice.
fn is_number_of_people(column: &Column) -> bool {
    let words = words(column.name());
    let compound = |word: &str| {
        let parts = || PEOPLE.split_ascii_whitespace().filter_map(|person| word.strip_prefix(person));
        parts().any(|number| is_in(NUMBERS, number))
    };
    let is_persons = |word: &String| is_in(PEOPLE, word) || is_in(NUMBERS_OF_PEOPLE, word) || compound(word);
    let is_known = |word: &String| is_persons(word) || is_in(NUMBERS, word) || is_in(OTHERS, word);
    let is_record_number = words.iter().any(|word| word == "record") && words.iter().any(|word| is_in(NUMBERS, word));
    words.iter().all(is_known) && (words.iter().any(is_persons) || is_record_number) && numbers_repeat(column)
}

fn numbers_repeat(column: &Column) -> bool {
    let used = column.dictionary().iter().zip(column.frequencies());
    let used = used.filter(|(value, count)| *count > 0 && !is_missing(value));
    let (mut distinct, mut rows, mut numbers) = (0usize, 0usize, 0usize);
    for (value, count) in used {
        distinct += 1;
        rows += count;
        numbers += usize::from(value.bytes().any(|byte| byte.is_ascii_digit()));
    }
    distinct < rows && numbers * 10 >= distinct * 9
}

/// Columns that nobody decided to tell, named as a person's number that repeats, where the configuration names no person column.
pub(crate) fn overlooked_person<'a>(table: &'a Table, config: &DeidConfig) -> Option<&'a str> {
    if config.table.person.is_some() {
        return None;
    }
    let undecided =
        |column: &&Column| matches!(config.table.role(column.name()), Role::DirectIdentifier | Role::Unclassified);
    table.columns().iter().filter(undecided).find(|column| is_number_of_people(column)).map(Column::name)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn person(name: &str, values: &[&str]) -> Option<String> {
        let others = Column::from_values("visit", (0..values.len()).map(|row| row.to_string()));
        let table = Table::new("t", vec![others, Column::from_values(name, values)]).unwrap();
        with_person(TableConfig::default(), &table).person
    }

    #[test]
    fn numbers_of_people_that_repeat_are_known_by_their_names() {
        for name in [
            "patient_id",
            "PatientID",
            "patientid",
            "subject no",
            "MRN",
            "pat",
            "Patienten-Nr.",
            "Patientennummer",
            "person_id",
            "PATIENT",
            "medical record number",
            "record_id",
            "id_paciente",
            "numéro patient",
            "患者编号",
            "Study Participant ID",
        ] {
            assert_eq!(person(name, &["P1", "P2", "P1"]).as_deref(), Some(name));
            assert_eq!(person(name, &["P1", "P2", "P3"]), None, "{name} does not repeat");
        }
        for name in ["patient_type_id", "ward_id", "id", "member_status", "admission_id", "record", "patient age"] {
            assert_eq!(person(name, &["P1", "P2", "P1"]), None, "{name}");
        }
        assert_eq!(person("patient", &["yes", "no", "yes"]), None);
    }

    #[test]
    fn of_visits_and_people_the_people_are_taken() {
        let columns = vec![
            Column::from_values("mrn", ["1", "1", "2", "3"]),
            Column::from_values("patient_id", ["7", "7", "7", "8"]),
            Column::from_values("birth_date", ["1950-01-01", "1950-01-01", "1951-01-01", "1960-01-01"]),
            Column::from_values("visit_date", ["2019-01-01", "2019-03-01", "2019-02-01", "2019-01-01"]),
        ];
        let config = super::super::propose(&Table::new("t", columns).unwrap());
        assert_eq!(config.person.as_deref(), Some("patient_id"));
        assert_eq!(
            (config.quasi_identifiers, config.keep),
            (vec!["birth_date".to_owned()], vec!["visit_date".to_owned()])
        );
    }
}
