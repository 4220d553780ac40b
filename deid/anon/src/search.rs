//! The optimal transformation: least cost among all that protect enough within the suppression limit.
//!
//! Chains through the lattice are bisected as in Flash (Kohlmayer et al. 2012) and OLA (El Emam et al. 2009), but every evaluation
//! cuts by bounds and not by feasibility alone. A transformation that suppresses too much rules out all finer ones; one that
//! suppresses s rows says that all finer ones suppress at least s, which bounds their cost from below; and the cost without any
//! suppression, known beforehand, grows with coarseness. What is left undecided is evaluated. Classes are counted from those of a
//! finer transformation where one is at hand (roll-up). Ties are all evaluated, and the lexically first one is taken, so the result depends neither on
//! the number of threads nor on their timing.

use std::sync::{Arc, Mutex, PoisonError};

use crate::evaluate::Setting;
use crate::hubs::{Hubs, Route};
use crate::kernel::Grouper;
use crate::lattice::Lattice;
use crate::metric::{Costs, Metric};
use crate::privacy::Privacy;
use crate::problem::{Problem, ProblemError};
use crate::progress::Progress;
use crate::source::Source;

/// What to reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// Requirements, all of which must hold.
    pub privacy: Vec<Privacy>,
    /// What to make small.
    pub metric: Metric,
    /// Weight of each attribute in the loss; missing ones weigh 1.
    pub weights: Vec<f64>,
    /// Rows that may be left out.
    pub max_suppressed: usize,
    /// Number of threads.
    pub threads: usize,
}

/// A transformation that protects enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The level of each quasi-identifier.
    pub levels: Vec<usize>,
    /// The cost by the metric that was asked for.
    pub score: f64,
    /// The loss, 0 (nothing) to 1 (everything).
    pub loss: f64,
    /// The loss of each quasi-identifier by itself, 0 to 1.
    pub attribute_losses: Vec<f64>,
    /// For every row, whether it is left out.
    pub suppressed: Vec<bool>,
    /// Number of classes that stay.
    pub classes: usize,
    /// Size of the smallest class that stays; 0 if none does.
    pub smallest_class: u32,
    /// Number of transformations that were counted.
    pub evaluated: usize,
}

/// Why there is no solution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SearchError {
    /// The problem cannot be searched.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// A model names an attribute that is not sensitive, or has parameters out of range.
    #[error("{model}: expected a sensitive attribute of the table and parameters in range")]
    Model {
        /// The model in words.
        model: String,
    },
    /// No transformation protects enough.
    #[error("unreachable, even with every quasi-identifier fully generalised")]
    Unreachable(Unreachable),
}

/// No transformation protects enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// Sizes of the classes below `k` at the coarsest transformation.
    pub small_classes: Vec<u32>,
    /// The requirements that fail there, in words.
    pub failing: Vec<String>,
    /// Rows that would have to be left out there.
    pub suppressed: usize,
}

/// Finds the optimal transformation; among equals, the first in lexical order of levels.
///
/// # Errors
/// If a requirement cannot be understood or met, or the lattice is too large.
pub fn search(problem: &Problem, goal: &Goal) -> Result<Solution, SearchError> {
    check_models(problem, &goal.privacy)?;
    let lattice = Lattice::new(problem)?;
    let setting = Setting::new(problem, &goal.privacy, goal.metric, goal.max_suppressed)?;
    let costs = Costs::new(problem, goal.metric, &goal.weights, setting.k, goal.max_suppressed as u64);
    let all = Source::all(problem, &setting.layout, &setting.parts);
    let shared = Mutex::new(Progress::new(&lattice, &costs, Hubs::new(problem, all)));
    let work = || worker(&shared, &lattice, &setting, goal.max_suppressed as u64);
    std::thread::scope(|scope| {
        for _ in 1..goal.threads.max(1) {
            scope.spawn(work);
        }
        work();
    });
    let progress = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    let all = progress.hubs.all();
    match progress.best {
        Some((score, levels)) => Ok(solution(&setting, &costs, all, score, &levels, progress.evaluated)),
        None => Err(SearchError::Unreachable(unreachable(&setting, &lattice, goal, all))),
    }
}

/// Refuses models with parameters out of range or about attributes that the problem lacks.
pub(crate) fn check_models(problem: &Problem, privacy: &[Privacy]) -> Result<(), SearchError> {
    let known = |name: &str| problem.sensitive().iter().any(|sensitive| sensitive.name == name);
    let wrong = privacy.iter().find(|model| !model.is_valid() || !model.attribute().is_none_or(known));
    wrong.map_or(Ok(()), |model| Err(SearchError::Model { model: model.to_string() }))
}

fn worker(shared: &Mutex<Progress<'_>>, lattice: &Lattice, setting: &Setting<'_>, limit: u64) {
    let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
    let mut grouper = Grouper::default();
    let mut progress = lock();
    while let Some(node) = progress.next() {
        let levels = lattice.levels(node);
        let Route { mut source, make } = progress.hubs.route(lattice, &levels);
        drop(progress);
        if let Some((hub, hub_levels)) = make {
            let made = Arc::new(setting.roll_up(&mut grouper, &hub_levels, &source));
            lock().hubs.keep(hub, &source, &made);
            source = made;
        }
        let enough = lock().most_suppressed(&levels, limit);
        let counted = setting.evaluate(&mut grouper, &levels, &source, enough);
        progress = lock();
        match counted {
            Ok(outcome) => progress.learn(setting, limit, &levels, &outcome),
            Err(suppressed) => progress.rule_out(&levels, suppressed, suppressed > limit),
        }
        progress.hubs.count(lattice, &levels, grouper.rows_seen());
    }
}

fn solution(
    setting: &Setting<'_>,
    costs: &Costs,
    all: &Source,
    score: f64,
    levels: &[u8],
    evaluated: usize,
) -> Solution {
    let (outcome, kept) = setting.evaluate_fully(levels, all);
    let is_kept = |tuple: &u32| kept.get(*tuple as usize).copied().unwrap_or_default();
    Solution {
        levels: levels.iter().map(|level| usize::from(*level)).collect(),
        score,
        loss: costs.loss(levels, &outcome),
        attribute_losses: costs.means(levels, &outcome),
        suppressed: setting.problem.tuple_of_row().iter().map(|tuple| !is_kept(tuple)).collect(),
        classes: outcome.kept_classes as usize,
        smallest_class: if outcome.kept_classes == 0 { 0 } else { outcome.smallest },
        evaluated,
    }
}

fn unreachable(setting: &Setting<'_>, lattice: &Lattice, goal: &Goal, all: &Source) -> Unreachable {
    let coarsest = lattice.levels(lattice.size() - 1);
    let outcome = setting.evaluate(&mut Grouper::default(), &coarsest, all, u64::MAX).unwrap_or_default();
    let mut small_classes = Vec::new();
    let mut failing = Vec::new();
    for model in &goal.privacy {
        let (sizes, rejected) = setting.rejected_by(model, &coarsest, all);
        small_classes = sizes.into_iter().filter(|size| *size < setting.k).collect();
        if rejected > goal.max_suppressed {
            failing.push(model.to_string());
        }
    }
    small_classes.sort_unstable();
    Unreachable { small_classes, failing, suppressed: outcome.suppressed as usize }
}
