//! The rows of a ciphertext: what a policy costs, and what an owner may let others compute.
//!
//! Anybody makes rows for a secret s_j of its own. Rows of several organisations under the same policy are multiplied row by
//! row; the sum of their secrets stays hidden while one of them keeps its own.
//!
//! **Who checks.** Checking the points of n rows costs sixty times an opening, so only who computes with a row looks into it: the node into
//! those that it uses, who joins rows or changes them into those. For users, and for owners who wrap, rows are bytes with a hash ([`Rows`]). A
//! point that was not checked is nowhere to be had: arithmetic takes a [`CheckedRows`] or single rows that came through the same check.

use std::collections::BTreeSet;

use super::row::{ROW_LEN, Row};
use super::{AttributeVersion, RowsError};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::hash::{Hash32, tagged_hash};
use crate::pairing::{G1, G2};
use crate::policy::{AttributeName, MAX_LEAVES, MAX_TEXT_LEN, Policy};

/// Layout of rows on their own. The one before stated no hash.
const LAYOUT: u8 = 2;

/// The rows for a policy, as bytes. Neither its hash nor a point in it has been looked at; [`Rows::checked`] does.
///
/// Layout: `u8 2 ‖ hash (32) ‖ u16 len ‖ policy ‖ row*`, `row = u32 generation ‖ u32 version ‖ C1 (576) ‖ C2 (48) ‖ C3 (48) ‖ C4 (96)`.
#[derive(Clone)]
pub struct Rows {
    /// What whoever made them says: the hash of policy and rows.
    hash: Hash32,
    policy: String,
    /// Whole rows, from `at` on. In front of them may stand what they were read behind, so that nobody copies them.
    bytes: Vec<u8>,
    at: usize,
}

impl PartialEq for Rows {
    fn eq(&self, other: &Self) -> bool {
        (self.hash, &self.policy, self.whole()) == (other.hash, &other.policy, other.whole())
    }
}

impl Eq for Rows {}

impl core::fmt::Debug for Rows {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Rows({}, {:?})", self.policy, self.hash)
    }
}

/// Rows of which every point is in its group, and none neutral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedRows {
    policy: Policy,
    rows: Vec<Row>,
}

/// Domain `medshare/abe/rows/v1`, over the policy's text and the rows.
fn hash_of(policy: &str, rows: &[u8]) -> Hash32 {
    tagged_hash("medshare/abe/rows/v1", &[policy.as_bytes(), rows])
}

impl Rows {
    /// Names policy and rows, if whoever made them tells the truth.
    pub(super) fn hash(&self) -> Hash32 {
        self.hash
    }

    /// What the policy's text hashes to ([`Policy::hash`]), without reading the policy.
    #[must_use]
    pub fn policy_hash(&self) -> Hash32 {
        Policy::hash_of_text(&self.policy)
    }

    /// The policy.
    ///
    /// # Errors
    /// When its text is not a policy in canonical form.
    pub fn policy(&self) -> Result<Policy, RowsError> {
        Policy::from_canonical(&self.policy).ok_or(RowsError::Policy)
    }

    /// The policy, with the certainty that hash, policy and number of rows belong together. Points are left alone.
    ///
    /// # Errors
    /// [`RowsError`] says what does not fit.
    pub fn read(&self) -> Result<Policy, RowsError> {
        if hash_of(&self.policy, self.whole()) != self.hash {
            return Err(RowsError::Altered);
        }
        let policy = self.policy()?;
        let (rows, leaves) = (self.raw().len(), policy.leaf_count());
        if rows == leaves { Ok(policy) } else { Err(RowsError::Count { rows, leaves }) }
    }

    /// Of which versions of its attributes they are, each once, ascending. Points are left alone.
    ///
    /// # Errors
    /// As [`Rows::read`].
    pub fn versions(&self) -> Result<Vec<AttributeVersion>, RowsError> {
        let policy = self.read()?;
        let of_row = |(attribute, row): (&AttributeName, &[u8; ROW_LEN])| {
            let (generation, version) = Row::stamp(row);
            AttributeVersion { attribute: attribute.clone(), generation, version }
        };
        let versions: BTreeSet<_> = policy.leaves().into_iter().zip(self.raw()).map(of_row).collect();
        Ok(versions.into_iter().collect())
    }

    /// The rows with all their points, checked.
    ///
    /// # Errors
    /// [`RowsError`] says what does not fit, and which point is none.
    pub fn checked(&self) -> Result<CheckedRows, RowsError> {
        let policy = self.read()?;
        let leaves = policy.leaves().into_iter();
        let rows = leaves.zip(self.raw()).map(|(attribute, row)| RowsError::at(attribute, Row::from_bytes(row)));
        let rows = rows.collect::<Result<_, _>>()?;
        Ok(CheckedRows { policy, rows })
    }

