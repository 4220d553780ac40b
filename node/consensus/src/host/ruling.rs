//! What is not proposed or told to the engine because another node proves what was decided instead.

use medshare_crypto::hash::Hash32;
use medshare_ledger::id::Height;

use super::Host;
use crate::application::Application;

impl<A: Application> Host<'_, A> {
    /// Whether another node's certificate rules out `batch`, or a new one, at `height`.
    ///
    /// From the second round on the log says so, once for each height: where the one who proves it does not give the batch, nobody
    /// decides any more. In its first round a height that others have decided is on its way here.
    pub(super) fn is_ruled_out(&mut self, height: Height, batch: Option<Hash32>) -> bool {
        let Some(shown) = self.setup.neighbours.rule_out(height, batch) else {
            return false;
        };
        if self.round > 0 && self.ruled_out_at != Some(height) {
            self.ruled_out_at = Some(height);
            tracing::error!(
                %height,
                reason = %shown,
                "nothing else is proposed or voted for here: this node waits for the batches from that node; where they do not \
                 come, see wal/given-up in the operator's guide"
            );
        }
        true
    }
}
