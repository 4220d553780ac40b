//! What an auditor reads.

use super::transport::Call;
use super::{ClientError, NodeClient};
use medshare_exchange::api::{BlockView, ThreadView};
use medshare_ledger::id::{BlockId, RequestorId};
use std::io::Write;

impl NodeClient {
    /// The thread of a requestor.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn thread(&self, requestor: RequestorId) -> Result<ThreadView, ClientError> {
        self.json(Call::get(&format!("/v1/audit/threads/{requestor}")))
    }

    /// A parent block with its side-blocks.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn block(&self, block: BlockId) -> Result<BlockView, ClientError> {
        self.json(Call::get(&format!("/v1/audit/blocks/{block}")))
    }

    /// Writes the audit bundle of a requestor to `out`; returns its length in bytes.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn download_bundle(&self, requestor: RequestorId, out: &mut impl Write) -> Result<u64, ClientError> {
        self.download(Call::get(&format!("/v1/audit/bundles/{requestor}")), out)
    }
}
