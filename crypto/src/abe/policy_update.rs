//! Changing who may open a stored ciphertext. Nodes make the rows; the owner's part costs no group operation at all, or one.
//!
//! | change | who opened before | σ and data key | function |
//! |---|---|---|---|
//! | widen: old OR extra | still opens | stay | [`Ciphertext::widening`], [`Ciphertext::widen`] |
//! | replace | may have kept σ | stay | [`rewrap`] |
//! | narrow | must not open any more | rotate both | [`super::wrap`] with a fresh σ |
//!
//! Appending works on the stored rows: rows of `extra` share some s_j, the old ones share s − δ. The owner sends the offset
//! `d = s − s_j − δ`; the node multiplies C1 of each appended row by `E^{d·M_i1}`, M_i1 being the row's entry in the first column,
//! which adds d to their secret. Since the branches of an OR inherit its vector, the old rows stay as they are.

use super::ciphertext::wrap_secret;
use super::oracle::{Label, fo_exponent};
use super::{Ciphertext, RowShare, Rows, RowsError};
use crate::encoding::DecodeError;
use crate::pairing::{GtTable, Scalar, decode_scalar, encode_scalar};
use crate::policy::{Gate, Lsss, Policy, PolicyErrorReason};
use crate::secret::AttributeSecret;

/// The owner's part of appending rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Widening {
    offset: Scalar,
}

impl Widening {
    /// Encodes: 32 bytes, not secret.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        encode_scalar(&self.offset)
    }

    /// Decodes.
    ///
    /// # Errors
    /// When the bytes are not a canonical scalar.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, DecodeError> {
        decode_scalar(bytes).map(|offset| Self { offset })
    }
}

/// Why a ciphertext is not widened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WidenError {
    /// The joint policy is out of bounds.
    #[error("the new policy is out of bounds: {0}")]
    Policy(#[from] PolicyErrorReason),
    /// The rows, or those that are added, are not valid.
    #[error(transparent)]
    Rows(#[from] RowsError),
}

impl Ciphertext {
    /// The owner's part: `d = H1(σ‖context) − Σ s_j − δ`, for appended rows with these shares.
    #[must_use]
    pub fn widening(&self, shares: &[RowShare], sigma: &AttributeSecret, context: &[u8]) -> Widening {
        let s = fo_exponent(Label::Data, sigma, context);
        let offset = shares.iter().fold(*s.expose() - self.delta, |rest, share| rest - share.0.expose());
        Widening { offset }
    }

    /// `old OR extra`.
    ///
    /// # Errors
    /// When the new policy exceeds a bound, or the old one is damaged.
    pub fn widened_policy(&self, extra: &Policy) -> Result<Policy, WidenError> {
        let branches = vec![self.read()?.root().clone(), extra.root().clone()];
        Ok(Policy::new(Gate::Or(branches))?)
    }

    /// The node's part: the ciphertext under `old OR extra`. The points of `extra` are checked, those of the old rows stay as they are.
    ///
    /// # Errors
    /// When the new policy exceeds a bound, or rows are not valid.
    pub fn widen(&self, extra: &Rows, widening: &Widening) -> Result<Self, WidenError> {
        let extra = extra.checked()?;
        let policy = self.widened_policy(extra.policy())?;
        let mut first_column = Lsss::new(extra.policy()).first_column().into_iter();
        let shifted = extra.map(|row| {
            let entry = first_column.next().unwrap_or_default();
            let shift = GtTable::generator().pow(&(widening.offset * entry));
            super::row::Row { c1: row.c1 * shift, ..row }
        });
        Ok(self.with_rows(self.rows.followed_by(&shifted, &policy)))
    }
}

/// The same σ under other rows. Whoever opened the old ciphertext may have kept σ, so this does not take anything away.
#[must_use]
pub fn rewrap(rows: Rows, shares: Vec<RowShare>, sigma: &AttributeSecret, context: &[u8]) -> Ciphertext {
    wrap_secret(rows, &shares, sigma, context)
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::super::tests::{CONTEXT, User, World, policy};
    use super::*;
    use crate::abe::{encrypt, make_rows};

    fn opens(user: &User, ciphertext: &Ciphertext, sigma: &AttributeSecret) -> bool {
        user.transform(ciphertext).is_ok_and(|transform| {
            let recovered = user.secret.recover(ciphertext, &transform, CONTEXT);
            recovered.as_ref() == Ok(sigma)
        })
    }

    #[test]
    fn a_widened_ciphertext_opens_by_the_old_and_by_the_new_branch() {
        let world = World::new();
        let old_reader = world.user("old", &["A@X", "B@X"]);
        let new_reader = world.user("new", &["A@Y", "C@Y"]);
        let stranger = world.user("stranger", &["A@X", "A@Y"]);
        for (old, extra, joined) in [
            ("A@X AND B@X", "A@Y AND C@Y", "(A@X AND B@X) OR (A@Y AND C@Y)"),
            (
                "B@Y OR (A@X AND B@X)",
                "2 of (A@Y, B@Y, C@Y) OR C@X",
                "B@Y OR (A@X AND B@X) OR 2 of (A@Y, B@Y, C@Y) OR C@X",
            ),
        ] {
            let (stored, sigma) = encrypt(&policy(old), &world.keys, CONTEXT, &mut OsRng).unwrap();
            let (rows, share) = make_rows(&policy(extra), &world.keys, &mut OsRng).unwrap();
            let widening = stored.widening(&[share], &sigma, CONTEXT);
            let widening = Widening::from_bytes(&widening.to_bytes()).unwrap();
            let widened = stored.widen(&rows, &widening).unwrap();
            assert_eq!(widened.policy().unwrap().to_string(), joined);
            assert!(opens(&old_reader, &widened, &sigma));
            assert!(opens(&new_reader, &widened, &sigma));
            assert!(!opens(&new_reader, &stored, &sigma));
            assert!(!opens(&stranger, &widened, &sigma));
            let bytes = widened.to_bytes();
            assert_eq!(Ciphertext::from_bytes(&bytes).unwrap(), widened);
        }
    }

    #[test]
    fn a_replaced_policy_keeps_the_secret_and_a_narrowed_one_has_another() {
        let world = World::new();
        let old_reader = world.user("old", &["A@X"]);
        let new_reader = world.user("new", &["A@Y"]);
        let (_, sigma) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
        let (rows, share) = make_rows(&policy("A@Y"), &world.keys, &mut OsRng).unwrap();
        let replaced = rewrap(rows, vec![share], &sigma, CONTEXT);
        assert!(opens(&new_reader, &replaced, &sigma));
        assert!(!opens(&old_reader, &replaced, &sigma));
        let (narrowed, fresh) = encrypt(&policy("A@Y"), &world.keys, CONTEXT, &mut OsRng).unwrap();
        assert_ne!(fresh, sigma);
        assert!(opens(&new_reader, &narrowed, &fresh));
    }

    #[test]
    fn rows_appended_with_a_wrong_offset_do_not_open() {
        let world = World::new();
        let reader = world.user("new", &["A@Y"]);
        let (stored, sigma) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
        let (rows, _) = make_rows(&policy("A@Y"), &world.keys, &mut OsRng).unwrap();
        let widening = Widening { offset: Scalar::from(7) };
        let widened = stored.widen(&rows, &widening).unwrap();
        assert!(!opens(&reader, &widened, &sigma));
    }
}
