//! Guesses which column tells people apart: one that is named as a person's number, and repeats; or else one that nobody wants to tell
//! and whose values repeat with rows that are alike, as those of one person are.
//!
//! With such a column, dates of events in which a person's rows differ are no quasi-identifiers: told once for all her rows they would be
//! told in none. They are kept as years, or move with their person.

use crate::classes::classes_of;
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

/// Rows that are looked at for likeness.
const SAMPLE: usize = 200_000;
/// How often two rows may be alike by chance, so that likeness says something.
const MOST_BY_CHANCE: f64 = 0.25;
/// Values that repeat, at least.
const LEAST_REPEATED: usize = 3;

fn is_in(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|own| own == word)
}

/// The proposal with a column that tells people apart, where one seems to.
pub(super) fn with_person(mut config: TableConfig, table: &Table) -> TableConfig {
    // Of several the one of the fewest numbers: a person has many visits, a visit has one person.
    let candidates = table.columns().iter().filter(|column| is_number_of_people(column));
    let named = candidates.min_by_key(|column| column.dictionary().len());
    let Some(person) = named.or_else(|| identity(table, &config)) else { return config };
    for list in [&mut config.direct_identifiers, &mut config.quasi_identifiers, &mut config.sensitive, &mut config.keep]
    {
        list.retain(|own| own != person.name());
    }
    config.person = Some(person.name().to_owned());
    let told = DeidConfig { table: config.clone(), ..DeidConfig::default() };
    let Some(people) = People::of(table, &told) else { return config };
    let differs = |name: &String| {
        table.column(name).is_some_and(|column| {
            Meaning::of(name, column.dictionary(), &told.table).is_of_events() && people.told_of(column, |_| None).1 > 0
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
    let mut columns = undecided(table, &config.table);
    columns.find(|column| is_number_of_people(column)).or_else(|| identity(table, &config.table)).map(Column::name)
}

fn undecided<'a>(table: &'a Table, config: &TableConfig) -> impl Iterator<Item = &'a Column> {
    let is_told = |column: &&Column| !matches!(config.role(column.name()), Role::DirectIdentifier | Role::Unclassified);
    table.columns().iter().filter(move |column| !is_told(column))
}

/// A column that is not told, and whose values repeat in rows that are alike on the quasi-identifiers: names or numbers of people.
fn identity<'a>(table: &'a Table, config: &TableConfig) -> Option<&'a Column> {
    let sample: Vec<u32> = (0..table.row_count().min(SAMPLE) as u32).collect();
    let may_be = |column: &&Column| (LEAST_REPEATED..table.row_count()).contains(&column.dictionary().len());
    let mut candidates = undecided(table, config).filter(may_be).peekable();
    candidates.peek()?;
    let quasi = config.quasi_identifiers.iter().filter_map(|name| table.column(name));
    let quasi = quasi.filter(|column| !Meaning::of(column.name(), column.dictionary(), config).is_of_events());
    let quasi: Vec<Column> = quasi.map(|column| column.rows(&sample)).collect();
    let (class_of_row, sizes) = classes_of(quasi.iter(), sample.len());
    let by_chance: f64 = sizes.iter().map(|size| (f64::from(*size) / sample.len() as f64).powi(2)).sum();
    candidates.filter(|_| by_chance <= MOST_BY_CHANCE).find(|column| {
        let (repeated, alike) = People::by(&column.rows(&sample)).alike(&class_of_row);
        repeated >= LEAST_REPEATED && alike * 10 >= repeated * 9
    })
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
    fn a_column_under_any_name_whose_equal_values_have_equal_people_tells_them_apart() {
        let rows = || (0..40usize).map(|row| row / 4);
        let told = |name: &str, value: &dyn Fn(usize, usize) -> String| {
            let own = Column::from_values(name, rows().enumerate().map(|(row, person)| value(row, person)));
            let age = Column::from_values("age", rows().map(|person| (30 + person * 3).to_string()));
            let table = Table::new(
                "t",
                vec![
                    own,
                    age,
                    Column::from_values("sex", rows().map(|own| ["f", "m"].get(own % 2).copied().unwrap_or_default())),
                ],
            );
            let config =
                TableConfig { quasi_identifiers: vec!["age".to_owned(), "sex".to_owned()], ..TableConfig::default() };
            with_person(config, &table.unwrap()).person
        };
        assert_eq!(told("who", &|_, person| format!("someone {person}")).as_deref(), Some("who"));
        assert_eq!(told("ward", &|row, _| format!("ward {}", row % 5)), None, "people of all ages");
        assert_eq!(told("note", &|row, _| format!("note {row}")), None, "nothing repeats");
        assert_eq!(told("empty", &|_, _| String::new()), None);
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
