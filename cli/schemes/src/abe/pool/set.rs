//! A set in a pool: rows, their secrets, of which versions of their attributes the rows are, and the fill with which it came in.
//!
//! At rest it is sealed to the pool's owner itself, who signs it. What its file is called says nothing: whoever can write to the pool calls it as he likes.
//! The versions stand apart from the rows, so that whoever asks for them looks into no row. A set without them, of before, is hashed and read for that.

use std::path::Path;

use medshare_crypto::abe::{AttributeVersion, RowShare, Rows};
use medshare_crypto::hash::Hash32;
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::{ROWS, rows_text};
use crate::scheme::letter;
use crate::scheme::party::Party;
use crate::scheme::text_file::fixed;

/// Names one fill, by random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill(Hash32);

/// A set.
pub struct Set {
    pub rows: Rows,
    pub shares: Vec<RowShare>,
    /// Of which versions the rows are, each once, ascending.
    pub versions: Vec<AttributeVersion>,
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
    /// Reads a set; `party` owns the pool.
    pub fn read(path: &Path, party: &Party) -> anyhow::Result<Self> {
        let file = letter::read_kind(path, &party.public().verifying, party, ROWS)?;
        let mut file = file.only(&["rows", "share", "versions", "fill"])?;
        let shares = file.all("share", fixed(RowShare::from_bytes))?;
        let fills = file.all("fill", fixed(|bytes| Ok(Fill(Hash32::from_bytes(*bytes)))))?;
        let rows = file.take_one("rows", Rows::from_vec)?;
        let are_stated = file.entries().any(|(name, _)| name == "versions");
        let versions =
            if are_stated { file.one("versions", AttributeVersion::all_from_bytes)? } else { rows.versions()? };
        Ok(Self { rows, shares, versions, fill: fills.first().copied() })
    }

    /// The text of its file.
    pub fn text(&self, party: &Party) -> anyhow::Result<Zeroizing<String>> {
        text(party, &self.rows, &self.shares, self.fill)
    }
}

/// The text of a set's file.
pub fn text(party: &Party, rows: &Rows, shares: &[RowShare], fill: Option<Fill>) -> anyhow::Result<Zeroizing<String>> {
    let mut lines = vec![("rows", Zeroizing::new(rows.to_bytes()))];
    lines.push(("versions", Zeroizing::new(AttributeVersion::all_to_bytes(&rows.versions()?))));
    lines.extend(shares.iter().map(|share| ("share", Zeroizing::new(share.to_bytes().to_vec()))));
    lines.extend(fill.map(|fill| ("fill", Zeroizing::new(fill.hash().as_bytes().to_vec()))));
    letter::seal(party, &party.public(), &rows_text(&lines))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use medshare_crypto::abe::{AuthoritySecret, PublicKeys, make_rows};
    use rand_core::OsRng;

    use super::*;

    /// What a set's age costs must not grow with its rows.
    #[test]
    fn versions_stand_beside_the_rows_which_nobody_hashes_for_them_but_in_a_set_of_before() {
        let (folder, party) = (tempfile::tempdir().unwrap(), Party::generate());
        let authority = AuthoritySecret::generate("X".parse().unwrap(), &mut OsRng);
        let mut keys = PublicKeys::new();
        keys.add_authority(&authority.public());
        keys.add_attribute(&authority.attribute_public(&"A@X".parse().unwrap(), 4).unwrap()).unwrap();
        let (rows, share) = make_rows(&"A@X".parse().unwrap(), &keys, &mut OsRng).unwrap();
        let of = rows.versions().unwrap();
        let path = folder.path().join("set");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Set::read(&path, &party)
        };
        let set = read(&text(&party, &rows, &[share], None).unwrap()).unwrap();
        assert_eq!((set.rows == rows, set.shares.len(), &set.versions), (true, 1, &of));

        let mut altered = rows.to_bytes();
        *altered.last_mut().unwrap() ^= 1;
        let bytes = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
        let stated = AttributeVersion::all_to_bytes(&of);
        let sealed =
            |lines: &[(&str, Zeroizing<Vec<u8>>)]| letter::seal(&party, &party.public(), &rows_text(lines)).unwrap();
        let [rows, altered, versions] =
            [("rows", bytes(&rows.to_bytes())), ("rows", bytes(&altered)), ("versions", bytes(&stated))];
        assert_eq!(read(&sealed(&[altered.clone(), versions.clone()])).unwrap().versions, of);
        assert_eq!(read(&sealed(std::slice::from_ref(&rows))).unwrap().versions, of);
        assert!(read(&sealed(&[altered])).is_err());
        assert!(read(&sealed(&[rows, versions.clone(), versions])).is_err());
    }
}
