//! A table's quasi-identifiers and sensitive attributes as codes, with equal rows joined.

use std::collections::HashMap;

use crate::hierarchy::Hierarchy;
use crate::slots::Slots;

/// One quasi-identifier.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its hierarchy.
    pub hierarchy: Hierarchy,
}

/// A sensitive attribute: what nobody may learn about a person.
#[derive(Clone, Debug)]
pub struct Sensitive {
    /// Its name.
    pub name: String,
    /// Number of distinct values. Codes are below it; for ordered models their order is that of the values.
    pub values: usize,
}

/// Rows to anonymise: distinct rows with the number of times that each occurs.
#[derive(Clone, Debug)]
pub struct Problem {
    attributes: Vec<Attribute>,
    sensitive: Vec<Sensitive>,
    /// Row-major: leaf codes of the quasi-identifiers, then codes of the sensitive attributes.
    tuples: Vec<u32>,
    weights: Vec<u32>,
    tuple_of_row: Vec<u32>,
}

/// Why rows cannot be anonymised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProblemError {
    /// Columns differ in length, or codes have no value.
    #[error("columns differ in length or refer to missing values")]
    Inconsistent,
    /// More combinations of levels than can be searched.
    #[error(
        "more than {limit} combinations of levels; use fewer quasi-identifiers or levels, or method = \"mondrian\""
    )]
    TooManyTransformations {
        /// How many.
        transformations: u64,
        /// How many at most.
        limit: u64,
    },
    /// The quasi-identifiers' values do not fit a grouping key.
    #[error("the quasi-identifiers have too many distinct values together; use fewer of them, or round numbers before")]
    TooWide,
}

impl Problem {
    /// A problem from columns of leaf codes, one per attribute, and columns of codes, one per sensitive attribute,
    /// all of `rows` rows. Without any attribute all rows are equal.
    ///
    /// # Errors
    /// If the columns do not fit each other or the attributes.
    pub fn new(
        attributes: Vec<Attribute>,
        columns: &[&[u32]],
        sensitive: Vec<Sensitive>,
        sensitive_columns: &[&[u32]],
        rows: usize,
    ) -> Result<Self, ProblemError> {
        let sizes = attributes.iter().map(|attribute| attribute.hierarchy.leaf_count());
        let sizes: Vec<usize> = sizes.chain(sensitive.iter().map(|attribute| attribute.values)).collect();
        let all: Vec<&[u32]> = columns.iter().chain(sensitive_columns).copied().collect();
        let fits = attributes.len() == columns.len()
            && all.len() == sizes.len()
            && all
                .iter()
                .zip(&sizes)
                .all(|(column, size)| column.len() == rows && column.iter().all(|code| (*code as usize) < *size));
        if !fits || u32::try_from(rows).is_err() {
            return Err(ProblemError::Inconsistent);
        }
        let mut problem =
            Problem { attributes, sensitive, tuples: Vec::new(), weights: Vec::new(), tuple_of_row: Vec::new() };
        match key_bits(&sizes) {
            bits if bits < 64 => problem.join_packed(&all, &sizes, rows),
            _ => problem.join(&all, rows),
        }
        Ok(problem)
    }

    /// The quasi-identifiers.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The sensitive attributes.
    pub fn sensitive(&self) -> &[Sensitive] {
        &self.sensitive
    }

    /// Number of rows.
    pub fn row_count(&self) -> usize {
        self.tuple_of_row.len()
    }

    /// Number of distinct rows.
    pub fn tuple_count(&self) -> usize {
        self.weights.len()
    }

    /// The distinct rows: codes of quasi-identifiers and sensitive attributes, and the number of rows with them.
    pub fn tuples(&self) -> impl Iterator<Item = (&[u32], u32)> {
        self.tuples.chunks_exact(self.width().max(1)).zip(self.weights.iter().copied())
    }

    /// The distinct row of every row.
    pub fn tuple_of_row(&self) -> &[u32] {
        &self.tuple_of_row
    }

    pub(crate) fn raw_tuples(&self) -> &[u32] {
        &self.tuples
    }

    pub(crate) fn weights(&self) -> &[u32] {
        &self.weights
    }

    pub(crate) fn width(&self) -> usize {
        self.attributes.len() + self.sensitive.len()
    }

    fn join_packed(&mut self, columns: &[&[u32]], sizes: &[usize], rows: usize) {
        let mut keys = vec![0u64; rows];
        for (column, size) in columns.iter().zip(sizes) {
            let shift = bits_for(*size);
            for (key, code) in keys.iter_mut().zip(*column) {
                *key = (*key << shift) | u64::from(*code);
            }
        }
        let mut known = Slots::default();
        known.reset(rows);
        for (row, key) in keys.into_iter().enumerate() {
            let next = self.weights.len() as u32;
            let tuple = known.number(key, next);
            self.count(tuple, next, columns, row);
        }
    }

    fn join(&mut self, columns: &[&[u32]], rows: usize) {
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        for row in 0..rows {
            let key: Vec<u32> = columns.iter().filter_map(|column| column.get(row).copied()).collect();
            let next = self.weights.len() as u32;
            let tuple = *known.entry(key).or_insert(next);
            self.count(tuple, next, columns, row);
        }
    }

    fn count(&mut self, tuple: u32, next: u32, columns: &[&[u32]], row: usize) {
        if tuple == next {
            self.tuples.extend(columns.iter().filter_map(|column| column.get(row).copied()));
            self.weights.push(0);
        }
        if let Some(weight) = self.weights.get_mut(tuple as usize) {
            *weight += 1;
        }
        self.tuple_of_row.push(tuple);
    }
}

/// Bits that tell `size` values apart.
pub(crate) fn bits_for(size: usize) -> u32 {
    usize::BITS - size.saturating_sub(1).leading_zeros()
}

fn key_bits(sizes: &[usize]) -> u32 {
    sizes.iter().map(|size| bits_for(*size)).sum()
}
