//! Looks for what identifies in a table.

use crate::category::Category;
use crate::classes::classes_of;
use crate::config::{DeidConfig, Role, TableConfig};
use medshare_deid_anon::{ANY, Privacy, failing_classes};
use medshare_deid_identifiers::reads_as_pseudonym;
use medshare_deid_records::{Column, Table};

use super::formula::is_formula;
use super::meaning::{Meaning, ValueKind};
use super::measure::singles_out;
use super::names::{Suspicion, are_names};
use super::own_names::{is_known_table, is_telling};
use super::people::People;
use super::person_dates::{is_moved, is_told};
use super::strangers::{count_of, strangers};
use super::told::is_of_somebody;
use super::values::ranks;
use super::years::Years;

/// What was found: column, kind, number of rows.
pub(crate) fn scan(table: &Table, config: &DeidConfig) -> Vec<(String, Category, u64)> {
    let mut found = Vec::new();
    let (rows, oldest_year) = (table.row_count() as u64, Years::of(table, config).oldest);
    if !is_known_table(&table.name) {
        found.push(("the table's name".to_owned(), Category::Identifier, 1));
    }
    let telling = table.column_names().enumerate().filter(|(_, name)| is_telling(name));
    found.extend(telling.map(|(place, _)| (format!("the name of column {}", place + 1), Category::Identifier, 1)));
    for column in table.columns() {
        match config.table.role(column.name()) {
            Role::DirectIdentifier => found.push((column.name().to_owned(), Category::Identifier, rows)),
            Role::Unclassified => found.push((column.name().to_owned(), Category::Unclassified, rows)),
            Role::Person => found.extend(originals(column)),
            role => {
                if role == Role::QuasiIdentifier {
                    found.push((column.name().to_owned(), Category::QuasiIdentifier, rows));
                } else if role == Role::Sensitive {
                    found.push((column.name().to_owned(), Category::Sensitive, rows));
                }
                let moves = is_moved(column.name(), role, config);
                if role != Role::QuasiIdentifier {
                    if leaves_singled_out(column, &config.table, config.k) || is_of_somebody(column.name()) {
                        found.push((column.name().to_owned(), Category::Identifier, rows));
                    }
                    let meaning = Meaning::of(column.name(), column.dictionary(), &config.table);
                    let strange = count_of(column, &strangers(column, meaning));
                    if strange > 0 && !moves {
                        found.push((column.name().to_owned(), Category::FreeText, strange));
                    }
                }
                found.extend(
                    content(column, config, oldest_year, moves)
                        .into_iter()
                        .map(|(category, count)| (column.name().to_owned(), category, count)),
                );
            }
        }
    }
    found
}

/// Whether nearly every row has a value of its own by which a person is found; dates and postcodes leave as years and areas.
pub(super) fn leaves_singled_out(column: &Column, config: &TableConfig, k: u32) -> bool {
    let kind = || Meaning::of(column.name(), column.dictionary(), config).kind;
    singles_out(column, k) && !matches!(kind(), ValueKind::Date | ValueKind::Zip | ValueKind::Postcode)
}

/// The rows in which a person column tells something other than a pseudonym.
fn originals(column: &Column) -> Option<(String, Category, u64)> {
    let values = column.dictionary().iter().zip(column.frequencies());
    let count: usize = values.filter(|(value, _)| !reads_as_pseudonym(value)).map(|(_, count)| count).sum();
    (count > 0).then(|| (column.name().to_owned(), Category::Identifier, count as u64))
}

fn content(column: &Column, config: &DeidConfig, oldest_year: Option<i32>, moves: bool) -> Vec<(Category, u64)> {
    let meaning = Meaning::of(column.name(), column.dictionary(), &config.table);
    let mut found: std::collections::BTreeMap<Category, u64> = std::collections::BTreeMap::new();
    for (value, count) in column.dictionary().iter().zip(column.frequencies()) {
        if count == 0 || value == ANY {
            continue;
        }
        let may_be_told = |category: &Category| *category == Category::Date && moves && is_told(value);
        for category in meaning.identifying(value, oldest_year).into_iter().filter(|found| !may_be_told(found)) {
            *found.entry(category).or_default() += count as u64;
        }
        if is_formula(value) {
            *found.entry(Category::Formula).or_default() += count as u64;
        }
    }
    if are_names(column.dictionary(), Suspicion::Low) {
        found.insert(Category::Name, column.codes().len() as u64);
    }
    found.into_iter().collect()
}

/// The privacy models that do not hold, in words, and in how many classes.
pub(crate) fn failing_models(table: &Table, config: &DeidConfig) -> Vec<(String, usize)> {
    let people = People::of(table, config);
    let (class_of_subject, _) = classes(table, config, people.as_ref());
    let failing = config.privacy.iter().filter_map(|model| {
        let column = table.column(model.attribute()?)?;
        let failing = classes_that_fail(model, column, people.as_ref(), &class_of_subject, config.suppression_limit);
        (!failing.is_empty()).then(|| (model.to_string(), failing.len()))
    });
    failing.collect()
}

/// The classes in which a model about a sensitive column does not hold.
pub(super) fn classes_that_fail(
    model: &Privacy,
    column: &Column,
    people: Option<&People>,
    class_of_subject: &[u32],
    slack: f64,
) -> Vec<u32> {
    let (codes, values) = ordered_codes(column);
    let codes = match people {
        Some(people) => people.guessed(class_of_subject, &codes),
        None => codes,
    };
    failing_classes(model, class_of_subject, &codes, values, slack)
}

/// Codes of a column's rows in the order of their values, and how many values there are.
pub(super) fn ordered_codes(column: &Column) -> (Vec<u32>, usize) {
    let ranks = ranks(column.dictionary());
    let codes = column.codes().iter().map(|code| ranks.get(*code as usize).copied().unwrap_or_default());
    (codes.collect(), ranks.len())
}

/// The sizes of the classes of people who are equal on the quasi-identifiers; of rows where no column tells people apart.
pub(crate) fn class_sizes(table: &Table, config: &DeidConfig) -> Vec<u32> {
    classes(table, config, People::of(table, config).as_ref()).1
}

/// The class of each subject, and the classes' sizes.
fn classes(table: &Table, config: &DeidConfig, people: Option<&People>) -> (Vec<u32>, Vec<u32>) {
    let columns = config.table.quasi_identifiers.iter().filter_map(|name| table.column(name));
    let (class_of_row, sizes) = classes_of(columns, table.row_count());
    match people {
        Some(people) => people.classes(&class_of_row),
        None => (class_of_row, sizes),
    }
}
