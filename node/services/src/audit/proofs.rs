//! Proofs of what the ledger has, from this node's log and views: as of the last executed height.

use medshare_crypto::hash::Hash32;
use medshare_ledger::certified_state::{Anchor, CertifiedStateError};
use medshare_ledger::grant_proof::GrantProof;
use medshare_ledger::id::{BlockId, LeaseId, RequestorId};
use medshare_ledger::identity_proof::IdentityProof;
use medshare_ledger::opening_proof::{Opening, OpeningProof};
use medshare_ledger::permission_proof::PermissionProof;
use medshare_ledger::request_proof::RequestProof;
use medshare_ledger::state::StateFault;
use medshare_node_chain::Chain;
use medshare_node_chain::execute::TreeNodes;
use medshare_node_refusal::{Code, Refusal};

/// A proof, and whether it shows what holds now: the last batch's own effects are certified by the next one.
pub struct Proven<T> {
    /// The proof.
    pub proof: T,
    /// Whether it shows what holds now.
    pub is_current: bool,
}

/// The proof of an opening.
///
/// # Errors
/// [`Refusal`] when there is no such package or this node's store fails.
pub fn opening(chain: &Chain, parent: BlockId, lease: LeaseId) -> Result<Proven<OpeningProof>, Refusal> {
    let state = chain.state();
    let requestor = state.block(parent)?.ok_or_else(|| Refusal::not_found("parent block"))?.requestor;
    let opening = Opening { parent, lease, requestor };
    let proof = built(chain, |nodes, anchor| OpeningProof::build(nodes, anchor, opening))?;
    let shown = shown(proof.shown_unverified(opening))?;
    let is_current = shown.lease == state.lease(parent, lease)?
        && shown.permission == state.permission(parent)?
        && shown.access == state.access(requestor)?.unwrap_or_default();
    Ok(Proven { proof, is_current })
}

/// The proof of where access to a package stands.
///
/// # Errors
/// As [`opening`].
pub fn permission(chain: &Chain, parent: BlockId) -> Result<Proven<PermissionProof>, Refusal> {
    let state = chain.state();
    state.block(parent)?.ok_or_else(|| Refusal::not_found("parent block"))?;
    let proof = built(chain, |nodes, anchor| PermissionProof::build(nodes, anchor, parent))?;
    let shown = shown(proof.shown_unverified(parent))?;
    let is_current = shown.permission == state.permission(parent)?
        && shown.decisions == state.decisions(parent)?.unwrap_or_default()
        && shown.side_blocks == state.side_chain(parent)?;
    Ok(Proven { proof, is_current })
}

/// The proof of what became of a request.
///
/// # Errors
/// [`Refusal`] when there is no such request or this node's store fails.
pub fn request(chain: &Chain, name: Hash32) -> Result<Proven<RequestProof>, Refusal> {
    let state = chain.state();
    state.request(name)?.ok_or_else(|| Refusal::not_found("request"))?;
    let proof = built(chain, |nodes, anchor| {
        // what is known now is no less than what the anchor, which was read before, certifies
        let answer = state.request(name)?.and_then(|made| made.answer);
        RequestProof::build(nodes, anchor, name, answer)
    })?;
    let is_current = shown(proof.shown_unverified(name))?.request == state.request(name)?;
    Ok(Proven { proof, is_current })
}

/// The proof of who a requestor is, also that nobody is.
///
/// # Errors
/// [`Refusal`] when this node's store fails.
pub fn identity(chain: &Chain, requestor: RequestorId) -> Result<Proven<IdentityProof>, Refusal> {
    let state = chain.state();
    let proof = built(chain, |nodes, anchor| IdentityProof::build(nodes, anchor, requestor))?;
    let shown = shown(proof.shown_unverified(requestor))?;
    let is_current =
        shown.identity == state.identity(requestor)? && shown.access == state.access(requestor)?.unwrap_or_default();
    Ok(Proven { proof, is_current })
}

/// The proof of how an attribute of a requestor stands, also that it does not.
///
/// # Errors
/// [`Refusal`] when this node's store fails.
pub fn grant(chain: &Chain, requestor: RequestorId, attribute: &str) -> Result<Proven<GrantProof>, Refusal> {
    let state = chain.state();
    let proof = built(chain, |nodes, anchor| GrantProof::build(nodes, anchor, requestor, attribute))?;
    let shown = shown(proof.shown_unverified(requestor, attribute))?;
    let is_current =
        shown.key == state.attribute_key(attribute)? && shown.grant == state.grant(requestor, attribute)?;
    Ok(Proven { proof, is_current })
}

fn built<T>(chain: &Chain, build: impl FnOnce(&TreeNodes<'_>, Anchor) -> Result<T, StateFault>) -> Result<T, Refusal> {
    let early = |message: &str| Refusal::new(Code::TooEarly, message.to_owned());
    let (anchor, certificate) = chain
        .batch(chain.tip().height)?
        .ok_or_else(|| early("the network has decided nothing yet; try again in a second"))?;
    build(&TreeNodes(chain.views().store()), (anchor.header, certificate)).map_err(|error| match error {
        StateFault::NotKept { .. } => early("too much was decided while the proof was made; try again"),
        error => Refusal::fault(&error),
    })
}

fn shown<T>(shown: Result<T, CertifiedStateError>) -> Result<T, Refusal> {
    shown.map_err(|error| Refusal::fault(&error))
}
