//! Who hands in what somebody signed, and the turn in which it is looked at before it is known who that is.

use super::Claim;
use crate::caller::Caller;
use crate::services::Services;
use crate::signer::Signer;
use medshare_ledger::id::NodeId;
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::Refusal;
use std::sync::Arc;

/// Who hands something in.
#[derive(Clone, Copy)]
pub enum Bringer<'a> {
    /// Somebody there.
    Somebody(&'a Caller),
    /// Another node, for whoever asked it.
    Node(NodeId),
}

impl Bringer<'_> {
    /// Waits for the turn to have something looked at, which says of itself whether access ends by it; it is given to the next when dropped.
    ///
    /// # Errors
    /// [`Refusal`] when too many wait already.
    pub(crate) async fn turn(self, services: &Services, is_urgent: bool) -> Result<Box<dyn Send>, Refusal> {
        let gates = &services.gates;
        Ok(match self {
            Self::Somebody(caller) => Box::new(gates.checks.turn(Claim::from(caller.sender).urgent(is_urgent)).await?),
            Self::Node(node) => Box::new(gates.handed_on.turn(Claim::from(node).urgent(is_urgent)).await?),
        })
    }

    /// Looks in that turn, beside the threads that the network is served with.
    ///
    /// # Errors
    /// [`Refusal`] of the look, or because too many wait already.
    pub(crate) async fn looked<T: Send + 'static>(
        self,
        services: &Arc<Services>,
        is_urgent: bool,
        look: impl FnOnce(&Arc<Services>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let turn = self.turn(services, is_urgent).await?;
        let services = Arc::clone(services);
        blocking(move || {
            let seen = look(&services);
            drop(turn);
            seen
        })
        .await
    }

    /// The same, where the look tells who signed it: what is held for it stays then until it is answered. It tells nobody of what has its effect
    /// here already: anybody who saw it may send it again, and is answered at once.
    ///
    /// # Errors
    /// As [`Self::looked`].
    pub(crate) async fn checked<T: Send + 'static>(
        self,
        services: &Arc<Services>,
        is_urgent: bool,
        check: impl FnOnce(&Arc<Services>) -> Result<(Option<Signer>, T), Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (signer, seen) = self.looked(services, is_urgent, check).await?;
        if let (Self::Somebody(caller), Some(signer)) = (self, signer) {
            caller.is_known(&signer);
        }
        Ok(seen)
    }
}
