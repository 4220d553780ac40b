//! Groups rows into classes at a transformation: the inner loop of the search.
//!
//! Classes are numbered through an array indexed by key where the keys are few, and by hashing where they are many. Both loops have no
//! branch that depends on whether a class is new, since that cannot be foretold. The result can be the source for any coarser
//! transformation (roll-up), where fewer rows are left.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is produced in this module from lengths that it set up itself"
)]

use std::ops::Range;

use crate::layout::{Chosen, Layout};
use crate::parts::Parts;
use crate::problem::Problem;
use crate::slots::{Key, Slots};
use crate::source::Source;

/// Keys per row up to which an array is cheaper than hashing.
const DENSE_KEYS_PER_ROW: u64 = 8;

/// Rows that are counted at least before the next look at how many are left out.
const BLOCK_ROWS: u32 = 1024;

/// Marks a key that has no class yet.
const NO_CLASS: u32 = u32::MAX;

/// When to give up: as soon as more than so many rows are in finished classes smaller than `k`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GiveUp {
    pub(crate) k: u32,
    pub(crate) above: u64,
}

/// Classes of the rows of a source.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    /// The class of each row of the source.
    pub(crate) of_row: Vec<u32>,
    /// For each class, the first row in it.
    pub(crate) first_row: Vec<u32>,
    /// For each class, the number of the table's rows in it.
    pub(crate) sizes: Vec<u32>,
    count: u32,
}

impl Classes {
    /// Room for one class per row, and for the row after the last.
    fn reset(&mut self, rows: usize) {
        self.count = 0;
        self.of_row.resize(rows, 0);
        self.first_row.resize(rows + 1, 0);
        self.sizes.clear();
        self.sizes.resize(rows + 1, 0);
    }

    fn finish(&mut self, rows: usize) {
        self.of_row.truncate(rows);
        self.first_row.truncate(self.count as usize);
        self.sizes.truncate(self.count as usize);
    }

    /// Puts a row into a class, which is new if its number is the next one.
    #[inline]
    fn put(&mut self, row: usize, weight: u32, class: u32) {
        self.first_row[self.count as usize] = row as u32;
        self.sizes[class as usize] += weight;
        self.of_row[row] = class;
        self.count += u32::from(class == self.count);
    }
}

/// Buffers of one worker.
#[derive(Debug, Default)]
pub(crate) struct Grouper {
    narrow: Lane<u32>,
    wide: Lane<u64>,
    classes: Classes,
}

impl Grouper {
    /// Groups the rows of a source at a transformation. `Err` with the rows left out so far if it gave up.
    pub(crate) fn group(
        &mut self,
        layout: &Layout,
        parts: &Parts,
        levels: &[u8],
        source: &Source,
        give_up: GiveUp,
    ) -> Result<&Classes, u64> {
        let chosen = layout.choose(levels);
        let starts = source.starts(parts.dividing(levels));
        if chosen.space < u64::from(u32::MAX) {
            self.narrow.group(&chosen, source, starts, give_up, &mut self.classes)?;
        } else {
            self.wide.group(&chosen, source, starts, give_up, &mut self.classes)?;
        }
        Ok(&self.classes)
    }

    /// Rows that the last grouping went through.
    pub(crate) fn rows_seen(&self) -> usize {
        self.classes.of_row.len()
    }

    /// The classes of the last grouping.
    pub(crate) fn classes(&self) -> &Classes {
        &self.classes
    }

    /// The classes found last as a source of their own: one row per class and combination of sensitive values.
    pub(crate) fn as_source(&mut self, problem: &Problem, parts: &Parts, source: &Source) -> Source {
        if problem.sensitive().is_empty() {
            return source.pick(parts, &self.classes.first_row, self.classes.sizes.clone());
        }
        let (rows, weights) = self.split_by_sensitive(problem, source);
        source.pick(parts, &rows, weights)
    }

