//! Threads for the work of consensus alone: what others ask this node for cannot stand before it.
//!
//! The runtime's threads for work that computes are shared by everything, first come, first served. A batch that had to be checked would
//! wait there behind whatever strangers asked for. Checks have threads beside the one on which batches are put together, logged and
//! executed: what somebody proposes holds up neither those nor what somebody else proposes.

use medshare_node_consensus::MAX_CHECKS;
use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// A thread. It ends when this is dropped, after what was begun.
pub struct OwnThread {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// How much was begun and has not ended.
    begun: Arc<AtomicUsize>,
}

/// The threads of consensus.
pub struct OwnThreads {
    /// For what is done in order.
    pub orderly: OwnThread,
    checks: Vec<OwnThread>,
}

/// Work that was begun.
pub struct Begun<T>(oneshot::Receiver<Result<T, Broken>>);

/// Work did not come to its end.
#[derive(Debug, thiserror::Error)]
#[error("a mistake of this program: {reason}")]
pub struct Broken {
    reason: String,
}

impl OwnThreads {
    /// Starts them.
    ///
    /// # Errors
    /// When the machine gives no further thread.
    pub fn start() -> io::Result<Self> {
        let checks = (0..MAX_CHECKS).map(|_| OwnThread::start()).collect::<io::Result<_>>()?;
        Ok(Self { orderly: OwnThread::start()?, checks })
    }

    /// Does work beside what else was begun, as long as that is less than consensus has checked at once.
    pub fn begin_check<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Begun<T> {
        self.checks
            .iter()
            .min_by_key(|thread| thread.begun.load(Ordering::Relaxed))
            .unwrap_or(&self.orderly)
            .begin(work)
    }
}

impl OwnThread {
    /// Starts it.
    ///
    /// # Errors
    /// When the machine gives no further thread.
    pub fn start() -> io::Result<Self> {
        let (jobs, begun) = mpsc::channel::<Job>();
        let work = move || begun.into_iter().for_each(|job| job());
        let thread = thread::Builder::new().name("consensus-work".to_owned()).spawn(work)?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), begun: Arc::default() })
    }

    /// Does work once what was begun before has ended, whether its end is waited for or not.
    pub fn begin<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Begun<T> {
        let (tell, told) = oneshot::channel();
        let begun = Arc::clone(&self.begun);
        begun.fetch_add(1, Ordering::Relaxed);
        let job = move || {
            let end = catch_unwind(AssertUnwindSafe(work)).map_err(broken);
            begun.fetch_sub(1, Ordering::Relaxed);
            // Nobody may be waiting for it any more.
            drop(tell.send(end));
        };
        if let Some(jobs) = &self.jobs {
            // Where the thread is gone, so is `tell`, and whoever waits hears of it.
            drop(jobs.send(Box::new(job)));
        }
        Begun(told)
    }
}

impl<T> Begun<T> {
    /// Waits for the end of the work.
    ///
    /// # Errors
    /// When it panicked.
    pub async fn end(self) -> Result<T, Broken> {
        self.0.await.unwrap_or_else(|_| Err(Broken { reason: "the thread of consensus is gone".to_owned() }))
    }
}

impl Drop for OwnThread {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // It catches what panics.
            drop(thread.join());
        }
    }
}

fn broken(panic: Box<dyn Any + Send>) -> Broken {
    let reason = match panic.downcast::<String>() {
        Ok(words) => *words,
        Err(panic) => panic.downcast::<&str>().map_or_else(|_| "a panic".to_owned(), |words| (*words).to_owned()),
    };
    Broken { reason }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;

    #[tokio::test]
    async fn work_is_done_in_order_and_a_panic_ends_nothing_but_itself() {
        let thread = OwnThread::start().unwrap();
        let first = thread.begin(|| 1);
        let second = thread.begin(|| -> u8 { panic!("number {}", 2) });
        let third = thread.begin(|| 3);
        assert_eq!(third.end().await.unwrap(), 3);
        assert!(second.end().await.unwrap_err().to_string().contains("number 2"));
        assert_eq!(first.end().await.unwrap(), 1);
    }

    #[tokio::test]
    async fn checks_wait_neither_for_each_other_nor_for_what_is_done_in_order() {
        let threads = OwnThreads::start().unwrap();
        let (release, released) = mpsc::channel::<()>();
        let waits = Arc::new(std::sync::Mutex::new(released));
        let wait = || {
            let waits = Arc::clone(&waits);
            move || waits.lock().unwrap().recv().unwrap()
        };
        let mut last: Vec<_> = (1..MAX_CHECKS).map(|_| threads.begin_check(wait())).collect();
        last.push(threads.orderly.begin(wait()));
        for number in 0..3 {
            assert_eq!(threads.begin_check(move || number).end().await.unwrap(), number);
        }
        last.iter().for_each(|_| release.send(()).unwrap());
        for begun in last {
            begun.end().await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_was_begun_has_ended_when_the_thread_is_dropped() {
        let thread = OwnThread::start().unwrap();
        let (tell, told) = mpsc::channel();
        drop(thread.begin(move || {
            thread::sleep(std::time::Duration::from_millis(20));
            tell.send(()).unwrap();
        }));
        drop(thread);
        told.try_recv().unwrap();
    }
}
