//! The pruned search finds what trying every transformation finds, for every privacy model and metric.

use std::collections::HashMap;

use medshare_deid_anon::{Attribute, Goal, Hierarchy, Metric, Privacy, Problem, SearchError, Sensitive, search};
use proptest::prelude::*;

/// A hierarchy over leaves 0..n whose levels join neighbours, `widths` at a time.
fn hierarchy(leaves: usize, widths: &[usize]) -> Hierarchy {
    let rows: Vec<Vec<String>> = (0..leaves)
        .map(|leaf| {
            let mut row = vec![leaf.to_string()];
            row.extend(widths.iter().map(|width| format!("{}/{width}", leaf / width)));
            row.push("*".to_owned());
            row
        })
        .collect();
    Hierarchy::from_rows(&rows).unwrap()
}

struct Table {
    heights: Vec<Hierarchy>,
    quasi: Vec<Vec<u32>>,
    sensitive: Vec<u32>,
}

const SENSITIVE_VALUES: usize = 4;

/// Straight from the definitions: the class keys at a transformation, then every requirement on every class.
fn score(table: &Table, goal: &Goal, levels: &[usize]) -> Option<f64> {
    let rows = table.sensitive.len();
    let mut classes: HashMap<Vec<u32>, Vec<usize>> = HashMap::new();
    for row in 0..rows {
        let key = (0..levels.len()).map(|a| table.heights[a].codes(levels[a])[table.quasi[a][row] as usize]).collect();
        classes.entry(key).or_default().push(row);
    }
    let share = |counts: &[f64], total: f64| -> Vec<f64> { counts.iter().map(|count| count / total).collect() };
    let count = |rows: &mut dyn Iterator<Item = usize>| {
        let mut counts = vec![0.0; SENSITIVE_VALUES];
        rows.for_each(|row| counts[table.sensitive[row] as usize] += 1.0);
        counts
    };
    let whole = share(&count(&mut (0..rows)), rows as f64);
    let holds = |members: &Vec<usize>| {
        let counts = count(&mut members.iter().copied());
        let shares = share(&counts, members.len() as f64);
        let mut sorted: Vec<f64> = counts.iter().copied().filter(|count| *count > 0.0).collect();
        sorted.sort_by(|a, b| b.total_cmp(a));
        goal.privacy.iter().all(|model| match model {
            Privacy::KAnonymity { k } => members.len() >= *k as usize,
            Privacy::DistinctDiversity { l, .. } => sorted.len() >= *l as usize,
            Privacy::EntropyDiversity { l, .. } => {
                -shares.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>() >= l.ln() - 1e-9
            }
            Privacy::RecursiveDiversity { c, l, .. } => {
                sorted.len() >= *l as usize && sorted[0] < c * sorted[*l as usize - 1..].iter().sum::<f64>()
            }
            Privacy::TCloseness { t, .. } => {
                shares.iter().zip(&whole).map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0 <= t + 1e-9
            }
            Privacy::OrderedTCloseness { t, .. } => {
                let (mut moved, mut total) = (0.0, 0.0f64);
                for (p, q) in shares.iter().zip(&whole) {
                    moved += p - q;
                    total += f64::abs(moved);
                }
                total / (SENSITIVE_VALUES - 1) as f64 <= t + 1e-9
            }
        })
    };
    let kept: Vec<&Vec<usize>> = classes.values().filter(|members| holds(members)).collect();
    let kept_rows: usize = kept.iter().map(|members| members.len()).sum();
    let left_out = rows - kept_rows;
    if left_out > goal.max_suppressed {
        return None;
    }
    let n = rows as f64;
    Some(match goal.metric {
        Metric::Discernibility => {
            kept.iter().map(|members| (members.len() * members.len()) as f64).sum::<f64>() + left_out as f64 * n
        }
        Metric::AverageClassSize => n / (kept.len() + usize::from(left_out > 0)) as f64,
        Metric::Loss => {
            let weights: f64 = goal.weights.iter().sum();
            let product: f64 = (0..levels.len())
                .map(|a| {
                    let leaves = table.heights[a].leaf_count() as f64;
                    let one = |row: usize| {
                        let code = table.heights[a].codes(levels[a])[table.quasi[a][row] as usize];
                        let covered = f64::from(table.heights[a].covered(levels[a])[code as usize]);
                        (covered / leaves - 1.0 / leaves) / (1.0 - 1.0 / leaves)
                    };
                    let sum: f64 = kept.iter().flat_map(|members| members.iter()).map(|row| one(*row)).sum();
                    (1.0 + (sum + left_out as f64) / n).powf(goal.weights[a] / weights)
                })
                .product();
            product - 1.0
        }
    })
}

