//! Audit bundles from this node's log and views.

use medshare_crypto::hash::Hash32;
use medshare_ledger::bundle::{BuildError, BundleSource, build};
use medshare_ledger::codec;
use medshare_ledger::history::HistoryLeaves;
use medshare_ledger::id::RequestorId;
use medshare_ledger::state::{StateFault, StateKey};
use medshare_ledger::state_tree::{StateProof, prove};
use medshare_ledger::trail::Trail;
use medshare_node_chain::execute::TreeNodes;
use medshare_node_chain::{Chain, ChainError, EntryReader};
use medshare_node_refusal::{Code, Refusal};
use std::cell::RefCell;

pub(super) struct Source<'a> {
    chain: &'a Chain,
    entries: RefCell<EntryReader<'a>>,
}

impl<'a> Source<'a> {
    pub(super) const fn of(chain: &'a Chain) -> Self {
        Self { chain, entries: RefCell::new(EntryReader::of(chain)) }
    }

    /// How often the log was read for entries.
    pub(super) fn batches_read(&self) -> u64 {
        self.entries.borrow().batches_read()
    }
}

impl HistoryLeaves for Source<'_> {
    fn leaf(&self, index: u64) -> Result<Hash32, StateFault> {
        self.chain.views().leaf(index)
    }

    fn full_subtree(&self, level: u32, index: u64) -> Result<Hash32, StateFault> {
        self.chain.views().full_subtree(level, index)
    }
}

impl BundleSource for Source<'_> {
    fn entry(&self, index: u64) -> Result<Vec<u8>, StateFault> {
        let entry = self.entries.borrow_mut().entry(index).map_err(|e| match e {
            ChainError::State(fault) => fault,
            other => StateFault::store(other),
        })?;
        Ok(codec::encode(&entry.0))
    }

    fn trail(&self, trail: Trail) -> Result<Vec<u64>, StateFault> {
        self.chain.views().trail(trail)
    }

    fn state_proof(&self, height: u64, key: &StateKey) -> Result<StateProof, StateFault> {
        prove(&TreeNodes(self.chain.views().store()), height, key)
    }
}

/// The bundle of a requestor as of the last executed height.
///
/// # Errors
/// [`Refusal`] when she is unknown or this node's store fails.
pub fn export(chain: &Chain, requestor: RequestorId) -> Result<Vec<u8>, Refusal> {
    let source = Source::of(chain);
    let bundle = export_of(&source, requestor)?;
    tracing::debug!(bytes = bundle.len(), batches_read = source.batches_read(), "made an audit bundle");
    Ok(bundle)
}

pub(super) fn export_of(source: &Source<'_>, requestor: RequestorId) -> Result<Vec<u8>, Refusal> {
    let chain = source.chain;
    let height = chain.tip().height;
    let early = || Refusal::new(Code::TooEarly, "the network has decided nothing yet; try again in a second");
    let (anchor, certificate) = chain.batch(height)?.ok_or_else(early)?;
    let made = build(source, chain.facts().genesis(), (&anchor.header, &certificate), requestor);
    made.map_err(|error| match error {
        BuildError::UnknownRequestor(_) => Refusal::not_found("requestor"),
        BuildError::NothingDecided => early(),
        BuildError::TooLong => Refusal::new(Code::TooLarge, error.to_string()),
        BuildError::State(StateFault::NotKept { .. }) => {
            Refusal::new(Code::TooEarly, "too much was decided while the bundle was made; try again")
        }
        other => Refusal::fault(&other),
    })
}