    fn split_by_sensitive(&mut self, problem: &Problem, source: &Source) -> (Vec<u32>, Vec<u32>) {
        let (width, first, raw) = (problem.width(), problem.attributes().len(), problem.raw_tuples());
        let (mut rows, mut weights): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
        // Sensitive attributes are folded in one after the other; numbers stay below the number of rows.
        let mut number = self.classes.of_row.clone();
        let slots = &mut self.wide.slots;
        for offset in 0..problem.sensitive().len() {
            slots.reset(source.len());
            rows.clear();
            weights.clear();
            for (row, (slot, tuple)) in number.iter_mut().zip(&source.tuples).enumerate() {
                let code = raw[*tuple as usize * width + first + offset];
                let next = rows.len() as u32;
                let found = slots.number((u64::from(*slot) << 32) | u64::from(code), next);
                if found == next {
                    rows.push(row as u32);
                    weights.push(0);
                }
                weights[found as usize] += source.weights[row];
                *slot = found;
            }
        }
        (rows, weights)
    }
}

/// Buffers for keys of one width.
#[derive(Debug)]
struct Lane<K> {
    keys: Vec<K>,
    slots: Slots<K>,
    /// Class by key; all [`NO_CLASS`] between calls.
    dense: Vec<u32>,
}

impl<K: Key> Default for Lane<K> {
    fn default() -> Self {
        Lane { keys: Vec::new(), slots: Slots::default(), dense: Vec::new() }
    }
}

impl<K: Key> Lane<K> {
    fn group(
        &mut self,
        chosen: &Chosen<'_>,
        source: &Source,
        starts: &[u32],
        give_up: GiveUp,
        classes: &mut Classes,
    ) -> Result<(), u64> {
        let dense = chosen.space <= DENSE_KEYS_PER_ROW * source.len() as u64;
        if !dense {
            self.slots.reset(source.len());
        } else if self.dense.len() < chosen.space as usize {
            self.dense.resize(chosen.space as usize, NO_CLASS);
        }
        classes.reset(source.len());
        self.keys.clear();
        self.keys.resize(source.len(), K::ZERO);
        let (mut below_k, mut counted, mut from) = (0, 0, 0);
        for end in starts.iter().skip(1) {
            if end - from < BLOCK_ROWS && (*end as usize) < source.len() {
                continue;
            }
            let rows = from as usize..*end as usize;
            from = *end;
            self.fill_keys(chosen, source, rows.clone());
            if dense {
                self.number_dense(source, rows, classes)
            } else {
                self.number_hashed(source, rows, classes)
            }
            let finished = &classes.sizes[counted..classes.count as usize];
            below_k += finished.iter().filter(|size| **size < give_up.k).map(|size| u64::from(*size)).sum::<u64>();
            counted = classes.count as usize;
            if below_k > give_up.above && (from as usize) < source.len() {
                break;
            }
        }
        classes.finish(from as usize);
        if dense {
            for row in &classes.first_row {
                self.dense[self.keys[*row as usize].index()] = NO_CLASS;
            }
        }
        if (from as usize) < source.len() { Err(below_k) } else { Ok(()) }
    }

    fn fill_keys(&mut self, chosen: &Chosen<'_>, source: &Source, rows: Range<usize>) {
        let keys = &mut self.keys[rows.clone()];
        for (column, (table, weight)) in source.columns.iter().zip(&chosen.digits) {
            if *weight == 0 {
                continue;
            }
            for (key, code) in keys.iter_mut().zip(&column[rows.clone()]) {
                *key = key.plus(table[*code as usize], *weight);
            }
        }
    }

    fn number_dense(&mut self, source: &Source, rows: Range<usize>, classes: &mut Classes) {
        let counted = self.keys[rows.clone()].iter().zip(&source.weights[rows.clone()]);
        for (row, (key, weight)) in rows.zip(counted) {
            let slot = &mut self.dense[key.index()];
            let class = if *slot == NO_CLASS { classes.count } else { *slot };
            *slot = class;
            classes.put(row, *weight, class);
        }
    }

    fn number_hashed(&mut self, source: &Source, rows: Range<usize>, classes: &mut Classes) {
        let counted = self.keys[rows.clone()].iter().zip(&source.weights[rows.clone()]);
        for (row, (key, weight)) in rows.zip(counted) {
            let class = self.slots.number(*key, classes.count);
            classes.put(row, *weight, class);
        }
    }
}
