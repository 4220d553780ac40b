//! What a search knows so far: the best transformation, which ones are ruled out, and which to count next.

use std::sync::Arc;

use super::evaluate::Setting;
use super::kernel::Source;
use super::lattice::{Lattice, is_finer};
use super::metric::{Costs, Metric, Outcome};

/// Relative tolerance within which scores count as equal.
const TIE: f64 = 1e-12;

/// Results that are kept for roll-up.
const CACHED: usize = 1024;

/// A result that is kept for roll-up.
struct Known {
    levels: Vec<u8>,
    entries: Arc<Source>,
}

/// What all workers know.
pub(super) struct Progress {
    pub(super) best: Option<(f64, Vec<u8>)>,
    /// Evaluated, under evaluation, or ruled out.
    closed: Vec<bool>,
    /// Rows that a node suppresses at least.
    suppressed: Vec<u32>,
    /// Cost that a node has at least, as learnt from finer ones.
    learnt: Vec<f64>,
    plain: Vec<f64>,
    /// Nodes by their cost without suppression.
    order: Vec<u32>,
    cursor: usize,
    pub(super) base: Arc<Source>,
    cache: Vec<Known>,
    pub(super) evaluated: usize,
}

impl Progress {
    pub(super) fn new(lattice: &Lattice, costs: &Costs, finest: Source) -> Self {
        let size = lattice.size() as usize;
        let plain: Vec<f64> = (0..lattice.size()).map(|node| costs.plain(&lattice.levels(node))).collect();
        let mut order: Vec<u32> = (0..lattice.size()).collect();
        let cost = |node: &u32| plain.get(*node as usize).copied().unwrap_or_default();
        order.sort_unstable_by(|a, b| cost(a).total_cmp(&cost(b)).then(a.cmp(b)));
        let learnt = if costs.metric() == Metric::Loss { Vec::new() } else { vec![0.0; size] };
        Progress {
            best: None,
            closed: vec![false; size],
            suppressed: vec![0; size],
            learnt,
            plain,
            order,
            cursor: 0,
            base: Arc::new(finest),
            cache: Vec::new(),
            evaluated: 0,
        }
    }

    fn beats_best(&self, bound: f64) -> bool {
        self.best.as_ref().is_none_or(|(score, _)| bound <= score * (1.0 + TIE))
    }

    /// Whether a node may still be optimal; closes it if not.
    fn is_open(&mut self, lattice: &Lattice, costs: &Costs, node: u32) -> bool {
        let index = node as usize;
        if self.closed.get(index).copied().unwrap_or(true) {
            return false;
        }
        let quick = match costs.metric() {
            Metric::Loss => self.plain.get(index).copied().unwrap_or_default(),
            _ => self.learnt.get(index).copied().unwrap_or_default(),
        };
        let suppressed = self.suppressed.get(index).copied().unwrap_or_default();
        let open = self.beats_best(quick)
            && (suppressed == 0
                || self.beats_best(costs.bound_by_suppression(&lattice.levels(node), u64::from(suppressed))));
        if !open && let Some(closed) = self.closed.get_mut(index) {
            *closed = true;
        }
        open
    }

    /// The next node to evaluate: the middle of a chain of open nodes that starts at the cheapest one.
    pub(super) fn next(&mut self, lattice: &Lattice, costs: &Costs) -> Option<u32> {
        let start = loop {
            let node = *self.order.get(self.cursor)?;
            if self.is_open(lattice, costs, node) {
                break node;
            }
            self.cursor += 1;
        };
        let mut chain = vec![start];
        let mut node = start;
        loop {
            let levels = lattice.levels(node);
            let mut cheapest: Option<(f64, u32)> = None;
            for coarser in lattice.coarser(node, &levels) {
                let cost = self.plain.get(coarser as usize).copied().unwrap_or_default();
                if cheapest.is_none_or(|(least, _)| cost < least) && self.is_open(lattice, costs, coarser) {
                    cheapest = Some((cost, coarser));
                }
            }
            let Some((_, coarser)) = cheapest else { break };
            chain.push(coarser);
            node = coarser;
        }
        let chosen = chain.get(chain.len() / 2).copied()?;
        if let Some(closed) = self.closed.get_mut(chosen as usize) {
            *closed = true;
        }
        Some(chosen)
    }

    /// The smallest known result that is finer.
    pub(super) fn source(&self, levels: &[u8]) -> Arc<Source> {
        let finer = self.cache.iter().filter(|known| is_finer(&known.levels, levels)).map(|known| &known.entries);
        finer.chain([&self.base]).min_by_key(|entries| entries.len()).map_or_else(|| self.base.clone(), Arc::clone)
    }

    /// Keeps a result for roll-up.
    pub(super) fn remember(&mut self, levels: &[u8], entries: Option<Source>) {
        if let Some(entries) = entries {
            self.cache.push(Known { levels: levels.to_vec(), entries: Arc::new(entries) });
        }
        if self.cache.len() > CACHED {
            self.cache.remove(0);
        }
    }

    /// The most rows that a transformation may suppress and still matter.
    pub(super) fn most_suppressed(&self, costs: &Costs, levels: &[u8], limit: u64) -> u64 {
        match &self.best {
            Some((best, _)) => costs.most_suppressed(levels, best * (1.0 + TIE), limit),
            None => limit,
        }
    }

    /// Takes over what was counted at a transformation.
    pub(super) fn learn(
        &mut self,
        lattice: &Lattice,
        costs: &Costs,
        setting: &Setting<'_>,
        limit: u64,
        levels: &[u8],
        outcome: &Outcome,
    ) {
        let feasible = outcome.suppressed <= limit;
        if feasible {
            let score = costs.score(levels, outcome);
            let better = self.best.as_ref().is_none_or(|(best, known)| {
                score < best * (1.0 - TIE) || (score <= best * (1.0 + TIE) && levels < known.as_slice())
            });
            if better {
                self.best = Some((score, levels.to_vec()));
            }
        }
        let rules_out_finer = !feasible && (setting.is_monotone() || limit == 0 || outcome.suppressed_below > limit);
        self.rule_out(lattice, levels, outcome.suppressed_below, rules_out_finer);
        if costs.metric() != Metric::Loss {
            let bound = costs.bound_of_coarser(outcome);
            let learnt = &mut self.learnt;
            lattice.visit_coarser(levels, &mut |node| {
                if let Some(known) = learnt.get_mut(node as usize) {
                    *known = known.max(bound);
                }
            });
        }
    }

    /// Notes that finer transformations suppress at least so many rows, or closes them.
    pub(super) fn rule_out(&mut self, lattice: &Lattice, levels: &[u8], at_least: u64, close: bool) {
        let (closed, suppressed) = (&mut self.closed, &mut self.suppressed);
        lattice.visit_finer(levels, &mut |node| {
            if close && let Some(closed) = closed.get_mut(node as usize) {
                *closed = true;
            }
            if let Some(known) = suppressed.get_mut(node as usize) {
                *known = (*known).max(at_least as u32);
            }
        });
        self.evaluated += 1;
    }
}
