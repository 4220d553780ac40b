//! What a node says of what it does not know, while others are ahead of it.

use crate::services::Services;
use medshare_node_refusal::{Code, Refusal};
use std::future::Future;
use std::time::Duration;

/// How long somebody waits for this node to execute what others have.
const CATCHING_UP: Duration = Duration::from_secs(5);
/// How long somebody waits for a node that has just started to see that its state is the network's.
const CONFIRMATION_LIMIT: Duration = Duration::from_secs(5);

/// Waits until this node's state has been the network's since it started: before, it may be one of long ago, on its way to what there was.
///
/// # Errors
/// [`Refusal`] when the others do not confirm it in time.
pub async fn confirmed(services: &Services) -> Result<(), Refusal> {
    tokio::time::timeout(CONFIRMATION_LIMIT, services.others.confirmed()).await.map_err(|_| {
        Refusal::new(
            Code::CatchingUp,
            "this node has just started and does not know yet whether its state is the network's; ask again in a moment, or another node",
        )
    })
}

/// A stranger's message costs this node a look and other nodes nothing. What is not known here while this node is behind is looked at
/// once more when it has caught up, and not handed on in the meantime: anybody could have made it up.
///
/// # Errors
/// [`Refusal`] of the look, or because this node does not catch up in time.
pub async fn known_here<T, L: Future<Output = Result<T, Refusal>>>(
    services: &Services,
    look: impl Fn() -> L,
) -> Result<T, Refusal> {
    match look().await {
        Err(refusal) if matches!(refusal.code, Code::UnknownKey | Code::NotFound) => {
            let behind = services.others.behind(&services.chain);
            if behind == 0 {
                return Err(refusal);
            }
            caught_up(services, behind).await?;
            look().await
        }
        looked_at => looked_at,
    }
}

/// Waits until this node has executed so many heights more.
async fn caught_up(services: &Services, behind: u64) -> Result<(), Refusal> {
    let mut heights = services.chain.heights();
    let reached = services.chain.tip().height.0.saturating_add(behind);
    match tokio::time::timeout(CATCHING_UP, heights.wait_for(|height| height.0 >= reached)).await {
        Ok(Ok(_)) => Ok(()),
        _ => Err(Refusal::new(
            Code::CatchingUp,
            format!(
                "this node is {behind} heights behind and does not know yet whom or what this is about; ask again in a moment, or another node"
            ),
        )),
    }
}
