//! Packages that their owner took back: the data goes from this node's disk. Its manifest stays, because reports are read with it, and they
//! may come late.

use super::{Packages, package_file};
use medshare_contract_abi::permissions::Status;
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, PackageId};
use medshare_node_chain::Chain;
use medshare_node_refusal::Refusal;
use medshare_node_store::durable;
use medshare_node_store::fault::StoreFault;
use std::collections::BTreeMap;

/// The parent blocks of packages that were looked at, so that no file is read twice.
#[derive(Default)]
pub struct BlocksOf(BTreeMap<PackageId, BlockId>);

impl Packages {
    /// Removes the data of packages that were taken back; how many there were.
    ///
    /// # Errors
    /// [`Refusal`] when folder or ledger cannot be read, or a file cannot be written or removed.
    pub fn remove_retrieved(&self, chain: &Chain, blocks: &mut BlocksOf) -> Result<usize, Refusal> {
        let fault = |source| StoreFault::io("reading", &self.0, source);
        let mut count = 0;
        for entry in std::fs::read_dir(&self.0).map_err(fault)? {
            let path = entry.map_err(fault)?.path();
            let Some((package, _)) = package_file(&path) else { continue };
            if self.is_retrieved(&package, chain, blocks)? {
                blocks.0.remove(&package);
                count += usize::from(self.keep_manifest_alone(&package)?);
            }
        }
        Ok(count)
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

    fn keep_manifest_alone(&self, package: &PackageId) -> Result<bool, StoreFault> {
        let Ok(Some(head)) = self.head(package) else { return Ok(false) };
        durable::replace_file(&self.manifest_path(package), &codec::encode(&head.manifest))?;
        durable::remove_file(&self.path(package))?;
        Ok(true)
    }
}
