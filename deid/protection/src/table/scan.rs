//! Looks for what identifies in a table.

use crate::category::Category;
use crate::classes::classes_of;
use crate::config::{DeidConfig, Role, TableConfig};
use medshare_deid_anon::{ANY, failing_classes};
use medshare_deid_records::{Column, Table};

use super::formula::is_formula;
use super::meaning::{Meaning, ValueKind};
use super::measure::singles_out;
use super::names::{Suspicion, are_names};
use super::own_names::{is_known_table, is_telling};
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
            role => {
                if role == Role::QuasiIdentifier {
                    found.push((column.name().to_owned(), Category::QuasiIdentifier, rows));
                } else if role == Role::Sensitive {
                    found.push((column.name().to_owned(), Category::Sensitive, rows));
                }
                if role != Role::QuasiIdentifier && leaves_singled_out(column, &config.table) {
                    found.push((column.name().to_owned(), Category::Identifier, rows));
                }
                found.extend(
                    content(column, config, oldest_year)
                        .into_iter()
                        .map(|(category, count)| (column.name().to_owned(), category, count)),
                );
            }
        }
    }
    found
}

/// Whether nearly every row has a value of its own by which a person is found; dates and postcodes leave as years and areas.
pub(super) fn leaves_singled_out(column: &Column, config: &TableConfig) -> bool {
    let kind = || Meaning::of(column.name(), column.dictionary(), config).kind;
    singles_out(column) && !matches!(kind(), ValueKind::Date | ValueKind::Zip | ValueKind::Postcode)
}

fn content(column: &Column, config: &DeidConfig, oldest_year: Option<i32>) -> Vec<(Category, u64)> {
    let meaning = Meaning::of(column.name(), column.dictionary(), &config.table);
    let mut found: std::collections::BTreeMap<Category, u64> = std::collections::BTreeMap::new();
    for (value, count) in column.dictionary().iter().zip(column.frequencies()) {
        if count == 0 || value == ANY {
            continue;
        }
        for category in meaning.identifying(value, oldest_year) {
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
    let (class_of_row, _) = classes(table, config);
    let failing = config.privacy.iter().filter_map(|model| {
        let count = match model.attribute() {
            None => 0,
            Some(name) => {
                let column = table.column(name)?;
                let ranks = ranks(column.dictionary());
                let codes: Vec<u32> =
                    column.codes().iter().map(|code| ranks.get(*code as usize).copied().unwrap_or_default()).collect();
                failing_classes(model, &class_of_row, &codes, ranks.len(), config.suppression_limit)
            }
        };
        (count > 0).then(|| (model.to_string(), count))
    });
    failing.collect()
}

/// The sizes of the classes of rows that are equal on the quasi-identifiers.
pub(crate) fn class_sizes(table: &Table, config: &DeidConfig) -> Vec<u32> {
    classes(table, config).1
}

/// The class of each row, and the classes' sizes.
fn classes(table: &Table, config: &DeidConfig) -> (Vec<u32>, Vec<u32>) {
    let columns = config.table.quasi_identifiers.iter().filter_map(|name| table.column(name));
    classes_of(columns, table.row_count())
}
