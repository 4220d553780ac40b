//! Who may open: monotone formulas over attributes.
//!
//! ```text
//! (DOCTOR@HOSPITAL AND STAFF@WARD-3) OR EMERGENCY@ED
//! 2 of (CARDIOLOGY@HOSPITAL, RESEARCH@UNIVERSITY, ETHICS@BOARD)
//! ```
//!
//! AND binds tighter than OR; the words may be in lower case. A [`Policy`] is always in its normal form — no gate within a gate
//! of its kind, none with one branch, no threshold that is an AND or an OR — and within the bounds below. Its `Display` is
//! canonical: it parses back to the same value, and signatures and hashes are over that text.

mod attribute;
mod error;
mod lsss;
mod parse;
mod text;

use std::collections::BTreeSet;

pub use attribute::{AttributeName, AuthorityName, InvalidName, MAX_NAME_LEN};
pub use error::{PolicyError, PolicyErrorReason};
pub use lsss::{Lsss, Reconstruction};
pub(crate) use lsss::{SparseRow, lagrange_at_zero};

use crate::hash::{Hash32, tagged_hash};

/// Most levels of gates, the attributes included.
pub const MAX_DEPTH: usize = 16;
/// Most attributes, each counted as often as it occurs.
pub const MAX_LEAVES: usize = 1024;
/// Longest text in bytes, as given and in canonical form.
pub const MAX_TEXT_LEN: usize = 32 * 1024;

/// A formula over attributes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gate {
    /// Holds for whoever has the attribute.
    Attribute(AttributeName),
    /// Holds when all branches do.
    And(Vec<Gate>),
    /// Holds when one branch does.
    Or(Vec<Gate>),
    /// Holds when at least `needed` branches do.
    Threshold {
        /// How many of them.
        needed: usize,
        /// The branches.
        of: Vec<Gate>,
    },
}

/// A formula in normal form and within bounds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Policy {
    root: Gate,
}

impl Policy {
    /// Normalises `gate` and checks the bounds.
    ///
    /// # Errors
    /// When a gate has no branches, a threshold cannot be met, or a bound is exceeded.
    pub fn new(gate: Gate) -> Result<Self, PolicyErrorReason> {
        if gate.depth() > MAX_DEPTH {
            return Err(PolicyErrorReason::TooDeep);
        }
        let policy = Self { root: gate.normalise()? };
        if policy.leaf_count() > MAX_LEAVES {
            return Err(PolicyErrorReason::TooManyAttributes);
        }
        if policy.to_string().len() > MAX_TEXT_LEN {
            return Err(PolicyErrorReason::TooLong);
        }
        Ok(policy)
    }

    /// The outermost gate.
    #[must_use]
    pub fn root(&self) -> &Gate {
        &self.root
    }

    /// The attributes in the order in which they stand, repeated as often as they occur.
    #[must_use]
    pub fn leaves(&self) -> Vec<&AttributeName> {
        let mut leaves = Vec::new();
        self.root.collect_leaves(&mut leaves);
        leaves
    }

    /// How many attributes the text has.
    #[must_use]
    pub fn leaf_count(&self) -> usize {
        self.leaves().len()
    }

    /// The attributes, each once.
    #[must_use]
    pub fn attributes(&self) -> BTreeSet<AttributeName> {
        self.leaves().into_iter().cloned().collect()
    }

    /// Whether somebody with these attributes may open.
    #[must_use]
    pub fn satisfied_by(&self, attributes: &BTreeSet<AttributeName>) -> bool {
        self.root.satisfied_by(attributes)
    }

    /// Hash of the canonical text, domain `medshare/policy/v1`.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Self::hash_of_text(&self.to_string())
    }

    /// [`Policy::hash`] of a policy whose canonical text this is, without reading it.
    pub(crate) fn hash_of_text(text: &str) -> Hash32 {
        tagged_hash("medshare/policy/v1", &[text.as_bytes()])
    }
}

impl Gate {
    fn branches(&self) -> &[Gate] {
        match self {
            Self::Attribute(_) => &[],
            Self::And(of) | Self::Or(of) | Self::Threshold { of, .. } => of,
        }
    }

    /// Levels, counted no further than one above the bound, so that no input makes it recurse deeply.
    fn depth(&self) -> usize {
        let mut level = vec![self];
        let mut depth = 0;
        while !level.is_empty() && depth <= MAX_DEPTH {
            depth += 1;
            level = level.iter().flat_map(|gate| gate.branches()).collect();
        }
        depth
    }

    fn collect_leaves<'a>(&'a self, leaves: &mut Vec<&'a AttributeName>) {
        if let Self::Attribute(name) = self {
            leaves.push(name);
        }
        for branch in self.branches() {
            branch.collect_leaves(leaves);
        }
    }

    fn satisfied_by(&self, attributes: &BTreeSet<AttributeName>) -> bool {
        match self {
            Self::Attribute(name) => attributes.contains(name),
            Self::And(of) => of.iter().all(|gate| gate.satisfied_by(attributes)),
            Self::Or(of) => of.iter().any(|gate| gate.satisfied_by(attributes)),
            Self::Threshold { needed, of } => {
                let satisfied = of.iter().filter(|gate| gate.satisfied_by(attributes));
                satisfied.count() >= *needed
            }
        }
    }

    fn normalise(self) -> Result<Self, PolicyErrorReason> {
        let (needed, of) = match self {
            Self::Attribute(_) => return Ok(self),
            Self::And(of) => (of.len(), of),
            Self::Or(of) => (1, of),
            Self::Threshold { needed, of } => (needed, of),
        };
        let count = of.len();
        if needed == 0 || needed > count {
            return Err(PolicyErrorReason::UnsatisfiableThreshold { needed, count });
        }
        let mut of = of.into_iter().map(Self::normalise).collect::<Result<Vec<_>, _>>()?;
        if count == 1 {
            return of.pop().ok_or(PolicyErrorReason::UnsatisfiableThreshold { needed, count });
        }
        Ok(if needed == count {
            Self::And(flatten(of, |gate| match gate {
                Self::And(inner) => Ok(inner),
                other => Err(other),
            }))
        } else if needed == 1 {
            Self::Or(flatten(of, |gate| match gate {
                Self::Or(inner) => Ok(inner),
                other => Err(other),
            }))
        } else {
            Self::Threshold { needed, of }
        })
    }
}

/// Replaces branches of the same kind by their own branches.
fn flatten(of: Vec<Gate>, open: impl Fn(Gate) -> Result<Vec<Gate>, Gate>) -> Vec<Gate> {
    of.into_iter().flat_map(|gate| open(gate).unwrap_or_else(|other| vec![other])).collect()
}

#[cfg(test)]
pub(crate) mod tests;
