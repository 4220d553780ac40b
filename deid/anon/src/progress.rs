//! What a search knows so far: the best transformation, which ones are ruled out, and which to count next.

use crate::evaluate::Setting;
use crate::hubs::Hubs;
use crate::lattice::Lattice;
use crate::metric::{Costs, Metric, Outcome};

/// Relative tolerance within which scores count as equal.
const TIE: f64 = 1e-12;

/// What all workers know.
pub(crate) struct Progress<'a> {
    lattice: &'a Lattice,
    costs: &'a Costs,
    pub(crate) best: Option<(f64, Vec<u8>)>,
    /// The highest rank that a transformation can have and still matter.
    worst_rank: f64,
    /// Evaluated, under evaluation, or ruled out.
    closed: Vec<bool>,
    /// Rows that a node suppresses at least.
    suppressed: Vec<u32>,
    /// Rank that a node has at least, as learnt from finer ones.
    learnt: Vec<f64>,
    plain: Vec<f64>,
    /// Nodes by their cost without suppression.
    order: Vec<u32>,
    cursor: usize,
    pub(crate) hubs: Hubs,
    pub(crate) evaluated: usize,
    levels: Vec<u8>,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(lattice: &'a Lattice, costs: &'a Costs, hubs: Hubs) -> Self {
        let size = lattice.size() as usize;
        let mut levels = Vec::new();
        let plain = (0..lattice.size()).map(|node| {
            lattice.levels_into(node, &mut levels);
            costs.plain(&levels)
        });
        let plain: Vec<f64> = plain.collect();
        Progress {
            lattice,
            costs,
            best: None,
            worst_rank: f64::INFINITY,
            closed: vec![false; size],
            suppressed: vec![0; size],
            learnt: if costs.metric() == Metric::Loss { Vec::new() } else { vec![0.0; size] },
            order: by_cost(&plain),
            plain,
            cursor: 0,
            hubs,
            evaluated: 0,
            levels,
        }
    }

    /// Whether a node may still be optimal; closes it if not.
    fn is_open(&mut self, node: u32) -> bool {
        let index = node as usize;
        if self.closed.get(index).copied().unwrap_or(true) {
            return false;
        }
        let quick = match self.costs.metric() {
            Metric::Loss => self.plain.get(index).copied().unwrap_or_default(),
            _ => self.learnt.get(index).copied().unwrap_or_default(),
        };
        let suppressed = self.suppressed.get(index).copied().unwrap_or_default();
        let mut open = quick <= self.worst_rank;
        if open && suppressed > 0 {
            self.lattice.levels_into(node, &mut self.levels);
            open = self.costs.bound_by_suppression(&self.levels, u64::from(suppressed)) <= self.worst_rank;
        }
        if !open {
            self.close(node);
        }
        open
    }

    fn close(&mut self, node: u32) {
        if let Some(closed) = self.closed.get_mut(node as usize) {
            *closed = true;
        }
    }

    /// The next node to evaluate, on a chain of open nodes that starts at the cheapest one. What suppression tells goes down, so for the
    /// loss the end is taken; for other metrics bounds go up as well, and the middle is.
    pub(crate) fn next(&mut self) -> Option<u32> {
        let start = loop {
            let node = *self.order.get(self.cursor)?;
            if self.is_open(node) {
                break node;
            }
            self.cursor += 1;
        };
        let lattice = self.lattice;
        let (mut chain, mut levels) = (vec![start], Vec::new());
        let mut node = start;
        loop {
            lattice.levels_into(node, &mut levels);
            let mut cheapest: Option<(f64, u32)> = None;
            for coarser in lattice.coarser(node, &levels) {
                let cost = self.plain.get(coarser as usize).copied().unwrap_or_default();
                if cheapest.is_none_or(|(least, _)| cost < least) && self.is_open(coarser) {
                    cheapest = Some((cost, coarser));
                }
            }
            let Some((_, coarser)) = cheapest else { break };
            chain.push(coarser);
            node = coarser;
        }
        let place = if self.costs.metric() == Metric::Loss { chain.len() - 1 } else { chain.len() / 2 };
        let chosen = chain.get(place).copied()?;
        self.close(chosen);
        Some(chosen)
    }

    /// The most rows that a transformation may suppress and still matter.
    pub(crate) fn most_suppressed(&self, levels: &[u8], limit: u64) -> u64 {
        if self.best.is_none() { limit } else { self.costs.most_suppressed(levels, self.worst_rank, limit) }
    }

    /// Takes over what was counted at a transformation.
    pub(crate) fn learn(&mut self, setting: &Setting<'_>, limit: u64, levels: &[u8], outcome: &Outcome) {
        let feasible = outcome.suppressed <= limit;
        if feasible {
            self.offer(self.costs.score(levels, outcome), levels);
        }
        let rules_out_finer = !feasible && (setting.is_monotone() || limit == 0 || outcome.suppressed_below > limit);
        self.rule_out(levels, outcome.suppressed_below, rules_out_finer);
        if self.costs.metric() != Metric::Loss {
            let bound = self.costs.bound_of_coarser(outcome);
            let learnt = &mut self.learnt;
            self.lattice.visit_coarser(levels, &mut |node| {
                if let Some(known) = learnt.get_mut(node as usize) {
                    *known = known.max(bound);
                }
            });
        }
    }

    fn offer(&mut self, score: f64, levels: &[u8]) {
        let better = self.best.as_ref().is_none_or(|(best, known)| {
            score < best * (1.0 - TIE) || (score <= best * (1.0 + TIE) && levels < known.as_slice())
        });
        if better {
            let rank = self.costs.rank(score);
            // A bound and a score are summed up in different ways: rounding must not close a tie.
            self.worst_rank = rank + TIE * rank.max(1.0);
            self.best = Some((score, levels.to_vec()));
        }
    }

    /// Notes that finer transformations suppress at least so many rows, or closes them.
    pub(crate) fn rule_out(&mut self, levels: &[u8], at_least: u64, close: bool) {
        let (closed, suppressed) = (&mut self.closed, &mut self.suppressed);
        self.lattice.visit_finer(levels, &mut |node| {
            if close {
                if let Some(closed) = closed.get_mut(node as usize) {
                    *closed = true;
                }
            } else if let Some(known) = suppressed.get_mut(node as usize) {
                *known = (*known).max(at_least as u32);
            }
        });
        self.evaluated += 1;
    }
}

/// Nodes by cost. Costs are not negative, so their bits are in their order; the last ones make room for the node.
fn by_cost(costs: &[f64]) -> Vec<u32> {
    const NODE_BITS: u32 = 25;
    const _: () = assert!(super::lattice::MAX_TRANSFORMATIONS < 1 << NODE_BITS);
    let low = (1u64 << NODE_BITS) - 1;
    let mut keys: Vec<u64> = costs.iter().zip(0u64..).map(|(cost, node)| (cost.to_bits() & !low) | node).collect();
    keys.sort_unstable();
    keys.into_iter().map(|key| (key & low) as u32).collect()
}
