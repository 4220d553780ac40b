//! Log, views and mempool under one roof, and who waits for what.

mod damage;
mod fate;
mod logged;
#[cfg(any(test, feature = "testing"))]
mod watched;

pub use fate::Outcome;

use crate::clock::ClockCheck;
use crate::contracts::ChainContracts;
use crate::error::ChainError;
use crate::execute::{ExecuteError, Executed, execute_next};
use crate::mempool::{Mempool, Need};
use crate::proposal::{Behind, Chosen};
use crate::recovery::marks::Mark;
use crate::recovery::{OpenedViews, check_network, keep_genesis, open_views};
use crate::views::Views;
use medshare_ledger::batch::{CheckError, Proposal, Tip, UncheckedBatch, VerifiedBatch};
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::execution::{Contracts, Effect};
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::{Height, NodeId, Timestamp};
use medshare_ledger::state::StateView;
use medshare_node_store::log::{BatchLog, LogError, SEGMENT_BYTES};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, watch};

/// Effects kept for slow listeners; who misses some reconciles with the state.
const EFFECT_BACKLOG: usize = 4096;
/// The part of the time for a proposal that choosing its entries may take.
const CHOOSING_PART: u64 = 3;

/// What runs the on-chain contract.
type Host = Arc<dyn Contracts + Send + Sync>;

