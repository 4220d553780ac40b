//! The names of a table's columns, as programs write them or leave them out.

use std::collections::HashSet;

use crate::table::Column;
use crate::table_error::TableError;

/// Distinct values of a column that are looked at.
const SAMPLE: usize = 10_000;

/// The name that the column at a place, counted from 0, has where its own is missing or must not be told.
#[must_use]
pub fn place_name(place: usize) -> String {
    format!("column_{}", place + 1)
}

/// The columns' names: those that are missing are names of our making, and a table's last ones go, as a separator that ends every line
/// makes one.
pub(crate) fn names_of(mut fields: Vec<String>) -> Result<Vec<String>, TableError> {
    while fields.last().is_some_and(String::is_empty) {
        fields.pop();
    }
    if fields.is_empty() {
        return Err(refused("the line names no column; expected a line of column names"));
    }
    let known: HashSet<String> = fields.iter().cloned().collect();
    for (place, field) in fields.iter_mut().enumerate().filter(|(_, field)| field.is_empty()) {
        *field = place_name(place);
        while known.contains(field) {
            field.push('_');
        }
    }
    Ok(fields)
}

/// Refuses names that are not text, missing or not different.
pub(crate) fn check_names(names: &[String]) -> Result<(), TableError> {
    let mut earlier: HashSet<&String> = HashSet::new();
    for (index, name) in names.iter().enumerate() {
        if name.contains(is_no_text) {
            return Err(refused(
                "the line holds characters that no text has; expected a table as text, in UTF-8, UTF-16 or Windows-1252",
            ));
        }
        if name.is_empty() {
            return Err(refused(&format!("column {} has no name; expected a name for every column", index + 1)));
        }
        if !earlier.insert(name) {
            let first = names.iter().position(|other| other == name).unwrap_or_default();
            // The name is not told: where it is missing, a row stands here.
            let both = format!("columns {} and {} have the same name", first + 1, index + 1);
            return Err(refused(&format!("{both}; expected a line of different column names")));
        }
    }
    Ok(())
}

/// A character that stands in no column's name: the file is of another kind.
const fn is_no_text(character: char) -> bool {
    character.is_ascii_control() && !matches!(character, '\t' | '\n' | '\r')
}

fn refused(problem: &str) -> TableError {
    TableError { line: 1, problem: problem.to_owned() }
}

/// Refuses a table whose first line seems to be a row: a person's values would be told as names of columns.
///
/// It seems so where every column of numbers, or of dates and the like, has one of these for a name, or where the names of most columns are values
/// below.
pub(crate) fn check_is_no_row(columns: &[Column]) -> Result<(), TableError> {
    let (mut measured, mut named_alike) = (0, 0);
    for column in columns {
        let Some(kind) = kind_of_all(column) else { continue };
        measured += 1;
        named_alike += usize::from(kind_of(column.name()) == Some(kind));
    }
    if measured > 0 && measured == named_alike {
        return Err(refused(
            "the line seems to be a row, not the names of the columns; write a line of names above it, or say with `--header no` that \
             there is none (with `--header yes`, that these are the names)",
        ));
    }
    let again = |column: &&Column| column.dictionary().iter().take(SAMPLE).any(|value| value.trim() == column.name());
    if columns.iter().filter(again).count() * 2 > columns.len() {
        return Err(refused(
            "the names of most columns are values below, too; if the line is there twice, remove it; if it is a row, write a line of names \
             above it, or say with `--header no` that there is none (with `--header yes`, that these are the names)",
        ));
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    /// Digits with marks between: dates, times, telephone numbers, numbers given to people.
    Figures,
}

fn kind_of(text: &str) -> Option<Kind> {
    let text = text.trim();
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if text.replacen(',', ".", 1).parse::<f64>().is_ok() {
        return Some(Kind::Number);
    }
    let is_figure = |byte: u8| byte.is_ascii_digit() || b" -./:,()+TZ".contains(&byte);
    text.bytes().all(is_figure).then_some(Kind::Figures)
}

/// What nine in ten of a column's values are.
fn kind_of_all(column: &Column) -> Option<Kind> {
    let (mut numbers, mut figures, mut all) = (0, 0, 0);
    for value in column.dictionary().iter().take(SAMPLE).filter(|value| !value.trim().is_empty()) {
        all += 1;
        match kind_of(value) {
            Some(Kind::Number) => numbers += 1,
            Some(Kind::Figures) => figures += 1,
            None => {}
        }
    }
    let most = |count: usize| count > 0 && count * 10 >= all * 9;
    match (most(numbers), most(figures)) {
        (true, _) => Some(Kind::Number),
        (_, true) => Some(Kind::Figures),
        _ => None,
    }
}
