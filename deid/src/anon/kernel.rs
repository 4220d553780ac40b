//! Groups rows into classes at a transformation: the inner loop of the search.
//!
//! Classes are numbered through an array indexed by key where the keys are few, and by hashing where they are many. The result can be
//! the source for any coarser transformation (roll-up), where far fewer rows are left.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is produced in this module from lengths that it set up itself"
)]

use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use super::layout::{Chosen, Layout};
use super::problem::Problem;

/// Keys per row up to which an array is cheaper than hashing.
const DENSE_KEYS_PER_ROW: u64 = 32;

/// Marks a key that has no class yet.
const NO_CLASS: u32 = u32::MAX;

/// Distinct rows, packed; those with rare values first.
#[derive(Debug)]
pub(super) struct Source {
    columns: Vec<Vec<u32>>,
    /// The distinct row of the problem that each row is an example of.
    pub(super) tuples: Vec<u32>,
    /// How many rows of the table each row stands for.
    pub(super) weights: Vec<u32>,
    /// Where each part begins; rows of different parts share no class below [`Parts::level`].
    starts: Vec<u32>,
}

/// Divides rows by one attribute's value just below the top of its hierarchy: the most lopsided one. Most rows that a fine
/// transformation leaves out have a rare value, so counting the rare parts first shows soon that it leaves out too many.
#[derive(Debug)]
pub(super) struct Parts {
    attribute: usize,
    level: u8,
    part_of_leaf: Vec<u32>,
    count: usize,
}

impl Parts {
    pub(super) fn new(problem: &Problem) -> Self {
        let mut best: Option<(u64, Parts)> = None;
        for (attribute, quasi) in problem.attributes().iter().enumerate() {
            let Some(level) = quasi.hierarchy.height().checked_sub(2) else {
                continue;
            };
            let codes = quasi.hierarchy.codes(level);
            let mut rows = vec![0u64; quasi.hierarchy.labels(level).len()];
            for (tuple, weight) in problem.tuples() {
                rows[codes[tuple[attribute] as usize] as usize] += u64::from(weight);
            }
            let minority = rows.iter().sum::<u64>() - rows.iter().copied().max().unwrap_or_default();
            if minority * 50 < problem.row_count() as u64 || best.as_ref().is_some_and(|(least, _)| minority >= *least)
            {
                continue;
            }
            let mut order: Vec<usize> = (0..rows.len()).collect();
            order.sort_by_key(|code| rows[*code]);
            let mut rank = vec![0u32; rows.len()];
            order.iter().enumerate().for_each(|(place, code)| rank[*code] = place as u32);
            let part_of_leaf = codes.iter().map(|code| rank[*code as usize]).collect();
            best = Some((minority, Parts { attribute, level: level as u8, part_of_leaf, count: rows.len() }));
        }
        best.map_or_else(|| Parts { attribute: 0, level: 0, part_of_leaf: Vec::new(), count: 0 }, |(_, parts)| parts)
    }

    /// The part of a row.
    fn of(&self, row: &[u32]) -> u32 {
        row.get(self.attribute).and_then(|leaf| self.part_of_leaf.get(*leaf as usize)).copied().unwrap_or_default()
    }

    /// Whether classes of a transformation lie within parts.
    fn divide(&self, levels: &[u8]) -> bool {
        self.count > 1 && levels[self.attribute] <= self.level
    }
}

impl Source {
    /// All distinct rows of a problem.
    pub(super) fn all(problem: &Problem, layout: &Layout, parts: &Parts) -> Self {
        let (width, raw) = (problem.width(), problem.raw_tuples());
        let part = |tuple: &u32| parts.of(&raw[*tuple as usize * width..]);
        let mut tuples: Vec<u32> = (0..problem.tuple_count() as u32).collect();
        tuples.sort_by_key(part);
        let weights = tuples.iter().map(|tuple| problem.weights()[*tuple as usize]).collect();
        let columns = layout.pack(problem, tuples.iter().copied());
        Source { columns, starts: starts(tuples.iter().map(part)), tuples, weights }
    }

    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }
}

