//! A table's quasi-identifiers as codes, with equal rows joined.

use super::hierarchy::Hierarchy;

/// One quasi-identifier.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its hierarchy.
    pub hierarchy: Hierarchy,
}

/// Rows to anonymise.
#[derive(Clone, Debug)]
pub struct Problem {
    attributes: Vec<Attribute>,
    /// Distinct rows, row-major: one leaf code per attribute.
    tuples: Vec<u32>,
    /// How many rows each distinct row stands for.
    weights: Vec<u32>,
    /// The distinct row of every row.
    tuple_of_row: Vec<u32>,
}

impl Problem {
    /// A problem from columns of leaf codes, one column per attribute, all of the same length.
    pub fn new(attributes: Vec<Attribute>, columns: &[Vec<u32>]) -> Option<Self> {
        let rows = columns.first().map_or(0, Vec::len);
        let fits = attributes.len() == columns.len()
            && columns.iter().zip(&attributes).all(|(column, attribute)| {
                column.len() == rows
                    && column
                        .iter()
                        .all(|code| (*code as usize) < attribute.hierarchy.leaf_count())
            });
        if !fits {
            return None;
        }
        let mut problem = Problem {
            attributes,
            tuples: Vec::new(),
            weights: Vec::new(),
            tuple_of_row: Vec::new(),
        };
        let mut known: std::collections::HashMap<Vec<u32>, u32> = std::collections::HashMap::new();
        for row in 0..rows {
            let tuple: Vec<u32> = columns
                .iter()
                .filter_map(|column| column.get(row).copied())
                .collect();
            let next = problem.weights.len() as u32;
            let index = *known.entry(tuple).or_insert_with_key(|tuple| {
                problem.tuples.extend_from_slice(tuple);
                problem.weights.push(0);
                next
            });
            if let Some(weight) = problem.weights.get_mut(index as usize) {
                *weight += 1;
            }
            problem.tuple_of_row.push(index);
        }
        Some(problem)
    }

    /// The quasi-identifiers.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// Number of rows.
    pub fn row_count(&self) -> usize {
        self.tuple_of_row.len()
    }

    /// The distinct rows: leaf codes and the number of rows with them.
    pub fn tuples(&self) -> impl Iterator<Item = (&[u32], u32)> {
        let width = self.attributes.len().max(1);
        self.tuples
            .chunks_exact(width)
            .zip(self.weights.iter().copied())
    }

    /// The distinct row of every row.
    pub fn tuple_of_row(&self) -> &[u32] {
        &self.tuple_of_row
    }
}
