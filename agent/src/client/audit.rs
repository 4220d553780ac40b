//! What an auditor reads.

use super::arriving::Arriving;
use super::transport::Call;
use super::{ClientError, NodeClient};
use medshare_exchange::api::{BlockDetail, RequestView, ThreadView};
use medshare_ledger::bundle::MAX_BUNDLE_BYTES;
use medshare_ledger::id::{BlockId, RequestorId};
use std::io::Write;

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

    /// Writes the audit bundle of a requestor to `out`; returns its length in bytes.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn download_bundle(&self, requestor: RequestorId, out: &mut impl Write) -> Result<u64, ClientError> {
        let most = Arriving::AtMost(MAX_BUNDLE_BYTES as u64);
        self.download(Call::get(&format!("/v1/audit/bundles/{requestor}")), most, out)
    }
}
