//! Tables for people: they fit the terminal, and `--wide` prints everything.
//!
//! Narrow, an id is shortened to digits that tell it from the others of its column, a time to the minute, a note stands under its row, and what
//! is left too long is cut.

mod layout;

use crate::paragraph::{broken, columns};
use crate::shown;
use crate::text::{fewest_digits, minute, own_half, utc};
use clap::Args;
use layout::{Drawn, line, narrow};
use std::collections::BTreeSet;

/// Before a note under its row.
const INDENT: &str = "    ";

/// Columns that are never cut: two states may begin alike.
const STATES: [&str; 2] = ["status", "state"];

/// How tables are printed.
#[derive(Debug, Clone, Copy, Args)]
pub struct TableArgs {
    /// Print ids, times and texts whole, however wide that is.
    #[arg(long)]
    pub wide: bool,
}

/// What stands in a place of a table.
#[derive(Debug, Clone)]
pub enum Cell {
    /// Text; the longest is cut where the table is too wide.
    Text(String),
    /// Text that is never cut, such as an address that somebody copies.
    Whole(String),
    /// An id.
    Id(String),
    /// An id of which the second half is its own, as of side-blocks.
    Tail(String),
    /// Milliseconds since 1970.
    Time(u64),
}

/// A table that is being filled.
#[derive(Debug)]
pub struct Table {
    heads: Vec<(&'static str, Shown)>,
    rows: Vec<Vec<Cell>>,
}

/// Where a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Always,
    /// Only with `--wide`.
    Wide,
    /// With `--wide` in its column, else under its row.
    Below,
}

