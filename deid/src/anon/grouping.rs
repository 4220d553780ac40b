//! Classes of rows that are equal after a transformation.

use std::collections::HashMap;

use super::problem::Problem;

/// The classes of one transformation.
#[derive(Clone, Debug)]
pub struct Classes {
    /// The class of every distinct row.
    pub of_tuple: Vec<u32>,
    /// The number of rows in each class.
    pub sizes: Vec<u32>,
}

impl Classes {
    /// Groups the distinct rows at the given levels.
    pub fn of(problem: &Problem, levels: &[usize]) -> Self {
        let tables: Vec<&[u32]> = problem
            .attributes()
            .iter()
            .zip(levels)
            .map(|(attribute, level)| attribute.hierarchy.codes(*level))
            .collect();
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut classes = Classes {
            of_tuple: Vec::new(),
            sizes: Vec::new(),
        };
        for (tuple, weight) in problem.tuples() {
            let key: Vec<u32> = tuple
                .iter()
                .zip(&tables)
                .map(|(leaf, table)| table.get(*leaf as usize).copied().unwrap_or(u32::MAX))
                .collect();
            let class = *known.entry(key).or_insert(classes.sizes.len() as u32);
            classes.of_tuple.push(class);
            match classes.sizes.get_mut(class as usize) {
                Some(size) => *size += weight,
                None => classes.sizes.push(weight),
            }
        }
        classes
    }

    /// Number of rows in classes smaller than `k`.
    pub fn rows_below(&self, k: u32) -> usize {
        self.sizes
            .iter()
            .filter(|size| **size < k)
            .map(|size| *size as usize)
            .sum()
    }
}
