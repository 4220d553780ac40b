//! A table as dictionary-encoded columns.
//!
//! Medical tables repeat few values over many rows. Each column keeps its distinct values once, in order of first appearance,
//! and a code per row; classification, generalisation and checks then work on distinct values instead of cells.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher};

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    name: String,
    dictionary: Vec<String>,
    codes: Vec<u32>,
}

/// A table: a name (its file's stem) and columns of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The table's name; its canonical file is `<name>.csv`.
    pub name: String,
    columns: Vec<Column>,
}

impl Column {
    /// A column from its values.
    pub fn from_values<S: AsRef<str>>(name: &str, values: impl IntoIterator<Item = S>) -> Self {
        let mut builder = ColumnBuilder::new(name);
        for value in values {
            builder.push(value.as_ref());
        }
        builder.finish()
    }

    /// A column from its distinct values and a code per row. Codes outside the dictionary are refused.
    pub fn from_codes(name: &str, dictionary: Vec<String>, codes: Vec<u32>) -> Option<Self> {
        let size = dictionary.len();
        codes.iter().all(|code| (*code as usize) < size).then(|| Column { name: name.to_owned(), dictionary, codes })
    }

    /// The column's name.
    #[inline]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The distinct values. After rows were removed, some may no longer occur.
    #[inline]
    pub fn dictionary(&self) -> &[String] {
        &self.dictionary
    }

    /// A code per row, an index into the dictionary.
    #[inline]
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The value in a row.
    #[inline]
    pub fn value(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        self.dictionary.get(code as usize).map(String::as_str)
    }

    /// The values in row order.
    #[inline]
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.codes.iter().map(|code| self.dictionary.get(*code as usize).map_or("", String::as_str))
    }

    /// How often each value of the dictionary occurs.
    pub fn frequencies(&self) -> Vec<usize> {
        let mut counts = vec![0usize; self.dictionary.len()];
        for code in &self.codes {
            if let Some(count) = counts.get_mut(*code as usize) {
                *count += 1;
            }
        }
        counts
    }

    /// The same rows with each distinct value replaced.
    #[must_use]
    pub fn map_values(&self, mut replace: impl FnMut(&str) -> String) -> Column {
        let mut builder = ColumnBuilder::new(&self.name);
        let recoded: Vec<u32> = self.dictionary.iter().map(|value| builder.intern(&replace(value))).collect();
        for code in &self.codes {
            builder.codes.push(recoded.get(*code as usize).copied().unwrap_or_default());
        }
        builder.finish()
    }

    /// Only the rows for which `keep` is true, with values that no longer occur forgotten.
    #[must_use]
    pub fn retain(&self, keep: &[bool]) -> Column {
        let kept = self.codes.iter().zip(keep).filter(|(_, keep)| **keep);
        self.picked(kept.map(|(code, _)| *code))
    }

    /// The rows at these places, with values that do not occur in them forgotten.
    #[must_use]
    pub fn rows(&self, rows: &[u32]) -> Column {
        self.picked(rows.iter().filter_map(|row| self.codes.get(*row as usize).copied()))
    }

    fn picked(&self, codes: impl Iterator<Item = u32>) -> Column {
        let mut recoded: Vec<Option<u32>> = vec![None; self.dictionary.len()];
        let mut column = Column { name: self.name.clone(), dictionary: Vec::new(), codes: Vec::new() };
        for code in codes {
            let Some(slot) = recoded.get_mut(code as usize) else {
                continue;
            };
            let new = *slot.get_or_insert_with(|| {
                column.dictionary.push(self.dictionary.get(code as usize).cloned().unwrap_or_default());
                (column.dictionary.len() - 1) as u32
            });
            column.codes.push(new);
        }
        column
    }
}

impl Table {
    /// A table from columns, which must be equally long and differently named.
    pub fn new(name: &str, columns: Vec<Column>) -> Option<Self> {
        let rows = columns.first().map_or(0, |column| column.codes.len());
        let mut names: Vec<&str> = columns.iter().map(Column::name).collect();
        names.sort_unstable();
        names.dedup();
        let fits = names.len() == columns.len() && columns.iter().all(|column| column.codes.len() == rows);
        fits.then(|| Table { name: name.to_owned(), columns })
    }

    /// The columns.
    #[inline]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The same table under other names, one for each column.
    ///
    /// # Errors
    /// The table as it was, if there are not as many or two are the same.
    pub fn renamed(mut self, name: &str, names: Vec<String>) -> Result<Self, Self> {
        let different: HashSet<&String> = names.iter().collect();
        if different.len() != self.columns.len() || names.len() != self.columns.len() {
            return Err(self);
        }
        name.clone_into(&mut self.name);
        self.columns.iter_mut().zip(names).for_each(|(column, name)| column.name = name);
        Ok(self)
    }

    /// The rows at these places.
    #[must_use]
    pub fn with_rows(mut self, rows: &[u32]) -> Self {
        self.columns.iter_mut().for_each(|column| *column = column.rows(rows));
        self
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns' names.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(Column::name)
    }

    /// Number of rows.
    #[inline]
    pub fn row_count(&self) -> usize {
        self.columns.first().map_or(0, |column| column.codes.len())
    }
}

/// Builds a column value by value.
#[derive(Debug)]
pub struct ColumnBuilder {
    name: String,
    dictionary: Vec<String>,
    codes: Vec<u32>,
    index: HashMap<u64, Vec<u32>, Passthrough>,
    hasher: std::hash::BuildHasherDefault<std::hash::DefaultHasher>,
    last: Option<u32>,
}

impl ColumnBuilder {
    /// An empty column.
    pub fn new(name: &str) -> Self {
        ColumnBuilder {
            name: name.to_owned(),
            dictionary: Vec::new(),
            codes: Vec::new(),
            index: HashMap::with_hasher(Passthrough),
            hasher: std::hash::BuildHasherDefault::default(),
            last: None,
        }
    }

    /// Appends a value; says whether it is the first of its kind.
    #[inline]
    pub fn push(&mut self, value: &str) -> bool {
        let before = self.dictionary.len();
        let code = match self.last {
            Some(code) if self.dictionary.get(code as usize).is_some_and(|known| known == value) => code,
            _ => self.intern(value),
        };
        self.last = Some(code);
        self.codes.push(code);
        self.dictionary.len() > before
    }

    /// Number of values so far.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether nothing was pushed yet.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The finished column.
    pub fn finish(self) -> Column {
        Column { name: self.name, dictionary: self.dictionary, codes: self.codes }
    }

    fn intern(&mut self, value: &str) -> u32 {
        let bucket = self.index.entry(self.hasher.hash_one(value)).or_default();
        for code in bucket.iter() {
            if self.dictionary.get(*code as usize).is_some_and(|known| known == value) {
                return *code;
            }
        }
        let code = self.dictionary.len() as u32;
        bucket.push(code);
        self.dictionary.push(value.to_owned());
        code
    }
}

/// Uses a value that is a hash already.
#[derive(Clone, Copy, Debug, Default)]
struct Passthrough;

impl BuildHasher for Passthrough {
    type Hasher = PassthroughHasher;
    fn build_hasher(&self) -> PassthroughHasher {
        PassthroughHasher(0)
    }
}

struct PassthroughHasher(u64);

impl Hasher for PassthroughHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}
