//! Generalisation hierarchies: each distinct value of a column at every level from exact to fully generalised.

use std::collections::HashMap;

use medshare_deid_records::{Column, decoded};

/// The label of a fully generalised value.
pub const ANY: &str = "*";

/// A hierarchy over the distinct values ("leaves") of one column. Level 0 is the values themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Hierarchy {
    leaves: usize,
    levels: Vec<Level>,
}

#[derive(Clone, Debug, PartialEq)]
struct Level {
    of_leaf: Vec<u32>,
    labels: Vec<String>,
    covered: Vec<u32>,
}

/// Why a hierarchy cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HierarchyError {
    /// Nothing in it.
    #[error("the hierarchy is empty; expected one line per value")]
    Empty,
    /// A line that is not delimiter-separated text.
    #[error("line {line} of the hierarchy cannot be read; expected delimiter-separated text")]
    Unreadable {
        /// The line, counted from 1.
        line: usize,
    },
    /// Lines of different length.
    #[error("line {line} of the hierarchy has {found} levels; expected {expected}, as in the first line")]
    Ragged {
        /// The line, counted from 1.
        line: usize,
        /// Levels in this line.
        found: usize,
        /// Levels in the first line.
        expected: usize,
    },
    /// A value stands twice.
    #[error("line {line} of the hierarchy repeats a value; expected each value once")]
    Repeated {
        /// The line, counted from 1.
        line: usize,
    },
    /// Two values share a label at one level and differ at the next.
    #[error("line {line} of the hierarchy: a value of level {level} belongs to two values of level {next}; expected a tree", next = .level + 1)]
    NotATree {
        /// The line, counted from 1.
        line: usize,
        /// The level, counted from 0.
        level: usize,
    },
    /// The table has a value that the hierarchy lacks.
    #[error(
        "{} missing in its hierarchy, the first in row {first_row}; add a line for each", values(*.count)
    )]
    Missing {
        /// How many distinct values.
        count: usize,
        /// A row with such a value, counted from 1 without the header.
        first_row: usize,
    },
}

fn values(count: usize) -> String {
    if count == 1 { "1 value of the column is".to_owned() } else { format!("{count} values of the column are") }
}

impl Hierarchy {
    /// A hierarchy from rows, one per leaf: the leaf's label at every level, the exact value first.
    ///
    /// # Errors
    /// If rows differ in length, leaves repeat, or levels do not nest.
    pub fn from_rows<S: AsRef<str>>(rows: &[Vec<S>]) -> Result<Self, HierarchyError> {
        let height = rows.first().map(Vec::len).filter(|height| *height > 0).ok_or(HierarchyError::Empty)?;
        if let Some(line) = rows.iter().position(|row| row.len() != height) {
            let found = rows.get(line).map_or(0, Vec::len);
            return Err(HierarchyError::Ragged { line: line + 1, found, expected: height });
        }
        let mut levels = Vec::with_capacity(height);
        for level in 0..height {
            let labels = rows.iter().filter_map(|row| row.get(level)).map(AsRef::as_ref);
            levels.push(Level::new(labels));
        }
        let hierarchy = Hierarchy { leaves: rows.len(), levels };
        if let Some(line) = hierarchy.first_repeated_leaf() {
            return Err(HierarchyError::Repeated { line: line + 1 });
        }
        match hierarchy.first_crossing() {
            Some((line, level)) => Err(HierarchyError::NotATree { line: line + 1, level }),
            None => Ok(hierarchy),
        }
    }

    /// A hierarchy over `leaves` with a label function per level above the exact value, and `*` on top
    /// where the last of them still tells values apart.
    /// Levels that do not generalise further than the one below are left out.
    pub fn build(leaves: &[String], levels: &[&dyn Fn(&str) -> String]) -> Self {
        let mut built = vec![Level::new(leaves.iter().map(String::as_str))];
        for label in levels {
            let texts: Vec<String> = leaves.iter().map(|leaf| label(leaf)).collect();
            let level = Level::new(texts.iter().map(String::as_str));
            if built.last().is_none_or(|below| level.labels.len() < below.labels.len()) {
                built.push(level);
            }
        }
        if built.last().is_none_or(|top| top.labels.len() > 1) {
            built.push(Level::new(leaves.iter().map(|_| ANY)));
        }
        Hierarchy { leaves: leaves.len(), levels: built }
    }

    /// Reads ARX's form: delimiter-separated text without header, one line per leaf, the exact value first.
    ///
    /// # Errors
    /// If the text is not a hierarchy.
    pub fn from_csv(bytes: &[u8], delimiter: u8) -> Result<Self, HierarchyError> {
        Hierarchy::from_rows(&Hierarchy::rows_from_csv(bytes, delimiter)?)
    }

