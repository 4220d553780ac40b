//! Counts what a transformation leaves and what it suppresses.
#![expect(clippy::indexing_slicing, reason = "class numbers and codes index arrays that were sized by them")]

use crate::kernel::{Classes, GiveUp, Grouper};
use crate::layout::Layout;
use crate::metric::{Metric, Outcome};
use crate::parts::Parts;
use crate::privacy::{Overall, Privacy, holds};
use crate::problem::{Problem, ProblemError};
use crate::source::Source;

/// What does not change during a search.
#[derive(Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) layout: Layout,
    pub(crate) parts: Parts,
    pub(crate) k: u32,
    max_suppressed: u64,
    models: Vec<(usize, Privacy)>,
    overall: Vec<Overall>,
    metric: Metric,
}

impl<'a> Setting<'a> {
    /// Prepares a search; models about attributes that the problem lacks are ignored, the caller has checked them.
    pub(crate) fn new(
        problem: &'a Problem,
        privacy: &[Privacy],
        metric: Metric,
        max_suppressed: usize,
    ) -> Result<Self, ProblemError> {
        let ks = privacy.iter().filter_map(|model| match model {
            Privacy::KAnonymity { k } => Some(*k),
            _ => None,
        });
        let position = |name: &str| problem.sensitive().iter().position(|sensitive| sensitive.name == name);
        let models = privacy.iter().filter_map(|model| Some((position(model.attribute()?)?, model.clone()))).collect();
        Ok(Setting {
            problem,
            layout: Layout::new(problem)?,
            parts: Parts::new(problem),
            k: ks.max().unwrap_or(1),
            max_suppressed: max_suppressed as u64,
            models,
            overall: Overall::all(problem),
            metric,
        })
    }

    /// Whether every requirement that holds for a class holds for it after a merge with any other.
    pub(crate) fn is_monotone(&self) -> bool {
        self.models.iter().all(|(_, model)| model.is_monotone_under_suppression())
    }

    /// Groups and counts. Costs are counted only where suppression stays within the limit. Gives up with the rows left out so far
    /// once they are more than `give_up_above`.
    pub(crate) fn evaluate(
        &self,
        grouper: &mut Grouper,
        levels: &[u8],
        source: &Source,
        give_up_above: u64,
    ) -> Result<Outcome, u64> {
        let give_up = GiveUp { k: self.k, above: give_up_above };
        let classes = grouper.group(&self.layout, &self.parts, levels, source, give_up)?;
        let verdicts = self.verdicts(classes, source);
        let mut outcome = Outcome { all_classes: classes.sizes.len() as u64, smallest: u32::MAX, ..Outcome::default() };
        for (size, verdict) in classes.sizes.iter().zip(&verdicts) {
            let square = u64::from(*size) * u64::from(*size);
            outcome.all_squares += u128::from(square);
            if verdict.kept {
                outcome.kept_classes += 1;
                outcome.kept_squares += u128::from(square);
                outcome.smallest = outcome.smallest.min(*size);
            } else {
                outcome.suppressed += u64::from(*size);
            }
            if verdict.fails_below {
                outcome.suppressed_below += u64::from(*size);
            }
        }
        if self.metric == Metric::Loss && outcome.suppressed <= self.max_suppressed {
            outcome.penalties = self.penalties(classes, &verdicts, levels, source);
        }
        Ok(outcome)
    }

    /// The classes at a transformation as rows to count coarser ones from.
    pub(crate) fn roll_up(&self, grouper: &mut Grouper, levels: &[u8], source: &Source) -> Source {
        // Never gives up.
        let _ = grouper.group(&self.layout, &self.parts, levels, source, GiveUp { k: 0, above: u64::MAX });
        grouper.as_source(self.problem, &self.parts, source)
    }

    /// The outcome with the loss counted whatever the metric, and for every distinct row of the problem whether it stays.
    pub(crate) fn evaluate_fully(&self, levels: &[u8], all: &Source) -> (Outcome, Vec<bool>) {
        let mut grouper = Grouper::default();
        let mut outcome = self.evaluate(&mut grouper, levels, all, u64::MAX).unwrap_or_default();
        let classes = grouper.classes();
        let verdicts = self.verdicts(classes, all);
        outcome.penalties = self.penalties(classes, &verdicts, levels, all);
        let mut kept = vec![false; self.problem.tuple_count()];
        for (tuple, class) in all.tuples.iter().zip(&classes.of_row) {
            kept[*tuple as usize] = verdicts[*class as usize].kept;
        }
        (outcome, kept)
    }