/// Where each run of equal parts begins, and the length.
fn starts(parts: impl Iterator<Item = u32>) -> Vec<u32> {
    let (mut starts, mut last, mut length) = (Vec::new(), None, 0);
    for part in parts {
        if last != Some(part) {
            starts.push(length);
            last = Some(part);
        }
        length += 1;
    }
    starts.push(length);
    starts
}

/// When to give up: as soon as more than so many rows are in finished classes smaller than `k`.
#[derive(Clone, Copy, Debug)]
pub(super) struct GiveUp {
    pub(super) k: u32,
    pub(super) above: u64,
}

/// Classes of the rows of a source.
#[derive(Debug, Default)]
pub(super) struct Classes {
    /// The class of each row of the source.
    pub(super) of_row: Vec<u32>,
    /// For each class, the first row in it.
    pub(super) first_row: Vec<u32>,
    /// For each class, the number of the table's rows in it.
    pub(super) sizes: Vec<u32>,
}

/// Buffers of one worker.
#[derive(Debug, Default)]
pub(super) struct Grouper {
    keys: Vec<u64>,
    /// Class by key; all [`NO_CLASS`] between calls.
    dense: Vec<u32>,
    slots: Slots,
    classes: Classes,
}

impl Grouper {
    /// Groups the rows of a source at a transformation. `Err` with the rows left out so far if it gave up.
    pub(super) fn group(
        &mut self,
        layout: &Layout,
        parts: &Parts,
        levels: &[u8],
        source: &Source,
        give_up: GiveUp,
    ) -> Result<&Classes, u64> {
        let chosen = layout.choose(levels);
        let dense = chosen.space <= DENSE_KEYS_PER_ROW * source.len() as u64;
        if !dense {
            self.slots.reset(source.len().min(2048));
        } else if self.dense.len() < chosen.space as usize {
            self.dense.resize(chosen.space as usize, NO_CLASS);
        }
        self.classes.of_row.clear();
        self.classes.first_row.clear();
        self.classes.sizes.clear();
        self.keys.clear();
        self.keys.resize(source.len(), 0);
        let whole = [0, source.len() as u32];
        let bounds = if parts.divide(levels) { source.starts.as_slice() } else { &whole };
        let (mut below_k, mut counted) = (0, 0);
        for bound in bounds.windows(2) {
            let rows = bound[0] as usize..bound[1] as usize;
            self.fill_keys(&chosen, source, rows.clone());
            if dense {
                self.number_dense(source, rows.clone())
            } else {
                self.number_hashed(source, rows.clone())
            }
            let finished = &self.classes.sizes[counted..];
            below_k += finished.iter().filter(|size| **size < give_up.k).map(|size| u64::from(*size)).sum::<u64>();
            counted = self.classes.sizes.len();
            if below_k > give_up.above && rows.end < source.len() {
                self.tidy(dense);
                return Err(below_k);
            }
        }
        self.tidy(dense);
        Ok(&self.classes)
    }

    fn fill_keys(&mut self, chosen: &Chosen<'_>, source: &Source, rows: Range<usize>) {
        let keys = &mut self.keys[rows.clone()];
        for (column, (table, weight)) in source.columns.iter().zip(&chosen.digits) {
            if *weight == 0 {
                continue;
            }
            for (key, code) in keys.iter_mut().zip(&column[rows.clone()]) {
                *key += u64::from(table[*code as usize]) * weight;
            }
        }
    }

    fn number_dense(&mut self, source: &Source, rows: Range<usize>) {
        let classes = &mut self.classes;
        let counted = self.keys[rows.clone()].iter().zip(&source.weights[rows.clone()]);
        for (row, (key, weight)) in rows.zip(counted) {
            let slot = &mut self.dense[*key as usize];
            if *slot == NO_CLASS {
                *slot = classes.sizes.len() as u32;
                classes.first_row.push(row as u32);
                classes.sizes.push(0);
            }
            classes.sizes[*slot as usize] += weight;
            classes.of_row.push(*slot);
        }
    }

    fn number_hashed(&mut self, source: &Source, rows: Range<usize>) {
        let classes = &mut self.classes;
        let counted = self.keys[rows.clone()].iter().zip(&source.weights[rows.clone()]);
        for (row, (key, weight)) in rows.zip(counted) {
            let next = classes.sizes.len() as u32;
            let class = self.slots.find_or_insert(*key, next);
            if class == next {
                classes.first_row.push(row as u32);
                classes.sizes.push(0);
            }
            classes.sizes[class as usize] += weight;
            classes.of_row.push(class);
        }
    }

