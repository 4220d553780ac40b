//! Work that computes or reads, away from what waits.

use medshare_node_refusal::{Code, Refusal};

/// Mines, signs, or reads the views on a thread of its own.
pub(crate) async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    let stopping = |_| Refusal::new(Code::Stopping, "the node is stopping; try again in a moment");
    tokio::task::spawn_blocking(work).await.map_err(stopping)
}
