//! Which rows of a ciphertext a node computes with, and the check of their points before it does.
//!
//! A policy may be satisfied by several sets of rows, and each gives another answer that opens the same. So a node names the rows that
//! it used: with them, its answer follows from header, registration and proxy keys.

use ff::Field as _;

use super::row::Row;
use super::{Ciphertext, RowsError};
use crate::encoding::{DecodeError, Decoder};
use crate::pairing::{Gt, GtTable, Scalar};
use crate::policy::{AttributeName, MAX_LEAVES};

/// A row whose points were checked, with what weighs it in the reconstruction of the secret.
#[derive(Debug)]
pub(super) struct SelectedRow {
    pub(super) number: usize,
    pub(super) attribute: AttributeName,
    pub(super) row: Row,
    pub(super) coefficient: Scalar,
}

/// What a node transforms: rows that satisfy the policy, their points checked.
#[derive(Debug)]
pub struct SelectedRows {
    delta: Scalar,
    pub(super) rows: Vec<SelectedRow>,
}

/// Numbers of the rows that an answer was made from, from 0 in the order of the policy's text.
///
/// Layout: `u16 count ‖ u16 row*`, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsUsed(Vec<u16>);

impl Ciphertext {
    /// As few rows as satisfy the policy, among those that `has` takes by number, attribute, generation and version; `None` if they do
    /// not satisfy it. The points of these rows are checked, those of others are left alone.
    ///
    /// # Errors
    /// When the rows are not those that the header names, or a point is not valid.
    pub(super) fn select(
        &self,
        has: impl Fn(usize, &AttributeName, (u32, u32)) -> bool,
    ) -> Result<Option<SelectedRows>, RowsError> {
        let (policy, rows) = (self.rows.read()?, self.rows.raw());
        let fits = |number: usize, name: &AttributeName| {
            rows.get(number).is_some_and(|row| has(number, name, Row::stamp(row)))
        };
        let Some(reconstruction) = policy.reconstruct_rows(fits) else { return Ok(None) };
        let leaves = policy.leaves();
        let named = reconstruction.terms().iter().filter_map(|(number, coefficient)| {
            let (attribute, row) = (leaves.get(*number).copied()?, rows.get(*number)?);
            Some((*number, attribute, row, *coefficient))
        });
        let checked = named.map(|(number, attribute, row, coefficient)| {
            let row = RowsError::at(attribute, Row::from_bytes(row))?;
            Ok(SelectedRow { number, attribute: attribute.clone(), row, coefficient })
        });
        let rows = checked.collect::<Result<_, _>>()?;
        Ok(Some(SelectedRows { delta: self.delta, rows }))
    }
}

impl SelectedRows {
    /// `A = E^δ·ΠC1^c`, which anybody can compute.
    pub(super) fn public_part(&self) -> Gt {
        let of_rows = self.rows.iter().map(|selected| weigh(&selected.row.c1, &selected.coefficient));
        core::iter::once(GtTable::generator().pow(&self.delta)).chain(of_rows).product()
    }
}

/// Coefficients are public, and 1 for AND and OR.
fn weigh(element: &Gt, coefficient: &Scalar) -> Gt {
    if *coefficient == Scalar::ONE { *element } else { element.pow(coefficient) }
}

impl RowsUsed {
    /// The numbers of selected rows, which come in ascending order.
    #[must_use]
    pub fn of(selected: &SelectedRows) -> Self {
        Self(selected.rows.iter().map(|selected| selected.number as u16).collect())
    }

    /// These rows with their coefficients, their points checked; `None` if they do not satisfy the policy, or more of them are named than it
    /// takes.
    ///
    /// # Errors
    /// As [`Ciphertext::select`].
    pub(super) fn select(&self, ciphertext: &Ciphertext) -> Result<Option<SelectedRows>, RowsError> {
        let named = |number: usize| self.0.iter().any(|row| usize::from(*row) == number);
        let selected = ciphertext.select(|number, _, _| named(number))?;
        Ok(selected.filter(|selected| Self::of(selected) == *self))
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
