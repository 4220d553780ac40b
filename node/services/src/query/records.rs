//! Single records of the ledger, for anybody: read in a turn, beside the threads that the network is served with.

use crate::sender::Sender;
use crate::services::Services;
use medshare_crypto::hash::Hash32;
use medshare_node_chain::Outcome;
use medshare_node_refusal::Refusal;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// What `read` finds in the views, for somebody at `sender`.
///
/// # Errors
/// [`Refusal`] of reading, or because too many wait already.
pub(super) async fn record<T: Send + 'static>(
    services: &Arc<Services>,
    sender: Sender,
    read: impl FnOnce(&Services) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let reading = Arc::clone(services);
    services.gates.records.pass(sender, move || read(&reading)).await
}

/// What becomes of an entry, for somebody at `sender` who waits so long: one turn each height, of those who wait for entries.
///
/// # Errors
/// [`Refusal`] when the views cannot be read, or too many wait for a turn already.
pub(super) async fn outcome(
    services: &Arc<Services>,
    sender: Sender,
    entry: Hash32,
    limit: Duration,
) -> Result<Outcome, Refusal> {
    let (mut heights, deadline) = (services.chain.heights(), Instant::now() + limit);
    loop {
        heights.borrow_and_update();
        let looking = Arc::clone(services);
        let look = move || Ok(looking.chain.look_after(&entry)?);
        if let Some(outcome) = services.gates.entries.pass(sender, look).await? {
            return Ok(outcome);
        }
        if !matches!(timeout_at(deadline, heights.changed()).await, Ok(Ok(()))) {
            return Ok(Outcome::TimedOut);
        }
    }
}

#[cfg(test)]
mod tests;
