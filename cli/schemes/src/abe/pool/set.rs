//! A set in a pool: rows, their secrets, and the fill with which it came in.
//!
//! At rest it is sealed to the pool's owner itself, who signs it. What its file is called says nothing: whoever can write to the pool calls it as he likes.

use std::path::Path;

use medshare_crypto::abe::{RowShare, Rows};
use medshare_crypto::hash::Hash32;
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::ROWS;
use crate::scheme::letter;
use crate::scheme::party::Party;
use crate::scheme::text_file::{fixed, text_of};

/// Names one fill, by random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill(Hash32);

/// A set.
pub struct Set {
    pub rows: Rows,
    pub shares: Vec<RowShare>,
    /// None where a build before wrote it.
    pub fill: Option<Fill>,
}

impl Fill {
    pub fn new(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(Hash32::from_bytes(bytes))
    }

    /// Its bytes.
    pub const fn hash(self) -> Hash32 {
        self.0
    }
}

impl Set {
    /// Opens a set; `party` owns the pool.
    pub fn open(path: &Path, party: &Party) -> anyhow::Result<Self> {
        let file = letter::read_kind(path, &party.public().verifying, party, ROWS)?.only(&["rows", "share", "fill"])?;
        let fills = file.all("fill", fixed(|bytes| Ok(Fill(Hash32::from_bytes(*bytes)))))?;
        Ok(Self {
            rows: file.one("rows", Rows::from_bytes)?,
            shares: file.all("share", fixed(RowShare::from_bytes))?,
            fill: fills.first().copied(),
        })
    }

    /// The text of its file.
    pub fn text(&self, party: &Party) -> anyhow::Result<Zeroizing<String>> {
        text(party, &self.rows, &self.shares, self.fill)
    }
}

/// The text of a set's file.
pub fn text(party: &Party, rows: &Rows, shares: &[RowShare], fill: Option<Fill>) -> anyhow::Result<Zeroizing<String>> {
    let mut lines = vec![("rows", Zeroizing::new(rows.to_bytes()))];
    lines.extend(shares.iter().map(|share| ("share", Zeroizing::new(share.to_bytes().to_vec()))));
    lines.extend(fill.map(|fill| ("fill", Zeroizing::new(fill.hash().as_bytes().to_vec()))));
    let text = text_of(ROWS, lines.iter().map(|(name, value)| (*name, value.as_slice())));
    letter::seal(party, &party.public(), &text)
}
