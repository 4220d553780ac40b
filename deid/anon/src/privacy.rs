//! Privacy models: what every class of equal rows must fulfil.
//!
//! k-anonymity (Sweeney 2002), distinct, entropy and recursive (c,l)-diversity (Machanavajjhala et al. 2007), t-closeness with equal and
//! ordered distance (Li et al. 2007). Missing values of a sensitive attribute count as a value like any other.

use serde::{Deserialize, Serialize};

use crate::problem::{Problem, Sensitive};

/// One requirement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "model")]
pub enum Privacy {
    /// At least `k` rows.
    KAnonymity {
        /// Rows.
        k: u32,
    },
    /// At least `l` different values of a sensitive attribute.
    DistinctDiversity {
        /// The sensitive attribute.
        attribute: String,
        /// Values.
        l: u32,
    },
    /// An entropy of a sensitive attribute of at least log `l`.
    EntropyDiversity {
        /// The sensitive attribute.
        attribute: String,
        /// The number of equally frequent values with that entropy.
        l: f64,
    },
    /// The most frequent value occurs less than `c` times as often as all but the `l` - 1 most frequent ones together.
    RecursiveDiversity {
        /// The sensitive attribute.
        attribute: String,
        /// The factor.
        c: f64,
        /// Values.
        l: u32,
    },
    /// The distribution of a sensitive attribute differs from that of the whole table by at most `t` (half the sum of differences).
    TCloseness {
        /// The sensitive attribute.
        attribute: String,
        /// The largest distance, 0 to 1.
        t: f64,
    },
    /// As `t-closeness`, with the earth mover's distance over the order of the values.
    OrderedTCloseness {
        /// The sensitive attribute.
        attribute: String,
        /// The largest distance, 0 to 1.
        t: f64,
    },
}

impl Privacy {
    /// The sensitive attribute that the model is about.
    pub fn attribute(&self) -> Option<&str> {
        match self {
            Privacy::KAnonymity { .. } => None,
            Privacy::DistinctDiversity { attribute, .. }
            | Privacy::EntropyDiversity { attribute, .. }
            | Privacy::RecursiveDiversity { attribute, .. }
            | Privacy::TCloseness { attribute, .. }
            | Privacy::OrderedTCloseness { attribute, .. } => Some(attribute),
        }
    }

    /// Whether the parameters make sense.
    pub fn is_valid(&self) -> bool {
        match self {
            Privacy::KAnonymity { k } => *k >= 1,
            Privacy::DistinctDiversity { l, .. } => *l >= 1,
            Privacy::EntropyDiversity { l, .. } => *l >= 1.0 && l.is_finite(),
            Privacy::RecursiveDiversity { c, l, .. } => *c > 0.0 && c.is_finite() && *l >= 1,
            Privacy::TCloseness { t, .. } | Privacy::OrderedTCloseness { t, .. } => (0.0..=1.0).contains(t),
        }
    }

    /// Whether a class that fulfils the model still does so after any other class is merged into it.
    pub(crate) fn is_monotone_under_suppression(&self) -> bool {
        matches!(self, Privacy::KAnonymity { .. } | Privacy::DistinctDiversity { .. })
    }

    /// The number of distinct sensitive values without which the model cannot hold.
    pub(crate) fn distinct_needed(&self) -> u32 {
        match self {
            Privacy::DistinctDiversity { l, .. } | Privacy::RecursiveDiversity { l, .. } => *l,
            Privacy::EntropyDiversity { l, .. } => (l - 1e-9).ceil().max(1.0) as u32,
            _ => 1,
        }
    }
}

impl std::fmt::Display for Privacy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Privacy::KAnonymity { k } => write!(f, "{k}-anonymity"),
            Privacy::DistinctDiversity { attribute, l } => {
                write!(f, "distinct {l}-diversity of `{attribute}`")
            }
            Privacy::EntropyDiversity { attribute, l } => {
                write!(f, "entropy {l}-diversity of `{attribute}`")
            }
            Privacy::RecursiveDiversity { attribute, c, l } => {
                write!(f, "recursive ({c},{l})-diversity of `{attribute}`")
            }
            Privacy::TCloseness { attribute, t } => write!(f, "{t}-closeness of `{attribute}`"),
            Privacy::OrderedTCloseness { attribute, t } => {
                write!(f, "ordered {t}-closeness of `{attribute}`")
            }
        }
    }
}

/// Tolerance of comparisons of computed shares.
const EPSILON: f64 = 1e-9;

