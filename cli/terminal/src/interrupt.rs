//! Ctrl-C, SIGTERM and a closed terminal: what is half done is undone before the process ends.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// As a shell counts: 128 and the signal's number.
const HANGUP: i32 = 128 + 1;
const INTERRUPTED: i32 = 128 + 2;
const TERMINATED: i32 = 128 + 15;

type Undo = Box<dyn FnOnce() + Send>;

struct Pending {
    listens: bool,
    next: u64,
    undo: BTreeMap<u64, Undo>,
}

static PENDING: Mutex<Pending> = Mutex::new(Pending { listens: false, next: 0, undo: BTreeMap::new() });

/// Something half done. Dropping this says that it is done, or was undone otherwise.
#[derive(Debug)]
#[must_use = "what is to be undone is forgotten when this is dropped"]
pub struct HalfDone(u64);

/// Promises to `undo` something if the process is told to end before the answer is dropped. The process then ends with 130, 143 or 129.
pub fn undo_if_interrupted(undo: impl FnOnce() + Send + 'static) -> HalfDone {
    let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
    if !pending.listens {
        // Where nobody can listen, signals end the process as they always do, and what is half done stays.
        pending.listens = listen().is_ok();
    }
    let number = pending.next;
    pending.next += 1;
    pending.undo.insert(number, Box::new(undo));
    HalfDone(number)
}

impl Drop for HalfDone {
    fn drop(&mut self) {
        PENDING.lock().unwrap_or_else(PoisonError::into_inner).undo.remove(&self.0);
    }
}

/// Listens before it returns: from here on no signal ends the process by itself.
fn listen() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let within = runtime.enter();
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    drop(within);
    let wait = move || {
        let code = runtime.block_on(async {
            tokio::select! {
                _ = hangup.recv() => HANGUP,
                _ = interrupt.recv() => INTERRUPTED,
                _ = terminate.recv() => TERMINATED,
            }
        });
        end(code)
    };
    std::thread::Builder::new().name("interrupt".to_owned()).spawn(wait)?;
    Ok(())
}

/// The lock is kept until the end, so that nothing new is begun meanwhile.
fn end(code: i32) {
    let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
    while let Some((_, undo)) = pending.undo.pop_last() {
        undo();
    }
    std::process::exit(code)
}
