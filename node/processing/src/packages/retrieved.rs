//! Packages that their owner took back: the data goes from this node's disk, whatever became of the head before it. A head that can be read
//! stays, with the contract that reports were made by, and they may come late.

use super::blocks::Blocks;
use super::leftovers::Swept;
use super::{Packages, opened};
use medshare_contract_abi::permissions::Status;
use medshare_exchange::manifest::Manifest;
use medshare_exchange::package::{Package, PackageError};
use medshare_ledger::codec;
use medshare_ledger::id::PackageId;
use medshare_node_chain::Chain;
use medshare_node_refusal::Refusal;
use medshare_node_store::durable;
use medshare_node_store::fault::StoreFault;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

impl Packages {
    /// Removes the data of packages that were taken back.
    ///
    /// # Errors
    /// [`Refusal`] when the folder cannot be read.
    pub fn remove_retrieved(&self, chain: &Chain, blocks: &Blocks) -> Result<Swept, Refusal> {
        self.sweep(|package, _| {
            let Some(block) = blocks.block_of(&package) else { return Ok(false) };
            let permission = chain.state().permission(block)?;
            if permission.is_none_or(|permission| permission.status != Status::Retrieved) {
                return Ok(false);
            }
            self.keep_head_alone(&package)?;
            Ok(true)
        })
    }

    /// Nothing is written before the data is gone: the disk may be full. Where the node falls in between, the same is done again. Where the
    /// head does not tell where the data begins, it goes with it; where it could not be read, the same is tried again.
    fn keep_head_alone(&self, package: &PackageId) -> Result<(), Refusal> {
        let (path, kept) = (self.path(package), self.manifest_path(package));
        let fault = |source| StoreFault::io("cutting", &path, source);
        let Some(mut file) = opened(&path).map_err(fault)? else { return Ok(()) };
        let head = match Package::read_head(&mut file) {
            Ok(head) => head,
            Err(error) => match unread(error) {
                Some(source) => return Err(fault(source).into()),
                None => {
                    tracing::warn!(%package, "the head of a package that was taken back is damaged: all of it is removed");
                    return Ok(durable::remove_file(&path)?);
                }
            },
        };
        let file = OpenOptions::new().write(true).open(&path).map_err(fault)?;
        file.set_len(head.head_bytes()).and_then(|()| file.sync_all()).map_err(fault)?;
        std::fs::rename(&path, &kept).map_err(|source| StoreFault::io("renaming", &path, source))?;
        Ok(durable::sync_folder(&self.0)?)
    }
}

/// Why a head could not be read, where that may be another time: a disk that fails once must not cost a manifest. What is cut is damaged.
fn unread(error: PackageError) -> Option<std::io::Error> {
    match error {
        PackageError::Io(source) if source.kind() != ErrorKind::UnexpectedEof => Some(source),
        _ => None,
    }
}

/// The manifest of a package that was taken back: in its head, or alone, as builds before kept it.
pub(super) fn manifest(path: &Path) -> Result<Option<Manifest>, PackageError> {
    let Some(mut file) = opened(path)? else { return Ok(None) };
    match Package::read_head(&mut file) {
        Err(PackageError::NotAPackage) => {
            codec::decode(&std::fs::read(path)?).map(Some).map_err(PackageError::Manifest)
        }
        head => head.map(|head| Some(head.manifest)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::io::Error;

    #[test]
    fn a_head_that_the_disk_did_not_give_once_is_not_taken_for_a_damaged_one() {
        for kind in [ErrorKind::Other, ErrorKind::Interrupted, ErrorKind::TimedOut, ErrorKind::PermissionDenied] {
            assert_eq!(unread(PackageError::Io(Error::from(kind))).map(|error| error.kind()), Some(kind));
        }
        assert!(unread(PackageError::Io(ErrorKind::UnexpectedEof.into())).is_none());
        assert!(unread(PackageError::NotAPackage).is_none());
    }
}
