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
use medshare_node_chain::{Chain, ChainError};
use medshare_node_refusal::{Code, Refusal};

struct Source<'a>(&'a Chain);

impl HistoryLeaves for Source<'_> {
    fn leaf(&self, index: u64) -> Result<Hash32, StateFault> {
        self.0.views().leaf(index)
    }

    fn full_subtree(&self, level: u32, index: u64) -> Result<Hash32, StateFault> {
        self.0.views().full_subtree(level, index)
    }
}

impl BundleSource for Source<'_> {
    fn entry(&self, index: u64) -> Result<Vec<u8>, StateFault> {
        const MISSING: StateFault = StateFault::Corrupt { what: "history place" };
        let (height, offset) = self.0.views().leaf_place(index)?.ok_or(MISSING)?;
        let entry = self.0.entry_at(height, offset).map_err(|e| match e {
            ChainError::State(fault) => fault,
            other => StateFault::store(other),
        })?;
        entry.as_ref().map(codec::encode).ok_or(MISSING)
    }

    fn trail(&self, trail: Trail) -> Result<Vec<u64>, StateFault> {
        self.0.views().trail(trail)
    }

    fn state_proof(&self, height: u64, key: &StateKey) -> Result<StateProof, StateFault> {
        prove(&TreeNodes(self.0.views().store()), height, key)
    }
}

/// The bundle of a requestor as of the last executed height.
///
/// # Errors
/// [`Refusal`] when she is unknown or this node's store fails.
pub fn export(chain: &Chain, requestor: RequestorId) -> Result<Vec<u8>, Refusal> {
    let height = chain.tip().height;
    let early = || Refusal::new(Code::TooEarly, "the network has decided nothing yet; try again in a second");
    let (anchor, certificate) = chain.batch(height)?.ok_or_else(early)?;
    build(&Source(chain), chain.facts().genesis(), (&anchor.header, &certificate), requestor).map_err(|error| {
        match error {
            BuildError::UnknownRequestor(_) => Refusal::not_found("requestor"),
            BuildError::NothingDecided => early(),
            BuildError::State(StateFault::NotKept { .. }) => {
                Refusal::new(Code::TooEarly, "too much was decided while the bundle was made; try again")
            }
            other => Refusal::fault(&other),
        }
    })
}
