//! Decisions that end access: no single node's word keeps one from being made.
//!
//! What one node says may be a lie, and nothing that is asked here comes with a proof. So a package counts as closed where all nodes say so
//! that were reached, and a decision goes to each node in turn that does not show it.

use medshare_agent::client::{ClientError, NodeClient};
use medshare_cli_terminal::shown::line;
use medshare_exchange::api::{EntryStatus, PermissionView};
use medshare_ledger::id::BlockId;
use std::time::Duration;

/// For so long a node is waited for where another has answered.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a node is asked that does not show yet what another has recorded.
const LOOKS: u32 = 20;
/// Pause before it is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// A decision that was made.
pub struct Made {
    /// Its number.
    pub sequence: u32,
    /// What became of its entry, as the node says that took it first.
    pub entry: EntryStatus,
    /// How the package stands now.
    pub permission: PermissionView,
    /// The nodes that do not show it, as they are named.
    pub unshown: Vec<String>,
}

/// What every node says of a package that can be asked, the first one first.
///
/// # Errors
/// When none can be asked, or knows it.
pub fn words(node: &NodeClient, block: BlockId) -> Result<Vec<PermissionView>, ClientError> {
    let (mut words, mut failure) = (Vec::new(), None);
    for one in node.each() {
        if !words.is_empty() && one.has_hung() {
            continue;
        }
        let one = if words.is_empty() { one } else { one.within(PATIENCE) };
        match one.permission(block) {
            Ok(said) => words.push(said),
            Err(error) => failure = Some(beside(failure, error)),
        }
    }
    if words.is_empty() { Err(failure.unwrap_or(ClientError::NoNode)) } else { Ok(words) }
}

/// Hands a decision in, under the number that the node says is next, to one node after the other until all that can be asked show that it
/// `is_made`.
///
/// # Errors
/// When no node took it.
pub fn decide(
    node: &NodeClient,
    block: BlockId,
    is_made: impl Fn(&PermissionView) -> bool,
    hand_in: impl Fn(&NodeClient) -> Result<(u32, EntryStatus), ClientError>,
) -> Result<Made, ClientError> {
    let (mut entry, mut failure, mut shown, mut unshown) = (None, None, None, Vec::new());
    for one in node.each() {
        let is_first = entry.is_none();
        if !is_first {
            if one.has_hung() {
                continue;
            }
            match look(&one, block, &is_made) {
                Ok(said) if !is_made(&said) => {}
                said => {
                    shown = shown.or(said.ok());
                    continue;
                }
            }
        }
        match hand_in(&one) {
            Ok(taken) => entry = entry.or(Some(taken)),
            Err(error) if is_first => {
                failure = Some(beside(failure, error));
                continue;
            }
            // it may have it by now, which a look tells
            Err(_) => {}
        }
        match look(&one, block, &is_made) {
            Ok(said) if is_made(&said) => shown = shown.or(Some(said)),
            Ok(_) => unshown.push(one.name()),
            Err(_) => {}
        }
    }
    let (sequence, entry) = entry.ok_or_else(|| failure.unwrap_or(ClientError::NoNode))?;
    let permission = shown.map_or_else(|| node.permission(block), Ok)?;
    Ok(Made { sequence, entry, permission, unshown })
}

/// The same through the first node that takes it, whose word counts: for a decision that ends nothing.
///
/// # Errors
/// When no node took it.
pub fn decide_at(
    node: &NodeClient,
    block: BlockId,
    hand_in: impl Fn(&NodeClient) -> Result<(u32, EntryStatus), ClientError>,
) -> Result<Made, ClientError> {
    let (sequence, entry) = hand_in(node)?;
    Ok(Made { sequence, entry, permission: node.permission(block)?, unshown: Vec::new() })
}

/// What a node says of a package, once it knows what another recorded, for which it may need a moment.
fn look(
    node: &NodeClient,
    block: BlockId,
    is_made: impl Fn(&PermissionView) -> bool,
) -> Result<PermissionView, ClientError> {
    let node = node.clone().within(PATIENCE);
    for _ in 1..LOOKS {
        let said = node.permission(block)?;
        if is_made(&said) {
            return Ok(said);
        }
        std::thread::sleep(PAUSE);
    }
    node.permission(block)
}

fn beside(before: Option<ClientError>, error: ClientError) -> ClientError {
    match before {
        Some(before) => before.beside(error),
        None => error,
    }
}

impl Made {
    /// What is said where a node does not show it.
    pub fn doubt(&self) -> String {
        match self.unshown.as_slice() {
            [] => String::new(),
            names => format!(
                "\nnot everywhere: {} says that the package is as it was before, though it was handed in there, too; one of the nodes that were asked \
                 lies, or is behind: do it again in a moment, and tell the network's operators if it stays so",
                names.iter().map(|name| line(name).to_string()).collect::<Vec<_>>().join(", ")
            ),
        }
    }
}
