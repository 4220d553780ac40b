//! Why a package does not open any more: which block ended access, and who can give it back.

use super::desk::Desk;
use crate::file_kind::told_apart;
use crate::lacking;
use crate::names::owner_name;
use crate::told::Told as _;
use medshare_agent::clock;
use medshare_agent::session::{PackageFile, SessionError};
use medshare_cli_terminal::file_kind::PACKAGE;
use medshare_cli_terminal::text::short;
use medshare_cli_terminal::{Exit, Failure};
use medshare_exchange::api::BlockView;
use medshare_ledger::id::{BlockId, Timestamp};
use serde_json::json;
use std::path::Path;

/// Where the permission of a package stands while its owner may give it back.
const REVIEWABLE: [&str; 2] = ["revoked", "under-review"];
/// Where it stands when the owner has decided that it stays closed.
const UPHELD: &str = "upheld";
const RETRIEVED: &str = "retrieved";
/// Given back by its owner, until it is opened anew: the attributes went with it, and are missing still.
const REGRANTED: &str = "re-granted";

/// What is told of an opening whose end nobody knows.
const IN_DOUBT: &str = "the opening may be recorded all the same: then the owner sees one that nobody used, and the next one does not name it";

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
        code if REVIEWABLE.contains(&code) || code == UPHELD => of_package(failure, desk, package),
        "access-ended" => of_requestor(failure, desk),
        "not-satisfied" => of_attributes(failure, desk, package),
        _ => failure,
    }
}

/// Access to this very package has ended.
fn of_package(failure: Failure, desk: &Desk, package: &Path) -> Failure {
    let Ok(package) = PackageFile::verify(package, desk.facts()) else { return failure };
    let manifest = package.manifest();
    let (block, owner) = (package.block().to_string(), owner_name(desk.facts(), manifest.owner));
    let is_over = is_over(manifest.expires.0, clock::now());
    let hint = what_helps(failure.code(), is_over, &block, &owner);
    failure.detail("block", block).detail("owner", owner).hint(hint)
}

/// What helps where the owner has ended access to a package, or a violation has.
fn what_helps(code: &str, is_over: bool, block: &str, owner: &str) -> String {
    let named = short(block);
    match (code, is_over) {
        (UPHELD, _) => {
            format!("{owner}, its owner, has decided so about block {named}, and it stays so: request the data again")
        }
        (_, true) => format!(
            "its time is over, too, and no decision opens it again: request the data again. For everything else ask {owner}, its owner, \
             about block {named}: {}",
            decided(block, false)
        ),
        (_, false) => format!("ask {owner}, its owner, about block {named}: {}", decided(block, true)),
    }
}

/// Whether the time of a package is over, by the clock here; zero has no end. The ledger re-grants none that is.
const fn is_over(expires_ms: u64, now: Timestamp) -> bool {
    expires_ms != 0 && expires_ms <= now.0
}

/// Access to some package has ended, and with it access to all of them.
fn of_requestor(failure: Failure, desk: &Desk) -> Failure {
    let thread = desk.node().thread(desk.agent().keys.id());
    let blocks = thread.map(|thread| thread.blocks).unwrap_or_default();
    match ended_among(&blocks) {
        Some((ended, block)) => {
            let owner = ended.owner.parse().map(|owner| owner_name(desk.facts(), owner));
            let owner = owner.unwrap_or_else(|_| "an owner that the node does not name".to_owned());
            elsewhere(ended, block, &owner, clock::now())
        }
        None => failure,
    }
}

/// The attributes are not there: some were issued, but not those that the policy asks for.
fn of_attributes(failure: Failure, desk: &Desk, package: &Path) -> Failure {
    let requestor = desk.agent().keys.id();
    let held = desk.node().identity(requestor).ok().flatten().map(|identity| identity.attributes);
    let held = held.unwrap_or_default();
    let Ok(package) = PackageFile::verify(package, desk.facts()) else { return failure };
    failure.hint(what_is_missing(&package.manifest().policy, &held))
}

/// A policy beside the attributes that are held, and those that it asks for besides. Where a node refuses somebody who has them all, by its
/// own word, they are all asked for.
fn what_is_missing(policy: &str, held: &[String]) -> String {
    let has = if held.is_empty() { "none of them".to_owned() } else { held.join(", ") };
    let lacks = policy.parse().map(|policy| lacking::lacking(&policy, &lacking::held(held))).unwrap_or_default();
    let next = if lacks.is_empty() { "ask the authorities that it names".to_owned() } else { lacking::words(&lacks) };
    format!("the policy is {policy}, and you hold {has}: {next}")
}

/// The latest block with a violation that waits for its owner, wherever its permission stands; where there is none, the latest whose
/// access has ended. So the node tells it. What is no block's id does not get into a command to be typed.
fn ended_among(blocks: &[BlockView]) -> Option<(&BlockView, BlockId)> {
    let latest = |wanted: &dyn Fn(&BlockView) -> bool| {
        blocks.iter().rev().filter(|block| wanted(block)).find_map(|block| Some((block, block.id.parse().ok()?)))
    };
    let has_ended = |block: &BlockView| {
        let status = block.permission.status.as_str();
        REVIEWABLE.contains(&status) || [UPHELD, RETRIEVED, REGRANTED].contains(&status)
    };
    latest(&waits_for_owner).or_else(|| latest(&has_ended))
}

/// Whether nothing opens before the owner's decision: a violation is not decided about, also one that came after an earlier decision. An
/// owner who ended access by own wish has decided.
fn waits_for_owner(ended: &BlockView) -> bool {
    ended.permission.undecided > 0
}

