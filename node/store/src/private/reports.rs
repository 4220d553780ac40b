//! Words of reports, by the report's hash: kept before the report is submitted, so that whatever is decided about it finds them here.
//!
//! Beside the words of a report that is not decided stands when they were taken in. They go if it never is.

use super::{Change, PrivateStore, StoreFault, of_hash};
use medshare_crypto::hash::Hash32;
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, LeaseId, Timestamp};

const WORDS: u8 = b'r';
const WAITING: u8 = b'p';

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
        let WaitingReport { received, parent, lease, sequence } = *waiting;
        let waiting = codec::encode(&(received, parent, lease, sequence));
        self.write(vec![Change::put(of_hash(WORDS, report), text), Change::put(of_hash(WAITING, report), waiting)])
    }

    /// Takes note that a report was decided. Nothing is lost if this is: what is decided is looked up before anything goes.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn set_decided(&self, report: &Hash32) -> Result<(), StoreFault> {
        self.store.apply(vec![Change::delete(of_hash(WAITING, report))])
    }

    /// Forgets the words of a report that will not be decided.
    ///
    /// # Errors
    /// When they cannot be deleted.
    pub fn forget_words(&self, report: &Hash32) -> Result<(), StoreFault> {
        self.store.apply(vec![Change::delete(of_hash(WORDS, report)), Change::delete(of_hash(WAITING, report))])
    }

    /// The text of a report.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn words(&self, report: &Hash32) -> Result<Option<String>, StoreFault> {
        let bytes = self.store.get(&of_hash(WORDS, report))?;
        bytes.map(|bytes| self.text(Some(&bytes))).transpose()
    }

    /// The reports that are not known to be decided.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn waiting_reports(&self) -> Result<Vec<(Hash32, WaitingReport)>, StoreFault> {
        let one = |(key, value): (Vec<u8>, Vec<u8>)| {
            let report = key.get(1..).and_then(|hash| hash.try_into().ok()).map(Hash32::from_bytes);
            let report = report.ok_or_else(|| self.damaged("the key of a waiting report is no hash"))?;
            let (received, parent, lease, sequence) =
                codec::decode(&value).map_err(|error| self.damaged(&error.to_string()))?;
            Ok((report, WaitingReport { received, parent, lease, sequence }))
        };
        self.store.scan(&[WAITING])?.into_iter().map(one).collect()
    }
}
