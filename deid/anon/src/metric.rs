//! What a transformation costs, and lower bounds of the cost of all transformations that are coarser or finer.
//!
//! Loss: each attribute's mean, over all rows, of (s - 1/n) / (1 - 1/n), where s is the share of the n leaves that the row's value
//! covers and a suppressed row covers all; then the weighted geometric mean of one plus these, less one. Discernibility (Bayardo and
//! Agrawal 2005): the sum of squared class sizes, a suppressed row counting as many as there are rows. Average class size (LeFevre et
//! al. 2006): rows per class, all suppressed rows forming one class.
//!
//! All sums are exact integers, so that a score does not depend on the order in which classes were counted.

use serde::{Deserialize, Serialize};

use crate::bound::LossBounds;
use crate::problem::Problem;

/// What to make small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Share of the domain that values cover.
    #[default]
    Loss,
    /// Rows that cannot be told apart.
    Discernibility,
    /// Rows per class.
    AverageClassSize,
}

impl std::fmt::Display for Metric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Metric::Loss => "loss",
            Metric::Discernibility => "discernibility",
            Metric::AverageClassSize => "average class size",
        })
    }
}

/// What was counted at a transformation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// Rows left out.
    pub(crate) suppressed: u64,
    /// Rows left out by requirements that a finer transformation fulfils even less.
    pub(crate) suppressed_below: u64,
    /// Classes that stay.
    pub(crate) kept_classes: u64,
    /// All classes.
    pub(crate) all_classes: u64,
    /// Sum of squared sizes of classes that stay.
    pub(crate) kept_squares: u128,
    /// Sum of squared sizes of all classes.
    pub(crate) all_squares: u128,
    /// For each attribute, the leaves that suppression covers in addition, summed over rows.
    pub(crate) penalties: Vec<u64>,
    /// Size of the smallest class that stays.
    pub(crate) smallest: u32,
}

/// Precomputed sums of one attribute at one level.
#[derive(Debug)]
struct LevelCost {
    /// Leaves covered beyond the own one, summed over all rows.
    total: u64,
    /// Rows by how many leaves suppression would cover in addition, fewest first.
    penalties: Vec<(u64, u64)>,
}

/// Costs over a problem.
#[derive(Debug)]
pub(crate) struct Costs {
    metric: Metric,
    rows: u64,
    k: u64,
    weights: Vec<f64>,
    leaves: Vec<u64>,
    levels: Vec<Vec<LevelCost>>,
    bounds: LossBounds,
}

impl Costs {
    /// Precomputes sums. `k` is the smallest class that can stay, `limit` the number of rows that may be left out.
    pub(crate) fn new(problem: &Problem, metric: Metric, weights: &[f64], k: u32, limit: u64) -> Self {
        let given = |index: usize| weights.get(index).copied().unwrap_or(1.0);
        let sum: f64 = (0..problem.attributes().len()).map(given).sum();
        let weights = (0..problem.attributes().len()).map(|index| given(index) / sum).collect();
        let mut costs = Costs {
            metric,
            rows: problem.row_count() as u64,
            k: u64::from(k.max(1)),
            weights,
            leaves: Vec::new(),
            levels: Vec::new(),
            bounds: LossBounds::default(),
        };
        for (index, attribute) in problem.attributes().iter().enumerate() {
            let hierarchy = &attribute.hierarchy;
            let leaves = hierarchy.leaf_count() as u64;
            let mut rows_of_leaf = vec![0u64; hierarchy.leaf_count()];
            for (tuple, weight) in problem.tuples() {
                if let Some(rows) = tuple.get(index).and_then(|leaf| rows_of_leaf.get_mut(*leaf as usize)) {
                    *rows += u64::from(weight);
                }
            }
            costs.leaves.push(leaves);
            let levels = (0..hierarchy.height()).map(|level| {
                let covered = hierarchy
                    .codes(level)
                    .iter()
                    .map(|code| hierarchy.covered(level).get(*code as usize).copied().unwrap_or_default());
                let mut penalties: Vec<(u64, u64)> =
                    covered.zip(&rows_of_leaf).map(|(covered, rows)| (leaves - u64::from(covered), *rows)).collect();
                let total = penalties.iter().map(|(penalty, rows)| (leaves - penalty - 1) * rows).sum();
                penalties.sort_unstable();
                penalties.dedup_by(|next, kept| {
                    let same = next.0 == kept.0;
                    kept.1 += if same { next.1 } else { 0 };
                    same
                });
                LevelCost { total, penalties }
            });
            costs.levels.push(levels.collect());
        }
        let heights: Vec<usize> = costs.levels.iter().map(Vec::len).collect();
        costs.bounds = LossBounds::new(&heights, limit, |index, level, left_out| {
            let cost = costs.levels.get(index).and_then(|levels| levels.get(level));
            cost.map_or(0.0, |cost| costs.term(index, cost.total + cost.least_penalty(left_out)))
        });
        costs
    }

    /// The metric.
    pub(crate) fn metric(&self) -> Metric {
        self.metric
    }

    /// A bound that needs no counting: the loss without suppression, on the scale of [`Costs::rank`]. It also orders nodes for the other
    /// metrics.
    pub(crate) fn plain(&self, levels: &[u8]) -> f64 {
        self.bounds.at(levels, 0)
    }

    /// A score on the scale on which bounds are compared: the logarithm of one plus the loss, other scores as they are.
    pub(crate) fn rank(&self, score: f64) -> f64 {
        match self.metric {
            Metric::Loss => score.ln_1p(),
            Metric::Discernibility | Metric::AverageClassSize => score,
        }
    }

