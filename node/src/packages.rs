//! Finished packages on this node's disk, one file a request, written before their parent block is submitted.

use crate::refusal::Refusal;
use crate::store::durable;
use crate::store::fault::StoreFault;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::package::{Package, PackageError, UnsealedPackage};
use medshare_ledger::id::BlockId;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// Ending of a package's file before it has a parent block.
const DRAFT: &str = "part";

/// The folder of packages.
pub struct Packages(PathBuf);

impl Packages {
    /// The packages in a node's home. Drafts of requests that were under way when the node fell are removed.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn open(home: &Path) -> Result<Self, StoreFault> {
        let folder = home.join("packages");
        durable::create_folder(&folder)?;
        let fault = |source| StoreFault::io("reading", &folder, source);
        for entry in std::fs::read_dir(&folder).map_err(fault)? {
            let path = entry.map_err(fault)?.path();
            if path.extension().is_some_and(|ending| ending == DRAFT) {
                durable::remove_file(&path)?;
            }
        }
        Ok(Self(folder))
    }

    fn draft_path(&self, request: &Hash32) -> PathBuf {
        self.0.join(format!("{request}.{DRAFT}"))
    }

    /// Where the package for a request is.
    #[must_use]
    pub fn path(&self, request: &Hash32) -> PathBuf {
        self.0.join(format!("{request}.medshare"))
    }

    /// Writes the file of a package that has no parent block yet.
    ///
    /// # Errors
    /// [`Refusal`] when `write` refuses or the disk does not take it.
    pub fn draft<T>(
        &self,
        request: &Hash32,
        write: impl FnOnce(&mut File) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let fault = |e: std::io::Error| Refusal::fault(&e);
        write(&mut File::create(self.draft_path(request)).map_err(fault)?)
    }

    /// Puts a package under a parent block, in place of one that it had before.
    ///
    /// # Errors
    /// [`Refusal`] when the disk does not take it.
    pub fn store(
        &self,
        request: &Hash32,
        package: &UnsealedPackage,
        block: BlockId,
        key: &SigningKey,
    ) -> Result<(), Refusal> {
        let (draft, path) = (self.draft_path(request), self.path(request));
        let is_new = draft.exists();
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new().write(true).open(if is_new { &draft } else { &path })?;
            package.seal(block, key, &mut file)?;
            file.sync_all()?;
            if is_new { std::fs::rename(&draft, &path) } else { Ok(()) }
        };
        write().map_err(|e| Refusal::fault(&e))?;
        if is_new {
            durable::sync_folder(&self.0)?;
        }
        Ok(())
    }

    /// Removes what there is of the package of a request that was not granted.
    pub fn remove(&self, request: &Hash32) {
        for path in [self.draft_path(request), self.path(request)] {
            if let Err(error) = std::fs::remove_file(path)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "a package without a parent block could not be removed");
            }
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
