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
    let hint = format!("ask {owner} about that block: {}", regrant(&block));
    Failure::new(Exit::Refused, "access-ended", message)
        .hint(hint)
        .detail("ended_by", json!({"block": block, "owner": owner, "status": ended.permission.status}))
}

fn regrant(block: &str) -> String {
    format!("after `medshare owner review {block} --decision regrant` the authorities issue again")
}
