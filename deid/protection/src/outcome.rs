//! What generalisation came to, for tables and patients alike.

use medshare_deid_anon::{HierarchyError, Problem, SearchError, Solution};
use serde::{Deserialize, Serialize};

/// How far a quasi-identifier was generalised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generalisation {
    /// The quasi-identifier.
    pub attribute: String,
    /// The level used, 0 being as exact as Safe Harbor allows; none where it differs from class to class.
    pub level: Option<usize>,
    /// The coarsest level.
    pub highest: usize,
    /// What was lost of it, 0 (nothing) to 1 (all).
    pub loss: f64,
}

/// What generalisation came to.
pub(crate) struct Outcome {
    pub(crate) loss: f64,
    pub(crate) classes: usize,
    pub(crate) smallest_class: u32,
    /// What became of each quasi-identifier.
    pub(crate) generalised: Vec<Generalisation>,
}

impl Outcome {
    pub(crate) fn of(problem: &Problem, solution: &Solution) -> Self {
        let generalised = problem.attributes().iter().zip(&solution.levels).zip(&solution.attribute_losses);
        Outcome {
            loss: solution.loss,
            classes: solution.classes,
            smallest_class: solution.smallest_class,
            generalised: generalised
                .map(|((own, level), loss)| Generalisation {
                    attribute: own.name.clone(),
                    level: Some(*level),
                    highest: own.hierarchy.height() - 1,
                    loss: *loss,
                })
                .collect(),
        }
    }
}

/// Why records could not be generalised.
#[derive(Debug)]
pub(crate) enum Failure {
    Hierarchy(String, HierarchyError),
    /// A privacy model is about a column that does not leave.
    NotThere(String),
    Search(SearchError),
}

impl<E: Into<SearchError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Search(error.into())
    }
}
