//! Guesses what a column is from its name and its content. A guess is a proposal: what stays unclear is left unclassified.

use crate::config::TableConfig;
use medshare_deid_identifiers::{Shape, shapes_in};
use medshare_deid_records::{Column, Table};

use super::meaning::{Meaning, ValueKind};
use super::names::{Suspicion, are_names};
use super::person_proposal::with_person;
use super::place_names::is_place_name;
use super::values::is_missing;
use super::words::words;

/// Distinct values that are looked at for identifying shapes.
const SAMPLE: usize = 10_000;

const DIRECT_WORDS: [&str; 28] = [
    "name",
    "given",
    "maiden",
    "firstname",
    "lastname",
    "surname",
    "forename",
    "fullname",
    "ssn",
    "mrn",
    "phone",
    "telephone",
    "mobile",
    "fax",
    "email",
    "mail",
    "address",
    "street",
    "url",
    "website",
    "ip",
    "passport",
    "licence",
    "license",
    "account",
    "photo",
    "uuid",
    "guid",
];
const NUMBER_WORDS: [&str; 7] = ["id", "nbr", "number", "no", "identifier", "key", "code"];
/// Whoever has a number of her own: with one of the words above it identifies, in however few rows.
const PERSON_WORDS: [&str; 11] = [
    "patient",
    "person",
    "subject",
    "participant",
    "proband",
    "member",
    "insured",
    "client",
    "resident",
    "medical",
    "record",
];
const QUASI_WORDS: [&str; 43] = [
    "age",
    "sex",
    "gender",
    "race",
    "ethnicity",
    "ethnic",
    "zip",
    "zipcode",
    "postal",
    "postcode",
    "birth",
    "birthdate",
    "birthday",
    "birthyear",
    "dob",
    "marital",
    "country",
    "state",
    "city",
    "town",
    "county",
    "region",
    "occupation",
    "job",
    "profession",
    "education",
    "language",
    "religion",
    "nationality",
    "citizenship",
    "weight",
    "height",
    "income",
    "payer",
    "insurance",
    "specialty",
    "workclass",
    "employer",
    "death",
    "deceased",
    "admission",
    "discharge",
    "hospital",
];
const SENSITIVE_WORDS: [&str; 14] = [
    "diag",
    "diagnosis",
    "diagnoses",
    "disease",
    "condition",
    "icd",
    "icd9",
    "icd10",
    "hiv",
    "disorder",
    "symptom",
    "cause",
    "salary",
    "readmitted",
];

/// Proposes a role for every column that a name or content tells of.
pub fn propose(table: &Table) -> TableConfig {
    let mut config = TableConfig::default();
    for column in table.columns() {
        let list = match guess(column, table.row_count()) {
            Guess::Direct => &mut config.direct_identifiers,
            Guess::Quasi => &mut config.quasi_identifiers,
            Guess::Sensitive => &mut config.sensitive,
            Guess::Keep => &mut config.keep,
            Guess::Unclear => continue,
        };
        list.push(column.name().to_owned());
    }
    with_person(config, table)
}

enum Guess {
    Direct,
    Quasi,
    Sensitive,
    Keep,
    Unclear,
}

fn guess(column: &Column, rows: usize) -> Guess {
    let words = words(column.name());
    let named = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let distinct = column.dictionary().len();
    let many = distinct > 50 && distinct * 20 > rows;
    let kind = Meaning::of(column.name(), column.dictionary()).kind;
    let holds_names = || are_names(column.dictionary(), Suspicion::High);
    let is_number =
        named(&NUMBER_WORDS) && (many || named(&PERSON_WORDS)) || words.iter().any(|word| is_persons_number(word));
    let identifies = kind != ValueKind::Date && has_identifying_shape(column);
    if named(&DIRECT_WORDS) || identifies || holds_names() || is_number {
        Guess::Direct
    } else if named(&QUASI_WORDS) || matches!(kind, ValueKind::Date | ValueKind::Zip | ValueKind::Age) {
        Guess::Quasi
    } else if named(&SENSITIVE_WORDS) {
        Guess::Sensitive
    } else if is_free_text(column) || (many && kind == ValueKind::Text) || is_place_name(column.name()) {
        Guess::Unclear
    } else {
        Guess::Keep
    }
}

/// Whether it is a person's number in one word, such as `patientid`.
fn is_persons_number(word: &str) -> bool {
    PERSON_WORDS.iter().any(|person| word.strip_prefix(person).is_some_and(|number| NUMBER_WORDS.contains(&number)))
}

/// Whether at least one in a hundred distinct values looks like an identifier; what many people share does not count.
fn has_identifying_shape(column: &Column) -> bool {
    let sample = column.dictionary().iter().take(SAMPLE).filter(|value| !is_missing(value));
    let (mut looked, mut found) = (0usize, 0usize);
    for value in sample {
        looked += 1;
        found += usize::from(shapes_in(value).into_iter().any(Shape::names_somebody));
    }
    found > 0 && found * 100 >= looked
}

fn is_free_text(column: &Column) -> bool {
    let sample = || column.dictionary().iter().take(SAMPLE).filter(|value| !is_missing(value));
    let (count, long) = (sample().count(), sample().filter(|value| value.split_whitespace().count() >= 6).count());
    count > 0 && long * 5 > count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(names: &[&str]) -> TableConfig {
        let columns = names.iter().map(|name| Column::from_values(name, ["1", "2", "3"]));
        propose(&Table::new("t", columns.collect()).unwrap_or_else(|| unreachable!("the columns are alike")))
    }

    #[test]
    fn a_persons_number_is_known_by_its_name_in_however_few_rows() {
        let numbers = ["patient_id", "PatientID", "patientid", "subject no", "member_number", "record-key"];
        assert_eq!(roles(&numbers).direct_identifiers, numbers);
        let others = ["admission_type_id", "ward_code", "patient"];
        assert_eq!(roles(&others).direct_identifiers, [""; 0]);
    }
}