fn brute_force(table: &Table, goal: &Goal) -> Option<f64> {
    let mut best: Option<f64> = None;
    let heights: Vec<usize> = table.heights.iter().map(Hierarchy::height).collect();
    for mut number in 0..heights.iter().product::<usize>() {
        let levels: Vec<usize> = heights
            .iter()
            .map(|height| {
                let level = number % height;
                number /= height;
                level
            })
            .collect();
        if let Some(score) = score(table, goal, &levels) {
            best = Some(best.map_or(score, |best| best.min(score)));
        }
    }
    best
}

fn models() -> impl Strategy<Value = Vec<Privacy>> {
    let attribute = || "s".to_owned();
    let extra = prop_oneof![
        3 => Just(None),
        1 => (1u32..4).prop_map(move |l| Some(Privacy::DistinctDiversity { attribute: attribute(), l })),
        1 => (1.0f64..3.0).prop_map(move |l| Some(Privacy::EntropyDiversity { attribute: attribute(), l })),
        1 => (0.5f64..4.0, 1u32..4).prop_map(move |(c, l)| Some(Privacy::RecursiveDiversity { attribute: attribute(), c, l })),
        1 => (0.05f64..0.8).prop_map(move |t| Some(Privacy::TCloseness { attribute: attribute(), t })),
        1 => (0.05f64..0.8).prop_map(move |t| Some(Privacy::OrderedTCloseness { attribute: attribute(), t })),
    ];
    (1u32..6, extra).prop_map(|(k, extra)| [Some(Privacy::KAnonymity { k }), extra].into_iter().flatten().collect())
}

fn goals() -> impl Strategy<Value = (Goal, f64)> {
    let metric = prop_oneof![Just(Metric::Loss), Just(Metric::Discernibility), Just(Metric::AverageClassSize)];
    let limit = prop_oneof![Just(0.0), Just(0.1), Just(0.3), Just(1.0)];
    (models(), metric, limit, prop::collection::vec(0.5f64..3.0, 3), 1usize..3).prop_map(
        |(privacy, metric, limit, weights, threads)| {
            (Goal { privacy, metric, weights, max_suppressed: 0, threads }, limit)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_pruned_search_finds_the_optimum(
        rows in prop::collection::vec((0u32..8, 0u32..6, 0u32..3, 0u32..SENSITIVE_VALUES as u32), 1..60),
        (mut goal, limit) in goals(),
    ) {
        goal.max_suppressed = (limit * rows.len() as f64) as usize;
        let table = Table {
            heights: vec![hierarchy(8, &[2, 4]), hierarchy(6, &[3]), hierarchy(3, &[])],
            quasi: vec![
                rows.iter().map(|row| row.0).collect(),
                rows.iter().map(|row| row.1).collect(),
                rows.iter().map(|row| row.2).collect(),
            ],
            sensitive: rows.iter().map(|row| row.3).collect(),
        };
        let attributes = table.heights.iter().enumerate().map(|(index, hierarchy)| Attribute {
            name: index.to_string(),
            hierarchy: hierarchy.clone(),
        });
        let columns: Vec<&[u32]> = table.quasi.iter().map(Vec::as_slice).collect();
        let sensitive = vec![Sensitive { name: "s".to_owned(), values: SENSITIVE_VALUES }];
        let problem = Problem::new(attributes.collect(), &columns, sensitive, &[&table.sensitive], rows.len()).unwrap();
        match (search(&problem, &goal), brute_force(&table, &goal)) {
            (Ok(found), Some(best)) => {
                prop_assert!((found.score - best).abs() <= 1e-9 * best.max(1.0), "{} instead of {best}", found.score);
                let again = score(&table, &goal, &found.levels).unwrap();
                prop_assert!((found.score - again).abs() <= 1e-9 * again.max(1.0));
            }
            (Err(SearchError::Unreachable(_)), None) => {}
            (found, best) => prop_assert!(false, "{found:?} where brute force says {best:?}"),
        }
    }
}
