//! The chain as this node has it: the log of decided batches, the views that executing them gives, and who waits for what.
//!
//! Execution is deferred: a decided batch is durable in the log before anything else happens, then it is executed off the
//! consensus loop; the next proposal waits for it because it carries the state root. Starting up runs the same function
//! over what the log has and the views lack, so recovery is exercised at every start.

pub mod application;
pub mod contracts;
pub mod execute;
pub mod keys;
pub mod tiles;
pub mod views;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use crate::mempool::Mempool;
use crate::store::fault::StoreFault;
use crate::store::kv::sled_store::{SledStore, wipe};
use crate::store::log::{BatchLog, LogError};
use contracts::ChainContracts;
use execute::{ExecuteError, execute_genesis, execute_next};
use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::{Batch, BatchError, Tip, UncheckedBatch, VerifiedBatch, entry_at};
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::execution::Effect;
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::{Height, Timestamp};
use medshare_ledger::rejection::Rejection;
use medshare_ledger::state::{StateFault, StateView};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use views::{EntryPlace, Views};

/// Size at which the log starts a new segment.
const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// Effects kept for slow listeners; who misses some reconciles with the state.
const EFFECT_BACKLOG: usize = 4096;

/// Why a chain cannot be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The log cannot be used.
    #[error("the batch log cannot be used")]
    Log(#[from] LogError),
    /// The views cannot be used.
    #[error("the views cannot be used")]
    Store(#[from] StoreFault),
    /// The state cannot be read.
    #[error("the state cannot be read")]
    State(#[from] StateFault),
    /// A batch of the log cannot be executed.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// The contracts cannot be compiled.
    #[error("the on-chain contract cannot be compiled")]
    Contracts(#[from] medshare_contract_host::CodeRejection),
    /// The genesis names another contract than this software carries.
    #[error(
        "the genesis names the permissions contract {expected}, this software carries {actual}; use the version that the network was founded with"
    )]
    OtherContract {
        /// Hash in the genesis.
        expected: Hash32,
        /// Hash of the contract that this software carries.
        actual: Hash32,
    },
}

/// What became of an entry that was waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was applied.
    Applied(EntryPlace),
    /// It was decided, but broke a rule.
    Rejected(EntryPlace, Option<Rejection>),
    /// Nothing was decided about it in time.
    TimedOut,
}

/// The chain of this node. Cheap to share behind an `Arc`.
pub struct Chain {
    facts: Arc<NetworkFacts>,
    contracts: ChainContracts,
    log: Mutex<BatchLog>,
    views: Views,
    tip: RwLock<Tip>,
    executed: watch::Sender<Height>,
    effects: broadcast::Sender<Arc<Vec<Effect>>>,
    /// Entries that wait to be ordered.
    pub mempool: Mempool,
}

impl Chain {
    /// Opens log and views in a node's home and executes what the views lack. Views that disagree with the log are rebuilt.
    ///
    /// # Errors
    /// [`ChainError`] when the log cannot be used or a batch cannot be executed.
    pub fn open(home: &Path, facts: Arc<NetworkFacts>) -> Result<Self, ChainError> {
        let (expected, actual) = (
            facts.genesis().permissions_contract,
            medshare_crypto::hash::sha256(medshare_contract_host::PERMISSIONS_WASM),
        );
        if expected != actual {
            return Err(ChainError::OtherContract { expected, actual });
        }
        let (log, _) = BatchLog::open(&home.join("log"), SEGMENT_BYTES)?;
        let contracts = ChainContracts::new()?;
        let folder = home.join("views");
        let (views, tip) = open_views(&folder, &log, &facts)?;
        let chain = Self {
            executed: watch::Sender::new(tip.height),
            effects: broadcast::Sender::new(EFFECT_BACKLOG),
            mempool: Mempool::default(),
            facts,
            contracts,
            log: Mutex::new(log),
            views,
            tip: RwLock::new(tip),
        };
        chain.replay()?;
        Ok(chain)
    }

    fn replay(&self) -> Result<(), ChainError> {
        let from = self.tip().height.next();
        let mut count = 0u64;
        for decided in self.log().iter_from(from) {
            let batch = UncheckedBatch::decode(&decided?.bytes).map_err(ExecuteError::from)?;
            let batch = self.check(batch, None).map_err(ExecuteError::from)?;
            self.execute(&batch)?;
            count += 1;
        }
        if count > 0 {
            tracing::info!(batches = count, height = self.tip().height.0, "executed what the views lacked");
        }
        Ok(())
    }

    /// Checks a batch behind the executed tip; entries that wait here were verified when they came.
    ///
    /// # Errors
    /// [`BatchError`]: for a batch that was decided it means that this node's state is not the network's.
    pub fn check(&self, batch: UncheckedBatch, latest: Option<Timestamp>) -> Result<VerifiedBatch, BatchError> {
        self.tip().check(batch, &self.facts, latest, &|hash| self.mempool.get(hash))
    }

    /// Executes the batch after the tip; called for decided batches only, in order.
    ///
    /// # Errors
    /// [`ExecuteError`] when this node cannot execute.
    pub fn execute(&self, batch: &VerifiedBatch) -> Result<(), ExecuteError> {
        let (next, effects) = execute_next(&self.tip(), batch, &self.facts, &self.views, &self.contracts)?;
        let height = next.height;
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = next;
        self.mempool.remove(batch.entries().iter().map(VerifiedEntry::hash));
        if !effects.is_empty() {
            let _ = self.effects.send(Arc::new(effects));
        }
        self.executed.send_replace(height);
        Ok(())
    }

