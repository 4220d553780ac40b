//! Which rows of a ciphertext a node computes with, and the check of their points before it does.

use ff::Field as _;

use super::row::Row;
use super::{Ciphertext, RowsError};
use crate::pairing::{Gt, GtTable, Scalar};
use crate::policy::AttributeName;

/// A row whose points were checked, with what weighs it in the reconstruction of the secret.
#[derive(Debug)]
pub(super) struct SelectedRow {
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
            Some((attribute, row, *coefficient))
        });
        let checked = named.map(|(attribute, row, coefficient)| {
            let row = RowsError::at(attribute, Row::from_bytes(row))?;
            Ok(SelectedRow { attribute: attribute.clone(), row, coefficient })
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
