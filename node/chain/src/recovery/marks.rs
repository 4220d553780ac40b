//! What was met in the views while they were in use, for the next start.
//!
//! A mark stands beside the folder of the views: in it, it would go with the first of what is removed, and a start that ends there would
//! leave the rest to be used.

use medshare_node_store::durable;
use medshare_node_store::fault::StoreFault;
use std::path::{Path, PathBuf};

/// A mark of views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The disk did not answer for them. Where it does so again, they are given up.
    Doubted,
    /// They are wrong: the next start rebuilds them.
    GivenUp,
}

impl Mark {
    fn path(self, folder: &Path) -> PathBuf {
        folder.with_extension(match self {
            Self::Doubted => "doubted",
            Self::GivenUp => "given-up",
        })
    }

    /// Whether the views in `folder` have it.
    #[must_use]
    pub fn is_set(self, folder: &Path) -> bool {
        self.path(folder).exists()
    }

    /// Marks the views in `folder`.
    pub fn set(self, folder: &Path) {
        if let Err(error) = durable::replace_file(&self.path(folder), b"") {
            tracing::warn!(%error, "the views could not be marked as wrong; remove them before the node is started again");
        }
    }

    /// Takes all marks from the views in `folder`, which are others now.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn clear(folder: &Path) -> Result<(), StoreFault> {
        [Self::Doubted, Self::GivenUp].iter().try_for_each(|mark| durable::remove_file(&mark.path(folder)))
    }
}
