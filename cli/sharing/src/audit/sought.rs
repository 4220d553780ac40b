//! Which parent block is to be shown: by its own id, or by that of one of its side-blocks.

use crate::told::Told as _;
use crate::typed_id::{TypedId, UNKNOWN_ID};
use medshare_agent::client::NodeClient;
use medshare_cli_terminal::text::short;
use medshare_cli_terminal::{Failure, note};
use medshare_exchange::api::BlockDetail;
use medshare_ledger::id::{BlockId, SideBlockId};
use std::collections::BTreeSet;

/// Most parent blocks whose side-blocks are looked through, the newest first.
const MOST_LOOKED_THROUGH: usize = 64;
/// What a node says that has no such block.
const NOT_FOUND: &str = "not-found";

/// The block that is meant, among those that `known` gives, oldest first, and their side-blocks.
///
/// # Errors
/// Those of `known` and of the node; when none begins so, or several.
pub fn sought(
    typed: &TypedId<BlockId>,
    node: &NodeClient,
    list: &str,
    known: impl Fn() -> Result<Vec<BlockId>, Failure>,
) -> Result<BlockDetail, Failure> {
    let meant = typed.among(list, &known);
    let found = meant.and_then(|id| node.block(id).map_err(|error| error.told()));
    match found {
        Err(failure) if matches!(failure.code(), UNKNOWN_ID | NOT_FOUND) => {
            of_side_block(typed, node, list, known()?)?.ok_or(failure)
        }
        found => found,
    }
}

/// The parent block of the side-block that is meant; none where it is not among them.
fn of_side_block(
    typed: &TypedId<BlockId>,
    node: &NodeClient,
    list: &str,
    known: Vec<BlockId>,
) -> Result<Option<BlockDetail>, Failure> {
    let Some(typed) = typed.as_other::<SideBlockId>() else { return Ok(None) };
    let mut looked_at = BTreeSet::new();
    let newest = known.into_iter().rev().filter(|id| looked_at.insert(*id)).take(MOST_LOOKED_THROUGH);
    let parents = newest.map(|id| node.block(id).map_err(|error| error.told()));
    let parents: Vec<BlockDetail> = parents.filter_map(Result::ok).collect();
    let ids = |parent: &BlockDetail| -> Vec<SideBlockId> {
        parent.side_blocks.iter().filter_map(|side| side.id.parse().ok()).collect()
    };
    let all = || Ok(parents.iter().flat_map(ids).collect());
    let side = match typed.among_all(list, all) {
        Err(failure) if failure.code() == UNKNOWN_ID => return Ok(None),
        side => side?,
    };
    let parent = parents.iter().find(|parent| ids(parent).contains(&side)).cloned();
    if let Some(parent) = &parent {
        note(&format!("side-block {side} stands under block {}", short(&parent.block.id)));
    }
    Ok(parent)
}
