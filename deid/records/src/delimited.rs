//! Tables as delimiter-separated text (RFC 4180).
//!
//! Read: UTF-8 with or without a byte order mark, or Latin-1 when the bytes are not UTF-8; any mixture of line ends; quoted fields.
//! Refused, with the line: a header that repeats a name or leaves one empty, a row that is longer or shorter than the header.
//! Written: UTF-8, `\n`, quotes only where needed.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Read;

use crate::bounds::{Beyond, RecordBounds};
use crate::table::{ColumnBuilder, Table};

/// How a file's text was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8, the default.
    Utf8,
    /// ISO 8859-1, assumed where the bytes are not UTF-8.
    Latin1,
}

impl TextEncoding {
    /// The encoding of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        if std::str::from_utf8(bytes).is_ok() { TextEncoding::Utf8 } else { TextEncoding::Latin1 }
    }

    /// Decodes a field.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match (self, std::str::from_utf8(bytes)) {
            (TextEncoding::Utf8, Ok(text)) => Cow::Borrowed(text),
            (TextEncoding::Latin1, Ok(text)) if text.is_ascii() => Cow::Borrowed(text),
            _ => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
        }
    }
}

/// Why a table could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line}: {problem}")]
pub struct TableError {
    /// The line, counted from 1.
    pub line: u64,
    /// What was wrong, and what was expected.
    pub problem: String,
}

/// Reads a table with a header line.
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
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let encoding = TextEncoding::of(bytes);
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(bytes.chain(END));
    let mut record = csv::ByteRecord::new();
    if !next(&mut reader, &mut record)? {
        return Err(TableError { line: 1, problem: "the table is empty; expected a line of column names".to_owned() });
    }
    let header: Vec<String> = record.iter().map(|field| encoding.decode(field).trim().to_owned()).collect();
    if header.len() > bounds.columns {
        let beyond = Beyond::Columns { actual: header.len(), most: bounds.columns };
        return Err(TableError { line: 1, problem: beyond.to_string() });
    }
    check_header(&header)?;
    let mut builders: Vec<ColumnBuilder> = header.iter().map(|name| ColumnBuilder::new(name)).collect();
    let mut values = 0;
    while next(&mut reader, &mut record)? {
        if record.len() != builders.len() {
            let line = record.position().map_or(0, csv::Position::line);
            let problem = format!("the row has {} fields; expected {}, as in the header", record.len(), builders.len());
            return Err(TableError { line, problem });
        }
        for (builder, field) in builders.iter_mut().zip(&record) {
            values += usize::from(builder.push(&encoding.decode(field)));
        }
        if values > bounds.values {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(TableError { line, problem: Beyond::Values { most: bounds.values }.to_string() });
        }
    }
    let columns = builders.into_iter().map(ColumnBuilder::finish).collect();
    Table::new(name, columns)
        .ok_or_else(|| TableError { line: 1, problem: "columns differ in name or length".to_owned() })
}

/// Stands behind the last line: where it comes as part of a field, a quote was never closed and has swallowed all lines after it.
const END: &[u8] = b"\n\x00end of table\x00";

/// The next row; none at the end.
fn next<R: Read>(reader: &mut csv::Reader<R>, record: &mut csv::ByteRecord) -> Result<bool, TableError> {
    let read = reader.read_byte_record(record).map_err(|error| TableError {
        line: error.position().map_or(0, csv::Position::line),
        problem: "the row cannot be read; expected delimiter-separated text".to_owned(),
    })?;
    let last = record.iter().next_back().unwrap_or_default();
    if !read || !last.ends_with(END.trim_ascii_start()) {
        return Ok(read);
    }
    if record.len() == 1 && last == END.trim_ascii_start() {
        return Ok(false);
    }
    let line = record.position().map_or(0, csv::Position::line);
    Err(TableError { line, problem: "a quote in this row is never closed; expected a second one".to_owned() })
}

