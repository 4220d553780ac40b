//! The least generalisation that reaches `k` within the suppression limit.
//!
//! Least by loss: the geometric mean over the quasi-identifiers of one plus the mean share of the domain that a value covers, where
//! a suppressed row covers all. Transformations are tried in the order of what they would lose without any suppression, which is a
//! lower bound; the search ends when the bound exceeds the best loss found. A transformation whose coarser neighbour needs too much
//! suppression needs too much itself and is skipped.

use super::grouping::Classes;
use super::problem::Problem;

/// A transformation that protects enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The level of each quasi-identifier.
    pub levels: Vec<usize>,
    /// The loss, 0 (nothing) to 1 (everything).
    pub loss: f64,
    /// For every row, whether it is left out.
    pub suppressed: Vec<bool>,
    /// Number of classes that stay.
    pub classes: usize,
    /// Size of the smallest class that stays; 0 if none does.
    pub smallest_class: u32,
}

/// No transformation protects enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// Sizes of the classes below `k` at the coarsest transformation.
    pub small_classes: Vec<u32>,
}

/// Searches all transformations for the one with the least loss; among equals, the first in lexical order of levels.
///
/// # Errors
/// If even the coarsest transformation leaves too many rows in classes smaller than `k`.
pub fn search(problem: &Problem, k: u32, max_suppressed: usize) -> Result<Solution, Unreachable> {
    let sums = level_sums(problem);
    let mut candidates: Vec<(f64, Vec<usize>)> = transformations(problem)
        .into_iter()
        .map(|levels| (loss(problem, &sums, &levels, None), levels))
        .collect();
    candidates.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    let mut infeasible: Vec<Vec<usize>> = Vec::new();
    let mut best: Option<(f64, Vec<usize>)> = None;
    for (bound, levels) in candidates {
        if best.as_ref().is_some_and(|(loss, _)| bound > *loss) {
            break;
        }
        if infeasible
            .iter()
            .any(|coarser| coarser.iter().zip(&levels).all(|(a, b)| a >= b))
        {
            continue;
        }
        let classes = Classes::of(problem, &levels);
        if classes.rows_below(k) > max_suppressed {
            infeasible.push(levels);
            continue;
        }
        let score = loss(problem, &sums, &levels, Some((&classes, k)));
        if best.as_ref().is_none_or(|(loss, _)| score < *loss) {
            best = Some((score, levels));
        }
    }
    match best {
        Some((loss, levels)) => Ok(solution(problem, k, loss, levels)),
        None => Err(unreachable(problem, k)),
    }
}

fn solution(problem: &Problem, k: u32, loss: f64, levels: Vec<usize>) -> Solution {
    let classes = Classes::of(problem, &levels);
    let size = |tuple: u32| {
        let class = classes
            .of_tuple
            .get(tuple as usize)
            .copied()
            .unwrap_or_default();
        classes
            .sizes
            .get(class as usize)
            .copied()
            .unwrap_or_default()
    };
    let kept = || classes.sizes.iter().copied().filter(|size| *size >= k);
    Solution {
        loss,
        suppressed: problem
            .tuple_of_row()
            .iter()
            .map(|tuple| size(*tuple) < k)
            .collect(),
        classes: kept().count(),
        smallest_class: kept().min().unwrap_or_default(),
        levels,
    }
}

fn unreachable(problem: &Problem, k: u32) -> Unreachable {
    let coarsest: Vec<usize> = problem
        .attributes()
        .iter()
        .map(|attribute| attribute.hierarchy.height() - 1)
        .collect();
    let mut small_classes: Vec<u32> = Classes::of(problem, &coarsest)
        .sizes
        .into_iter()
        .filter(|size| *size < k)
        .collect();
    small_classes.sort_unstable();
    Unreachable { small_classes }
}

/// All combinations of levels.
fn transformations(problem: &Problem) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for attribute in problem.attributes() {
        all = all
            .into_iter()
            .flat_map(|prefix: Vec<usize>| {
                (0..attribute.hierarchy.height()).map(move |level| {
                    let mut levels = prefix.clone();
                    levels.push(level);
                    levels
                })
            })
            .collect();
    }
    all
}

/// For each attribute and level, the sum over all rows of the normalised share.
fn level_sums(problem: &Problem) -> Vec<Vec<f64>> {
    let heights = problem
        .attributes()
        .iter()
        .map(|attribute| attribute.hierarchy.height());
    let mut sums: Vec<Vec<f64>> = heights.map(|height| vec![0.0; height]).collect();
    for (tuple, weight) in problem.tuples() {
        for ((attribute, leaf), sums) in problem.attributes().iter().zip(tuple).zip(&mut sums) {
            for (level, sum) in sums.iter_mut().enumerate() {
                *sum += f64::from(weight) * share(&attribute.hierarchy, *leaf, level);
            }
        }
    }
    sums
}

/// The share of the domain that a leaf's generalisation covers, from 0 (one leaf) to 1 (all).
fn share(hierarchy: &super::Hierarchy, leaf: u32, level: usize) -> f64 {
    let leaves = hierarchy.leaf_count() as f64;
    if leaves <= 1.0 {
        return 0.0;
    }
    let code = hierarchy
        .codes(level)
        .get(leaf as usize)
        .copied()
        .unwrap_or_default();
    let share = hierarchy
        .shares(level)
        .get(code as usize)
        .copied()
        .unwrap_or(1.0);
    (share - 1.0 / leaves) / (1.0 - 1.0 / leaves)
}

fn loss(
    problem: &Problem,
    sums: &[Vec<f64>],
    levels: &[usize],
    suppress: Option<(&Classes, u32)>,
) -> f64 {
    let rows = problem.row_count() as f64;
    let mut totals: Vec<f64> = sums
        .iter()
        .zip(levels)
        .map(|(sums, level)| sums.get(*level).copied().unwrap_or_default())
        .collect();
    if let Some((classes, k)) = suppress {
        for ((tuple, weight), class) in problem.tuples().zip(&classes.of_tuple) {
            if classes
                .sizes
                .get(*class as usize)
                .is_some_and(|size| *size >= k)
            {
                continue;
            }
            for (((attribute, leaf), level), total) in problem
                .attributes()
                .iter()
                .zip(tuple)
                .zip(levels)
                .zip(&mut totals)
            {
                *total += f64::from(weight) * (1.0 - share(&attribute.hierarchy, *leaf, *level));
            }
        }
    }
    let product: f64 = totals
        .iter()
        .map(|total| 1.0 + if rows > 0.0 { total / rows } else { 0.0 })
        .product();
    product.powf(1.0 / totals.len().max(1) as f64) - 1.0
}
