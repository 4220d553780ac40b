//! Tables as delimiter-separated text (RFC 4180).
//!
//! What programs write is read as they mean it ([`read_own_table`]): in their encodings; with any mixture of line ends; with a line `sep=;`,
//! which some spreadsheets ask for; with columns that have no name, such as the index that pandas writes; with a separator that ends every
//! line. Refused, with the line: two columns of one name, a first line that is no header, a row that is longer or shorter than the header.
//!
//! What nodes write for each other is read to the letter ([`read_table_within`]).

use std::io::Read as _;

use crate::bounds::{Beyond, RecordBounds};
use crate::encoding::decoded;
use crate::field_bound::MAX_FIELD_BYTES;
use crate::header::{check_is_no_row, check_names, names_of, place_name};
use crate::table::{Column, ColumnBuilder, Table};
use crate::table_error::TableError;

/// What is said of a table's text; what is not said is seen in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableText {
    /// The character that separates fields.
    pub delimiter: Option<u8>,
    /// Whether the first line names the columns.
    pub has_header: Option<bool>,
}

/// Reads a table of one's own, as any program wrote it.
///
/// # Errors
/// The line, and what was wrong with it.
pub fn read_own_table(name: &str, bytes: &[u8], form: &TableText) -> Result<Table, TableError> {
    let text = decoded(bytes)?;
    let (said, text, skipped) = separator_line(&text);
    let delimiter = form.delimiter.or(said).unwrap_or_else(|| delimiter_of(text.as_bytes()));
    let moved = |error: TableError| TableError { line: error.line + skipped, ..error };
    let columns = own_columns(text, delimiter, form.has_header).map_err(moved)?;
    table_of(name, columns).map_err(moved)
}

fn own_columns(text: &str, delimiter: u8, has_header: Option<bool>) -> Result<Vec<Column>, TableError> {
    let mut rows = Rows::new(text, delimiter);
    let Some(first) = rows.next()? else { return Err(empty()) };
    let fields: Vec<String> = first.iter().map(|field| text_of(field).trim().to_owned()).collect();
    let names = match has_header {
        Some(false) => (0..fields.len()).map(place_name).collect(),
        _ => names_of(fields)?,
    };
    check_names(&names)?;
    let mut builders: Vec<ColumnBuilder> = names.iter().map(|name| ColumnBuilder::new(name)).collect();
    if has_header == Some(false) {
        rows = Rows::new(text, delimiter);
    }
    while let Some(row) = rows.next()? {
        // A separator that ends a line begins no field.
        let more = row.iter().skip(builders.len()).position(|field| !field.is_empty());
        if row.len() < builders.len() || more.is_some() {
            return Err(rows.ragged(builders.len()));
        }
        for (builder, field) in builders.iter_mut().zip(row) {
            builder.push(text_of(field));
        }
    }
    let columns: Vec<Column> = builders.into_iter().map(ColumnBuilder::finish).collect();
    if has_header.is_none() {
        check_is_no_row(&columns)?;
    }
    Ok(columns)
}

/// Reads a table in UTF-8 with a header line, to the letter.
///
/// # Errors
/// The line, and what was wrong with it.
pub fn read_table(name: &str, bytes: &[u8], delimiter: u8) -> Result<Table, TableError> {
    read_table_within(name, bytes, delimiter, &RecordBounds::NONE)
}

/// The same, as long as it keeps within bounds.
///
/// # Errors
/// The line, and what was wrong with it.
pub fn read_table_within(name: &str, bytes: &[u8], delimiter: u8, bounds: &RecordBounds) -> Result<Table, TableError> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    let no_text = || TableError { line: 1, problem: "the table is no text in UTF-8; expected that alone".to_owned() };
    let mut rows = Rows::new(text.ok_or_else(no_text)?, delimiter);
    let Some(first) = rows.next()? else { return Err(empty()) };
    let names: Vec<String> = first.iter().map(|field| text_of(field).trim().to_owned()).collect();
    if names.len() > bounds.columns {
        let beyond = Beyond::Columns { actual: names.len(), most: bounds.columns };
        return Err(TableError { line: 1, problem: beyond.to_string() });
    }
    check_names(&names)?;
    let mut builders: Vec<ColumnBuilder> = names.iter().map(|name| ColumnBuilder::new(name)).collect();
    let mut values = 0;
    while let Some(row) = rows.next()? {
        if row.len() != builders.len() {
            return Err(rows.ragged(builders.len()));
        }
        for (builder, field) in builders.iter_mut().zip(row) {
            values += usize::from(builder.push(text_of(field)));
        }
        if values > bounds.values {
            return Err(TableError { line: rows.line(), problem: Beyond::Values { most: bounds.values }.to_string() });
        }
    }
    table_of(name, builders.into_iter().map(ColumnBuilder::finish).collect())
}

