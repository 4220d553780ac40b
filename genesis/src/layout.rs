//! The folder of a network on one machine.

use std::path::PathBuf;

/// Where the parts of a founded network are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout(PathBuf);

impl Layout {
    /// The network in this folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The genesis file.
    #[must_use]
    pub fn genesis(&self) -> PathBuf {
        self.0.join("genesis.toml")
    }

    /// The folder of all node homes.
    #[must_use]
    pub fn nodes(&self) -> PathBuf {
        self.0.join("nodes")
    }

    /// The home of the node with this name.
    #[must_use]
    pub fn home(&self, name: &str) -> PathBuf {
        self.nodes().join(name)
    }

    /// The key file of the owner with this name.
    #[must_use]
    pub fn owner_key(&self, name: &str) -> PathBuf {
        self.owner_keys().join(format!("{name}.key"))
    }

    /// The key file of the authority with this name.
    #[must_use]
    pub fn authority_key(&self, name: &str) -> PathBuf {
        self.authority_keys().join(format!("{name}.key"))
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    pub(crate) fn owner_keys(&self) -> PathBuf {
        self.keys().join("owners")
    }

    pub(crate) fn authority_keys(&self) -> PathBuf {
        self.keys().join("authorities")
    }
}