/// The distribution of a sensitive attribute over the whole table.
#[derive(Clone, Debug)]
pub(crate) struct Overall {
    counts: Vec<u64>,
    rows: u64,
}

impl Overall {
    /// The distributions of all sensitive attributes of a problem.
    pub(crate) fn all(problem: &Problem) -> Vec<Self> {
        let first = problem.attributes().len();
        let of = |(index, sensitive): (usize, &Sensitive)| {
            let mut counts = vec![0u64; sensitive.values];
            for (tuple, weight) in problem.tuples() {
                if let Some(count) = tuple.get(first + index).and_then(|code| counts.get_mut(*code as usize)) {
                    *count += u64::from(weight);
                }
            }
            Overall { rows: counts.iter().sum(), counts }
        };
        problem.sensitive().iter().enumerate().map(of).collect()
    }
}

/// Whether a class fulfils a model, given the class's size and the counts of the sensitive values (zero for absent ones).
pub(crate) fn holds(model: &Privacy, size: u32, counts: &[u32], overall: &Overall) -> bool {
    let rows = f64::from(size);
    let present = || counts.iter().copied().filter(|count| *count > 0);
    match model {
        Privacy::KAnonymity { k } => size >= *k,
        Privacy::DistinctDiversity { l, .. } => present().count() >= *l as usize,
        Privacy::EntropyDiversity { l, .. } => {
            let entropy: f64 = present().map(|count| f64::from(count) / rows).map(|share| -share * share.ln()).sum();
            entropy >= l.ln() - EPSILON
        }
        Privacy::RecursiveDiversity { c, l, .. } => {
            let mut sorted: Vec<u32> = present().collect();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            let tail: u64 = sorted.iter().skip((*l as usize).saturating_sub(1)).map(|count| u64::from(*count)).sum();
            sorted.len() >= *l as usize && sorted.first().is_some_and(|most| f64::from(*most) < c * tail as f64)
        }
        Privacy::TCloseness { t, .. } => equal_distance(counts, rows, overall) <= t + EPSILON,
        Privacy::OrderedTCloseness { t, .. } => ordered_distance(counts, rows, overall) <= t + EPSILON,
    }
}

/// The classes of rows that do not fulfil a model about a sensitive column, with t-closeness loosened by `slack`: rows that were
/// left out have moved the whole table's distribution by at most their share.
pub fn failing_classes(model: &Privacy, class_of_row: &[u32], codes: &[u32], values: usize, slack: f64) -> Vec<u32> {
    let loosened = match model {
        Privacy::TCloseness { attribute, t } => Privacy::TCloseness { attribute: attribute.clone(), t: t + slack },
        Privacy::OrderedTCloseness { attribute, t } => {
            Privacy::OrderedTCloseness { attribute: attribute.clone(), t: t + slack }
        }
        other => other.clone(),
    };
    let classes = class_of_row.iter().max().map_or(0, |last| *last as usize + 1);
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); classes];
    let mut whole = vec![0u64; values];
    for (class, code) in class_of_row.iter().zip(codes) {
        if let (Some(members), Some(count)) = (members.get_mut(*class as usize), whole.get_mut(*code as usize)) {
            members.push(*code);
            *count += 1;
        }
    }
    let overall = Overall { rows: whole.iter().sum(), counts: whole };
    let mut counts = vec![0u32; values];
    let mut fails = |own: &Vec<u32>| {
        counts.fill(0);
        own.iter().for_each(|code| {
            if let Some(count) = counts.get_mut(*code as usize) {
                *count += 1;
            }
        });
        !holds(&loosened, own.len() as u32, &counts, &overall)
    };
    (0..).zip(&members).filter(|(_, own)| fails(own)).map(|(class, _)| class).collect()
}

/// Half the sum of absolute differences of shares.
pub(crate) fn equal_distance(counts: &[u32], rows: f64, overall: &Overall) -> f64 {
    let all = overall.rows as f64;
    let differences =
        counts.iter().zip(&overall.counts).map(|(own, whole)| (f64::from(*own) / rows - *whole as f64 / all).abs());
    differences.sum::<f64>() / 2.0
}

/// Earth mover's distance over equally spaced ordered values.
pub(crate) fn ordered_distance(counts: &[u32], rows: f64, overall: &Overall) -> f64 {
    let all = overall.rows as f64;
    let steps = counts.len().saturating_sub(1).max(1) as f64;
    let mut moved = 0.0;
    let mut total = 0.0;
    for (own, whole) in counts.iter().zip(&overall.counts) {
        moved += f64::from(*own) / rows - *whole as f64 / all;
        total += f64::abs(moved);
    }
    total / steps
}
