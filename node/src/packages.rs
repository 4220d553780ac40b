//! Finished packages on this node's disk, one file a request, written before their parent block is submitted.

use crate::refusal::Refusal;
use crate::store::durable;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::package::{Package, PackageError, write_package};
use medshare_ledger::id::BlockId;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use crate::processing::packaging::SealedPackage;

/// The folder of packages.
pub struct Packages(PathBuf);

impl Packages {
    /// The packages in a node's home.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn open(home: &Path) -> Result<Self, crate::store::fault::StoreFault> {
        let folder = home.join("packages");
        durable::create_folder(&folder)?;
        Ok(Self(folder))
    }

    /// Where the package for a request is.
    #[must_use]
    pub fn path(&self, request: &Hash32) -> PathBuf {
        self.0.join(format!("{request}.medshare"))
    }

    /// Stores a package under a parent block, replacing the form that it had under another.
    ///
    /// # Errors
    /// [`Refusal`] when the disk does not take it.
    pub fn store(
        &self,
        request: &Hash32,
        package: &SealedPackage,
        block: BlockId,
        key: &SigningKey,
    ) -> Result<(), Refusal> {
        let path = self.path(request);
        let part = path.with_extension("part");
        let write = || -> std::io::Result<()> {
            let mut file = BufWriter::with_capacity(1 << 20, File::create(&part)?);
            write_package(&package.manifest, &package.payload, &package.payload_digest, block, key, &mut file)?;
            file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
            std::fs::rename(&part, &path)
        };
        write().map_err(|e| Refusal::fault(&e))?;
        Ok(durable::sync_folder(&self.0)?)
    }

    /// Removes the package of a request that was not granted.
    pub fn remove(&self, request: &Hash32) {
        if let Err(error) = std::fs::remove_file(self.path(request))
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a package without a parent block could not be removed");
        }
    }

    /// The head of the package for a request, if this node has it.
    ///
    /// # Errors
    /// [`PackageError`] when the file is damaged.
    pub fn head(&self, request: &Hash32) -> Result<Option<Package>, PackageError> {
        match File::open(self.path(request)) {
            Ok(mut file) => Package::read(&mut file).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