/// Access to another package has ended, and all attributes with it.
fn elsewhere(ended: &BlockView, block: BlockId, owner: &str, now: Timestamp) -> Failure {
    let block = block.to_string();
    let status = &ended.permission.status;
    let waits = waits_for_owner(ended);
    let message = format!(
        "all your attributes were taken away when access to a package ended: block {} of {owner}, now {status}{}",
        short(&block),
        if waits { ", with a violation that is not decided about" } else { "" },
    );
    let hint = if waits {
        // what was upheld or retrieved, or whose time is over, stays so, and its owner takes note of the violation
        let may_open = REVIEWABLE.contains(&status.as_str()) && !is_over(ended.locktime, now);
        format!("ask {owner} about that block: {}", decided(&block, may_open))
    } else {
        "ask the authorities to issue your attributes again: that waits for no owner".to_owned()
    };
    Failure::new(Exit::Refused, "access-ended", message)
        .hint(hint)
        .detail("ended_by", json!({"block": block, "owner": owner, "status": status, "waits": waits}))
}

fn decided(block: &str, may_open: bool) -> String {
    let decision = if may_open { "regrant" } else { "uphold" };
    format!("after `medshare owner review {block} --decision {decision}` the authorities issue again")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;

    const NAMES: [&str; 2] = ["0a", "0b"];

    fn ended(name: &str, status: &str, undecided: u32) -> BlockView {
        let id = name.repeat(32);
        serde_json::from_value(json!({
            "block": id, "height": 1, "requestor": "r", "owner": "o", "dataset": "d", "purpose": "HRESCH", "sensitivity": "low",
            "node": "n", "second_node": "m", "package": "p", "size": 1, "version": 1, "previous": "q", "merkle_root": "x", "nonce": 1,
            "target": 8, "action_counter": 0, "ttr": 1, "ttp": 1, "tts": 1, "locktime": 0, "events": [], "side_block_count": 0,
            "permission": {
                "block": id, "status": status, "openings": 1, "reports": 1, "violations": 2, "undecided": undecided, "retrieved": false,
            },
        }))
        .unwrap()
    }

    #[test]
    fn the_block_that_ended_access_is_the_one_whose_violation_waits_wherever_its_permission_stands() {
        for (first, second, named) in [
            (("upheld", 1), ("opened", 0), Some("0a")),
            (("retrieved", 1), ("revoked", 0), Some("0a")),
            (("revoked", 1), ("under-review", 1), Some("0b")),
            (("upheld", 0), ("revoked", 0), Some("0b")),
            (("retrieved", 0), ("opened", 0), Some("0a")),
            (("revoked", 0), ("re-granted", 0), Some("0b")),
            (("re-granted", 0), ("granted", 0), Some("0a")),
            (("granted", 0), ("expired", 0), None),
        ] {
            let blocks = [ended(NAMES[0], first.0, first.1), ended(NAMES[1], second.0, second.1)];
            let found = ended_among(&blocks).map(|(block, _)| block.id.as_str());
            assert_eq!(found, named.map(|name| name.repeat(32)).as_deref(), "{first:?} {second:?}");
        }
    }

    #[test]
    fn who_holds_one_of_two_attributes_is_told_the_other() {
        let policy = "RESEARCHER@UNIVERSITY AND APPROVED@ETHICS-BOARD";
        let told = what_is_missing(policy, &["RESEARCHER@UNIVERSITY".to_owned()]);
        assert!(told.ends_with(": APPROVED@ETHICS-BOARD is missing: ask the authority behind the @ of it"), "{told}");
        assert!(what_is_missing(policy, &[]).contains("you hold none of them: APPROVED@ETHICS-BOARD and RESEARCHER@"));
        let all = policy.split(" AND ").map(str::to_owned).collect::<Vec<_>>();
        assert!(what_is_missing(policy, &all).ends_with("ask the authorities that it names"));
    }

    #[test]
    fn after_a_violation_that_waits_the_owner_is_asked_and_else_the_authorities() {
        for (status, undecided, asked) in [
            ("revoked", 1, "--decision regrant`"),
            ("upheld", 1, "--decision uphold`"),
            ("retrieved", 1, "--decision uphold`"),
            ("upheld", 0, "waits for no owner"),
            ("retrieved", 0, "waits for no owner"),
            ("re-granted", 0, "waits for no owner"),
        ] {
            let block = ended(NAMES[0], status, undecided);
            let told = elsewhere(&block, block.id.parse().unwrap(), "HOSPITAL-A", Timestamp(9)).document().to_string();
            assert!(told.contains(asked), "{told}");
        }
    }

    #[test]
    fn a_regrant_is_advised_only_while_the_time_is_not_over() {
        let (block, owner) = (NAMES[0].repeat(32), "HOSPITAL-A");
        for (code, is_over, advised) in [
            ("revoked", false, "--decision regrant`"),
            ("under-review", true, "--decision uphold`"),
            ("revoked", true, "no decision opens it again: request the data again"),
            ("upheld", true, "it stays so: request the data again"),
        ] {
            let told = what_helps(code, is_over, &block, owner);
            assert!(told.contains(advised) && told.contains("regrant") != (is_over || code == UPHELD), "{told}");
        }
        for (locktime, decision) in [(0, "regrant"), (10, "regrant"), (9, "uphold")] {
            let ended = BlockView { locktime, ..ended(NAMES[0], "revoked", 1) };
            let told = elsewhere(&ended, block.parse().unwrap(), owner, Timestamp(9)).document().to_string();
            assert!(told.contains(&format!("--decision {decision}`")), "{locktime}: {told}");
        }
    }
}
