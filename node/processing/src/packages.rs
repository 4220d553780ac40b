//! Finished packages on this node's disk, written before their parent block is submitted, and sealed for it when they are handed out.
//!
//! A file is named by its package id, so that a request that is processed again after this node fell does not touch the package of a block
//! that is still to be decided. Of the forms of a block the ledger takes one: no seal is made before, and a file that has the seal of that one
//! is not written any more.

pub mod blocks;
pub mod leftovers;
pub mod retrieved;

use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::manifest::Manifest;
use medshare_exchange::package::{Package, PackageError, UnsealedPackage};
use medshare_ledger::id::{BlockId, PackageId, Timestamp};
use medshare_node_refusal::Refusal;
use medshare_node_store::durable;
use medshare_node_store::fault::StoreFault;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Seek as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

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

    /// Where the file of a package is.
    #[must_use]
    pub fn path(&self, package: &PackageId) -> PathBuf {
        self.0.join(format!("{package}.medshare"))
    }

    /// Where its manifest is once its data is gone.
    fn manifest_path(&self, package: &PackageId) -> PathBuf {
        self.0.join(format!("{package}.manifest"))
    }

    /// The manifest of a package, if this node has it, whatever became of the data behind it.
    ///
    /// # Errors
    /// [`PackageError`] when the file is damaged.
    pub fn manifest(&self, package: &PackageId) -> Result<Option<Manifest>, PackageError> {
        match self.head(package)? {
            Some(head) => Ok(Some(head.manifest)),
            None => retrieved::manifest(&self.manifest_path(package)),
        }
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
        let path = self.draft_path(request);
        let written = File::create(&path).map_err(|e| Refusal::fault(&e)).and_then(|mut file| write(&mut file));
        if written.is_err() {
            remove(&path);
        }
        written
    }

    /// Keeps the package that was written, by its name. Where that fails, nothing of it is left: no block was made of it.
    ///
    /// # Errors
    /// [`Refusal`] when the disk does not take it.
    pub fn store(&self, package: &UnsealedPackage) -> Result<(), Refusal> {
        let stored = self.named(package);
        if stored.is_err() {
            self.remove(package);
        }
        stored
    }

    fn named(&self, package: &UnsealedPackage) -> Result<(), Refusal> {
        let (draft, path) = (self.draft_path(&package.manifest.request), self.path(&package.id));
        let synced = File::open(&draft).and_then(|file| file.sync_all());
        synced.and_then(|()| std::fs::rename(&draft, &path)).map_err(|e| Refusal::fault(&e))?;
        Ok(durable::sync_folder(&self.0)?)
    }

    /// The file of a package, sealed for the parent block that the ledger has, if this node has it. Whoever hands a
    /// package out asks here first: a file whose seal is missing, incomplete or another form's is sealed now, also after this node fell.
    ///
    /// # Errors
    /// [`PackageError::Io`] when the disk does not give or take it, another one when the file is damaged.
    pub fn sealed(&self, package: &PackageId, block: BlockId, key: &SigningKey) -> Result<Option<File>, PackageError> {
        let path = self.path(package);
        let Some(mut file) = opened(&path)? else { return Ok(None) };
        let head = Package::read(&mut file)?;
        if head.id() != *package {
            return Err(PackageError::BadSeal);
        }
        if !head.is_sealed(block, &key.verifying_key()) {
            let mut sealing = OpenOptions::new().write(true).open(&path)?;
            head.unsealed().seal(block, key, &mut sealing)?;
            sealing.sync_all()?;
        }
        file.rewind()?;
        Ok(Some(file))
    }

    /// Removes a package that was not granted.
    pub fn remove(&self, package: &UnsealedPackage) {
        remove(&self.draft_path(&package.manifest.request));
        remove(&self.path(&package.id));
    }

    /// The head of a package, if this node has it, whatever became of the data behind it.
    ///
    /// # Errors
    /// [`PackageError`] when the head is damaged.
    pub fn head(&self, package: &PackageId) -> Result<Option<Package>, PackageError> {
        let Some(mut file) = opened(&self.path(package))? else { return Ok(None) };
        Package::read_head(&mut file).map(Some)
    }
}

/// The file at `path`, if there is one.
fn opened(path: &Path) -> std::io::Result<Option<File>> {
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != ErrorKind::NotFound
    {
        tracing::warn!(%error, "a package without a parent block could not be removed");
    }
}

/// Which package a file is by its name, and when it was last written.
fn package_file(path: &Path) -> Option<(PackageId, Timestamp)> {
    let package = path.file_name()?.to_str()?.strip_suffix(".medshare")?.parse().ok()?;
    let written = path.metadata().ok()?.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some((package, Timestamp(u64::try_from(written.as_millis()).ok()?)))
}
