//! A package on disk that was checked against the network's genesis.

use super::SessionError;
use medshare_crypto::stream::DataKey;
use medshare_exchange::manifest::Manifest;
use medshare_exchange::package::Package;
use medshare_exchange::terms::TermsBroken;
use medshare_ledger::facts::{DataSet, NetworkFacts};
use medshare_ledger::id::{BlockId, PackageId};
use std::fs::File;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A package whose network, seal, payload digest and terms were verified.
#[derive(Debug)]
pub struct PackageFile {
    path: PathBuf,
    file: File,
    package: Package,
}

impl PackageFile {
    /// Reads and verifies a package.
    ///
    /// # Errors
    /// [`SessionError::Read`] when the file cannot be opened, [`SessionError::Package`] when it is no whole package of this
    /// network, [`SessionError::UnknownNode`] when no validator of this network sealed it, [`SessionError::Terms`] when it is laxer than
    /// its data set.
    pub fn verify(path: &Path, facts: &NetworkFacts) -> Result<Self, SessionError> {
        let mut file = File::open(path).map_err(|source| SessionError::Read { path: path.to_owned(), source })?;
        let package = Package::read(&mut file)?;
        // the network first: the nodes of another one are unknown for a reason
        let network = facts.network();
        if package.manifest.network != network {
            let (found, expected) = (package.manifest.network, network);
            return Err(medshare_exchange::package::PackageError::OtherNetwork { found, expected }.into());
        }
        let node = facts.validator(package.manifest.node).ok_or(SessionError::UnknownNode)?;
        package.verify(network, &node.key, &mut file)?;
        let manifest = &package.manifest;
        let is_its = |set: &&DataSet| set.owner == manifest.owner && set.id == manifest.dataset;
        let dataset = facts.genesis().datasets.iter().find(is_its).ok_or(TermsBroken::DataSet)?;
        manifest.check_terms(dataset)?;
        Ok(Self { path: path.to_owned(), file, package })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Package id.
    #[must_use]
    pub fn id(&self) -> PackageId {
        self.package.id()
    }

    /// Parent block.
    #[must_use]
    pub const fn block(&self) -> BlockId {
        self.package.block
    }

    /// What the package says of itself.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.package.manifest
    }

    pub(super) const fn package(&self) -> &Package {
        &self.package
    }

    /// Whether a key is seen to open what is in the package: its shortest file tells. Where all are empty, nothing does.
    pub(super) fn opens_with(&mut self, key: &DataKey) -> bool {
        let files = self.manifest().files.iter().filter(|file| file.length > 0);
        let shortest = files.min_by_key(|file| file.length).map(|file| file.name.clone());
        shortest.is_some_and(|name| self.read_file(&name, key).is_ok())
    }

    pub(super) fn read_file(&mut self, name: &str, key: &DataKey) -> Result<Zeroizing<Vec<u8>>, SessionError> {
        Ok(self.package.read_file(name, key, &mut self.file)?)
    }
}
