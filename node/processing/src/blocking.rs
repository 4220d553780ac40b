//! Work that computes or reads disks, kept off the threads that the network is served with.

use medshare_node_refusal::{Code, Refusal};

/// Runs work that computes or reads disks on a thread of its own.
///
/// # Errors
/// [`Refusal`] of the work, or because the node is stopping.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| if error.is_panic() { Refusal::fault(&error) } else { stopping() })?
}

/// The answer of a node that takes no more work.
#[must_use]
pub fn stopping() -> Refusal {
    Refusal::new(Code::Stopping, "the node is stopping; try again in a moment")
}
