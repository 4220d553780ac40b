//! Executing one decided batch: rules of the ledger, state tree, views; the same for a live batch and for a replayed one.

use super::views::{EntryPlace, Views};
use super::{keys, tiles};
use medshare_ledger::batch::{BatchError, Tip, VerifiedBatch};
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
#[cfg(not(feature = "empty-execution"))]
use medshare_ledger::execution::apply_batch;
use medshare_ledger::execution::{Contracts, Effect, Execution, ExecutionFault};
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::state::{StateFault, WriteSet, genesis_state};
use medshare_ledger::state_tree::{TreeStore, TreeUpdate, next_version};
use medshare_ledger::trail::Trail;
use medshare_node_store::fault::StoreFault;
use medshare_node_store::kv::{Change, KvStore, Pair};

/// Versions of the state before the last that proofs can be made of: audit bundles are made while batches are decided.
const KEPT_VERSIONS: u64 = 1_024;
/// Heights after which the tip is stored even if nothing changed: what a start has to execute again stays little.
const TIP_INTERVAL: u64 = 1_024;

/// Why a decided batch cannot be executed here: this node must stop.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The batch was built on another state than this node has, or is not what its hash says.
    #[error(
        "this node's state differs from the network's: {0}; start the node again, then it rebuilds its views from its log; when it says this once more, its program executes differently from the others': compare their versions"
    )]
    Diverged(#[from] BatchError),
    /// The execution failed on this node.
    #[error(
        "the execution failed on this node; start the node again: where its views are at fault, it builds them anew from its log"
    )]
    Execution(#[from] ExecutionFault),
    /// The state cannot be read or written.
    #[error(
        "the state cannot be read or written; start the node again: where its views are at fault, it builds them anew from its log"
    )]
    State(#[from] StateFault),
    /// The views cannot be written.
    #[error(
        "the views cannot be written; when the disk has room, start the node again: where they are at fault, it builds them anew from its log"
    )]
    Store(#[from] StoreFault),
}

/// Nodes of the state tree in the views.
pub struct TreeNodes<'a>(pub &'a dyn KvStore);

impl TreeStore for TreeNodes<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateFault> {
        self.0.get(&keys::under(keys::TREE, key)).map_err(StateFault::store)
    }

    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<Pair>, StateFault> {
        let found = self.0.last_at_most(&keys::under(keys::TREE, prefix), until).map_err(StateFault::store)?;
        Ok(found.map(|(key, value)| (key.get(1..).unwrap_or_default().to_vec(), value)))
    }
}

/// Writes the genesis state into empty views.
///
/// # Errors
/// [`ExecuteError`] when the views cannot be written.
pub fn execute_genesis(facts: &NetworkFacts, views: &Views) -> Result<Tip, ExecuteError> {
    let writes = genesis_state(facts.genesis());
    let nodes = TreeNodes(views.store());
    let update = next_version(&nodes, 0, &writes, KEPT_VERSIONS)?;
    let tip = Tip::genesis(facts, update.root);
    let mut changes = state_changes(&writes);
    changes.extend(tree_changes(update));
    changes.push(Change::put(keys::TIP, codec::encode(&tip)));
    changes.push(Change::put(keys::VERSION, codec::encode(&keys::VIEWS_VERSION)));
    views.apply(changes)?;
    Ok(tip)
}

/// What executing a batch led to.
pub struct Executed {
    /// The tip behind it.
    pub tip: Tip,
    /// What else nodes do.
    pub effects: Vec<Effect>,
    /// Its entries that were applied.
    pub applied: Vec<VerifiedEntry>,
}

