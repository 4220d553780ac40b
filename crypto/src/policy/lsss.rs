//! Linear secret sharing along a policy.
//!
//! The matrix M of Lewko–Waters (EUROCRYPT 2011, appendix G), generalised: the root has the vector (1, 0, …); the branches of
//! an OR inherit their gate's vector v; those of an AND of n get n − 1 new columns and `e_1, …, e_{n−1}, v − Σ e_i`; those of
//! a k-of-n get k − 1 new columns and `v + Σ_m i^m e_m` for branch i = 1 … n, as Shamir. So AND and OR need coefficients 0 and 1
//! only, and thresholds those of Lagrange. Row i belongs to leaf i of [`Policy::leaves`].

use ff::Field as _;
use rand_core::{CryptoRng, RngCore};

use super::{AttributeName, Gate, Policy};
use crate::pairing::{Scalar, SecretScalars, random_scalar};

/// A vector with few entries other than zero: (column, value).
pub(crate) type SparseRow = Vec<(usize, Scalar)>;

/// The share-generating matrix of a policy.
#[derive(Debug, Clone)]
pub struct Lsss {
    columns: usize,
    rows: Vec<SparseRow>,
}

/// Which rows to use, each with its coefficient: `Σ c_i M_i = (1, 0, …, 0)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconstruction {
    terms: Vec<(usize, Scalar)>,
}

impl Reconstruction {
    /// (row, coefficient), by row.
    #[must_use]
    pub fn terms(&self) -> &[(usize, Scalar)] {
        &self.terms
    }
}

impl Lsss {
    /// The matrix of `policy`.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        let mut lsss = Self { columns: 1, rows: Vec::with_capacity(policy.leaf_count()) };
        lsss.add_gate(policy.root(), vec![(0, Scalar::ONE)]);
        lsss
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The rows, one for each leaf.
    pub(crate) fn rows(&self) -> &[SparseRow] {
        &self.rows
    }

    /// The rows' entries in the first column, by which the secret enters them.
    pub(crate) fn first_column(&self) -> Vec<Scalar> {
        let entry = |row: &SparseRow| {
            let first = row.iter().filter(|(column, _)| *column == 0);
            first.map(|(_, value)| *value).sum()
        };
        self.rows.iter().map(entry).collect()
    }

    fn add_gate(&mut self, gate: &Gate, vector: SparseRow) {
        match gate {
            Gate::Attribute(_) => self.rows.push(vector),
            Gate::Or(of) => {
                for branch in of {
                    self.add_gate(branch, vector.clone());
                }
            }
            Gate::And(of) => self.add_conjunction(of, vector),
            Gate::Threshold { needed, of } => self.add_threshold(*needed, of, &vector),
        }
    }

    fn add_conjunction(&mut self, of: &[Gate], vector: SparseRow) {
        let Some((last, others)) = of.split_last() else {
            return;
        };
        let first_column = self.columns;
        self.columns += others.len();
        let mut remainder = vector;
        remainder.extend((first_column..self.columns).map(|column| (column, -Scalar::ONE)));
        for (branch, column) in others.iter().zip(first_column..) {
            self.add_gate(branch, vec![(column, Scalar::ONE)]);
        }
        self.add_gate(last, remainder);
    }

    fn add_threshold(&mut self, needed: usize, of: &[Gate], vector: &SparseRow) {
        let first_column = self.columns;
        self.columns += needed - 1;
        for (branch, point) in of.iter().zip(1_u64..) {
            let mut row = vector.clone();
            let mut power = Scalar::ONE;
            for column in first_column..first_column + needed - 1 {
                power *= Scalar::from(point);
                row.push((column, power));
            }
            self.add_gate(branch, row);
        }
    }

    /// Shares of `secret`, one for each row, with fresh randomness.
    #[must_use]
    pub fn share(&self, secret: &Scalar, rng: &mut (impl CryptoRng + RngCore)) -> SecretScalars {
        self.share_with(secret, || random_scalar(rng))
    }

