//! Quasi-identifiers packed into few columns, so that a row's class is found by few look-ups.
//!
//! Attributes are joined into groups of at most [`GROUP_VALUES`] combinations of leaves. For every combination of levels inside a group,
//! a table gives each combination of leaves its number among the generalised ones. A class's key is the mixed-radix number of these.
#![expect(
    clippy::indexing_slicing,
    reason = "groups, strides and tables are set up here with one entry per attribute or combination"
)]

use crate::problem::{Problem, ProblemError};

/// Combinations of leaves that are joined at most; wider attributes stay alone.
const GROUP_VALUES: usize = 1024;

/// One group of attributes.
#[derive(Debug)]
struct Group {
    attributes: Vec<usize>,
    heights: Vec<usize>,
    /// For each combination of levels: number of generalised combinations, and that of each combination of leaves.
    tables: Vec<(u64, Vec<u32>)>,
}

/// How attributes are packed.
#[derive(Debug)]
pub(crate) struct Layout {
    groups: Vec<Group>,
}

/// The tables of one transformation.
pub(crate) struct Chosen<'a> {
    /// Per group: the table and the weight of its digit.
    pub(crate) digits: Vec<(&'a [u32], u64)>,
    /// Number of possible keys.
    pub(crate) space: u64,
}

impl Layout {
    pub(crate) fn new(problem: &Problem) -> Result<Self, ProblemError> {
        let leaves: Vec<usize> =
            problem.attributes().iter().map(|attribute| attribute.hierarchy.leaf_count()).collect();
        let space = leaves.iter().try_fold(1u64, |product, count| product.checked_mul(*count as u64));
        if space.is_none_or(|space| space >= u64::MAX / 2) {
            return Err(ProblemError::TooWide);
        }
        let mut order: Vec<usize> = (0..leaves.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(leaves[*index]));
        let mut members: Vec<(usize, Vec<usize>)> = Vec::new();
        for index in order {
            let fitting = members.iter_mut().find(|(product, _)| product * leaves[index] <= GROUP_VALUES);
            match fitting {
                Some((product, group)) => {
                    *product *= leaves[index];
                    group.push(index);
                }
                None => members.push((leaves[index], vec![index])),
            }
        }
        Ok(Layout { groups: members.into_iter().map(|(_, attributes)| Group::new(problem, attributes)).collect() })
    }

    /// The packed columns of some rows, given as row-major leaf codes.
    pub(crate) fn pack(&self, problem: &Problem, tuples: impl Iterator<Item = u32> + Clone) -> Vec<Vec<u32>> {
        let (width, raw) = (problem.width(), problem.raw_tuples());
        let pack = |group: &Group| {
            let row = |tuple: u32| &raw[tuple as usize * width..];
            tuples.clone().map(|tuple| group.combination(problem, row(tuple))).collect()
        };
        self.groups.iter().map(pack).collect()
    }

    /// The tables of a transformation.
    pub(crate) fn choose(&self, levels: &[u8]) -> Chosen<'_> {
        let mut chosen = Chosen { digits: Vec::with_capacity(self.groups.len()), space: 1 };
        for group in &self.groups {
            let (count, table) = &group.tables[group.level_combination(levels)];
            if *count > 1 {
                chosen.digits.push((table, chosen.space));
            } else {
                chosen.digits.push((&[], 0));
            }
            chosen.space *= count;
        }
        chosen
    }
}

impl Group {
    fn new(problem: &Problem, attributes: Vec<usize>) -> Self {
        let hierarchy = |index: usize| &problem.attributes()[index].hierarchy;
        let heights: Vec<usize> = attributes.iter().map(|index| hierarchy(*index).height()).collect();
        let mut group = Group { tables: Vec::new(), heights, attributes };
        let combinations: usize = group.attributes.iter().map(|index| hierarchy(*index).leaf_count()).product();
        for number in 0..group.heights.iter().product() {
            let mut table = vec![0u32; combinations];
            let (mut rest, mut repeat, mut count) = (number, 1, 1u64);
            for (index, height) in group.attributes.iter().zip(&group.heights) {
                let level = rest % height;
                rest /= height;
                let codes = hierarchy(*index).codes(level);
                for (combination, slot) in table.iter_mut().enumerate() {
                    *slot += codes[combination / repeat % codes.len()] * count as u32;
                }
                repeat *= codes.len();
                count *= hierarchy(*index).labels(level).len() as u64;
            }
            group.tables.push((count, table));
        }
        group
    }

    fn combination(&self, problem: &Problem, row: &[u32]) -> u32 {
        let (mut number, mut radix) = (0, 1);
        for index in &self.attributes {
            number += row[*index] * radix;
            radix *= problem.attributes()[*index].hierarchy.leaf_count() as u32;
        }
        number
    }

    fn level_combination(&self, levels: &[u8]) -> usize {
        let (mut number, mut radix) = (0, 1);
        for (index, height) in self.attributes.iter().zip(&self.heights) {
            number += usize::from(levels[*index]) * radix;
            radix *= height;
        }
        number
    }
}
