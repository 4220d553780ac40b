//! Words of reports, by the report's hash: kept before the report is submitted, so that whatever is decided about it finds them here.
//!
//! Beside the words of a report that is not decided stands a mark of when they were taken in. They go if it never is. Marks are ordered
//! by the report's number under its lease: a look at one number costs nothing more, however many others wait. One that is damaged says
//! nothing: its words stay, and whoever hands the report in again renews it.

use super::{Change, PrivateStore, StoreFault, of_hash};
use medshare_crypto::hash::Hash32;
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, LeaseId, Timestamp};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

const WORDS: u8 = b'r';
const WAITING: u8 = b'w';
/// Marks of builds of before: the same values, by the report's hash alone.
const WAITING_OF_BEFORE: u8 = b'p';

/// A report that is not known to be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingReport {
    /// When it was taken in.
    pub received: Timestamp,
    /// The package's parent block.
    pub parent: BlockId,
    /// Lease that it was made under.
    pub lease: LeaseId,
    /// Its number.
    pub sequence: u32,
}

impl PrivateStore {
    /// Keeps the opened text of a report for the owner, whether it is going to be decided or was.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn put_words(&self, report: &Hash32, text: &str, waiting: &WaitingReport) -> Result<(), StoreFault> {
        let mark = Change::put(key_of(report, waiting), value_of(waiting));
        {
            let _held = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
            self.store.apply(vec![Change::put(of_hash(WORDS, report), text), mark])?;
        }
        self.store.flush()
    }

    /// Takes note that a report was decided. Nothing is lost if this is: what is decided is looked up before anything goes.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn set_decided(&self, report: &Hash32, waiting: &WaitingReport) -> Result<(), StoreFault> {
        self.store.apply(vec![Change::delete(key_of(report, waiting))])
    }

    /// Forgets the words of a report that will not be decided, unless they were taken in again since it was looked at.
    ///
    /// # Errors
    /// When they cannot be read or deleted.
    pub fn forget_words(&self, report: &Hash32, waiting: &WaitingReport) -> Result<(), StoreFault> {
        let _held = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key_of(report, waiting);
        if self.store.get(&key)?.as_ref() != Some(&value_of(waiting)) {
            return Ok(());
        }
        self.store.apply(vec![Change::delete(of_hash(WORDS, report)), Change::delete(key)])
    }

    /// The text of a report.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn words(&self, report: &Hash32) -> Result<Option<String>, StoreFault> {
        let bytes = self.store.get(&of_hash(WORDS, report))?;
        bytes.map(|bytes| self.text(Some(&bytes))).transpose()
    }

    /// Whether the text of a report is kept and can be read. One that is damaged counts as missing: whoever has the report can bring it again.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_words(&self, report: &Hash32) -> Result<bool, StoreFault> {
        let bytes = self.store.get(&of_hash(WORDS, report))?;
        Ok(bytes.is_some_and(|bytes| std::str::from_utf8(&bytes).is_ok()))
    }

    /// Whether the report was taken in and not forgotten since, whatever became of its text.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn was_taken_in(&self, report: &Hash32) -> Result<bool, StoreFault> {
        Ok(self.store.get(&of_hash(WORDS, report))?.is_some())
    }

    /// The reports that are not known to be decided, as far as their marks can be read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn waiting_reports(&self) -> Result<Vec<(Hash32, WaitingReport)>, StoreFault> {
        self.marks(&[WAITING])
    }

    /// Those of them that have this number under a lease. Nothing of any other is read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn waiting_of_number(
        &self,
        parent: BlockId,
        lease: LeaseId,
        sequence: u32,
    ) -> Result<Vec<(Hash32, WaitingReport)>, StoreFault> {
        self.marks(&number(parent, lease, sequence))
    }

    fn marks(&self, prefix: &[u8]) -> Result<Vec<(Hash32, WaitingReport)>, StoreFault> {
        let pairs = self.store.scan(prefix)?;
        let found = pairs.len();
        // One that stands elsewhere than it says is damaged, too: it could be neither renewed nor removed.
        let in_place = |(key, value): (Vec<u8>, Vec<u8>)| {
            mark(&key, &value).filter(|(hash, waiting)| key == key_of(hash, waiting))
        };
        let marks: Vec<_> = pairs.into_iter().filter_map(in_place).collect();
        self.tell_damaged(found - marks.len());
        Ok(marks)
    }

    fn tell_damaged(&self, count: usize) {
        if count > 0 && !self.is_damage_told.swap(true, Ordering::Relaxed) {
            let folder = self.folder.display();
            tracing::warn!(count, %folder, "marks of reports that wait are damaged: the words of these reports stay for good");
        }
    }

    /// Gives marks of builds of before their places, so that they are looked at, and go, like others.
    pub(super) fn place_marks_of_before(&self) -> Result<(), StoreFault> {
        let (mut changes, mut damaged) = (Vec::new(), 0);
        for (key, value) in self.store.scan(&[WAITING_OF_BEFORE])? {
            match mark(&key, &value) {
                Some((hash, waiting)) => {
                    changes.extend([Change::put(key_of(&hash, &waiting), value), Change::delete(key)])
                }
                None => damaged += 1,
            }
        }
        self.tell_damaged(damaged);
        if changes.is_empty() { Ok(()) } else { self.write(changes) }
    }
}

/// The report whose hash ends a key, and what its mark says; none where that is damaged.
fn mark(key: &[u8], value: &[u8]) -> Option<(Hash32, WaitingReport)> {
    let (received, parent, lease, sequence) = codec::decode(value).ok()?;
    Some((Hash32::from_bytes(*key.last_chunk()?), WaitingReport { received, parent, lease, sequence }))
}

fn number(parent: BlockId, lease: LeaseId, sequence: u32) -> Vec<u8> {
    [&[WAITING], parent.as_bytes().as_slice(), lease.as_bytes(), &sequence.to_be_bytes()].concat()
}

fn key_of(report: &Hash32, waiting: &WaitingReport) -> Vec<u8> {
    [number(waiting.parent, waiting.lease, waiting.sequence), report.as_bytes().to_vec()].concat()
}

fn value_of(waiting: &WaitingReport) -> Vec<u8> {
    let WaitingReport { received, parent, lease, sequence } = *waiting;
    codec::encode(&(received, parent, lease, sequence))
}
