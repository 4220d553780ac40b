//! Mondrian: local recoding by recursive halving (LeFevre, DeWitt, Ramakrishnan, ICDE 2006; strict partitioning).
//!
//! All rows begin in one class. A class is cut in two at the median of the attribute over which it is spread widest, as long as both
//! halves fulfil every requirement; otherwise at the next widest, and so on. Values are cut in the order of their leaves, so leaves must
//! be ordered: numbers by size, categories so that neighbours are alike. Departure: where the median itself cannot be cut, the nearest
//! place that leaves `k` rows on both sides is.
#![expect(
    clippy::indexing_slicing,
    reason = "codes index arrays that were sized by them; rows index the problem's own tuples"
)]

use crate::metric::{mean_shares, relative_loss};
use crate::privacy::{Overall, Privacy, holds};
use crate::problem::Problem;
use crate::search::{SearchError, Unreachable, check_models};

/// Classes of rows, each with a range of leaves per attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalRecoding {
    /// The class of every row.
    pub class_of_row: Vec<u32>,
    /// For each class and attribute, the first and the last leaf that occurs.
    pub ranges: Vec<Vec<(u32, u32)>>,
    /// The loss, 0 (nothing) to 1 (everything).
    pub loss: f64,
    /// The loss of each quasi-identifier by itself, 0 to 1.
    pub attribute_losses: Vec<f64>,
    /// Size of the smallest class.
    pub smallest_class: u32,
}

/// Divides the rows into classes that fulfil all requirements.
///
/// # Errors
/// If even all rows together do not fulfil them.
pub fn mondrian(problem: &Problem, privacy: &[Privacy], weights: &[f64]) -> Result<LocalRecoding, SearchError> {
    check_models(problem, privacy)?;
    let cutter = Cutter::new(problem, privacy);
    let mut tuples: Vec<u32> = (0..problem.tuple_count() as u32).collect();
    if problem.row_count() == 0 || !cutter.fulfils(&tuples) {
        let failing = cutter.failing(&tuples, privacy);
        let rows = problem.row_count();
        return Err(SearchError::Unreachable(Unreachable {
            small_classes: vec![rows as u32],
            failing,
            suppressed: rows,
        }));
    }
    let mut finished: Vec<(usize, usize)> = Vec::new();
    let mut open = vec![(0, tuples.len())];
    let mut counts = Vec::new();
    while let Some((from, to)) = open.pop() {
        match cutter.cut(&mut tuples[from..to], &mut counts) {
            Some(middle) => open.extend([(from + middle, to), (from, from + middle)]),
            None => finished.push((from, to)),
        }
    }
    Ok(cutter.recoding(&tuples, &finished, weights))
}

struct Cutter<'a> {
    problem: &'a Problem,
    k: u64,
    models: Vec<(usize, Privacy)>,
    overall: Vec<Overall>,
}

impl<'a> Cutter<'a> {
    fn new(problem: &'a Problem, privacy: &[Privacy]) -> Self {
        let ks = privacy.iter().filter_map(|model| match model {
            Privacy::KAnonymity { k } => Some(u64::from(*k)),
            _ => None,
        });
        let position = |name: &str| problem.sensitive().iter().position(|sensitive| sensitive.name == name);
        Cutter {
            problem,
            k: ks.max().unwrap_or(1).max(1),
            models: privacy.iter().filter_map(|model| Some((position(model.attribute()?)?, model.clone()))).collect(),
            overall: Overall::all(problem),
        }
    }

    fn row(&self, tuple: u32) -> &[u32] {
        &self.problem.raw_tuples()[tuple as usize * self.problem.width()..][..self.problem.width()]
    }

    fn size(&self, tuples: &[u32]) -> u64 {
        tuples.iter().map(|tuple| u64::from(self.problem.weights()[*tuple as usize])).sum()
    }

    fn fulfils(&self, tuples: &[u32]) -> bool {
        self.size(tuples) >= self.k && self.models.iter().all(|model| self.fulfils_model(tuples, model))
    }

    fn fulfils_model(&self, tuples: &[u32], (attribute, model): &(usize, Privacy)) -> bool {
        let mut counts = vec![0u32; self.problem.sensitive()[*attribute].values];
        let column = self.problem.attributes().len() + attribute;
        for tuple in tuples {
            counts[self.row(*tuple)[column] as usize] += self.problem.weights()[*tuple as usize];
        }
        holds(model, self.size(tuples) as u32, &counts, &self.overall[*attribute])
    }

