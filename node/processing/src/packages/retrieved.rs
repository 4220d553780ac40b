//! Packages that their owner took back: the data goes from this node's disk. The head stays, with the contract that reports were made by,
//! and they may come late.

use super::leftovers::Swept;
use super::{Packages, opened};
use medshare_contract_abi::permissions::Status;
use medshare_exchange::manifest::Manifest;
use medshare_exchange::package::{Package, PackageError};
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, PackageId};
use medshare_node_chain::Chain;
use medshare_node_refusal::Refusal;
use medshare_node_store::durable;
use medshare_node_store::fault::StoreFault;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::Path;

/// The parent blocks of packages that were looked at, so that no file is read twice.
#[derive(Default)]
pub struct BlocksOf(BTreeMap<PackageId, BlockId>);

impl Packages {
    /// Removes the data of packages that were taken back.
    ///
    /// # Errors
    /// [`Refusal`] when the folder cannot be read.
    pub fn remove_retrieved(&self, chain: &Chain, blocks: &mut BlocksOf) -> Result<Swept, Refusal> {
        self.sweep(|package, _| {
            if !self.is_retrieved(&package, chain, blocks)? {
                return Ok(false);
            }
            self.keep_head_alone(&package)?;
            blocks.0.remove(&package);
            Ok(true)
        })
    }

    fn is_retrieved(&self, package: &PackageId, chain: &Chain, blocks: &mut BlocksOf) -> Result<bool, Refusal> {
        let state = chain.state();
        let block = match blocks.0.get(package) {
            Some(block) => *block,
            None => {
                // One that cannot be read is a matter for people; one that is not decided yet is looked at again.
                let Ok(Some(head)) = self.head(package) else { return Ok(false) };
                let Some(block) = state.request(head.manifest.request)?.and_then(|made| made.answer) else {
                    return Ok(false);
                };
                if state.block(block)?.is_none_or(|record| record.package != *package) {
                    return Ok(false);
                }
                *blocks.0.entry(*package).or_insert(block)
            }
        };
        Ok(state.permission(block)?.is_some_and(|permission| permission.status == Status::Retrieved))
    }

    /// Nothing is written before the data is gone: the disk may be full. Where the node falls in between, the same is done again.
    fn keep_head_alone(&self, package: &PackageId) -> Result<(), Refusal> {
        let (path, kept) = (self.path(package), self.manifest_path(package));
        let Some(head) = self.head(package).map_err(|error| Refusal::fault(&error))? else { return Ok(()) };
        let fault = |source| StoreFault::io("cutting", &path, source);
        let file = OpenOptions::new().write(true).open(&path).map_err(fault)?;
        file.set_len(head.head_bytes()).and_then(|()| file.sync_all()).map_err(fault)?;
        std::fs::rename(&path, &kept).map_err(|source| StoreFault::io("renaming", &path, source))?;
        Ok(durable::sync_folder(&self.0)?)
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
