//! Whether the network decides, as far as this node knows, and what waits for that.

use crate::services::Services;
use medshare_crypto::hash::Hash32;
use medshare_node_refusal::Refusal;

/// Whether a request that was taken in before is left until the network decides, however often it is sent: where the ledger has it, each
/// attempt leaves a package, and none of these goes while the ledger's time stands still. That the network could decide does not say that it
/// does: a height since the last attempt does, and one without entries comes, too.
///
/// # Errors
/// [`Refusal`] when this node cannot read its state.
pub(crate) fn waits_for_network(services: &Services, request: &Hash32) -> Result<bool, Refusal> {
    let Some(height) = services.processing.progress.set_aside_at(request) else { return Ok(false) };
    let decides = is_ready(services) && services.chain.tip().height > height;
    Ok(!decides && services.chain.state().request(*request)?.is_some())
}

/// Whether the network can decide, and this node knows what it decided meanwhile.
pub(crate) fn is_ready(services: &Services) -> bool {
    let height = services.chain.tip().height.0;
    let others = &services.others;
    services.submission.reaches_quorum() && height > 0 && others.is_confirmed() && others.behind(&services.chain) <= 1
}
