//! Which rows of a ciphertext an answer is made of.
//!
//! A policy may be satisfied by several sets of rows, and each gives another answer that opens the same. So a node names the rows that
//! it used: with them, its answer follows from header, registration and proxy keys.

use ff::Field as _;

use super::Ciphertext;
use super::rows::Row;
use crate::encoding::{DecodeError, Decoder};
use crate::pairing::{Gt, GtTable, Scalar};
use crate::policy::{AttributeName, MAX_LEAVES};

/// A row with what weighs it in the reconstruction of the secret.
pub(super) struct SelectedRow<'a> {
    pub(super) number: usize,
    pub(super) attribute: &'a AttributeName,
    pub(super) row: &'a Row,
    pub(super) coefficient: Scalar,
}

/// Numbers of the rows that an answer was made from, from 0 in the order of the policy's text.
///
/// Layout: `u16 count ‖ u16 row*`, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsUsed(Vec<u16>);

impl Ciphertext {
    /// As few rows as satisfy the policy, among those that `has` takes; `None` if they do not satisfy it.
    pub(super) fn select(&self, has: impl Fn(usize, &AttributeName, &Row) -> bool) -> Option<Vec<SelectedRow<'_>>> {
        let rows = &self.rows.rows;
        let policy = &self.rows.policy;
        let fits = |number: usize, name: &AttributeName| rows.get(number).is_some_and(|row| has(number, name, row));
        let reconstruction = policy.reconstruct_rows(fits)?;
        let leaves = policy.leaves();
        let selected = reconstruction.terms().iter().map(|(number, coefficient)| {
            let (attribute, row) = (leaves.get(*number).copied()?, rows.get(*number)?);
            Some(SelectedRow { number: *number, attribute, row, coefficient: *coefficient })
        });
        selected.collect()
    }

    /// `A = E^δ·ΠC1^c`, which anybody can compute.
    pub(super) fn public_part(&self, selected: &[SelectedRow<'_>]) -> Gt {
        let of_rows = selected.iter().map(|selected| weigh(&selected.row.c1, &selected.coefficient));
        core::iter::once(GtTable::generator().pow(&self.delta)).chain(of_rows).product()
    }
}

/// Coefficients are public, and 1 for AND and OR.
fn weigh(element: &Gt, coefficient: &Scalar) -> Gt {
    if *coefficient == Scalar::ONE { *element } else { element.pow(coefficient) }
}

impl RowsUsed {
    /// The numbers of selected rows, which come in ascending order.
    pub(super) fn of(selected: &[SelectedRow<'_>]) -> Self {
        Self(selected.iter().map(|selected| selected.number as u16).collect())
    }

    /// These rows with their coefficients; `None` if they do not satisfy the policy, or more of them are named than it takes.
    pub(super) fn select<'a>(&self, ciphertext: &'a Ciphertext) -> Option<Vec<SelectedRow<'a>>> {
        let named = |number: usize| self.0.iter().any(|row| usize::from(*row) == number);
        let selected = ciphertext.select(|number, _, _| named(number))?;
        (Self::of(&selected) == *self).then_some(selected)
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let count = (self.0.len() as u16).to_be_bytes();
        count.into_iter().chain(self.0.iter().flat_map(|row| row.to_be_bytes())).collect()
    }

    /// Decodes.
    ///
    /// # Errors
    /// When the bytes are of another layout, or the numbers out of order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let what = "rows";
        let mut decoder = Decoder::new(bytes);
        let count = decoder.count(MAX_LEAVES, what)?;
        let rows = (0..count).map(|_| decoder.u16(what)).collect::<Result<Vec<_>, _>>()?;
        decoder.finish()?;
        if rows.is_sorted_by(|first, second| first < second) {
            Ok(Self(rows))
        } else {
            Err(DecodeError::OutOfBounds { what })
        }
    }
}
