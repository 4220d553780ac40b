//! Proofs of where an opening stands, from this node's log and views.

use medshare_ledger::id::{BlockId, LeaseId};
use medshare_ledger::opening_proof::{Opening, OpeningProof};
use medshare_ledger::state::StateFault;
use medshare_node_chain::Chain;
use medshare_node_chain::execute::TreeNodes;
use medshare_node_refusal::{Code, Refusal};

/// A proof, and whether it shows what holds now: the last batch's own effects are certified by the next one.
pub struct Proven {
    /// The proof.
    pub proof: OpeningProof,
    /// Whether it shows what holds now.
    pub is_current: bool,
}

/// The proof of an opening as of the last executed height.
///
/// # Errors
/// [`Refusal`] when there is no such package or this node's store fails.
pub fn proven(chain: &Chain, parent: BlockId, lease: LeaseId) -> Result<Proven, Refusal> {
    let state = chain.state();
    let requestor = state.block(parent)?.ok_or_else(|| Refusal::not_found("parent block"))?.requestor;
    let opening = Opening { parent, lease, requestor };
    let early = |message: &str| Refusal::new(Code::TooEarly, message.to_owned());
    let (anchor, certificate) = chain
        .batch(chain.tip().height)?
        .ok_or_else(|| early("the network has decided nothing yet; try again in a second"))?;
    let proof = OpeningProof::build(&TreeNodes(chain.views().store()), (anchor.header, certificate), opening);
    let proof = proof.map_err(|error| match error {
        StateFault::NotKept { .. } => early("too much was decided while the proof was made; try again"),
        error => Refusal::fault(&error),
    })?;
    let shown = proof.shown_unverified(opening).map_err(|error| Refusal::fault(&error))?;
    let is_current = shown.lease == state.lease(parent, lease)?
        && shown.permission == state.permission(parent)?
        && shown.access == state.access(requestor)?.unwrap_or_default();
    Ok(Proven { proof, is_current })
}
