//! Rows to count transformations from: all distinct rows, or the classes of a finer transformation.
#![expect(clippy::indexing_slicing, reason = "rows index columns of their own length")]

use crate::layout::Layout;
use crate::parts::Parts;
use crate::problem::Problem;

/// Distinct rows, packed, in the order of [`Parts`].
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) columns: Vec<Vec<u32>>,
    /// The distinct row of the problem that each row is an example of.
    pub(crate) tuples: Vec<u32>,
    /// How many rows of the table each row stands for.
    pub(crate) weights: Vec<u32>,
    /// The part of each row.
    parts: Vec<u32>,
    /// Where parts begin, and the length: by no attribute, by the first, by the first two and so on.
    starts: Vec<Vec<u32>>,
}

impl Source {
    /// All distinct rows of a problem.
    pub(crate) fn all(problem: &Problem, layout: &Layout, parts: &Parts) -> Self {
        let (width, raw) = (problem.width(), problem.raw_tuples());
        let part = |tuple: u32| parts.of(&raw[tuple as usize * width..]);
        let mut order: Vec<(u32, u32)> = (0..problem.tuple_count() as u32).map(|tuple| (part(tuple), tuple)).collect();
        order.sort_unstable();
        let (own, tuples): (Vec<u32>, Vec<u32>) = order.into_iter().unzip();
        let weights = tuples.iter().map(|tuple| problem.weights()[*tuple as usize]).collect();
        let columns = layout.pack(problem, tuples.iter().copied());
        Source { columns, starts: starts(parts, &own), parts: own, tuples, weights }
    }

    /// Some rows of this source, in its order, standing for other numbers of the table's rows.
    pub(crate) fn pick(&self, parts: &Parts, rows: &[u32], weights: Vec<u32>) -> Self {
        let pick = |column: &Vec<u32>| -> Vec<u32> { rows.iter().map(|row| column[*row as usize]).collect() };
        let own = pick(&self.parts);
        Source {
            columns: self.columns.iter().map(pick).collect(),
            tuples: pick(&self.tuples),
            starts: starts(parts, &own),
            parts: own,
            weights,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.weights.len()
    }

    /// Where parts by so many attributes begin, and the length.
    pub(crate) fn starts(&self, depth: usize) -> &[u32] {
        self.starts.get(depth).map_or(&[], Vec::as_slice)
    }
}

fn starts(parts: &Parts, own: &[u32]) -> Vec<Vec<u32>> {
    let mut starts = vec![Vec::new(); parts.depth() + 1];
    let mut last = None;
    for (row, part) in (0u32..).zip(own) {
        if last == Some(part) {
            continue;
        }
        let unchanged = last.map_or(0, |last| parts.shared(*last, *part) + 1);
        starts.iter_mut().skip(unchanged).for_each(|starts| starts.push(row));
        last = Some(part);
    }
    starts.iter_mut().for_each(|starts| starts.push(own.len() as u32));
    starts
}
