//! What an auditor reads.

use super::arriving::Arriving;
use super::transport::Call;
use super::{ClientError, Destination, NodeClient};
use medshare_exchange::api::{BlockDetail, RequestView, SideBlockView, ThreadView};
use medshare_ledger::bundle::MAX_BUNDLE_BYTES;
use medshare_ledger::id::{BlockId, RequestorId};
use serde::Deserialize;

/// Most bytes that a side-block takes in a page, with its part of the block that begins the page.
const MAX_SIDE_BLOCK_BYTES: u64 = 4 * 1024;
/// Bytes of side-blocks that came since they were counted.
const SPARE_BYTES: u64 = 4 * 1024 * 1024;

/// A page of side-blocks; what stands before them is left out.
#[derive(Deserialize)]
struct SideBlocks {
    side_blocks: Vec<SideBlockView>,
    next: Option<String>,
}

impl NodeClient {
    /// The thread of a requestor, all pages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn thread(&self, requestor: RequestorId) -> Result<ThreadView, ClientError> {
        let mut whole = ThreadView { requestor: requestor.to_string(), count: 0, blocks: Vec::new(), next: None };
        self.pages(&format!("/v1/audit/threads/{requestor}"), None, |page: ThreadView| {
            whole.count = page.count;
            whole.blocks.extend(page.blocks);
            page.next
        })?;
        Ok(whole)
    }

    /// What a requestor asked for as the ledger has it, answered or not, all pages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn requests_of(&self, requestor: RequestorId) -> Result<Vec<RequestView>, ClientError> {
        self.list(&format!("/v1/audit/requests/{requestor}"), None)
    }

    /// A parent block with all its side-blocks.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn block(&self, block: BlockId) -> Result<BlockDetail, ClientError> {
        let (mut side_blocks, mut last) = (Vec::new(), None);
        self.pages(&format!("/v1/audit/blocks/{block}"), None, |page: BlockDetail| {
            side_blocks.extend(page.side_blocks);
            last = Some(page.block);
            page.next
        })?;
        // A list that ended well has had a page.
        let found = last.ok_or(ClientError::NoNode)?;
        if found.id != block.to_string() {
            let node = self.nodes.first().cloned().ok_or(ClientError::NoNode)?;
            return Err(ClientError::Answer {
                node,
                reason: "it tells of another block than was asked for".to_owned(),
            });
        }
        Ok(BlockDetail { block: found, side_blocks, next: None })
    }

    /// Gives `each` the side-blocks of a parent block that has so many, oldest first.
    ///
    /// # Errors
    /// [`ClientError`]; then some may have been given.
    pub fn side_blocks(
        &self,
        block: BlockId,
        count: u64,
        mut each: impl FnMut(SideBlockView),
    ) -> Result<(), ClientError> {
        let limit = SPARE_BYTES.saturating_add(count.saturating_mul(MAX_SIDE_BLOCK_BYTES));
        self.pages_within(limit, &format!("/v1/audit/blocks/{block}"), None, |page: SideBlocks| {
            page.side_blocks.into_iter().for_each(&mut each);
            page.next
        })
    }

    /// Writes the audit bundle of a requestor to `out`; returns its length in bytes.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn download_bundle(&self, requestor: RequestorId, out: &mut impl Destination) -> Result<u64, ClientError> {
        let most = Arriving::AtMost(MAX_BUNDLE_BYTES as u64);
        self.download(Call::get(&format!("/v1/audit/bundles/{requestor}")), &most, out)
    }
}
