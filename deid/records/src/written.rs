//! A table as text in its one written form: UTF-8, commas, `\n`, quotes only where needed (RFC 4180).

use std::borrow::Cow;

use crate::table::Table;

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

/// Quotes a column's name also where it holds what separates columns elsewhere, or says so: the comma is what is seen.
fn quote_name(name: &str) -> Cow<'_, str> {
    if name.contains([';', '\t', '|']) || name.starts_with("sep=") { enclosed(name) } else { quote(name, false) }
}

/// Quotes where RFC 4180 asks for it, and a lone empty field, whose line would otherwise read as no row.
pub(crate) fn quote(value: &str, lone: bool) -> Cow<'_, str> {
    let needed = value.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) || (lone && value.is_empty());
    if needed { enclosed(value) } else { Cow::Borrowed(value) }
}

fn enclosed(value: &str) -> Cow<'_, str> {
    Cow::Owned(format!("\"{}\"", value.replace('"', "\"\"")))
}
