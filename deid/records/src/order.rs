//! The order in which records are released: sorted by their bytes, then shuffled from a seed of the package.
//!
//! Whoever holds two releases of the same records could join them line by line if both kept the order in which the records were read, or
//! any other order that they have in common and do not show. Sorted, what is released stands in an order that follows from what is released
//! and from nothing else: equal lines are the only ties. Whoever has the lines can sort them himself, so this tells nothing, and neither does
//! a shuffle of it, whoever knows the seed. The shuffle keeps lines of two releases from standing at the same place, so that nobody takes
//! places for people. A table's header stays in front.

use std::cmp::Ordering;
use std::ops::Range;

use crate::table::{Column, Table};
use crate::written::quote;

/// A file is longer than can be put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a file is longer than 4 GiB")]
pub struct TooLong;

/// Where the records of a file's text are, in the order in which they are released. What is behind the last record is none and stays there.
///
/// # Errors
/// If the text is longer than 4 GiB.
pub fn records_in_order(name: &str, text: &[u8], seed: u64) -> Result<Vec<Range<usize>>, TooLong> {
    let form = if name.ends_with(".csv") { Form::Table } else { Form::Lines };
    // Eight bytes a record: a file may hold one in every two bytes.
    let short = |place: usize| u32::try_from(place).map_err(|_| TooLong);
    let mut order = Vec::new();
    let (mut ends, mut start) = (Ends { form, text, at: 0 }, 0);
    if form == Form::Table {
        start = ends.next().unwrap_or_default();
    }
    for end in ends {
        order.push((short(start)?, short(end)?));
        start = end;
    }
    let long = |(start, end): (u32, u32)| start as usize..end as usize;
    let of = |place: &(u32, u32)| text.get(long(*place)).unwrap_or_default();
    order.sort_unstable_by(|a, b| of(a).cmp(of(b)));
    shuffle(&mut order, seed);
    Ok(order.into_iter().map(long).collect())
}

/// Shuffles from a seed (Fisher and Yates, with the numbers of SplitMix64). It hides nothing by itself.
pub(crate) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for place in (1..items.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let other = (mixed ^ (mixed >> 31)) % (place as u64 + 1);
        items.swap(place, other as usize);
    }
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

/// The table with its rows in the order in which they are released.
#[must_use]
pub fn in_order(table: Table, seed: u64) -> Table {
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
    shuffle(&mut keyed, seed);
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

    /// The records of a text, in order.
    fn records(name: &str, text: &str, seed: u64) -> Vec<String> {
        let places = records_in_order(name, text.as_bytes(), seed).unwrap();
        places.into_iter().filter_map(|place| text.get(place)).map(str::to_owned).collect()
    }

    fn sorted(name: &str, text: &str) -> Vec<String> {
        let mut sorted = records(name, text, 1);
        sorted.sort();
        sorted
    }

    #[test]
    fn lines_are_records_and_a_header_is_none() {
        assert_eq!(sorted("a.ndjson", "b\na\na\n"), ["a\n", "a\n", "b\n"]);
        assert_eq!(sorted("a.csv", "b\nd\nc\n"), ["c\n", "d\n"]);
        assert_eq!(sorted("a.csv", "z\na\n\"b\n\"\"a\"\n"), ["\"b\n\"\"a\"\n", "a\n"]);
        assert_eq!(sorted("a.csv", "\"y\nz\"\na\n"), ["a\n"]);
        assert_eq!(sorted("a.ndjson", "b\na\nno line"), ["a\n", "b\n"]);
        for text in ["", "a", "a\n", "\n", "\"\n"] {
            assert_eq!(sorted("a.csv", text), [""; 0]);
        }
    }

    #[test]
    fn the_order_is_that_of_the_seed_and_of_nothing_else() {
        let text: String = (0..100).map(|line| format!("{line}\n")).collect();
        let backwards: String = (0..100).rev().map(|line| format!("{line}\n")).collect();
        assert_eq!(records("a.ndjson", &text, 7), records("a.ndjson", &backwards, 7));
        let (one, other) = (records("a.ndjson", &text, 7), records("a.ndjson", &text, 8));
        assert!(one.iter().zip(&other).filter(|(a, b)| a == b).count() < 8);
        // What nodes compute for each other stays the same.
        let mut ten: Vec<u32> = (0..10).collect();
        shuffle(&mut ten, 1);
        assert_eq!(ten, [4, 2, 8, 1, 9, 3, 0, 6, 7, 5]);
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
    fn a_table_in_order_is_written_as_its_lines_in_order() {
        for seed in 0..60 {
            let own = table(seed, 40, 1 + seed as usize % 20);
            let lines = records("t.csv", &String::from_utf8(write_table(&own)).unwrap(), seed);
            let ordered = in_order(own, seed);
            let written = String::from_utf8(write_table(&ordered)).unwrap();
            assert!(written.ends_with(&lines.concat()) && lines.len() == 40, "seed {seed}");
            assert_eq!(in_order(ordered.clone(), seed), ordered);
        }
    }

    #[test]
    fn the_order_before_leaves_no_trace() {
        let own = table(1, 50, 3);
        let backwards: Vec<u32> = (0..50).rev().collect();
        assert_eq!(in_order(own.clone().with_rows(&backwards), 3), in_order(own, 3));
        assert_eq!(in_order(Table::new("t", Vec::new()).unwrap(), 3).row_count(), 0);
    }
}
