//! A thread for the work of consensus alone: what others ask this node for cannot stand before it.
//!
//! The runtime's threads for work that computes are shared by everything, first come, first served. A batch that had to be checked would
//! wait there behind whatever strangers asked for.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// The thread. It ends when this is dropped, after what was begun.
pub struct OwnThread {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// Work that was begun.
pub struct Begun<T>(oneshot::Receiver<Result<T, Broken>>);

/// Work did not come to its end.
#[derive(Debug, thiserror::Error)]
#[error("a mistake of this program: {reason}")]
pub struct Broken {
    reason: String,
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
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Does work once what was begun before has ended, whether its end is waited for or not.
    pub fn begin<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Begun<T> {
        let (tell, told) = oneshot::channel();
        let job = move || {
            // Nobody may be waiting for it any more.
            drop(tell.send(catch_unwind(AssertUnwindSafe(work)).map_err(broken)));
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
