//! Ctrl-C, SIGTERM and a closed terminal: what is half done is undone before the process ends.
//!
//! What whoever started the process had it ignore, as `nohup` does with a closed terminal, stays ignored.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// As a shell counts: 128 and the signal's number.
const HANGUP: i32 = 128 + 1;
const INTERRUPTED: i32 = 128 + 2;
const TERMINATED: i32 = 128 + 15;

type Undo = Box<dyn FnOnce() + Send>;

struct Pending {
    listens: bool,
    /// Whether another one ends the process in order when it is interrupted or terminated.
    is_left: bool,
    next: u64,
    undo: BTreeMap<u64, Undo>,
}

static PENDING: Mutex<Pending> = Mutex::new(Pending { listens: false, is_left: false, next: 0, undo: BTreeMap::new() });

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

/// From here on Ctrl-C and SIGTERM are the matter of whoever has a [`Listener`] for them: what is half done is undone, and the process goes
/// on to its end in order.
pub fn leave_the_end_to_listeners() {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner).is_left = true;
}

impl Drop for HalfDone {
    fn drop(&mut self) {
        PENDING.lock().unwrap_or_else(PoisonError::into_inner).undo.remove(&self.0);
    }
}

/// Hears of a signal that ends the process, unless the process was started to ignore it.
#[derive(Debug)]
pub struct Listener(Option<Signal>);

impl Listener {
    /// Listens from now on.
    ///
    /// # Errors
    /// When nobody can.
    pub fn of(kind: SignalKind) -> io::Result<Self> {
        // Where the system does not tell, nothing is taken for ignored.
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        if is_ignored(&status, kind) { Ok(Self(None)) } else { signal(kind).map(|signal| Self(Some(signal))) }
    }

    /// Waits for the signal; for ever, where it is ignored.
    pub async fn heard(&mut self) {
        match &mut self.0 {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }
}

/// Whether a process of which the system says this ignores a signal: a mask of 64 bits, the first for signal 1.
fn is_ignored(status: &str, kind: SignalKind) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    let bit = u32::try_from(kind.as_raw_value()).ok().and_then(|number| number.checked_sub(1));
    bit.and_then(|bit| mask.checked_shr(bit)).is_some_and(|mask| mask & 1 == 1)
}

/// Listens before it returns: from here on no signal ends the process by itself.
fn listen() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let within = runtime.enter();
    let mut hangup = Listener::of(SignalKind::hangup())?;
    let mut interrupt = Listener::of(SignalKind::interrupt())?;
    let mut terminate = Listener::of(SignalKind::terminate())?;
    drop(within);
    let wait = move || {
        loop {
            end(runtime.block_on(async {
                tokio::select! {
                    () = hangup.heard() => HANGUP,
                    () = interrupt.heard() => INTERRUPTED,
                    () = terminate.heard() => TERMINATED,
                }
            }));
        }
    };
    std::thread::Builder::new().name("interrupt".to_owned()).spawn(wait)?;
    Ok(())
}

/// The lock is kept until the end, so that nothing new is begun meanwhile. Returns where the end is left to others.
fn end(code: i32) {
    let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
    while let Some((_, undo)) = pending.undo.pop_last() {
        undo();
    }
    if code == HANGUP || !pending.is_left {
        std::process::exit(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_was_started_to_ignore_is_read_from_its_mask() {
        let status =
            "Name:\tmedshare\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000002\n";
        assert!(is_ignored(status, SignalKind::hangup()));
        assert!(is_ignored(status, SignalKind::pipe()));
        assert!(!is_ignored(status, SignalKind::interrupt()));
        assert!(!is_ignored(status, SignalKind::terminate()));
        for untold in ["", "SigIgn:\tx", "SigIgn:"] {
            assert!(!is_ignored(untold, SignalKind::hangup()), "{untold}");
        }
    }
}
