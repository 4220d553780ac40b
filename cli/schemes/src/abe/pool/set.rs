//! A set in stock: a letter to oneself, with rows, the secrets in them, and of which versions of their attributes the rows are.
//!
//! The versions stand apart from the rows, so that whoever asks for them looks into no row. A set without them, of before, is hashed and read for that.

use std::path::Path;

use medshare_crypto::abe::{AttributeVersion, RowShare, Rows};
use zeroize::Zeroizing;

use super::{ROWS, rows_text};
use crate::scheme::letter;
use crate::scheme::party::Party;
use crate::scheme::text_file::fixed;

/// What is in a set.
pub struct Set {
    pub rows: Rows,
    pub shares: Vec<RowShare>,
    /// Of which versions the rows are, each once, ascending.
    pub versions: Vec<AttributeVersion>,
}

impl Set {
    /// Reads a set; `party` owns the pool.
    pub fn read(path: &Path, party: &Party) -> anyhow::Result<Self> {
        let file = letter::read_kind(path, &party.public().verifying, party, ROWS)?;
        let mut file = file.only(&["rows", "share", "versions"])?;
        let shares = file.all("share", fixed(RowShare::from_bytes))?;
        let rows = file.take_one("rows", Rows::from_vec)?;
        let are_stated = file.entries().any(|(name, _)| name == "versions");
        let versions =
            if are_stated { file.one("versions", AttributeVersion::all_from_bytes)? } else { rows.versions()? };
        Ok(Self { rows, shares, versions })
    }
}

/// The rows in a set and their secrets; `party` owns the pool.
pub fn open_set(path: &Path, party: &Party) -> anyhow::Result<(Rows, Vec<RowShare>)> {
    let Set { rows, shares, .. } = Set::read(path, party)?;
    Ok((rows, shares))
}

/// The text of a set: at rest the secrets are sealed to the pool's owner itself.
pub fn set_text(party: &Party, rows: &Rows, shares: &[RowShare]) -> anyhow::Result<Zeroizing<String>> {
    let mut lines = vec![("rows", Zeroizing::new(rows.to_bytes()))];
    lines.push(("versions", Zeroizing::new(AttributeVersion::all_to_bytes(&rows.versions()?))));
    lines.extend(shares.iter().map(|share| ("share", Zeroizing::new(share.to_bytes().to_vec()))));
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
        let set = read(&set_text(&party, &rows, &[share]).unwrap()).unwrap();
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
