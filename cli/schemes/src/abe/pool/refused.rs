//! Why a pool is not filled, and whose letter it is that is wrong.

use std::path::PathBuf;

use anyhow::bail;
use medshare_cli_terminal::Failure;
use medshare_crypto::abe::{JoinError, RowsError};

use super::misspelt;
use crate::scheme::failure::{told, unverified};
use crate::scheme::party::PartyPublic;

/// What to do about a letter with rows that are not good.
const DO_WITHOUT: &str = "nothing was put in stock: do without this letter";

/// Refuses organisations of which two are one, or one is the owner: whoever is counted twice knows the key of every file alone.
pub fn are_different(from: &[PartyPublic], owner: &PartyPublic) -> anyhow::Result<()> {
    for (place, party) in from.iter().enumerate() {
        if party.shares_a_key(owner) {
            let message = "one of the --from parties is you, or has a key of yours";
            bail!(Failure::argument(message).hint("rows of your own are added with --own"));
        }
        if from.iter().skip(place + 1).any(|other| party.shares_a_key(other)) {
            let message = "two of the --from parties are one, or share a key";
            bail!(Failure::argument(message).hint("take rows of a second organisation, or add your own: --own"));
        }
    }
    Ok(())
}

/// The letter of this place. The owner's own rows come last, and are in none.
fn letter(letters: &[PathBuf], place: usize) -> String {
    letters.get(place).map_or_else(|| "your own rows".to_owned(), |letter| letter.display().to_string())
}

/// Rows in the letter of this place that nobody can compute with.
pub fn bad_rows(letters: &[PathBuf], place: usize, error: RowsError) -> Failure {
    told(anyhow::Error::new(error).context(letter(letters, place))).hint(DO_WITHOUT)
}

/// Why contributions were not joined.
pub fn not_joined(error: JoinError, letters: &[PathBuf], public: &[PathBuf]) -> anyhow::Error {
    match error {
        JoinError::Keys(error) => misspelt(error, public),
        JoinError::Rows { contribution, source: RowsError::Mismatch } => {
            unverified(format!("{}: {}", letter(letters, contribution), RowsError::Mismatch))
                .hint("--public names the authorities' files as they were when the rows were made")
                .into()
        }
        JoinError::Rows { contribution, source } => bad_rows(letters, contribution, source).into(),
        JoinError::OtherPolicy { contribution } | JoinError::Unfit { contribution } => {
            unverified(format!("{}: {error}", letter(letters, contribution))).hint(DO_WITHOUT).into()
        }
    }
}