    /// Shares of `secret`, one for each row, with randomness from `next`.
    pub(crate) fn share_with(&self, secret: &Scalar, mut next: impl FnMut() -> Scalar) -> SecretScalars {
        // Of its final size at once: a vector that grows would leave copies behind.
        let mut values = Vec::with_capacity(self.columns);
        values.push(*secret);
        values.extend((1..self.columns).map(|_| next()));
        let values = SecretScalars::new(values);
        let mut shares = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let entries = row.iter().filter_map(|(column, factor)| Some(*values.get(*column)? * factor));
            shares.push(entries.sum());
        }
        SecretScalars::new(shares)
    }
}

impl Policy {
    /// Rows and coefficients that reconstruct the secret, with as few rows as the attributes allow; `None` if they do not satisfy.
    #[must_use]
    pub fn reconstruct(&self, has: impl Fn(&AttributeName) -> bool) -> Option<Reconstruction> {
        self.reconstruct_rows(|_, name| has(name))
    }

    /// As [`Policy::reconstruct`], where it depends on the row, too, whether there is a key for it.
    pub(crate) fn reconstruct_rows(&self, has: impl Fn(usize, &AttributeName) -> bool) -> Option<Reconstruction> {
        let mut next_row = 0;
        let mut terms = solve(self.root(), &has, &mut next_row)?;
        terms.sort_by_key(|(row, _)| *row);
        Some(Reconstruction { terms })
    }
}

type Terms = Vec<(usize, Scalar)>;

/// Terms for one gate; `next_row` moves on over all its leaves whether it is satisfied or not.
fn solve(gate: &Gate, has: &impl Fn(usize, &AttributeName) -> bool, next_row: &mut usize) -> Option<Terms> {
    let of = match gate {
        Gate::Attribute(name) => {
            let row = *next_row;
            *next_row += 1;
            return has(row, name).then(|| vec![(row, Scalar::ONE)]);
        }
        Gate::And(of) | Gate::Or(of) | Gate::Threshold { of, .. } => of,
    };
    let branches: Vec<Option<Terms>> = of.iter().map(|branch| solve(branch, has, next_row)).collect();
    match gate {
        Gate::Attribute(_) => None,
        Gate::And(_) => Some(branches.into_iter().collect::<Option<Vec<_>>>()?.concat()),
        Gate::Or(_) => branches.into_iter().flatten().min_by_key(Vec::len),
        Gate::Threshold { needed, .. } => interpolate(*needed, branches),
    }
}

/// The `needed` satisfied branches with the fewest rows, weighted by Lagrange's coefficients at 0.
fn interpolate(needed: usize, branches: Vec<Option<Terms>>) -> Option<Terms> {
    let mut satisfied: Vec<(Scalar, Terms)> =
        (1_u64..).map(Scalar::from).zip(branches).filter_map(|(point, terms)| Some((point, terms?))).collect();
    satisfied.sort_by_key(|(_, terms)| terms.len());
    satisfied.truncate(needed);
    if satisfied.len() < needed {
        return None;
    }
    let points: Vec<Scalar> = satisfied.iter().map(|(point, _)| *point).collect();
    let mut all = Terms::new();
    for (point, terms) in satisfied {
        let weight = lagrange_at_zero(&points, &point)?;
        all.extend(terms.into_iter().map(|(row, factor)| (row, factor * weight)));
    }
    Some(all)
}

/// Π_{j ≠ i} x_j / (x_j − x_i).
pub(crate) fn lagrange_at_zero(points: &[Scalar], point: &Scalar) -> Option<Scalar> {
    let (mut numerator, mut denominator) = (Scalar::ONE, Scalar::ONE);
    for other in points.iter().filter(|other| *other != point) {
        numerator *= other;
        denominator *= other - point;
    }
    Option::<Scalar>::from(denominator.invert()).map(|inverse| numerator * inverse)
}