impl Cell {
    /// What stays in its place. Others' notes may be of several lines, which are joined.
    fn shown(self) -> Self {
        let line = |text: String| shown::line(&text.replace(['\n', '\r', '\t'], " "));
        match self {
            Self::Text(text) => Self::Text(line(text)),
            Self::Whole(text) => Self::Whole(line(text)),
            Self::Id(text) => Self::Id(line(text)),
            Self::Tail(text) => Self::Tail(line(text)),
            Self::Time(ms) => Self::Time(ms),
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Table {
    /// A table with these columns. `+` before a head: only with `--wide`. `_`: under its row unless `--wide`.
    #[must_use]
    pub fn new(heads: &[&'static str]) -> Self {
        let head = |head: &&'static str| match (head.strip_prefix('+'), head.strip_prefix('_')) {
            (Some(head), _) => (head, Shown::Wide),
            (_, Some(head)) => (head, Shown::Below),
            _ => (*head, Shown::Always),
        };
        Self { heads: heads.iter().map(head).collect(), rows: Vec::new() }
    }

    /// Adds a row, with a cell for every column.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells.into_iter().map(Cell::shown).collect());
    }

    /// The table as text, as wide as the terminal; `empty` where there are no rows.
    #[must_use]
    pub fn text(&self, args: TableArgs, empty: &str) -> String {
        self.render(args.wide, columns(), empty)
    }

    fn render(&self, wide: bool, columns: usize, empty: &str) -> String {
        if self.rows.is_empty() {
            return empty.to_owned();
        }
        let shown: Vec<Drawn> = (0..self.heads.len()).filter_map(|column| self.draw(column, wide)).collect();
        let mut widths: Vec<usize> = shown.iter().map(Drawn::width).collect();
        if !wide {
            narrow(&shown, &mut widths, columns);
        }
        let head = line(shown.iter().map(|column| column.head.as_str()), &widths);
        let mut lines = vec![head];
        for (number, row) in self.rows.iter().enumerate() {
            lines.push(line(shown.iter().filter_map(|column| column.cells.get(number).map(String::as_str)), &widths));
            if !wide {
                lines.extend(self.notes(row).flat_map(|note| broken(&note, INDENT, columns)));
            }
        }
        lines.join("\n")
    }

    fn notes<'a>(&'a self, row: &'a [Cell]) -> impl Iterator<Item = String> + 'a {
        let below = self.heads.iter().zip(row).filter(|((_, shown), _)| *shown == Shown::Below);
        below.map(|(_, cell)| whole(cell)).filter(|note| !note.is_empty())
    }

    /// A column as it is printed; `None` where it is not.
    fn draw(&self, column: usize, wide: bool) -> Option<Drawn> {
        let (word, shown) = *self.heads.get(column)?;
        if !wide && shown != Shown::Always {
            return None;
        }
        let cells: Vec<&Cell> = self.rows.iter().filter_map(|row| row.get(column)).collect();
        let has_times = cells.iter().any(|cell| matches!(cell, Cell::Time(_)));
        let head = if has_times && !wide { format!("{word} (UTC)") } else { word.to_owned() };
        let is_text = !STATES.contains(&word) && cells.iter().all(|cell| matches!(cell, Cell::Text(_)));
        let cells = if wide {
            cells.into_iter().map(whole).collect()
        } else {
            let digits = unique_digits(&cells);
            cells.into_iter().map(|cell| short(cell, digits)).collect()
        };
        Some(Drawn { head, cells, is_text })
    }
}

fn whole(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Whole(text) | Cell::Id(text) | Cell::Tail(text) => text.clone(),
        Cell::Time(ms) => utc(*ms),
    }
}

fn short(cell: &Cell, digits: usize) -> String {
    match cell {
        Cell::Text(text) | Cell::Whole(text) => text.clone(),
        Cell::Id(id) => start(id, digits),
        Cell::Tail(id) => start(own_half(id), digits),
        Cell::Time(ms) => minute(*ms),
    }
}

fn start(id: &str, digits: usize) -> String {
    match id.get(..digits) {
        Some(start) if start.len() < id.len() => format!("{start}…"),
        _ => id.to_owned(),
    }
}

/// So many digits tell every id of a column from the others.
fn unique_digits(cells: &[&Cell]) -> usize {
    let ids: BTreeSet<&str> = cells.iter().filter_map(|cell| id_of(cell)).collect();
    let longest = ids.iter().map(|id| id.len()).max().unwrap_or_default();
    let is_unique = |digits: &usize| {
        let starts: BTreeSet<&str> = ids.iter().map(|id| id.get(..*digits).unwrap_or(id)).collect();
        starts.len() == ids.len()
    };
    let fewest = ids.iter().map(|id| fewest_digits(id)).max().unwrap_or_default();
    (fewest..longest).find(is_unique).unwrap_or(longest)
}

fn id_of(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Id(id) => Some(id),
        Cell::Tail(id) => Some(own_half(id)),
        Cell::Text(_) | Cell::Whole(_) | Cell::Time(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0006464b1afecce919ddccccf4143957985eeb3873bb2c235e467b2a03994f79";
    const OTHER: &str = "0006464b1aff0000000000000000000000000000000000000000000000000000";

    fn violations(rows: &[(&str, &str, &str)]) -> Table {
        let mut table = Table::new(&["block", "data set", "at", "+node", "_report"]);
        for (id, dataset, report) in rows {
            let cells = vec![
                Cell::Id((*id).to_owned()),
                (*dataset).into(),
                Cell::Time(1_795_281_959_000),
                Cell::Id("f01a34e4f01a34e4".to_owned()),
                (*report).into(),
            ];
            table.row(cells);
        }
        table
    }

    #[test]
    fn ids_are_shortened_as_far_as_they_differ_and_notes_stand_below() {
        let table = violations(&[(ONE, "records", "data copied"), (OTHER, "records", "")]);
        let expected = "block          data set  at (UTC)\n\
                        0006464b1afe…  records   2026-11-21 17:25\n    data copied\n\
                        0006464b1aff…  records   2026-11-21 17:25";
        assert_eq!(table.render(false, 80, "none"), expected);
        assert!(
            table
                .render(true, 80, "none")
                .contains(&format!("\n{ONE}  records   2026-11-21 17:25:59 UTC  f01a34e4f01a34e4  data copied\n"))
        );
        let alone = violations(&[(ONE, "records", "")]);
        assert!(alone.render(false, 80, "none").contains("\n0006464b…  records"));
        assert_eq!(violations(&[]).render(false, 80, "none"), "none");
        let mined = violations(&[(&format!("000000{}", ONE.trim_start_matches('0')), "records", "")]);
        assert!(mined.render(false, 80, "none").contains("\n0000006464…  records"), "enough to be typed");
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        let long = "a very long name of a data set that somebody thought of, and did not think of tables";
        let report = "data copied: violation; comment: ".to_owned() + &"for my laptop ".repeat(20);
        let table = violations(&[(ONE, long, &report), (OTHER, "short", "")]);
        for columns in [60, 80, 100] {
            let text = table.render(false, columns, "none");
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest.is_some_and(|widest| widest <= columns), "{columns}: {text}");
            assert!(text.contains('…') && text.contains("laptop"), "{text}");
        }
        assert!(table.render(true, 80, "none").contains(long));
    }

    #[test]
    fn a_status_is_never_cut() {
        let mut table = Table::new(&["block", "data set", "status"]);
        for status in ["under-review", "under-reversal"] {
            table.row(vec![Cell::Id(ONE.to_owned()), "a-long-name-of-a-data-set".into(), status.into()]);
        }
        let text = table.render(false, 40, "none");
        assert!(text.contains("under-review") && text.contains("under-reversal") && text.contains('…'), "{text}");
    }

    #[test]
    fn a_cell_steers_nothing_and_starts_no_line() {
        let table = violations(&[("0006\u{1b}[2J\u{9b}00000000", "a\nb", "for\u{202e} my\nlaptop")]);
        for text in [table.render(false, 80, "none"), table.render(true, 80, "none")] {
            assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{text}");
            assert!(text.lines().count() <= 3 && text.contains("a b") && text.contains("my laptop"), "{text}");
        }
    }

    #[test]
    fn side_blocks_are_told_by_their_own_half() {
        let mut table = Table::new(&["side-block"]);
        for own in ["11111111222222223333333344444444", "11111111922222223333333344444444"] {
            table.row(vec![Cell::Tail(format!("0006464b1afecce919ddccccf4143957{own}"))]);
        }
        assert_eq!(table.render(false, 80, "none"), "side-block\n111111112…\n111111119…");
    }
}