/// The chain of this node. Cheap to share behind an `Arc`.
pub struct Chain {
    facts: Arc<NetworkFacts>,
    contracts: Host,
    log: Mutex<BatchLog>,
    /// The last height in the log; zero where there is none.
    logged: AtomicU64,
    views: Views,
    /// Where the views are.
    folder: PathBuf,
    /// Whether the disk did not answer for the views before they were opened.
    are_doubted: bool,
    tip: RwLock<Tip>,
    executed: watch::Sender<Height>,
    effects: broadcast::Sender<Arc<Vec<Effect>>>,
    /// Entries that wait to be ordered.
    pub mempool: Mempool,
    /// How this node's clock compares with others'.
    pub clock: ClockCheck,
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
        Self::open_with(home, &facts, &(Arc::new(ChainContracts::new()?) as Host))
    }

    fn open_with(home: &Path, facts: &Arc<NetworkFacts>, contracts: &Host) -> Result<Self, ChainError> {
        loop {
            let (chain, are_new) = Self::open_as_is(home, Arc::clone(facts), Arc::clone(contracts))?;
            let Err(error) = chain.replay() else { return Ok(chain) };
            // What is wrong with views shows only where they are read. Each further try trusts them less, and new ones are the last.
            if are_new || !chain.is_worth_another_try() {
                return Err(error);
            }
            tracing::warn!(%error, "what the views lack cannot be executed on them");
        }
    }

    /// The chain, and whether its views were begun anew.
    fn open_as_is(home: &Path, facts: Arc<NetworkFacts>, contracts: Host) -> Result<(Self, bool), ChainError> {
        let log_folder = home.join("log");
        let (log, _) = BatchLog::open(&log_folder, SEGMENT_BYTES)?;
        check_network(&log_folder, &log, &facts)?;
        keep_genesis(&log_folder, &facts)?;
        let folder = home.join("views");
        let OpenedViews { views, tip, are_new } = open_views(&folder, &log, &facts)?;
        let chain = Self {
            executed: watch::Sender::new(tip.height),
            effects: broadcast::Sender::new(EFFECT_BACKLOG),
            mempool: Mempool::default(),
            clock: ClockCheck::default(),
            are_doubted: Mark::Doubted.is_set(&folder),
            facts,
            contracts,
            logged: AtomicU64::new(log.last().unwrap_or(Height(0)).0),
            log: Mutex::new(log),
            views,
            folder,
            tip: RwLock::new(tip),
        };
        Ok((chain, are_new))
    }

    fn replay(&self) -> Result<(), ChainError> {
        let from = self.tip().height.next();
        let mut count = 0u64;
        for decided in self.log().iter_from(from) {
            let batch = UncheckedBatch::decode(&decided?.bytes).map_err(|error| self.diverged(error))?;
            self.execute(&self.check_decided(batch)?)?;
            count += 1;
        }
        let (tip, last) = (self.tip().height, self.last_logged());
        if let Some(found) = last.filter(|last| *last > tip) {
            return Err(LogError::OutOfOrder { expected: tip.next(), found }.into());
        }
        if count > 0 {
            tracing::info!(batches = count, height = self.tip().height.0, "executed what the views lacked");
        }
        Ok(())
    }

    /// Checks a batch that somebody proposes behind the executed tip, dated no later than `latest`; entries that wait here were verified
    /// when they came.
    ///
    /// # Errors
    /// [`CheckError`]: what is wrong with it, or a fault of this node's.
    pub fn check(&self, batch: UncheckedBatch, latest: Timestamp) -> Result<VerifiedBatch, CheckError> {
        self.checked(batch, Some(latest)).inspect_err(|error| {
            if let CheckError::Fault(fault) = error {
                // The node halts for it.
                self.give_up_where_damaged(fault);
            }
        })
    }

    /// The same of a decided batch. A rule that it breaks means that this node's state is not the network's.
    ///
    /// # Errors
    /// [`ExecuteError`] when it does not fit behind the tip, or this node cannot check it.
    pub fn check_decided(&self, batch: UncheckedBatch) -> Result<VerifiedBatch, ExecuteError> {
        self.essential(|| {
            self.checked(batch, None).map_err(|error| match error {
                CheckError::Invalid(error) => error.into(),
                CheckError::Fault(fault) => fault.into(),
            })
        })
    }

    fn checked(&self, batch: UncheckedBatch, latest: Option<Timestamp>) -> Result<VerifiedBatch, CheckError> {
        self.tip().check(batch, &self.facts, latest, &self.views, &|hash| self.mempool.get(hash))
    }

    /// Executes the batch after the tip; called for decided batches only, in order.
    ///
    /// # Errors
    /// [`ExecuteError`] when this node cannot execute.
    pub fn execute(&self, batch: &VerifiedBatch) -> Result<(), ExecuteError> {
        self.essential(|| self.executed_next(batch))
    }

    fn executed_next(&self, batch: &VerifiedBatch) -> Result<(), ExecuteError> {
        let Executed { tip, effects, applied } =
            execute_next(&self.tip(), batch, &self.facts, &self.views, &*self.contracts)?;
        let height = tip.height;
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = tip;
        let mut brought = Vec::new();
        for entry in &applied {
            brought.extend(Need::brought_by(entry.entry(), self.state())?);
        }
        self.mempool.executed(batch.entries().iter().map(VerifiedEntry::hash), &applied, &brought);
        self.refuse_what_became_impossible()?;
        if !effects.is_empty() {
            let _ = self.effects.send(Arc::new(effects));
        }
        self.executed.send_replace(height);
        Ok(())
    }

    /// A batch of what waits and applies behind the tip, in the name of `node`.
    ///
    /// # Errors
    /// [`ExecuteError`] when this node cannot execute.
    pub fn propose(&self, node: NodeId, now: Timestamp) -> Result<VerifiedBatch, ExecuteError> {
        self.essential(|| self.proposal(node, now))
    }

    fn proposal(&self, node: NodeId, now: Timestamp) -> Result<VerifiedBatch, ExecuteError> {
        let tip = self.tip();
        let time = Duration::from_millis(self.facts.parameters().propose_timeout_ms / CHOOSING_PART);
        let Chosen { entries, attempts } = self.behind(&tip).choose(&self.mempool, now, Instant::now() + time)?;
        tracing::debug!(entries = entries.len(), attempts, "chose what to propose");
        let Proposal { batch, hopeless } = tip.propose(entries, node, now, &self.views)?;
        self.mempool.remove(hopeless);
        Ok(batch)
    }

    pub(crate) fn behind<'a>(&'a self, tip: &'a Tip) -> Behind<'a> {
        Behind { tip, views: &self.views, contracts: &*self.contracts }
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

    /// What the on-chain contract answers.
    #[must_use]
    pub fn contracts(&self) -> &dyn Contracts {
        &*self.contracts
    }

    /// The log of decided batches. Commits wait for whoever holds it, and whoever asks for it waits for the disk that a commit waits for.
    fn log(&self) -> MutexGuard<'_, BatchLog> {
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
}

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod tests;
