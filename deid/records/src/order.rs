//! The order in which records are released: that of their bytes.
//!
//! Whoever holds two releases of the same records could join them line by line if both kept the order in which the records were read, or
//! any other order that they have in common and do not show. So what is released stands in an order that follows from what is released and
//! from nothing else: the lines of a file sorted by their bytes, a table's header in front. Equal lines are the only ties. Whoever has the
//! lines can put them in this order himself, so it tells nothing; and a second node computes it without the key of the package.

use std::cmp::Ordering;
use std::ops::Range;

use crate::table::{Column, Table};
use crate::written::quote;

/// A file is longer than can be put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a file is longer than 4 GiB")]
pub struct TooLong;

/// Where the records of a released file's text are, in the order in which they are released; nothing if they are in order. What is behind
/// the last record is none and stays there.
///
/// # Errors
/// If the text is longer than 4 GiB.
pub fn records_in_order(name: &str, text: &[u8]) -> Result<Option<Vec<Range<usize>>>, TooLong> {
    let form = if name.ends_with(".csv") { Form::Table } else { Form::Lines };
    let starts = || Ends { form, text, at: 0 };
    let header = if form == Form::Table { starts().next().unwrap_or_default() } else { 0 };
    let places =
        starts().scan(0, |start, end| Some(std::mem::replace(start, end)..end)).filter(|own| own.start >= header);
    let of = |place: &Range<usize>| text.get(place.clone()).unwrap_or_default();
    if places.is_sorted_by(|a, b| of(a) <= of(b)) {
        return Ok(None);
    }
    // Eight bytes a record: a file may hold one in every two bytes.
    let short = |place: usize| u32::try_from(place).map_err(|_| TooLong);
    let mut order = Vec::new();
    let mut start = 0;
    for end in starts() {
        if start >= header {
            order.push((short(start)?, short(end)?));
        }
        start = end;
    }
    let long = |(start, end): (u32, u32)| start as usize..end as usize;
    order.sort_unstable_by(|a, b| of(&long(*a)).cmp(of(&long(*b))));
    Ok(Some(order.into_iter().map(long).collect()))
}

/// What a file's records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Lines.
    Lines,
    /// A header and rows, in whose quotes lines may end.
    Table,
}

/// The ends of a text's records, each behind its line feed.
struct Ends<'a> {
    form: Form,
    text: &'a [u8],
    at: usize,
}

impl Iterator for Ends<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let mut is_quoted = false;
        loop {
            let rest = self.text.get(self.at..)?;
            let next = match self.form {
                Form::Lines => memchr::memchr(b'\n', rest)?,
                Form::Table => memchr::memchr2(b'\n', b'"', rest)?,
            };
            self.at += next + 1;
            if rest.get(next) == Some(&b'"') {
                is_quoted = !is_quoted;
            } else if !is_quoted {
                return Some(self.at);
            }
        }
    }
}

/// The table with its rows in the order of their written lines.
#[must_use]
pub fn in_order(table: Table) -> Table {
    let (rows, count) = (table.row_count(), table.columns().len());
    let mut keyed: Vec<(u64, u32)> = (0..rows as u32).map(|row| (0, row)).collect();
    let mut class_of_row = vec![0u32; rows];
    let mut classes = rows.min(1);
    let mut columns = table
        .columns()
        .iter()
        .enumerate()
        .map(|(place, column)| Ranked::of(column, place + 1 == count, count == 1))
        .peekable();
    // As many columns at a time as fit a key behind the number of the class of rows that are equal so far.
    while classes < rows && columns.peek().is_some() {
        let mut bits = bits_for(classes);
        keyed
            .iter_mut()
            .for_each(|(key, row)| *key = class_of_row.get(*row as usize).copied().unwrap_or_default().into());
        while let Some(column) = columns.next_if(|column| bits + column.bits <= u64::BITS) {
            bits += column.bits;
            for (key, row) in &mut keyed {
                *key = (*key << column.bits) | u64::from(column.rank(*row));
            }
        }
        keyed.sort_unstable();
        let (mut last, mut class) = (None, 0u32);
        for (key, row) in &keyed {
            class += u32::from(last.is_some_and(|last| last != *key));
            last = Some(*key);
            if let Some(own) = class_of_row.get_mut(*row as usize) {
                *own = class;
            }
        }
        classes = class as usize + 1;
    }
    drop((columns, class_of_row));
    table.with_rows(&keyed.into_iter().map(|(_, row)| row).collect::<Vec<u32>>())
}

/// A column's values by the order of what is written of them.
struct Ranked<'a> {
    codes: &'a [u32],
    rank_of_code: Vec<u32>,
    bits: u32,
}

