//! Why a package does not open any more: which block ended access, and who can give it back.

use super::desk::Desk;
use crate::names::owner_name;
use crate::told::Told as _;
use medshare_agent::session::{PackageFile, SessionError};
use medshare_cli_terminal::file_kind::{PACKAGE, told_apart};
use medshare_cli_terminal::text::short;
use medshare_cli_terminal::{Exit, Failure};
use medshare_exchange::api::BlockView;
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::BlockId;
use serde_json::json;
use std::path::Path;

/// Where the permission of a package stands while its owner may give it back.
const ENDED: [&str; 3] = ["revoked", "under-review", "upheld"];

/// What is told of an opening whose end nobody knows.
const IN_DOUBT: &str =
    "the opening may be recorded all the same: then the owner sees one that nobody used, and the next one is another";

/// A package that a node does not open, with whom to ask.
pub fn not_opened(error: SessionError, desk: &Desk, package: &Path) -> Failure {
    let code = match &error {
        SessionError::Node(error) => error.code().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    // asked in vain, a node may have recorded it all the same
    let is_in_doubt = matches!(&error, SessionError::Node(error) if error.may_have_arrived());
    let failure = told_apart(error.told(), package, PACKAGE);
    let failure = if is_in_doubt { failure.aside(IN_DOUBT) } else { failure };
    match code.as_str() {
        code if ENDED.contains(&code) => of_package(failure, desk, package),
        "access-ended" => of_requestor(failure, desk),
        "not-satisfied" => of_attributes(failure, desk, package),
        _ => failure,
    }
}

/// Access to this very package has ended.
fn of_package(failure: Failure, desk: &Desk, package: &Path) -> Failure {
    let Ok(package) = PackageFile::verify(package, desk.facts()) else { return failure };
    let (block, owner) = (package.block().to_string(), owner_name(desk.facts(), package.manifest().owner));
    let hint = format!("ask {owner}, its owner, about block {}: {}", short(&block), regrant(&block));
    failure.detail("block", block).detail("owner", owner).hint(hint)
}

/// Access to some package has ended, and with it access to all of them.
fn of_requestor(failure: Failure, desk: &Desk) -> Failure {
    let thread = desk.node().thread(desk.agent().keys.id());
    let blocks = thread.map(|thread| thread.blocks).unwrap_or_default();
    match ended_among(&blocks) {
        Some((ended, block)) => elsewhere(ended, block, desk.facts()),
        None => failure,
    }
}

/// The attributes are not there: some were issued, but not those that the policy asks for.
fn of_attributes(failure: Failure, desk: &Desk, package: &Path) -> Failure {
    let requestor = desk.agent().keys.id();
    let held = desk.node().identity(requestor).ok().flatten().map(|identity| identity.attributes);
    let held = held.unwrap_or_default();
    let Ok(package) = PackageFile::verify(package, desk.facts()) else { return failure };
    let held = if held.is_empty() { "none of them".to_owned() } else { held.join(", ") };
    let policy = &package.manifest().policy;
    failure.hint(format!("the policy is {policy}, and you hold {held}: ask the authorities that it names"))
}

/// The latest block whose access has ended, as the node tells it. What is no block's id does not get into a command to be typed.
fn ended_among(blocks: &[BlockView]) -> Option<(&BlockView, BlockId)> {
    let ended = |block: &&BlockView| ENDED.contains(&block.permission.status.as_str());
    blocks.iter().rev().filter(ended).find_map(|block| Some((block, block.id.parse().ok()?)))
}

/// Whether attributes can be issued again only after the owner's decision: a violation is not decided about. An owner who revoked access
/// by own wish, or upheld the end of it, has decided.
fn waits_for_owner(ended: &BlockView) -> bool {
    ended.permission.violations > 0 && ended.permission.status != "upheld"
}

/// Access to another package has ended, and all attributes with it.
fn elsewhere(ended: &BlockView, block: BlockId, facts: &NetworkFacts) -> Failure {
    let owner = ended.owner.parse();
    let owner =
        owner.map_or_else(|_| "an owner that the node does not name".to_owned(), |owner| owner_name(facts, owner));
    let block = block.to_string();
    let message = format!(
        "all your attributes were taken away when access to another package ended: block {} of {owner}, now {}",
        short(&block),
        ended.permission.status
    );
    let hint = if waits_for_owner(ended) {
        format!("ask {owner} about that block: {}", regrant(&block))
    } else {
        "ask the authorities to issue your attributes again: that waits for no owner".to_owned()
    };
    Failure::new(Exit::Refused, "access-ended", message)
        .hint(hint)
        .detail("ended_by", json!({"block": block, "owner": owner, "status": ended.permission.status}))
}

fn regrant(block: &str) -> String {
    format!("after `medshare owner review {block} --decision regrant` the authorities issue again")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;

    fn ended(status: &str, violations: u32) -> BlockView {
        serde_json::from_value(json!({
            "block": "0b", "height": 1, "requestor": "r", "owner": "o", "dataset": "d", "purpose": "HRESCH", "sensitivity": "low",
            "node": "n", "second_node": "m", "package": "p", "size": 1, "version": 1, "previous": "q", "merkle_root": "x", "nonce": 1,
            "target": 8, "action_counter": 0, "ttr": 1, "ttp": 1, "tts": 1, "locktime": 0, "events": [], "side_block_count": 0,
            "permission": {
                "block": "0b", "status": status, "openings": 1, "reports": 1, "violations": violations, "retrieved": false,
            },
        }))
        .unwrap()
    }

    #[test]
    fn only_after_a_violation_has_an_owner_to_decide_before_attributes_are_issued_again() {
        for (status, violations, waits) in
            [("revoked", 1, true), ("under-review", 1, true), ("upheld", 1, false), ("revoked", 0, false)]
        {
            assert_eq!(waits_for_owner(&ended(status, violations)), waits, "{status} after {violations} violations");
        }
    }
}