    /// Sizes of all classes, and rows in classes that one model alone rejects.
    pub(crate) fn rejected_by(&self, model: &Privacy, levels: &[u8], all: &Source) -> (Vec<u32>, usize) {
        let mut grouper = Grouper::default();
        let never = GiveUp { k: 0, above: u64::MAX };
        let Ok(classes) = grouper.group(&self.layout, &self.parts, levels, all, never) else {
            return (Vec::new(), 0);
        };
        let rejected = match (model, self.models.iter().find(|(_, known)| known == model)) {
            (Privacy::KAnonymity { k }, _) => {
                classes.sizes.iter().filter(|size| *size < k).map(|size| *size as usize).sum()
            }
            (_, Some((attribute, _))) => {
                let mut rejected = 0;
                self.visit_counts(classes, all, *attribute, &mut |class, counts| {
                    if !holds(model, classes.sizes[class], counts, &self.overall[*attribute]) {
                        rejected += classes.sizes[class] as usize;
                    }
                });
                rejected
            }
            _ => 0,
        };
        (classes.sizes.clone(), rejected)
    }

    fn verdicts(&self, classes: &Classes, source: &Source) -> Vec<Verdict> {
        let by_size = |size: &u32| Verdict { kept: *size >= self.k, fails_below: *size < self.k };
        let mut verdicts: Vec<Verdict> = classes.sizes.iter().map(by_size).collect();
        for (attribute, model) in &self.models {
            self.visit_counts(classes, source, *attribute, &mut |class, counts| {
                let verdict = &mut verdicts[class];
                let distinct = counts.iter().filter(|count| **count > 0).count();
                verdict.fails_below |= distinct < model.distinct_needed() as usize;
                verdict.kept = verdict.kept && holds(model, classes.sizes[class], counts, &self.overall[*attribute]);
            });
        }
        verdicts
    }

    /// Visits each class with the counts of a sensitive attribute's values in it.
    fn visit_counts(
        &self,
        classes: &Classes,
        source: &Source,
        attribute: usize,
        visit: &mut impl FnMut(usize, &[u32]),
    ) {
        let (starts, order) = by_class(classes);
        let (width, offset) = (self.problem.width(), self.problem.attributes().len() + attribute);
        let raw = self.problem.raw_tuples();
        let mut counts = vec![0u32; self.problem.sensitive()[attribute].values];
        for class in 0..classes.sizes.len() {
            counts.fill(0);
            for row in &order[starts[class] as usize..starts[class + 1] as usize] {
                let tuple = source.tuples[*row as usize] as usize;
                counts[raw[tuple * width + offset] as usize] += source.weights[*row as usize];
            }
            visit(class, &counts);
        }
    }

    /// For each attribute, the leaves that suppression covers in addition, summed over the rows left out.
    fn penalties(&self, classes: &Classes, verdicts: &[Verdict], levels: &[u8], source: &Source) -> Vec<u64> {
        let tables = self.problem.attributes().iter().zip(levels).map(|(attribute, level)| {
            let (hierarchy, level) = (&attribute.hierarchy, usize::from(*level));
            (hierarchy.codes(level), hierarchy.covered(level), hierarchy.leaf_count() as u64)
        });
        let tables: Vec<(&[u32], &[u32], u64)> = tables.collect();
        let mut penalties = vec![0u64; tables.len()];
        let (width, raw) = (self.problem.width(), self.problem.raw_tuples());
        for ((size, first_row), verdict) in classes.sizes.iter().zip(&classes.first_row).zip(verdicts) {
            if verdict.kept {
                continue;
            }
            let tuple = source.tuples[*first_row as usize] as usize;
            for ((leaf, (codes, covered, leaves)), penalty) in
                raw[tuple * width..].iter().zip(&tables).zip(&mut penalties)
            {
                *penalty += u64::from(*size) * (leaves - u64::from(covered[codes[*leaf as usize] as usize]));
            }
        }
        penalties
    }
}

#[derive(Clone, Copy)]
struct Verdict {
    kept: bool,
    /// Fails a requirement that every part of the class fails as well.
    fails_below: bool,
}

/// Rows in the order of their classes: where each class starts, and the rows.
fn by_class(classes: &Classes) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; classes.sizes.len() + 1];
    for class in &classes.of_row {
        starts[*class as usize + 1] += 1;
    }
    for class in 1..starts.len() {
        starts[class] += starts[class - 1];
    }
    let mut next = starts.clone();
    let mut order = vec![0u32; classes.of_row.len()];
    for (row, class) in classes.of_row.iter().enumerate() {
        order[next[*class as usize] as usize] = row as u32;
        next[*class as usize] += 1;
    }
    (starts, order)
}
