//! Who hands in what somebody signed, and the turn in which it is looked at before it is known who that is.

use crate::services::Services;
use medshare_ledger::id::NodeId;
use medshare_node_net::Subnet;
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::Refusal;
use std::sync::Arc;

/// Who hands something in.
#[derive(Clone, Copy, Debug)]
pub enum Bringer {
    /// Somebody there.
    Somebody(Subnet),
    /// Another node, for whoever asked it.
    Node(NodeId),
}

impl Bringer {
    /// Waits for the turn to have something looked at; it is given to the next when dropped.
    ///
    /// # Errors
    /// [`Refusal`] when too many wait already.
    pub(crate) async fn turn(self, services: &Services) -> Result<Box<dyn Send>, Refusal> {
        Ok(match self {
            Self::Somebody(subnet) => Box::new(services.gates.checks.turn(subnet).await?),
            Self::Node(node) => Box::new(services.gates.handed_on.turn(node).await?),
        })
    }

    /// Looks in that turn, beside the threads that the network is served with.
    ///
    /// # Errors
    /// [`Refusal`] of the look, or because too many wait already.
    pub(crate) async fn looked<T: Send + 'static>(
        self,
        services: &Arc<Services>,
        look: impl FnOnce(&Arc<Services>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let turn = self.turn(services).await?;
        let services = Arc::clone(services);
        blocking(move || {
            let seen = look(&services);
            drop(turn);
            seen
        })
        .await
    }
}