    /// Leaves the array by key as it was found.
    fn tidy(&mut self, dense: bool) {
        if dense {
            for row in &self.classes.first_row {
                self.dense[self.keys[*row as usize] as usize] = NO_CLASS;
            }
        }
    }

    /// The classes of the last grouping.
    pub(super) fn classes(&self) -> &Classes {
        &self.classes
    }

    /// The classes found last as a source of their own: one row per class and combination of sensitive values.
    pub(super) fn as_source(&mut self, problem: &Problem, parts: &Parts, source: &Source) -> Source {
        let (width, raw) = (problem.width(), problem.raw_tuples());
        let (rows, weights) = if problem.sensitive().is_empty() {
            (self.classes.first_row.clone(), self.classes.sizes.clone())
        } else {
            self.split_by_sensitive(problem, source)
        };
        let pick = |column: &Vec<u32>| rows.iter().map(|row| column[*row as usize]).collect();
        let tuples: Vec<u32> = pick(&source.tuples);
        let starts = starts(tuples.iter().map(|tuple| parts.of(&raw[*tuple as usize * width..])));
        Source { columns: source.columns.iter().map(pick).collect(), tuples, weights, starts }
    }

    fn split_by_sensitive(&mut self, problem: &Problem, source: &Source) -> (Vec<u32>, Vec<u32>) {
        let (width, first, raw) = (problem.width(), problem.attributes().len(), problem.raw_tuples());
        let (mut rows, mut weights): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
        // Sensitive attributes are folded in one after the other; numbers stay below the number of rows.
        let mut number = self.classes.of_row.clone();
        for offset in 0..problem.sensitive().len() {
            self.slots.reset(source.len().min(2048));
            rows.clear();
            weights.clear();
            for (row, (slot, tuple)) in number.iter_mut().zip(&source.tuples).enumerate() {
                let code = raw[*tuple as usize * width + first + offset];
                let next = rows.len() as u32;
                let found = self.slots.find_or_insert((u64::from(*slot) << 32) | u64::from(code), next);
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

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
const EMPTY: u64 = u64::MAX;

fn mix(key: u64) -> u64 {
    let folded = (key ^ (key >> 31)).wrapping_mul(MULTIPLIER);
    folded ^ (folded >> 32)
}

/// Open addressing with linear probing; grows at half load. The key of all ones does not occur.
#[derive(Debug, Default)]
struct Slots {
    slots: Vec<(u64, u32)>,
    used: usize,
}

impl Slots {
    fn reset(&mut self, expected: usize) {
        let capacity = (expected * 2).next_power_of_two().max(64);
        self.slots.clear();
        self.slots.resize(capacity, (EMPTY, 0));
        self.used = 0;
    }

    /// The value of a key; `value` if the key is new.
    fn find_or_insert(&mut self, key: u64, value: u32) -> u32 {
        let mask = self.slots.len() - 1;
        let mut position = mix(key) as usize;
        loop {
            let slot = &mut self.slots[position & mask];
            if slot.0 == key {
                return slot.1;
            }
            if slot.0 == EMPTY {
                *slot = (key, value);
                self.used += 1;
                if self.used * 2 > self.slots.len() {
                    self.grow();
                }
                return value;
            }
            position = position.wrapping_add(1);
        }
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![(EMPTY, 0); old.len() * 4];
        let mask = self.slots.len() - 1;
        for (key, value) in old.into_iter().filter(|(key, _)| *key != EMPTY) {
            let mut position = mix(key) as usize;
            while self.slots[position & mask].0 != EMPTY {
                position = position.wrapping_add(1);
            }
            self.slots[position & mask] = (key, value);
        }
    }
}

/// Hashes packed keys by one multiplication. They come from the owner's own data: nobody gains by collisions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mix(u64);

/// Builds [`Mix`].
pub(super) type MixBuild = BuildHasherDefault<Mix>;

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(MULTIPLIER);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = mix(value);
    }
}