fn table_of(name: &str, columns: Vec<Column>) -> Result<Table, TableError> {
    Table::new(name, columns)
        .ok_or_else(|| TableError { line: 1, problem: "columns differ in name or length".to_owned() })
}

fn empty() -> TableError {
    TableError { line: 1, problem: "the table is empty; expected a line of column names".to_owned() }
}

/// A field of a text in UTF-8: what separates fields is ASCII, so that none begins or ends inside a character.
fn text_of(field: &[u8]) -> &str {
    std::str::from_utf8(field).unwrap_or_default()
}

/// Stands behind the last line: where it comes as part of a field, a quote was never closed and has swallowed all lines after it. No text
/// that is read holds a NUL.
const END: &[u8] = b"\n\x00end of table\x00";

/// The rows of a text.
struct Rows<'t> {
    reader: csv::Reader<std::io::Chain<&'t [u8], &'static [u8]>>,
    row: csv::ByteRecord,
}

impl<'t> Rows<'t> {
    fn new(text: &'t str, delimiter: u8) -> Self {
        let mut builder = csv::ReaderBuilder::new();
        let reader = builder.delimiter(delimiter).has_headers(false).flexible(true);
        Rows { reader: reader.from_reader(text.as_bytes().chain(END)), row: csv::ByteRecord::new() }
    }

    /// The next one; none at the end.
    fn next(&mut self) -> Result<Option<&csv::ByteRecord>, TableError> {
        let read = self.reader.read_byte_record(&mut self.row).map_err(|error| TableError {
            line: error.position().map_or(0, csv::Position::line),
            problem: "the row cannot be read; expected delimiter-separated text".to_owned(),
        })?;
        let end = END.trim_ascii_start();
        let last = self.row.iter().next_back().unwrap_or_default();
        if !read || (self.row.len() == 1 && last == end) {
            return Ok(None);
        }
        let problem = if last.ends_with(end) {
            "a quote in this row is never closed; expected a second one".to_owned()
        } else if self.row.as_slice().len() > MAX_FIELD_BYTES
            && let Some(length) = self.row.iter().map(<[u8]>::len).find(|length| *length > MAX_FIELD_BYTES)
        {
            format!(
                "a field has {length} bytes; at most {MAX_FIELD_BYTES} are read: leave columns of images or documents out"
            )
        } else {
            return Ok(Some(&self.row));
        };
        Err(TableError { line: self.line(), problem })
    }

    fn line(&self) -> u64 {
        self.row.position().map_or(0, csv::Position::line)
    }

    fn ragged(&self, columns: usize) -> TableError {
        let fields = self.row.len();
        let what = format!("the row has {fields} fields; expected {columns}, as in the header");
        let hint = if fields > columns {
            ": each column with a name, and fields that hold what separates fields (as a decimal comma may) in quotes"
        } else {
            ""
        };
        TableError { line: self.line(), problem: what + hint }
    }
}

/// What the line `sep=;` at the beginning says, as spreadsheets want it; the text behind it, and how many lines it took.
fn separator_line(text: &str) -> (Option<u8>, &str, u64) {
    let said = || {
        let (start, rest) = text.split_at_checked(4)?;
        let separator = *rest.as_bytes().first().filter(|byte| byte.is_ascii() && !b"\"\r\n".contains(byte))?;
        let rest = rest.get(1..)?.trim_start_matches([' ', ',', ';']);
        let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r']))?;
        start.eq_ignore_ascii_case("sep=").then_some((separator, rest))
    };
    said().map_or((None, text, 0), |(separator, rest)| (Some(separator), rest, 1))
}

/// The character that separates the names in a table's first line most often outside quotes: comma, semicolon, tab or bar.
fn delimiter_of(bytes: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in bytes {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            other => counts.iter_mut().filter(|(own, _)| own == other).for_each(|(_, count)| *count += 1),
        }
    }
    // Among equals the first.
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    counts.iter().find(|(_, count)| *count == most).map_or(b',', |(own, _)| *own)
}

#[cfg(test)]
mod tests;
