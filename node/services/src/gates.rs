//! Work that others ask for, beside the threads that the network is served with: so much of a kind at once, so much that waits, no more.
//!
//! What strangers may ask for has gates of its own, so that they wait for each other and for nobody else.

use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::{Code, Refusal};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// One kind of work.
pub struct Gate {
    running: Arc<Semaphore>,
    /// Those that run and those that wait.
    places: Arc<Semaphore>,
}

impl Gate {
    /// So many at once, and so many that wait for one of them to end.
    #[must_use]
    pub fn new(at_once: usize, waiting: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(at_once)),
            places: Arc::new(Semaphore::new(at_once.saturating_add(waiting))),
        }
    }

    /// Does work when it is its turn. Whoever stops waiting leaves the queue.
    ///
    /// # Errors
    /// [`Refusal`] of the work, or because too many wait already.
    pub async fn pass<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| crowded())?;
        // Nobody closes it.
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| crowded())?;
        blocking(move || {
            let done = work();
            drop((turn, place));
            done
        })
        .await
    }
}

fn crowded() -> Refusal {
    Refusal::new(Code::TooManyRequests, "too many questions of this kind wait for this node; ask again in a moment")
}

/// The gates of a node.
pub struct Gates {
    /// Checks of what is handed in by anybody, before it is known who signed it.
    pub checks: Gate,
    /// Pages of lists that anybody may read.
    pub pages: Gate,
    /// Bundles that anybody may read.
    pub bundles: Gate,
    /// What those ask for who sign.
    pub signed: Gate,
}

impl Default for Gates {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            checks: Gate::new(cores, 1024),
            pages: Gate::new(cores.div_ceil(2), 64),
            bundles: Gate::new(1, 16),
            signed: Gate::new(cores, 64),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::sync::mpsc;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn beyond_those_that_run_and_wait_nobody_is_taken_in() {
        let gate = Arc::new(Gate::new(1, 1));
        let (release, released) = mpsc::channel::<()>();
        let (started, is_started) = tokio::sync::oneshot::channel();
        let running = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move {
                gate.pass(move || {
                    started.send(()).unwrap();
                    released.recv().unwrap();
                    Ok(1)
                })
                .await
            }
        });
        is_started.await.unwrap();
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.pass(|| Ok(2)).await }
        });
        while gate.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gate.pass(|| Ok(3)).await.unwrap_err().code, Code::TooManyRequests);
        release.send(()).unwrap();
        assert_eq!((running.await.unwrap(), waiting.await.unwrap()), (Ok(1), Ok(2)));
        assert_eq!(gate.pass(|| Ok(4)).await, Ok(4), "there is room again");
    }

    #[tokio::test]
    async fn whoever_stops_waiting_leaves_the_queue() {
        let gate = Gate::new(0, 1);
        let gone = tokio::time::timeout(std::time::Duration::from_millis(1), gate.pass(|| Ok(1)));
        gone.await.unwrap_err();
        assert_eq!(gate.places.available_permits(), 1);
    }
}
