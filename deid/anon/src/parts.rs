//! An order of rows in which classes are finished early.
//!
//! Rows are sorted by a few attributes' values just below the top of their hierarchies, rare values first. A transformation that does not
//! fully generalise these attributes has classes that lie within one such value each. Most rows that a fine transformation leaves out
//! have a rare value, so counting these first shows soon that it leaves out too many.
#![expect(clippy::indexing_slicing, reason = "codes index tables that were set up for them")]

use crate::problem::Problem;

/// Attributes by which rows are sorted at most.
const MOST_ATTRIBUTES: usize = 3;

/// Least share of rows outside an attribute's most frequent value, in percent.
const LEAST_MINORITY_PERCENT: u64 = 2;

/// Divides rows by some attributes.
#[derive(Debug)]
pub(crate) struct Parts {
    dividers: Vec<Divider>,
}

/// Divides rows by one attribute at one level.
#[derive(Debug)]
struct Divider {
    attribute: usize,
    level: u8,
    /// The place of each leaf's value among the values, the rarest first.
    rank_of_leaf: Vec<u32>,
    values: u32,
    /// Rows outside the most frequent value.
    minority: u64,
}

impl Parts {
    pub(crate) fn new(problem: &Problem) -> Self {
        let enough = |divider: &Divider| divider.minority * 100 >= problem.row_count() as u64 * LEAST_MINORITY_PERCENT;
        let dividers = (0..problem.attributes().len()).filter_map(|attribute| Divider::new(problem, attribute));
        let mut dividers: Vec<Divider> = dividers.filter(enough).collect();
        // The most lopsided one first; then those that are least often fully generalised, because they have the most levels.
        dividers.sort_by_key(|divider| divider.minority);
        if let Some((_, others)) = dividers.split_first_mut() {
            others.sort_by_key(|divider| std::cmp::Reverse(divider.level));
        }
        let mut parts = 1u32;
        let fitting = dividers.iter().take(MOST_ATTRIBUTES).take_while(|divider| {
            let more = parts.checked_mul(divider.values);
            parts = more.unwrap_or(parts);
            more.is_some()
        });
        let fitting = fitting.count();
        dividers.truncate(fitting);
        Parts { dividers }
    }

    /// Number of attributes that divide.
    pub(crate) fn depth(&self) -> usize {
        self.dividers.len()
    }

    /// The part of a row by all attributes, in mixed radix, the first attribute's digit weighing most.
    pub(crate) fn of(&self, row: &[u32]) -> u32 {
        self.dividers
            .iter()
            .fold(0, |part, divider| part * divider.values + divider.rank_of_leaf[row[divider.attribute] as usize])
    }

    /// How many of the first attributes two parts share.
    pub(crate) fn shared(&self, mut a: u32, mut b: u32) -> usize {
        let mut shared = self.dividers.len();
        while let Some(divider) = shared.checked_sub(1).filter(|_| a != b).and_then(|last| self.dividers.get(last)) {
            a /= divider.values;
            b /= divider.values;
            shared -= 1;
        }
        shared
    }

    /// By how many of the attributes classes of a transformation are divided.
    pub(crate) fn dividing(&self, levels: &[u8]) -> usize {
        self.dividers.iter().take_while(|divider| levels[divider.attribute] <= divider.level).count()
    }
}

impl Divider {
    fn new(problem: &Problem, attribute: usize) -> Option<Self> {
        let hierarchy = &problem.attributes()[attribute].hierarchy;
        let level = hierarchy.height().checked_sub(2)?;
        let codes = hierarchy.codes(level);
        let mut rows = vec![0u64; hierarchy.labels(level).len()];
        for (tuple, weight) in problem.tuples() {
            rows[codes[tuple[attribute] as usize] as usize] += u64::from(weight);
        }
        let minority = rows.iter().sum::<u64>() - rows.iter().copied().max().unwrap_or_default();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|code| rows[*code]);
        let mut rank = vec![0u32; rows.len()];
        order.iter().enumerate().for_each(|(place, code)| rank[*code] = place as u32);
        let rank_of_leaf = codes.iter().map(|code| rank[*code as usize]).collect();
        Some(Divider { attribute, level: level as u8, rank_of_leaf, values: rows.len() as u32, minority })
    }
}