/// The character that separates the names in a table's first line most often outside quotes: comma, semicolon, tab or bar.
#[must_use]
pub fn delimiter_of(bytes: &[u8]) -> u8 {
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

fn check_header(header: &[String]) -> Result<(), TableError> {
    let mut earlier = HashSet::new();
    for (index, name) in header.iter().enumerate() {
        let problem = if name.contains(is_no_text) {
            "the line holds characters that no text has; expected a table as text, in UTF-8 or Latin-1: no spreadsheet and no packed file"
                .to_owned()
        } else if name.is_empty() {
            format!("column {} has no name; expected a name for every column", index + 1)
        } else if !earlier.insert(name) {
            format!("two columns are named `{name}`; expected different names")
        } else {
            continue;
        };
        return Err(TableError { line: 1, problem });
    }
    Ok(())
}

/// A character that stands in no column's name: the file is of another kind, or in UTF-16.
const fn is_no_text(character: char) -> bool {
    character.is_ascii_control() && !matches!(character, '\t' | '\n' | '\r')
}

/// Writes a table with a header line, comma-separated.
pub fn write_table(table: &Table) -> Vec<u8> {
    let quoted: Vec<Vec<Cow<'_, str>>> = table
        .columns()
        .iter()
        .map(|column| column.dictionary().iter().map(|value| quote(value, table.columns().len() == 1)).collect())
        .collect();
    let mut out = Vec::with_capacity(table.row_count() * table.columns().len() * 8);
    for (index, column) in table.columns().iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(quote_name(column.name()).as_bytes());
    }
    out.push(b'\n');
    for row in 0..table.row_count() {
        for (index, (column, values)) in table.columns().iter().zip(&quoted).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            let value = column.codes().get(row).and_then(|code| values.get(*code as usize));
            out.extend_from_slice(value.map_or(b"", |value| value.as_bytes()));
        }
        out.push(b'\n');
    }
    out
}

/// Quotes a column's name also where it holds what separates columns elsewhere, so that [`delimiter_of`] finds the comma.
fn quote_name(name: &str) -> Cow<'_, str> {
    if name.contains([';', '\t', '|']) { enclosed(name) } else { quote(name, false) }
}

/// Quotes where RFC 4180 asks for it, and a lone empty field, whose line would otherwise read as no row.
fn quote(value: &str, lone: bool) -> Cow<'_, str> {
    let needed = value.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) || (lone && value.is_empty());
    if needed { enclosed(value) } else { Cow::Borrowed(value) }
}

fn enclosed(value: &str) -> Cow<'_, str> {
    Cow::Owned(format!("\"{}\"", value.replace('"', "\"\"")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_table_that_somebody_else_wrote_keeps_within_its_bounds() {
        let bounds = RecordBounds { columns: 2, values: 4, ..RecordBounds::NONE };
        let read = |text: &str| read_table_within("t", text.as_bytes(), b',', &bounds);
        assert_eq!(read("a,b\n1,1\n2,1\n1,2\n").unwrap().row_count(), 3);
        let wide = read("a,b,c\n").unwrap_err();
        assert_eq!((wide.line, wide.problem.contains("at most 2")), (1, true), "{wide}");
        let varied = read("a,b\n1,1\n2,2\n3,1\n").unwrap_err();
        assert_eq!((varied.line, varied.problem.contains("more than 4 distinct values")), (4, true), "{varied}");
    }

    #[test]
    fn a_file_that_is_no_text_is_told_from_a_table() {
        for bytes in [b"PK\x03\x04\x14\0,\x08\n1,2\n".as_slice(), b"\xff\xfea\0,\0b\0\n\x001\0,\x002\0\n"] {
            let error = read_table("t", bytes, b',').unwrap_err();
            assert_eq!((error.line, error.problem.contains("no text")), (1, true), "{error}");
        }
        assert!(read_table("t", b"\"a\nb\",c\n1,2\n", b',').is_ok(), "a name of two lines is one");
    }
}