impl<'a> Ranked<'a> {
    fn of(column: &'a Column, is_last: bool, is_lone: bool) -> Self {
        let end = if is_last { b'\n' } else { b',' };
        let written: Vec<_> = column.dictionary().iter().map(|value| quote(value, is_lone)).collect();
        let text = |code: &u32| written.get(*code as usize).map_or(&b""[..], |text| text.as_bytes());
        let mut order: Vec<u32> = (0..written.len() as u32).collect();
        order.sort_unstable_by(|a, b| by_written(text(a), text(b), end));
        let mut rank_of_code = vec![0u32; written.len()];
        let (mut rank, mut last) = (0, None);
        for code in order {
            rank += u32::from(last.is_some_and(|last| text(&last) != text(&code)));
            last = Some(code);
            if let Some(own) = rank_of_code.get_mut(code as usize) {
                *own = rank;
            }
        }
        Ranked { codes: column.codes(), rank_of_code, bits: bits_for(rank as usize + 1) }
    }

    fn rank(&self, row: u32) -> u32 {
        let code = self.codes.get(row as usize).copied().unwrap_or_default();
        self.rank_of_code.get(code as usize).copied().unwrap_or_default()
    }
}

/// Compares two values with the mark that is written behind each. No value that is written begins with another one and that mark, so the
/// order of rows, column by column, is that of their lines.
fn by_written(a: &[u8], b: &[u8], end: u8) -> Ordering {
    let shared = a.len().min(b.len());
    let next = |value: &[u8]| value.get(shared).copied().unwrap_or(end);
    a.get(..shared).cmp(&b.get(..shared)).then_with(|| next(a).cmp(&next(b))).then_with(|| a.len().cmp(&b.len()))
}

/// Bits that tell so many values apart.
fn bits_for(count: usize) -> u32 {
    usize::BITS - count.saturating_sub(1).leading_zeros()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::write_table;

    fn put_in_order(name: &str, text: &str) -> String {
        let whole = |places: Vec<Range<usize>>| {
            let first = places.iter().map(|place| place.start).min().unwrap_or_default();
            let last = places.iter().map(|place| place.end).max().unwrap_or_default();
            let moved: String = places.into_iter().filter_map(|place| text.get(place)).collect();
            [text.get(..first).unwrap_or_default(), &moved, text.get(last..).unwrap_or_default()].concat()
        };
        records_in_order(name, text.as_bytes()).unwrap().map_or_else(|| text.to_owned(), whole)
    }

    #[test]
    fn lines_are_sorted_and_a_header_stays_in_front() {
        assert_eq!(put_in_order("a.ndjson", "b\na\na\n"), "a\na\nb\n");
        assert_eq!(put_in_order("a.csv", "b\nd\nc\n"), "b\nc\nd\n");
        assert_eq!(put_in_order("a.csv", "z\n\"b\na\"\na\n"), "z\n\"b\na\"\na\n");
        assert_eq!(put_in_order("a.csv", "z\na\n\"b\n\"\"a\"\n"), "z\n\"b\n\"\"a\"\na\n");
        for text in ["", "a", "b\n", "\n"] {
            assert_eq!(put_in_order("a.csv", text), text);
            assert_eq!(put_in_order("a.ndjson", text), text);
        }
        assert_eq!(put_in_order("a.ndjson", "b\na\nno line"), "a\nb\nno line");
    }

    /// A table of words that are hard to keep apart, from a seed.
    fn table(seed: u64, rows: usize, columns: usize) -> Table {
        const WORDS: [&str; 14] = ["", "a", "a,", "a!", "a\"", "\"", ",", "\n", "a\nb", "b", " ", "ä", "aa", "\u{0}"];
        let mut state = seed;
        let mut draw = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            WORDS.get((state >> 33) as usize % WORDS.len()).copied().unwrap_or_default()
        };
        let column =
            |place: usize| Column::from_values(&place.to_string(), (0..rows).map(|_| draw()).collect::<Vec<_>>());
        Table::new("t", (0..columns).map(column).collect()).unwrap()
    }

    #[test]
    fn a_table_in_order_is_written_as_its_sorted_lines() {
        for seed in 0..60 {
            let own = table(seed, 40, 1 + seed as usize % 20);
            let sorted = put_in_order("t.csv", &String::from_utf8(write_table(&own)).unwrap());
            let ordered = in_order(own);
            assert_eq!(String::from_utf8(write_table(&ordered)).unwrap(), sorted, "seed {seed}");
            assert_eq!(in_order(ordered.clone()), ordered);
        }
    }

    #[test]
    fn the_order_before_leaves_no_trace() {
        let own = table(1, 50, 3);
        let backwards: Vec<u32> = (0..50).rev().collect();
        assert_eq!(in_order(own.clone().with_rows(&backwards)), in_order(own));
        assert_eq!(in_order(Table::new("t", Vec::new()).unwrap()).row_count(), 0);
    }
}
