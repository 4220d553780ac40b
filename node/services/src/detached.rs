//! Work that goes on to its end, also when whoever asked for it stops waiting: what is decided on the ledger must find kept what belongs to it.

use medshare_node_processing::blocking::stopping;
use medshare_node_refusal::Refusal;
use std::future::Future;
use tokio::task::JoinHandle;

/// Does work in a task of its own, and waits for it.
///
/// # Errors
/// [`Refusal`] of the work, or because the node is stopping.
pub async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    end_of(tokio::spawn(work)).await
}

/// Waits for work that was begun in a task of its own.
///
/// # Errors
/// [`Refusal`] of the work, or because the node is stopping.
pub async fn end_of<T>(work: JoinHandle<Result<T, Refusal>>) -> Result<T, Refusal> {
    work.await.map_err(|error| if error.is_panic() { Refusal::fault(&error) } else { stopping() })?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn work_ends_when_nobody_waits_for_it_any_more() {
        let (ended, has_ended) = tokio::sync::oneshot::channel();
        let work = to_its_end(async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            ended.send(()).unwrap();
            Ok(())
        });
        tokio::time::timeout(Duration::from_millis(1), work).await.unwrap_err();
        has_ended.await.unwrap();
    }
}
