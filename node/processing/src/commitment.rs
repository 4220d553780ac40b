//! Commitments that stage events put on the ledger: salted, so that nothing can be guessed from them.

use medshare_crypto::hash::{Hash32, tagged_hash};
use medshare_deid::Rendered;

/// Secret of one request's commitments; kept by the nodes that processed it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

impl Salt {
    /// Commitment to the parts of a stage's result.
    #[must_use]
    pub fn commit(&self, stage: &str, parts: &[&[u8]]) -> Hash32 {
        let mut all = vec![self.0.as_slice(), stage.as_bytes()];
        all.extend_from_slice(parts);
        tagged_hash("medshare/stage/v1", &all)
    }

    /// Commitment to de-identified files, which the second node computes as well.
    #[must_use]
    pub fn commit_files(&self, files: &Rendered) -> Hash32 {
        let parts: Vec<&[u8]> = files.files().flat_map(|(name, bytes)| [name.as_bytes(), bytes]).collect();
        self.commit("de-identified", &parts)
    }
}
