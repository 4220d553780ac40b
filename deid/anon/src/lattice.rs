//! The lattice of transformations: every combination of one level per quasi-identifier, ordered by "at least as coarse everywhere".
#![expect(
    clippy::indexing_slicing,
    reason = "levels, heights and strides have one entry per attribute by construction"
)]

use crate::problem::{Problem, ProblemError};

/// Most transformations that are searched.
pub const MAX_TRANSFORMATIONS: u64 = 20_000_000;

/// Geometry of the lattice; a node is the mixed-radix number of its levels.
#[derive(Debug)]
pub(crate) struct Lattice {
    heights: Vec<u8>,
    strides: Vec<u32>,
    size: u32,
}

impl Lattice {
    pub(crate) fn new(problem: &Problem) -> Result<Self, ProblemError> {
        let heights: Vec<u64> =
            problem.attributes().iter().map(|attribute| attribute.hierarchy.height() as u64).collect();
        let transformations = heights.iter().fold(1u64, |product, height| product.saturating_mul(*height));
        if transformations > MAX_TRANSFORMATIONS || heights.iter().any(|height| *height > 255) {
            return Err(ProblemError::TooManyTransformations { transformations, limit: MAX_TRANSFORMATIONS });
        }
        let mut strides = Vec::with_capacity(heights.len());
        let mut stride = 1;
        for height in &heights {
            strides.push(stride);
            stride *= *height as u32;
        }
        Ok(Lattice { heights: heights.into_iter().map(|height| height as u8).collect(), strides, size: stride })
    }

    pub(crate) fn size(&self) -> u32 {
        self.size
    }

    pub(crate) fn levels(&self, node: u32) -> Vec<u8> {
        let mut levels = Vec::with_capacity(self.heights.len());
        self.levels_into(node, &mut levels);
        levels
    }

    /// The levels of a node, in place of what a buffer holds.
    pub(crate) fn levels_into(&self, node: u32, levels: &mut Vec<u8>) {
        levels.clear();
        let mut rest = node;
        levels.extend(self.heights.iter().map(|height| {
            let level = rest % u32::from(*height);
            rest /= u32::from(*height);
            level as u8
        }));
    }

    /// What a level of one attribute adds to a node's number.
    pub(crate) fn offset(&self, attribute: usize, level: u8) -> u32 {
        self.strides[attribute] * u32::from(level)
    }

    /// The neighbours that are one level coarser in one attribute.
    pub(crate) fn coarser<'a>(&'a self, node: u32, levels: &'a [u8]) -> impl Iterator<Item = u32> + 'a {
        (0..self.heights.len())
            .filter(|attribute| levels[*attribute] + 1 < self.heights[*attribute])
            .map(move |attribute| node + self.strides[attribute])
    }

    /// Visits all nodes at most as coarse as `levels` everywhere, itself included.
    pub(crate) fn visit_finer(&self, levels: &[u8], visit: &mut impl FnMut(u32)) {
        let counts: Vec<u32> = levels.iter().map(|level| u32::from(*level) + 1).collect();
        self.visit_box(0, &counts, visit);
    }

    /// Visits all nodes at least as coarse as `levels` everywhere, itself included.
    pub(crate) fn visit_coarser(&self, levels: &[u8], visit: &mut impl FnMut(u32)) {
        let counts: Vec<u32> =
            self.heights.iter().zip(levels).map(|(height, level)| u32::from(height - level)).collect();
        let start = levels.iter().zip(&self.strides).map(|(level, stride)| u32::from(*level) * stride).sum();
        self.visit_box(start, &counts, visit);
    }

    /// Visits a box of nodes that begins at `start` and extends `counts` levels in each attribute.
    fn visit_box(&self, start: u32, counts: &[u32], visit: &mut impl FnMut(u32)) {
        let mut position = vec![0u32; counts.len()];
        let mut node = start;
        loop {
            visit(node);
            let mut attribute = 0;
            loop {
                if attribute == counts.len() {
                    return;
                }
                position[attribute] += 1;
                node += self.strides[attribute];
                if position[attribute] < counts[attribute] {
                    break;
                }
                node -= self.strides[attribute] * counts[attribute];
                position[attribute] = 0;
                attribute += 1;
            }
        }
    }
}
