//! Whose rows a table's rows are.
//!
//! A person column tells them apart. Classes are of people then, as for FHIR: six visits of one person hide nobody. What is known of a
//! person is what all her rows tell together. So where they differ in a quasi-identifier, all are told the same: numbers as the range that
//! they are in, years and anything else as `*`. Any one of the values would be wrong in the other rows, and rows that keep their own make a pattern
//! that hardly anybody shares. Rows follow their person when she is left out; rows of nobody are left out, since whoever has more of them
//! than others would hide behind herself.

use std::collections::HashMap;

use crate::config::DeidConfig;
use medshare_deid_anon::ANY;
use medshare_deid_records::{Column, ColumnBuilder, Table};

use super::values::is_missing;

/// Whose row each row is.
#[derive(Clone, Debug)]
pub(crate) struct People {
    of_row: Vec<u32>,
    count: usize,
}

/// The column by which the configuration tells people apart, if the table has it.
pub(super) fn person_column<'a>(table: &'a Table, config: &DeidConfig) -> Option<&'a Column> {
    table.column(config.table.person.as_deref()?)
}

/// Number of people in a table, if a column tells them apart; nobody is without a number.
pub(crate) fn people_count(table: &Table, config: &DeidConfig) -> Option<usize> {
    let numbers = numbers(person_column(table, config)?);
    Some(numbers.dictionary().iter().filter(|number| !number.is_empty()).count())
}

/// The numbers of people without the spaces around them, empty where they are missing; the dictionary holds those that occur.
fn numbers(column: &Column) -> Column {
    let all: Vec<u32> = (0..column.codes().len() as u32).collect();
    column.map_values(|value| if is_missing(value) { String::new() } else { value.trim().to_owned() }).rows(&all)
}

/// The table without the rows of nobody, and how many these are; nothing if every row is somebody's.
pub(super) fn without_nobody(table: &Table, config: &DeidConfig) -> Option<(Table, u64)> {
    let column = person_column(table, config)?;
    let is_somebody: Vec<bool> = column.dictionary().iter().map(|value| !is_missing(value)).collect();
    let somebodys = |code: &u32| is_somebody.get(*code as usize).copied().unwrap_or_default();
    let kept: Vec<u32> = (0u32..).zip(column.codes()).filter(|(_, code)| somebodys(code)).map(|(row, _)| row).collect();
    let gone = table.row_count() - kept.len();
    (gone > 0).then(|| (table.clone().with_rows(&kept), gone as u64))
}

impl People {
    /// The people in a table, if a column tells them apart. Missing values are one of them.
    pub(crate) fn of(table: &Table, config: &DeidConfig) -> Option<Self> {
        person_column(table, config).map(People::by)
    }

    pub(super) fn by(column: &Column) -> Self {
        let numbers = numbers(column);
        People { of_row: numbers.codes().to_vec(), count: numbers.dictionary().len() }
    }

    /// Number of people.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Rows of all people of whom `keep` says so.
    pub(super) fn rows_of(&self, keep: &[bool]) -> Vec<bool> {
        self.of_row.iter().map(|person| keep.get(*person as usize).copied().unwrap_or_default()).collect()
    }

    /// A column of people as one of rows.
    pub(super) fn in_rows(&self, of_people: &Column) -> Column {
        of_people.rows(&self.of_row)
    }

    /// What all rows of each person tell together: their value; where they differ, what `joined` makes of their codes, or else `*`. Also the
    /// number of rows whose own value goes.
    pub(crate) fn told_of(&self, column: &Column, joined: impl Fn(&[u32]) -> Option<String>) -> (Column, u64) {
        let mut own: Vec<(u32, u32)> = self.of_row.iter().copied().zip(column.codes().iter().copied()).collect();
        own.sort_unstable();
        let mut told = ColumnBuilder::new(column.name());
        let mut gone = 0;
        for rows in own.chunk_by(|a, b| a.0 == b.0) {
            let mut codes: Vec<u32> = rows.iter().map(|(_, code)| *code).collect();
            codes.dedup();
            let value = |code: &u32| column.dictionary().get(*code as usize).map_or("", String::as_str);
            match codes.as_slice() {
                [code] => told.push(value(code)),
                several => {
                    let joined = joined(several).unwrap_or_else(|| ANY.to_owned());
                    gone += rows.iter().filter(|(_, code)| value(code) != joined).count() as u64;
                    told.push(&joined)
                }
            };
        }
        (told.finish(), gone)
    }

    /// The class of each person and the classes' sizes, by the classes of rows: people are alike whose rows are.
    pub(crate) fn classes(&self, class_of_row: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let mut pairs: Vec<(u32, u32)> = self.of_row.iter().copied().zip(class_of_row.iter().copied()).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        let (mut class_of_person, mut sizes) = (vec![0u32; self.count], Vec::new());
        for own in pairs.chunk_by(|a, b| a.0 == b.0) {
            let next = sizes.len() as u32;
            let class = *known.entry(own.iter().map(|(_, class)| *class).collect()).or_insert(next);
            match sizes.get_mut(class as usize) {
                Some(size) => *size += 1,
                None => sizes.push(1),
            }
            if let Some(slot) = own.first().and_then(|(person, _)| class_of_person.get_mut(*person as usize)) {
                *slot = class;
            }
        }
        (class_of_person, sizes)
    }

    /// How many people have several rows, and how many of these have rows of one class only.
    pub(super) fn alike(&self, class_of_row: &[u32]) -> (usize, usize) {
        let mut own: Vec<(u32, u32)> = self.of_row.iter().copied().zip(class_of_row.iter().copied()).collect();
        own.sort_unstable();
        let several = own.chunk_by(|a, b| a.0 == b.0).filter(|rows| rows.len() > 1);
        several.fold((0, 0), |(all, alike), rows| (all + 1, alike + usize::from(rows.first() == rows.last())))
    }