    /// The rows of a hierarchy in ARX's form, for [`Hierarchy::from_rows`].
    ///
    /// # Errors
    /// If the text is not delimiter-separated.
    pub fn rows_from_csv(bytes: &[u8], delimiter: u8) -> Result<Vec<Vec<String>>, HierarchyError> {
        let text = decoded(bytes).map_err(|error| HierarchyError::Unreadable { line: error.line as usize })?;
        let mut builder = csv::ReaderBuilder::new();
        let mut reader = builder.delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut rows: Vec<Vec<String>> = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|_| HierarchyError::Unreadable { line: rows.len() + 1 })?;
            rows.push(record.iter().map(str::to_owned).collect());
        }
        Ok(rows)
    }

    /// The leaf code of every row of a column.
    ///
    /// # Errors
    /// If the column has values that are not leaves.
    pub fn encode(&self, column: &Column) -> Result<Vec<u32>, HierarchyError> {
        let labels = self.labels(0);
        let known: HashMap<&str, u32> = self
            .codes(0)
            .iter()
            .enumerate()
            .filter_map(|(leaf, code)| Some((labels.get(*code as usize)?.as_str(), leaf as u32)))
            .collect();
        let leaves: Vec<Option<u32>> =
            column.dictionary().iter().map(|value| known.get(value.as_str()).copied()).collect();
        if let Some(leaves) = leaves.iter().copied().collect::<Option<Vec<u32>>>() {
            return Ok(column
                .codes()
                .iter()
                .map(|code| leaves.get(*code as usize).copied().unwrap_or_default())
                .collect());
        }
        // Values that no longer occur may be missing.
        let leaf = |code: &u32| leaves.get(*code as usize).copied().flatten();
        let codes: Option<Vec<u32>> = column.codes().iter().map(leaf).collect();
        codes.ok_or_else(|| HierarchyError::Missing {
            count: leaves.iter().filter(|leaf| leaf.is_none()).count(),
            first_row: column.codes().iter().position(|code| leaf(code).is_none()).unwrap_or_default() + 1,
        })
    }

    /// Number of levels, at least 1.
    #[inline]
    pub fn height(&self) -> usize {
        self.levels.len()
    }

    /// Number of leaves.
    pub fn leaf_count(&self) -> usize {
        self.leaves
    }

    /// The generalised code of every leaf at a level.
    #[inline]
    pub fn codes(&self, level: usize) -> &[u32] {
        self.levels.get(level).map_or(&[], |level| &level.of_leaf)
    }

    /// The labels of a level's generalised codes.
    #[inline]
    pub fn labels(&self, level: usize) -> &[String] {
        self.levels.get(level).map_or(&[], |level| &level.labels)
    }

    /// How many leaves each generalised code of a level covers.
    #[inline]
    pub fn covered(&self, level: usize) -> &[u32] {
        self.levels.get(level).map_or(&[], |level| &level.covered)
    }

    /// The label of a leaf at a level.
    #[inline]
    pub fn label(&self, leaf: u32, level: usize) -> Option<&str> {
        let code = *self.codes(level).get(leaf as usize)?;
        self.labels(level).get(code as usize).map(String::as_str)
    }

    fn first_repeated_leaf(&self) -> Option<usize> {
        let exact = self.codes(0);
        exact
            .iter()
            .enumerate()
            .find(|(line, code)| (**code as usize) < *line && self.labels(0).len() < exact.len())
            .and_then(|_| {
                let mut seen = vec![false; self.labels(0).len()];
                exact
                    .iter()
                    .position(|code| seen.get_mut(*code as usize).is_some_and(|seen| std::mem::replace(seen, true)))
            })
    }

    fn first_crossing(&self) -> Option<(usize, usize)> {
        for (level, (below, above)) in self.levels.iter().zip(self.levels.iter().skip(1)).enumerate() {
            let mut parent: Vec<Option<u32>> = vec![None; below.labels.len()];
            for (line, (child, target)) in below.of_leaf.iter().zip(&above.of_leaf).enumerate() {
                if let Some(slot) = parent.get_mut(*child as usize)
                    && *slot.get_or_insert(*target) != *target
                {
                    return Some((line, level));
                }
            }
        }
        None
    }
}

impl Level {
    fn new<'a>(labels: impl Iterator<Item = &'a str>) -> Self {
        let mut known: HashMap<&str, u32> = HashMap::new();
        let mut level = Level { of_leaf: Vec::new(), labels: Vec::new(), covered: Vec::new() };
        for label in labels {
            let code = *known.entry(label).or_insert_with(|| {
                level.labels.push(label.to_owned());
                level.covered.push(0);
                (level.labels.len() - 1) as u32
            });
            level.of_leaf.push(code);
            if let Some(covered) = level.covered.get_mut(code as usize) {
                *covered += 1;
            }
        }
        level
    }
}
