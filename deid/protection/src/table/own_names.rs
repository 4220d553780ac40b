//! Names of tables and columns, which leave with the table: people are in them as well.
//!
//! A file is called after a patient, a column after a case number. Such names are replaced by ones of our making before anything else is
//! done, so that configuration, result and check speak of the same columns: `table`, and `column_3` for the third one.

use crate::config::Role;
use medshare_deid_identifiers::shapes_in;
use medshare_deid_records::fhir::Model;
use medshare_deid_records::{Records, place_name};

use super::place_names::is_place_name;

use super::formula::is_formula;
use super::names::is_listed;
use super::roles::propose;

/// The name of a table whose own one nobody knows to be harmless.
const TABLE: &str = "table";
/// Longer names are texts.
const MAX_NAME_CHARS: usize = 64;
/// Digits in a row that may be a number given to a person.
const TELLING_DIGITS: usize = 6;

/// Words that files of tables are named by.
const TABLE_WORDS: &str = "admission admissions adult allergies allergy cancer care careplan careplans case cases claim claims clean clinic \
clinical cohort cohorts condition conditions control controls data database dataset death demo demographics demographic device devices diabetes \
diabetic diagnoses diagnosis discharge discharges drug drugs encounter encounters episode episodes era event events export exposure extract \
female final follow form heart history hospital icd icu imaging immunizations input inpatient intake lab labs labevents laboratory list long \
main male master measurement measurements medication medications mother mothers note notes observation observations occurrence omop outcome \
outcomes output outpatient participants patient patients payers payer period person persons pharmacy prescriptions procedure procedures providers \
provider questionnaire raw record records register registry report result results rows sample samples scores screening series services set \
sheet source specimen staff stay stays stroke studies study subjects supplies survey surveys table tables test tests therapy transfers treatment \
treatments trial up vaccinations values visit visits vital vitals ward wards wide";

/// What was renamed. Names of our making alone: the others are the owner's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renamed {
    /// Whether the table was.
    pub table: bool,
    /// The places of columns, counted from 1.
    pub columns: Vec<usize>,
}

/// Records under names that may leave, and what was renamed.
#[must_use]
pub fn with_own_names(records: Records) -> (Records, Renamed) {
    let Records::Table(table) = records else { return (records, Renamed::default()) };
    let mut telling: Vec<bool> = table.column_names().map(is_telling).collect();
    if table.column_names().any(|name| is_identifier(name) && !is_place_name(name)) {
        // Where some columns are named by people, others are: only those stay whose names say what they hold.
        let known = propose(&table);
        let is_known = |name: &str| !matches!(known.role(name), Role::Keep | Role::Unclassified);
        telling.iter_mut().zip(table.column_names()).for_each(|(telling, name)| *telling |= !is_known(name));
    }
    let columns: Vec<usize> = telling.iter().enumerate().filter(|(_, own)| **own).map(|(place, _)| place + 1).collect();
    let renamed = Renamed { table: !is_known_table(&table.name), columns };
    if renamed == Renamed::default() {
        return (Records::Table(table), renamed);
    }
    let others: Vec<&str> =
        table.column_names().zip(&telling).filter(|(_, own)| !**own).map(|(name, _)| name).collect();
    let name_at = |place: usize| {
        let mut name = place_name(place);
        while others.contains(&name.as_str()) {
            name.push('_');
        }
        name
    };
    let named = table.column_names().zip(&telling).enumerate();
    let names = named.map(|(place, (name, telling))| if *telling { name_at(place) } else { name.to_owned() }).collect();
    let name = table_name(&table.name).to_owned();
    match table.renamed(&name, names) {
        Ok(own) => (Records::Table(own), renamed),
        Err(same) => (Records::Table(same), Renamed::default()),
    }
}

/// Whether a file's name without its ending says nothing but what kind of records is in it: words by which tables are named, or a type of
/// FHIR.
#[must_use]
pub fn is_known_name(name: &str) -> bool {
    is_known_table(name) || Model::r4().resource(name).is_some()
}

/// The name under which a table may leave.
pub(super) fn table_name(name: &str) -> &str {
    if is_known_table(name) { name } else { TABLE }
}

/// Whether a table's name says nothing but what kind of table it is: known words, or a single letter. Numbers may be people's.
pub(crate) fn is_known_table(name: &str) -> bool {
    let is_known = |word: &str| TABLE_WORDS.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(word));
    let is_letter = matches!(name.as_bytes(), [byte] if byte.is_ascii_alphabetic());
    is_letter || name.split(['_', '-', ' ', '.']).all(is_known)
}

/// Whether a column's name may itself tell of somebody, or is none.
pub(crate) fn is_telling(name: &str) -> bool {
    if is_place_name(name) {
        return false;
    }
    let only_marks_and_digits = !name.chars().any(char::is_alphabetic);
    only_marks_and_digits
        || is_identifier(name)
        || is_formula(name)
        || name.chars().count() > MAX_NAME_CHARS
        || name.contains(char::is_control)
}

/// Whether a column is named by what identifies people.
fn is_identifier(name: &str) -> bool {
    let spaced: String = name.chars().map(|c| if c == '_' { ' ' } else { c }).collect();
    let digits = name.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or_default();
    digits >= TELLING_DIGITS || !shapes_in(name).is_empty() || !shapes_in(&spaced).is_empty() || is_listed(&spaced)
}

#[cfg(test)]
#[expect(clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use medshare_deid_records::{Column, Table};

    fn names(table: &str, columns: &[&str]) -> (String, Vec<String>) {
        let columns = columns.iter().map(|name| Column::from_values(name, ["1", "2", "3"])).collect();
        let Some(table) = Table::new(table, columns) else { panic!("the columns are alike") };
        match with_own_names(Records::Table(table)) {
            (Records::Table(own), _) => (own.name.clone(), own.column_names().map(str::to_owned).collect()),
            (other, _) => panic!("{}", other.type_label()),
        }
    }

    #[test]
    fn tables_keep_the_names_that_say_only_what_they_are() {
        for known in ["t", "patients", "Visit_occurrence", "icu-stays", "diabetic data"] {
            assert_eq!(names(known, &["age"]).0, known);
        }
        for telling in [
            "Ilmarit_Underbough",
            "MRN0070318245",
            "patients_Smith",
            "",
            "J_S",
            "patient 12",
            "patients 4815",
            "ward7b",
        ] {
            assert_eq!(names(telling, &["age"]).0, "table");
        }
    }

    #[test]
    fn columns_named_by_people_or_numbers_get_names_of_our_making() {
        let harmless = ["age", "income_2019", "hba1c", "Sex assigned at birth", "X1", "num_procedures", "icd10"];
        assert_eq!(names("t", &harmless).1, harmless);
        assert_eq!(names("t", &["age", "2019", "1", "=x"]).1, ["age", "column_2", "column_3", "column_4"]);
        let people = ["gnx", "MRN0070318245", "987-62-4314", "Underbough_Ilmarit", "age"];
        assert_eq!(names("t", &people).1, ["column_1", "column_2", "column_3", "column_4", "age"]);
        assert_eq!(names("t", &["Smith_John", "age", "column_1"]).1, ["column_1", "age", "column_3"]);
    }
}