    /// The score of a transformation.
    pub(crate) fn score(&self, levels: &[u8], outcome: &Outcome) -> f64 {
        match self.metric {
            Metric::Loss => self.loss(levels, outcome),
            Metric::Discernibility => outcome.kept_squares as f64 + outcome.suppressed as f64 * self.rows as f64,
            Metric::AverageClassSize => {
                self.rows as f64 / (outcome.kept_classes + u64::from(outcome.suppressed > 0)).max(1) as f64
            }
        }
    }

    /// The loss of a transformation.
    pub(crate) fn loss(&self, levels: &[u8], outcome: &Outcome) -> f64 {
        let terms = self.levels.iter().zip(levels).enumerate().map(|(index, (costs, level))| {
            let total = costs.get(usize::from(*level)).map_or(0, |cost| cost.total);
            self.term(index, total + outcome.penalties.get(index).copied().unwrap_or_default())
        });
        // The sum of no terms is minus zero.
        (terms.sum::<f64>() + 0.0).exp_m1()
    }

    /// The mean share that values of each attribute cover, suppressed rows covering all.
    pub(crate) fn means(&self, levels: &[u8], outcome: &Outcome) -> Vec<f64> {
        let totals = self.levels.iter().zip(levels).enumerate().map(|(index, (costs, level))| {
            let total = costs.get(usize::from(*level)).map_or(0, |cost| cost.total);
            total + outcome.penalties.get(index).copied().unwrap_or_default()
        });
        let means = totals.zip(&self.leaves).map(|(total, leaves)| mean_share(total, *leaves, self.rows));
        means.collect()
    }

    /// The rank that a transformation has at the least if it leaves out at least `suppressed` rows.
    pub(crate) fn bound_by_suppression(&self, levels: &[u8], suppressed: u64) -> f64 {
        let (rows, kept) = (self.rows as f64, self.rows.saturating_sub(suppressed) as f64);
        match self.metric {
            Metric::Loss => self.bounds.at(levels, suppressed),
            Metric::Discernibility => suppressed as f64 * rows + kept * self.k as f64,
            Metric::AverageClassSize => rows / (kept / self.k as f64 + f64::from(u8::from(suppressed > 0))).max(1.0),
        }
    }

    /// The most rows that a transformation may suppress, up to a limit, so that its rank can still be at most `best`.
    pub(crate) fn most_suppressed(&self, levels: &[u8], best: f64, limit: u64) -> u64 {
        if self.metric == Metric::Loss {
            return self.bounds.most_left_out(levels, best).min(limit);
        }
        if self.bound_by_suppression(levels, limit) <= best {
            return limit;
        }
        let (mut low, mut high) = (0, limit);
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if self.bound_by_suppression(levels, middle) <= best { low = middle } else { high = middle }
        }
        low
    }

    /// No coarser transformation costs less; for the loss, the bound without suppression says so already.
    pub(crate) fn bound_of_coarser(&self, outcome: &Outcome) -> f64 {
        match self.metric {
            Metric::Loss => 0.0,
            Metric::Discernibility => outcome.all_squares as f64,
            Metric::AverageClassSize => self.rows as f64 / outcome.all_classes.max(1) as f64,
        }
    }

    /// The weighted logarithm of one plus an attribute's mean.
    fn term(&self, index: usize, total: u64) -> f64 {
        let leaves = self.leaves.get(index).copied().unwrap_or(1);
        if leaves <= 1 || self.rows == 0 {
            return 0.0;
        }
        let mean = total as f64 / ((leaves - 1) as f64 * self.rows as f64);
        self.weights.get(index).copied().unwrap_or_default() * mean.ln_1p()
    }
}

/// The mean normalised share of `total` leaves beyond the own one, summed over `rows` rows of a domain of `leaves`.
fn mean_share(total: u64, leaves: u64, rows: u64) -> f64 {
    let all = leaves.saturating_sub(1) as f64 * rows as f64;
    if all > 0.0 { total as f64 / all } else { 0.0 }
}

/// The mean share that values of each attribute cover, given the leaves covered beyond the own one, summed over all rows.
pub(crate) fn mean_shares(problem: &Problem, covered: &[u64]) -> Vec<f64> {
    let leaves = problem.attributes().iter().map(|attribute| attribute.hierarchy.leaf_count() as u64);
    covered.iter().zip(leaves).map(|(total, leaves)| mean_share(*total, leaves, problem.row_count() as u64)).collect()
}

/// The loss of values that cover, per attribute, so many leaves beyond the own one, summed over all rows.
pub(crate) fn relative_loss(problem: &Problem, covered: &[u64], weights: &[f64]) -> f64 {
    let given = |index: usize| weights.get(index).copied().unwrap_or(1.0);
    let sum: f64 = (0..covered.len()).map(given).sum();
    let terms = problem.attributes().iter().zip(covered).enumerate().map(|(index, (attribute, covered))| {
        let others = attribute.hierarchy.leaf_count().saturating_sub(1) as f64 * problem.row_count() as f64;
        if others > 0.0 { given(index) / sum * (*covered as f64 / others).ln_1p() } else { 0.0 }
    });
    terms.sum::<f64>().exp_m1()
}

impl LevelCost {
    /// What suppressing some `count` rows costs at the least.
    fn least_penalty(&self, mut count: u64) -> u64 {
        let mut sum = 0;
        for (penalty, rows) in &self.penalties {
            let taken = count.min(*rows);
            sum += taken * penalty;
            count -= taken;
            if count == 0 {
                break;
            }
        }
        sum
    }
}