/// Executes a batch that was checked behind `tip` and writes all views of it at once. One that changes nothing writes nothing,
/// the tip now and then aside: the log has what is missing, and executing it again is cheap.
///
/// # Errors
/// [`ExecuteError`] when this node cannot execute.
pub fn execute_next(
    tip: &Tip,
    batch: &VerifiedBatch,
    facts: &NetworkFacts,
    views: &Views,
    contracts: &dyn Contracts,
) -> Result<Executed, ExecuteError> {
    if batch.header().previous != tip.hash {
        return Err(BatchError::Header { field: "previous batch" }.into());
    }
    let execution = execute(batch, views, contracts)?;
    let height = batch.header().height;
    let nodes = TreeNodes(views.store());
    let update = next_version(&nodes, height.0, &execution.writes, KEPT_VERSIONS)?;
    let next = tip.advance(batch, update.root, facts.validators().hash());
    let mut changes = state_changes(&execution.writes);
    changes.extend(tree_changes(update));
    let leaves = batch.entries().iter().map(VerifiedEntry::leaf).collect();
    changes.extend(tiles::appended(views.store(), tip.history.size(), leaves)?);
    changes.extend(index_changes(tip, batch, &execution));
    if !changes.is_empty() || height.0.is_multiple_of(TIP_INTERVAL) {
        changes.push(Change::put(keys::TIP, codec::encode(&next)));
        views.apply(changes)?;
    }
    let receipts = batch.entries().iter().zip(&execution.receipts);
    let applied = receipts.filter(|(_, receipt)| receipt.code == 0).map(|(entry, _)| entry.clone()).collect();
    Ok(Executed { tip: next, effects: execution.effects, applied })
}

#[cfg(not(feature = "empty-execution"))]
fn execute(batch: &VerifiedBatch, views: &Views, contracts: &dyn Contracts) -> Result<Execution, ExecutionFault> {
    apply_batch(views, batch, contracts)
}

/// What the benchmark compares with: every entry is taken for applied, nothing is read or written.
#[cfg(feature = "empty-execution")]
fn execute(batch: &VerifiedBatch, _views: &Views, _contracts: &dyn Contracts) -> Result<Execution, ExecutionFault> {
    use medshare_ledger::execution::Receipt;
    let receipts = batch.entries().iter().map(|entry| Receipt { entry: entry.hash(), code: 0 }).collect();
    Ok(Execution { receipts, writes: WriteSet::new(), effects: Vec::new() })
}

fn state_changes(writes: &WriteSet) -> Vec<Change> {
    let change = |(key, value): (&Vec<u8>, &Option<Vec<u8>>)| {
        let key = keys::under(keys::STATE, key);
        value.as_ref().map_or_else(|| Change::delete(key.clone()), |value| Change::put(key.clone(), value.clone()))
    };
    writes.iter().map(change).collect()
}

fn tree_changes(update: TreeUpdate) -> impl Iterator<Item = Change> {
    let puts = update.puts.into_iter().map(|(key, value)| Change::put(keys::under(keys::TREE, &key), value));
    puts.chain(update.deletes.into_iter().map(|key| Change::delete(keys::under(keys::TREE, &key))))
}

/// Where entries stand: by hash, by index, and in the trails that they belong to.
fn index_changes(tip: &Tip, batch: &VerifiedBatch, execution: &Execution) -> Vec<Change> {
    let height = batch.header().height;
    let mut changes = Vec::new();
    if !batch.entries().is_empty() {
        let offsets: Vec<u32> = batch.placed().map(|(offset, _)| offset).collect();
        changes.push(Change::put(keys::places(tip.history.size()), codec::encode(&(height, offsets))));
    }
    let entries = batch.placed().zip(&execution.receipts);
    for (index, ((offset, entry), receipt)) in (tip.history.size()..).zip(entries) {
        let place = EntryPlace { height, offset, index, code: receipt.code };
        changes.push(Change::put(keys::entry(&receipt.entry), codec::encode(&place)));
        if let Some(trail) = Trail::of(entry.entry()).filter(|_| receipt.code == 0) {
            changes.push(Change::put(keys::trail_place(trail, index), Vec::new()));
            match entry.entry() {
                Entry::ParentBlock(block) => {
                    changes.push(Change::put(keys::owner_place(block.details.owner, index), Vec::new()));
                }
                Entry::Request(request, _) => {
                    changes.push(Change::put(keys::request_place(request.owner, index), Vec::new()));
                }
                Entry::SideBlock(block) if block.details.vln != 0 => {
                    changes.push(Change::put(keys::violation_place(block.details.owner, index), Vec::new()));
                }
                _ => {}
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests;