    /// The rows, one after the other.
    pub(super) fn raw(&self) -> &[[u8; ROW_LEN]] {
        self.whole().as_chunks().0
    }

    /// The bytes of all rows.
    pub(super) fn whole(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Other bytes for the rows, under the same policy.
    pub(super) fn with(&self, rows: &[[u8; ROW_LEN]]) -> Self {
        Self::of(self.policy.clone(), rows.concat())
    }

    /// These rows, then those of `extra`, under `policy`.
    pub(super) fn followed_by(&self, extra: &CheckedRows, policy: &Policy) -> Self {
        let mut bytes = self.whole().to_vec();
        extra.rows.iter().for_each(|row| row.put(&mut bytes));
        Self::of(policy.to_string(), bytes)
    }

    fn of(policy: String, bytes: Vec<u8>) -> Self {
        Self { hash: hash_of(&policy, &bytes), policy, bytes, at: 0 }
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + Hash32::LEN + self.unhashed_len());
        bytes.push(LAYOUT);
        bytes.extend_from_slice(self.hash.as_bytes());
        self.put_unhashed(&mut bytes);
        bytes
    }

    /// `u16 len ‖ policy ‖ row*`.
    pub(super) fn put_unhashed(&self, bytes: &mut Vec<u8>) {
        self.put_policy(bytes);
        bytes.extend_from_slice(self.whole());
    }

    /// `u16 len ‖ policy`.
    pub(super) fn put_policy(&self, bytes: &mut Vec<u8>) {
        put_short_bytes(bytes, self.policy.as_bytes());
    }

    /// Length of that in bytes.
    pub(super) fn unhashed_len(&self) -> usize {
        2 + self.policy.len() + self.whole().len()
    }

    /// Decodes; looks at the layout only.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_vec(bytes.to_vec())
    }

    /// The same of bytes that it keeps, so that long ones are not copied.
    ///
    /// # Errors
    /// As [`Rows::from_bytes`].
    pub fn from_vec(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(&bytes);
        decoder.tag(LAYOUT, "rows")?;
        let hash = Hash32::from_bytes(decoder.array("hash of the rows")?);
        Self::behind(1 + Hash32::LEN, bytes, Some(hash))
    }

    /// `u16 len ‖ policy ‖ row*` from `front` to the end; the hash is computed where none is stated.
    pub(super) fn behind(front: usize, bytes: Vec<u8>, hash: Option<Hash32>) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes.get(front..).unwrap_or_default());
        let policy = decoder.text(MAX_TEXT_LEN, "policy")?.to_owned();
        let whole = decoder.rest();
        let (rows, cut) = whole.as_chunks::<ROW_LEN>();
        if !cut.is_empty() || rows.is_empty() {
            return Err(DecodeError::Truncated { what: "row" });
        }
        if rows.len() > MAX_LEAVES {
            return Err(DecodeError::OutOfBounds { what: "rows" });
        }
        let hash = hash.unwrap_or_else(|| hash_of(&policy, whole));
        let at = bytes.len() - whole.len();
        Ok(Self { hash, policy, bytes, at })
    }
}

impl CheckedRows {
    /// Rows that were made here.
    pub(super) fn made(policy: Policy, mut rows: Vec<Row>) -> Self {
        G1::normalise_batch(rows.iter_mut().flat_map(|row| [&mut row.c2, &mut row.c3]));
        G2::normalise_batch(rows.iter_mut().map(|row| &mut row.c4));
        Self { policy, rows }
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Joins the rows of two organisations: the result shares the sum of their secrets.
    ///
    /// # Errors
    /// When policy or versions differ, or one organisation made its rows from the other's.
    pub fn combine(self, other: &Self) -> Result<Self, RowsError> {
        let stamps =
            |rows: &Self| -> Vec<(u32, u32)> { rows.rows.iter().map(|row| (row.generation, row.version)).collect() };
        if self.policy != other.policy || stamps(&self) != stamps(other) {
            return Err(RowsError::Mismatch);
        }
        let pairs = self.rows.iter().zip(&other.rows);
        let rows = pairs.map(|(row, more)| row.times(more)).collect::<Option<_>>().ok_or(RowsError::Cancelled)?;
        Ok(Self::made(self.policy, rows))
    }

    /// The rows, each changed.
    pub(super) fn map(self, change: impl FnMut(Row) -> Row) -> Self {
        Self { policy: self.policy, rows: self.rows.into_iter().map(change).collect() }
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }
}

impl From<CheckedRows> for Rows {
    fn from(checked: CheckedRows) -> Self {
        let mut bytes = Vec::with_capacity(checked.rows.len() * ROW_LEN);
        checked.rows.iter().for_each(|row| row.put(&mut bytes));
        Self::of(checked.policy.to_string(), bytes)
    }
}