    /// Of several values of a sensitive column in a person's rows the one that most of her class have: it is what an attacker guesses who
    /// finds the class. So the most frequent value of a class counts as many people as have it, and many values of one person hide nobody's.
    pub(super) fn guessed(&self, class_of_person: &[u32], codes: &[u32]) -> Vec<u32> {
        let mut own: Vec<(u32, u32)> = self.of_row.iter().copied().zip(codes.iter().copied()).collect();
        own.sort_unstable();
        own.dedup();
        let class = |person: u32| class_of_person.get(person as usize).copied().unwrap_or_default();
        let mut having: HashMap<(u32, u32), u32> = HashMap::new();
        own.iter().for_each(|(person, code)| *having.entry((class(*person), *code)).or_default() += 1);
        let mut guessed = vec![0u32; self.count];
        for values in own.chunk_by(|a, b| a.0 == b.0) {
            let most = values.iter().max_by_key(|(person, code)| {
                (having.get(&(class(*person), *code)).copied().unwrap_or_default(), std::cmp::Reverse(*code))
            });
            if let Some((person, code)) = most
                && let Some(slot) = guessed.get_mut(*person as usize)
            {
                *slot = *code;
            }
        }
        guessed
    }

    /// Only the people of whom `keep` says so, numbered anew, with rows in the order that they had.
    pub(super) fn kept(&self, keep: &[bool]) -> Self {
        let mut number: Vec<Option<u32>> = vec![None; self.count];
        let mut count = 0u32;
        for (slot, _) in number.iter_mut().zip(keep).filter(|(_, keep)| **keep) {
            *slot = Some(count);
            count += 1;
        }
        let of_row = self.of_row.iter().filter_map(|person| number.get(*person as usize).copied().flatten());
        People { of_row: of_row.collect(), count: count as usize }
    }
}

/// Rows that are equal to another row in every column, where no column tells people apart: rows are taken for people then. Told by digests
/// of 64 bits.
pub(crate) fn equal_rows(table: &Table, config: &DeidConfig) -> u64 {
    if config.table.person.is_some() {
        return 0;
    }
    let mut digests = vec![0u64; table.row_count()];
    for column in table.columns() {
        for (digest, code) in digests.iter_mut().zip(column.codes()) {
            // The finalizer of SplitMix64.
            let mixed = (*digest ^ u64::from(*code)).wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *digest = mixed ^ (mixed >> 31);
        }
    }
    digests.sort_unstable();
    let different = digests.chunk_by(|a, b| a == b).count();
    (digests.len() - different) as u64
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn people(numbers: &[&str]) -> People {
        People::by(&Column::from_values("person", numbers))
    }

    #[test]
    fn what_rows_of_a_person_tell_differently_is_told_in_none() {
        let people = people(&["a", "b", " a", "b", "c"]);
        assert_eq!(people.count(), 3);
        let any = |_: &[u32]| None;
        let (told, gone) = people.told_of(&Column::from_values("age", ["57", "30", "57", "31", "31"]), any);
        assert_eq!(told.values().collect::<Vec<_>>(), ["57", "*", "31"]);
        assert_eq!(gone, 2);
        assert_eq!(people.in_rows(&told).values().collect::<Vec<_>>(), ["57", "*", "57", "*", "31"]);
        let (told, gone) = people.told_of(&Column::from_values("age", ["*", "*", "57", "*", "57"]), any);
        assert_eq!((told.values().collect::<Vec<_>>(), gone), (vec!["*", "*", "57"], 1));
    }

    #[test]
    fn classes_are_of_people_whose_rows_are_alike() {
        let people = people(&["a", "a", "a", "b", "c", "c", "d", "d"]);
        let (class_of_person, sizes) = people.classes(&[0, 0, 1, 0, 1, 0, 0, 0]);
        assert_eq!(class_of_person, [0, 1, 0, 1]);
        assert_eq!(sizes, [2, 2]);
    }

    #[test]
    fn many_values_of_one_person_hide_nobodys() {
        let people = people(&["a", "b", "b", "c", "c", "d"]);
        // Everybody but d has 7; whatever else they have.
        assert_eq!(people.guessed(&[0, 0, 0, 0], &[7, 7, 1, 2, 7, 3]), [7, 7, 7, 3]);
        assert_eq!(people.guessed(&[0, 1, 0, 0], &[7, 7, 1, 2, 7, 3]), [7, 1, 7, 3]);
    }

    #[test]
    fn rows_of_nobody_are_left_out() {
        let columns =
            vec![Column::from_values("who", ["a", "", "b", "NA"]), Column::from_values("x", ["1", "2", "3", "4"])];
        let table = Table::new("t", columns).unwrap();
        let mut config = DeidConfig::default();
        assert_eq!(people_count(&table, &config), None);
        config.table.person = Some("who".to_owned());
        assert_eq!(people_count(&table, &config), Some(2));
        let (kept, gone) = without_nobody(&table, &config).unwrap();
        assert_eq!((kept.column("x").unwrap().values().collect::<Vec<_>>(), gone), (vec!["1", "3"], 2));
        assert!(without_nobody(&kept, &config).is_none());
    }

    #[test]
    fn rows_that_are_equal_to_another_are_counted() {
        let columns =
            vec![Column::from_values("a", ["1", "1", "2", "1"]), Column::from_values("b", ["x", "y", "x", "x"])];
        assert_eq!(equal_rows(&Table::new("t", columns).unwrap(), &DeidConfig::default()), 1);
    }
}