    fn failing(&self, tuples: &[u32], privacy: &[Privacy]) -> Vec<String> {
        let k = privacy
            .iter()
            .filter(|model| matches!(model, Privacy::KAnonymity { k } if self.size(tuples) < u64::from(*k)));
        let others = self.models.iter().filter(|model| !self.fulfils_model(tuples, model)).map(|(_, model)| model);
        k.chain(others).map(Privacy::to_string).collect()
    }

    /// Cuts a class in two if that is allowed, and says where the second half begins.
    fn cut(&self, tuples: &mut [u32], counts: &mut Vec<u64>) -> Option<usize> {
        if self.size(tuples) < 2 * self.k {
            return None;
        }
        let mut spans: Vec<(f64, usize)> = (0..self.problem.attributes().len())
            .filter_map(|attribute| {
                let (low, high) = self.range(tuples, attribute);
                let leaves = self.problem.attributes()[attribute].hierarchy.leaf_count();
                (high > low).then(|| (f64::from(high - low) / (leaves - 1).max(1) as f64, attribute))
            })
            .collect();
        spans.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, attribute) in spans {
            let Some(last_left) = self.cut_at(tuples, attribute, counts) else {
                continue;
            };
            tuples.sort_by_key(|tuple| self.row(*tuple)[attribute] > last_left);
            let middle = tuples.partition_point(|tuple| self.row(*tuple)[attribute] <= last_left);
            if self.models.is_empty() || (self.fulfils(&tuples[..middle]) && self.fulfils(&tuples[middle..])) {
                return Some(middle);
            }
        }
        None
    }

    fn range(&self, tuples: &[u32], attribute: usize) -> (u32, u32) {
        let codes = tuples.iter().map(|tuple| self.row(*tuple)[attribute]);
        codes.fold((u32::MAX, 0), |(low, high), code| (low.min(code), high.max(code)))
    }

    /// The last leaf of the first half: the place nearest to the median that leaves `k` rows on both sides.
    fn cut_at(&self, tuples: &[u32], attribute: usize, counts: &mut Vec<u64>) -> Option<u32> {
        counts.clear();
        counts.resize(self.problem.attributes()[attribute].hierarchy.leaf_count(), 0);
        for tuple in tuples {
            counts[self.row(*tuple)[attribute] as usize] += u64::from(self.problem.weights()[*tuple as usize]);
        }
        let total: u64 = counts.iter().sum();
        let mut left = 0;
        let mut best: Option<(u64, u32)> = None;
        for (code, count) in counts.iter().enumerate() {
            left += count;
            let from_median = (2 * left).abs_diff(total);
            let allowed = *count > 0 && left >= self.k && total - left >= self.k;
            if allowed && best.is_none_or(|(least, _)| from_median < least) {
                best = Some((from_median, code as u32));
            }
        }
        best.map(|(_, code)| code)
    }

    fn recoding(&self, tuples: &[u32], finished: &[(usize, usize)], weights: &[f64]) -> LocalRecoding {
        let attributes = self.problem.attributes();
        let mut class_of_tuple = vec![0u32; self.problem.tuple_count()];
        let mut covered = vec![0u64; attributes.len()];
        let (mut ranges, mut smallest) = (Vec::with_capacity(finished.len()), u64::MAX);
        for (class, (from, to)) in finished.iter().enumerate() {
            let members = &tuples[*from..*to];
            let size = self.size(members);
            smallest = smallest.min(size);
            let own: Vec<(u32, u32)> = (0..attributes.len()).map(|attribute| self.range(members, attribute)).collect();
            for ((low, high), covered) in own.iter().zip(&mut covered) {
                *covered += u64::from(high - low) * size;
            }
            ranges.push(own);
            members.iter().for_each(|tuple| class_of_tuple[*tuple as usize] = class as u32);
        }
        LocalRecoding {
            class_of_row: self.problem.tuple_of_row().iter().map(|tuple| class_of_tuple[*tuple as usize]).collect(),
            ranges,
            loss: relative_loss(self.problem, &covered, weights),
            attribute_losses: mean_shares(self.problem, &covered),
            smallest_class: smallest as u32,
        }
    }
}
