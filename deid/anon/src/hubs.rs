//! Results that others are counted from.
//!
//! Counting a transformation from the classes of a finer one (roll-up) touches as many rows as the finer one has classes. A *hub* has a
//! transformation's own levels in the first attributes of a fixed order and the finest ones in the others; all transformations that agree
//! on these attributes share it. A hub is made from the nearest one that is finer, as soon as counting without it has cost clearly more
//! than making it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::lattice::Lattice;
use crate::problem::Problem;
use crate::slots::MixBuild;
use crate::source::Source;

/// How often the rows of its source must have been gone through before a hub is made.
const WORTHWHILE: u64 = 4;

/// Marks a hub that has hardly fewer rows than its source.
const USELESS: u64 = u64::MAX;

/// Rows in all hubs together, relative to the rows that they are made from; the largest ones go first.
const MOST_ROWS: usize = 4;

/// Rows that may always be kept.
const ALWAYS_ROWS: usize = 1 << 20;

/// The hubs that are known.
#[derive(Debug)]
pub(crate) struct Hubs {
    all: Arc<Source>,
    /// Attributes, those first whose generalisation joins most rows.
    order: Vec<usize>,
    known: HashMap<u64, Arc<Source>, MixBuild>,
    /// Rows gone through that a hub would have saved.
    spent: HashMap<u64, u64, MixBuild>,
    rows: usize,
}

/// Where to count a transformation from.
pub(crate) struct Route {
    /// The nearest hub that is known, or all rows.
    pub(crate) source: Arc<Source>,
    /// A hub to make from it first: node and levels.
    pub(crate) make: Option<(u32, Vec<u8>)>,
}

impl Hubs {
    /// No hubs yet but all rows.
    pub(crate) fn new(problem: &Problem, all: Source) -> Self {
        let mut order: Vec<usize> = (0..problem.attributes().len()).collect();
        let leaves = |index: &usize| problem.attributes().get(*index).map_or(0, |own| own.hierarchy.leaf_count());
        order.sort_by_key(|index| std::cmp::Reverse(leaves(index)));
        Hubs { all: Arc::new(all), order, known: HashMap::default(), spent: HashMap::default(), rows: 0 }
    }

    /// All rows.
    pub(crate) fn all(&self) -> &Source {
        &self.all
    }

    /// The nearest known hub of a transformation, and the one to make before it is counted.
    pub(crate) fn route(&self, lattice: &Lattice, levels: &[u8]) -> Route {
        let (mut source, mut make) = (&self.all, None);
        for (place, node) in self.path(lattice, levels) {
            if let Some(known) = self.known.get(&u64::from(node)) {
                (source, make) = (known, None);
                continue;
            }
            let spent = self.spent.get(&u64::from(node)).copied().unwrap_or_default();
            if spent != USELESS && spent >= WORTHWHILE * source.len() as u64 {
                make = Some((place, node));
            }
        }
        let make = make.map(|(place, node)| (node, self.levels_of(place, levels)));
        Route { source: Arc::clone(source), make }
    }

    /// Notes that a transformation was counted by going through so many rows.
    pub(crate) fn count(&mut self, lattice: &Lattice, levels: &[u8], rows: usize) {
        let path: Vec<(usize, u32)> = self.path(lattice, levels).collect();
        for (_, node) in path {
            if !self.known.contains_key(&u64::from(node)) {
                let spent = self.spent.entry(u64::from(node)).or_default();
                *spent = spent.saturating_add(rows as u64);
            }
        }
    }

    /// Keeps a hub, unless it has hardly fewer rows than what it was made from.
    pub(crate) fn keep(&mut self, node: u32, made_from: &Source, made: &Arc<Source>) {
        let useless = made.len() * 8 > made_from.len() * 7;
        self.spent.insert(u64::from(node), if useless { USELESS } else { 0 });
        if useless || self.known.insert(u64::from(node), Arc::clone(made)).is_some() {
            return;
        }
        self.rows += made.len();
        while self.rows > ALWAYS_ROWS.max(self.all.len() * MOST_ROWS) {
            let largest = self.known.iter().max_by_key(|(node, hub)| (hub.len(), **node)).map(|(node, _)| *node);
            let Some(gone) = largest.and_then(|node| self.known.remove(&node)) else { break };
            self.rows = self.rows.saturating_sub(gone.len());
        }
    }

    /// The hubs of a transformation, the finest first: how many attributes of the order they take from it, and their nodes.
    fn path(&self, lattice: &Lattice, levels: &[u8]) -> impl Iterator<Item = (usize, u32)> {
        let most = self.order.len().saturating_sub(1);
        let own = self.order.iter().take(most).map(|attribute| {
            let level = levels.get(*attribute).copied().unwrap_or_default();
            lattice.offset(*attribute, level)
        });
        let nodes = own.enumerate().scan(0, |node, (place, offset)| {
            *node += offset;
            Some((offset > 0).then_some((place + 1, *node)))
        });
        nodes.flatten()
    }

    fn levels_of(&self, place: usize, levels: &[u8]) -> Vec<u8> {
        let mut hub = vec![0; levels.len()];
        for attribute in self.order.iter().take(place) {
            if let (Some(slot), Some(level)) = (hub.get_mut(*attribute), levels.get(*attribute)) {
                *slot = *level;
            }
        }
        hub
    }
}
