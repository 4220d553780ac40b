//! Decisions that end access: no single node's word keeps one from being made.
//!
//! What one node says may be a lie, and nothing that is asked here comes with a proof. So a package counts as closed where all nodes say so
//! that were reached, and a decision goes to each node in turn that does not show it, whatever a node answers: what is shown counts.

use super::statements::{Statements, Taken};
use medshare_agent::client::{ClientError, NodeClient};
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::{Exit, Failure};
use medshare_exchange::api::{EntryStatus, PermissionView};
use medshare_ledger::entry::Entry;
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
    /// What the first node took.
    pub taken: Taken,
    /// How the package stands now.
    pub permission: PermissionView,
    /// The nodes that could not be asked whether they show it, as they are named.
    pub unasked: Vec<String>,
    /// The nodes that go on showing the package as it was before.
    unshown: Vec<String>,
    /// What a node said that did not take it.
    refusal: Option<ClientError>,
}

/// What nodes say of a package.
pub struct Words {
    /// As each says that can be asked, the first one first.
    pub said: Vec<PermissionView>,
    /// The others, as they are named.
    unasked: Vec<String>,
}

/// What every node says of a package that can be asked.
///
/// # Errors
/// When none can be asked, or knows it.
pub fn words(node: &NodeClient, block: BlockId) -> Result<Words, ClientError> {
    let (mut said, mut unasked, mut failure) = (Vec::new(), Vec::new(), None);
    for one in node.each() {
        if !said.is_empty() && one.has_hung() {
            unasked.push(one.name());
            continue;
        }
        let one = if said.is_empty() { one } else { one.within(PATIENCE) };
        match one.permission(block) {
            Ok(word) => said.push(word),
            Err(error) => {
                unasked.push(one.name());
                failure = Some(beside(failure, error));
            }
        }
    }
    if said.is_empty() { Err(failure.unwrap_or(ClientError::NoNode)) } else { Ok(Words { said, unasked }) }
}

impl Words {
    /// The failure that a package is closed, by what these say, with who did not say it.
    pub fn closed(&self, failure: Failure) -> Failure {
        if self.unasked.is_empty() {
            return failure;
        }
        let aside = format!("as far as nodes could be asked; these could not: {}", names(&self.unasked));
        failure.aside(&aside).detail("not_asked", self.unasked.clone())
    }
}

/// Hands a decision in, as `sign` makes it under the number that the node says is next, to one node after the other until all that can be
/// asked show that it `is_made`.
///
/// # Errors
/// When no node took it, and none shows it.
pub fn decide(
    node: &NodeClient,
    block: BlockId,
    is_made: impl Fn(&PermissionView) -> bool,
    sign: impl Fn(u32) -> Entry,
) -> Result<Made, ClientError> {
    let mut statements = Statements::new(sign);
    let (mut taken, mut shown, mut refusal) = (None, None, None);
    let (mut unshown, mut unasked) = (Vec::new(), Vec::new());
    for one in node.each() {
        let is_done = taken.is_some() || shown.is_some();
        let mut is_lost = is_done && one.has_hung();
        if statements.any() && !is_lost {
            match look(&one, block, LOOKS, &is_made) {
                Ok(said) if is_made(&said) => {
                    shown = shown.or(Some((one, said)));
                    continue;
                }
                // one that did not say it may take it all the same; but nobody waits for it twice
                _ => is_lost = is_done && one.has_hung(),
            }
        }
        if is_lost {
            unasked.push(one.name());
            continue;
        }
        let looks = match statements.hand_in(&one, block) {
            Ok(done) => {
                taken = taken.or(Some(done));
                LOOKS
            }
            Err(error) => {
                // what is on the ledger already is rejected, and shown at once
                let looks = if matches!(error, ClientError::Rejected { .. }) { 1 } else { LOOKS };
                refusal = Some(beside(refusal, error));
                looks
            }
        };
        // what it answered may be false, and its answer lost
        let said = if statements.any() { look(&one, block, looks, &is_made).ok() } else { None };
        match said {
            Some(said) if is_made(&said) => shown = shown.or(Some((one, said))),
            Some(_) => unshown.push(one),
            None => unasked.push(one.name()),
        }
    }
    let taken = taken.or_else(|| statements.sought(&shown.as_ref()?.0.clone().within(PATIENCE)));
    let Some(taken) = taken else { return Err(refusal.unwrap_or(ClientError::NoNode)) };
    // by now it may have gone to whoever was behind
    unshown.retain(|one| !look(one, block, 1, &is_made).is_ok_and(|said| is_made(&said)));
    let mut unshown: Vec<String> = unshown.iter().map(NodeClient::name).collect();
    let permission = shown.map_or_else(|| node.permission(block), |(_, said)| Ok(said))?;
    if !is_made(&permission) {
        unshown.append(&mut unasked);
    }
    Ok(Made { taken, permission, unasked, unshown, refusal })
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
    let (sequence, status) = hand_in(node)?;
    let (taken, permission) = (Taken::told(sequence, status), node.permission(block)?);
    Ok(Made { taken, permission, unasked: Vec::new(), unshown: Vec::new(), refusal: None })
}

/// What a node says of a package, once it knows what another recorded, for which it may need a moment: asked so often.
fn look(
    node: &NodeClient,
    block: BlockId,
    looks: u32,
    is_made: impl Fn(&PermissionView) -> bool,
) -> Result<PermissionView, ClientError> {
    let node = node.clone().within(PATIENCE);
    for _ in 1..looks {
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

fn names(nodes: &[String]) -> String {
    nodes.iter().map(|name| line(name)).collect::<Vec<_>>().join(", ")
}

impl Made {
    /// Goes on where all nodes show it that can be asked.
    ///
    /// # Errors
    /// When one does not: then nobody knows that it was made.
    pub fn shown_by_all(self, block: BlockId) -> Result<Self, Failure> {
        if self.unshown.is_empty() {
            return Ok(self);
        }
        let why =
            self.refusal.map_or_else(String::new, |refusal| format!("; one node said: {}", line(&refusal.to_string())));
        let message = format!(
            "the decision was handed in, and the package is as it was before at {}: one of the nodes that were asked lies, or is behind{why}",
            names(&self.unshown)
        );
        let Taken { sequence, entry, height } = self.taken;
        let failure = Failure::new(Exit::Unreachable, "not-everywhere", message)
            .detail("block", block.to_string())
            .detail("sequence", sequence)
            .detail("entry", entry)
            .detail("height", height)
            .detail("status", self.permission.status)
            .detail("not_shown_by", [self.unshown, self.unasked].concat());
        Err(failure.hint("do it again in a moment, and tell the network's operators if it stays so"))
    }

    /// What is said where a node could not be asked.
    pub fn doubt(&self) -> String {
        match self.unasked.as_slice() {
            [] => String::new(),
            unasked => format!(
                "\nnobody looked whether it shows at {}, which could not be asked: do it again once it answers, where the others may lie",
                names(unasked)
            ),
        }
    }
}
