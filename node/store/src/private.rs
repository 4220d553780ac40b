//! What a node keeps that the ledger does not imply: proxy keys, words of reports, the state of requests.
//!
//! Unlike the views this cannot be rebuilt from the log. Every write is flushed before it is acknowledged.

mod advised;
mod reports;
mod requests;

pub use reports::WaitingReport;
pub use requests::{MAX_REFUSALS_OF_ONE, Unfinished};

use crate::fault::StoreFault;
use crate::kv::sled_store::SledStore;
use crate::kv::{Change, KvStore};
use advised::{Advised, with_advice};
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::RequestorId;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// The private store of a node.
pub struct PrivateStore {
    folder: PathBuf,
    store: Box<dyn KvStore>,
    /// How many proxy keys there are.
    proxy_key_count: AtomicUsize,
    /// Held while a proxy key is put, or compared and deleted: it is not replaced in between, and counted once.
    replacing: Mutex<()>,
    /// Held while the mark of a report is compared and deleted, so that it is not renewed in between.
    renewing: Mutex<()>,
    /// Whether it was said that marks are damaged: once is enough.
    is_damage_told: AtomicBool,
}

/// An attribute and the proxy key for it.
pub type HeldKey = (String, Zeroizing<Vec<u8>>);

const PROXY_KEY: u8 = b'k';
/// Proxy keys that are in memory at once while they are counted.
const COUNTED_AT_ONCE: usize = 1024;

impl PrivateStore {
    /// Opens the store in a node's home.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(home: &Path) -> Result<Self, StoreFault> {
        let folder = home.join("private");
        let store = SledStore::open(&folder).map_err(with_advice)?;
        let private = Self::of(folder, store);
        private.place_marks_of_before()?;
        private.count_proxy_keys()?;
        Ok(private)
    }

    /// Over another store than one on disk, and an empty one, for tests of what becomes of its users when it fails.
    #[cfg(any(test, feature = "testing"))]
    pub fn over(store: impl KvStore + 'static) -> Self {
        Self::of(PathBuf::from("private"), store)
    }

    fn of(folder: PathBuf, store: impl KvStore + 'static) -> Self {
        let store = Box::new(Advised(store));
        let (replacing, renewing) = (Mutex::default(), Mutex::default());
        Self {
            folder,
            store,
            proxy_key_count: AtomicUsize::new(0),
            replacing,
            renewing,
            is_damage_told: AtomicBool::new(false),
        }
    }

    /// Keeps a proxy key; an earlier one for the same attribute is replaced.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn put_proxy_key(&self, requestor: RequestorId, attribute: &str, key: &[u8]) -> Result<(), StoreFault> {
        let _held = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let place = proxy_key(requestor, attribute);
        let is_new = self.store.get(&place)?.map(Zeroizing::new).is_none();
        self.store.apply(vec![Change::put(place, key)])?;
        // What was applied is there, also where the disk does not take it.
        self.count_on(|count| count.saturating_add(usize::from(is_new)));
        self.store.flush()
    }

    /// How many proxy keys are kept. They were counted when the store was opened: nothing is read.
    #[must_use]
    pub fn proxy_key_count(&self) -> usize {
        self.proxy_key_count.load(Ordering::Relaxed)
    }

    fn count_on(&self, step: impl Fn(usize) -> usize) {
        let counted = |count| Some(step(count));
        let _: Result<_, _> = self.proxy_key_count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, counted);
    }

    fn count_proxy_keys(&self) -> Result<(), StoreFault> {
        let (mut count, mut after) = (0, Vec::new());
        loop {
            let keys = self.store.scan_after(&[PROXY_KEY], Some(&after), COUNTED_AT_ONCE)?;
            count += keys.len();
            let Some((last, _)) = keys.last() else { break };
            after = last.get(1..).unwrap_or_default().to_vec();
        }
        self.proxy_key_count.store(count, Ordering::Relaxed);
        Ok(())
    }

    /// A requestor's proxy key for an attribute.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn proxy_key(&self, requestor: RequestorId, attribute: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreFault> {
        Ok(self.store.get(&proxy_key(requestor, attribute))?.map(Zeroizing::new))
    }

    /// A requestor's proxy keys, by attribute.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn proxy_keys(&self, requestor: RequestorId) -> Result<Vec<HeldKey>, StoreFault> {
        let prefix = proxy_key(requestor, "");
        let pairs = self.store.scan(&prefix)?.into_iter();
        pairs.map(|(key, value)| Ok((self.text(key.get(prefix.len()..))?, Zeroizing::new(value)))).collect()
    }

    /// Every requestor and attribute that a proxy key is kept for.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn proxy_key_holders(&self) -> Result<Vec<(RequestorId, String)>, StoreFault> {
        let holder = |key: Vec<u8>| {
            let (id, attribute) = key.get(1..).and_then(<[u8]>::split_first_chunk::<16>).unzip();
            let id = id.ok_or_else(|| self.damaged("the key of a proxy key is too short"))?;
            Ok((RequestorId::from_bytes(*id), self.text(attribute)?))
        };
        self.store.scan(&[PROXY_KEY])?.into_iter().map(|(key, _)| holder(key)).collect()
    }

    /// Deletes the proxy key that is kept for an attribute unless it is `covered`; says whether it did. No other one is put in its
    /// place meanwhile.
    ///
    /// # Errors
    /// When it cannot be read or deleted, or `covered` cannot tell.
    pub fn delete_proxy_key_unless<E: From<StoreFault>>(
        &self,
        requestor: RequestorId,
        attribute: &str,
        covered: impl FnOnce(&[u8]) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let _held = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let place = proxy_key(requestor, attribute);
        let Some(key) = self.store.get(&place)?.map(Zeroizing::new) else { return Ok(false) };
        if covered(&key)? {
            return Ok(false);
        }
        self.store.apply(vec![Change::delete(place)])?;
        // One that was written by an attempt that failed was not counted.
        self.count_on(|count| count.saturating_sub(1));
        self.store.flush()?;
        Ok(true)
    }

    fn text(&self, bytes: Option<&[u8]>) -> Result<String, StoreFault> {
        let text = String::from_utf8(bytes.unwrap_or_default().to_vec());
        text.map_err(|_| self.damaged("a name or report is not text"))
    }

    fn damaged(&self, reason: &str) -> StoreFault {
        with_advice(StoreFault::Damaged { path: self.folder.clone(), reason: reason.to_owned() })
    }

    fn write(&self, changes: Vec<Change>) -> Result<(), StoreFault> {
        self.store.apply(changes)?;
        self.store.flush()
    }
}

fn of_hash(kind: u8, hash: &Hash32) -> Vec<u8> {
    [&[kind], hash.as_bytes().as_slice()].concat()
}

fn proxy_key(requestor: RequestorId, attribute: &str) -> Vec<u8> {
    [&[PROXY_KEY], requestor.as_bytes().as_slice(), attribute.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