    /// The network's facts.
    #[must_use]
    pub fn facts(&self) -> &Arc<NetworkFacts> {
        &self.facts
    }

    /// The executed tip.
    #[must_use]
    pub fn tip(&self) -> Tip {
        self.tip.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The views.
    #[must_use]
    pub fn views(&self) -> &Views {
        &self.views
    }

    /// The current state.
    #[must_use]
    pub fn state(&self) -> StateView<'_> {
        StateView::new(&self.views)
    }

    /// The log of decided batches.
    pub fn log(&self) -> MutexGuard<'_, BatchLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notified at every executed height.
    #[must_use]
    pub fn heights(&self) -> watch::Receiver<Height> {
        self.executed.subscribe()
    }

    /// Notified of what executed batches cause.
    #[must_use]
    pub fn effects(&self) -> broadcast::Receiver<Arc<Vec<Effect>>> {
        self.effects.subscribe()
    }

    /// The decided batch of a height with its certificate.
    ///
    /// # Errors
    /// [`ChainError`] when the log cannot be read.
    pub fn batch(&self, height: Height) -> Result<Option<(Batch, CommitCertificate)>, ChainError> {
        let Some(decided) = self.log().read(height)? else { return Ok(None) };
        let batch = codec::decode(&decided.bytes).map_err(|_| StateFault::Corrupt { what: "batch" })?;
        Ok(Some((batch, decided.certificate)))
    }

    /// The entry with this hash, where it was decided.
    ///
    /// # Errors
    /// [`ChainError`] when views or log cannot be read.
    pub fn entry(&self, hash: &Hash32) -> Result<Option<(Entry, EntryPlace)>, ChainError> {
        let Some(place) = self.views.entry(hash)? else { return Ok(None) };
        Ok(self.entry_at(place.height, place.offset)?.map(|entry| (entry, place)))
    }

    /// The entry whose bytes start at this offset of the batch of this height.
    ///
    /// # Errors
    /// [`ChainError`] when the log cannot be read, or no entry stands there.
    pub fn entry_at(&self, height: Height, offset: u32) -> Result<Option<Entry>, ChainError> {
        let Some(decided) = self.log().read(height)? else { return Ok(None) };
        let entry = entry_at(&decided.bytes, offset).map_err(|_| StateFault::Corrupt { what: "history place" })?;
        Ok(Some(entry))
    }

    /// Waits until an entry is decided and executed.
    ///
    /// # Errors
    /// [`ChainError`] when the views cannot be read.
    pub async fn outcome(&self, hash: &Hash32, limit: Duration) -> Result<Outcome, ChainError> {
        let mut heights = self.heights();
        let deadline = tokio::time::Instant::now() + limit;
        loop {
            heights.borrow_and_update();
            if let Some(place) = self.views.entry(hash)? {
                return Ok(match place.code {
                    0 => Outcome::Applied(place),
                    code => Outcome::Rejected(place, Rejection::from_code(code)),
                });
            }
            if !matches!(tokio::time::timeout_at(deadline, heights.changed()).await, Ok(Ok(()))) {
                return Ok(Outcome::TimedOut);
            }
        }
    }
}

fn open_views(folder: &Path, log: &BatchLog, facts: &NetworkFacts) -> Result<(Views, Tip), ChainError> {
    let opened = SledStore::open(folder).map_err(ChainError::from).and_then(|store| {
        let views = Views::new(Arc::new(store));
        let tip = if views.are_of_this_form()? { views.tip()? } else { None };
        Ok((views, tip))
    });
    match opened {
        Ok((views, None)) if views.are_empty()? => {
            let tip = execute_genesis(facts, &views)?;
            Ok((views, tip))
        }
        Ok((views, None)) => {
            tracing::warn!("the views were made by another version of this program and are rebuilt from the log");
            drop(views);
            rebuild(folder, facts)
        }
        Ok((views, Some(tip))) if agrees(&tip, log, facts)? => Ok((views, tip)),
        Ok((views, Some(tip))) => {
            tracing::warn!(height = tip.height.0, "the views disagree with the log and are rebuilt");
            drop(views);
            rebuild(folder, facts)
        }
        Err(error) => {
            tracing::warn!(%error, "the views cannot be opened and are rebuilt");
            rebuild(folder, facts)
        }
    }
}

fn rebuild(folder: &Path, facts: &NetworkFacts) -> Result<(Views, Tip), ChainError> {
    wipe(folder)?;
    let views = Views::new(Arc::new(SledStore::open(folder)?));
    let tip = execute_genesis(facts, &views)?;
    Ok((views, tip))
}

/// Whether the views were made from a prefix of this log.
fn agrees(tip: &Tip, log: &BatchLog, facts: &NetworkFacts) -> Result<bool, ChainError> {
    if tip.network != facts.network() {
        return Ok(false);
    }
    if tip.height == Height(0) {
        return Ok(true);
    }
    let decided = log.read(tip.height)?;
    Ok(decided.is_some_and(|d| d.certificate.value == tip.hash))
}
