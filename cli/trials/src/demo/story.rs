//! The story, step by step.

use super::attacker::Attacker;
use super::cast::{Cast, Researcher};
use super::commands::text;
use super::ending::{audit, left_running, resynchronise};
use super::package::{Package, open_args, owner_args, package_args, side_blocks};
use super::record::{Detail, Record, ensure};
use anyhow::{Context as _, Result};
use medshare_cli_network::{CreateArgs, Started, create, guessed_lines, start, states};
use medshare_exchange::api::stage_name as spoken;
use serde_json::Value;
use std::ffi::OsString;
use std::path::Path;

/// Tells the whole story.
///
/// # Errors
/// The first step that did not do what it should.
pub fn tell(plan: &CreateArgs, keep: bool, record: &mut Record) -> Result<()> {
    let cast = record.step("founding", "1  a network of four validators starts", || found(plan))?;
    let (alice, bob) =
        record.step("people", "2  two researchers are registered, two authorities issue attributes", || {
            register(&cast)
        })?;
    let mut package = record
        .step("request", "3  a signed request becomes a validated, encrypted package", || request(&cast, &alice))?;
    record.step("refusals", "4  what must be refused is refused", || refusals(&cast, &alice, &bob, &package))?;
    record.step("opening", "5  she opens the package", || open(&cast, &alice, &mut package))?;
    record.step("outage", "6  a validator is killed; the network goes on", || kill(&cast))?;
    record.step("violation", "7  she reads; then she copies, which ends her access everywhere", || {
        violate(&cast, &alice, &package)
    })?;
    record.step("return", "8  the killed validator catches up, and refuses her as well", || {
        catch_up(&cast, &alice, &package)
    })?;
    record.step("review", "9  the owner reviews: re-grants, then takes the data back", || {
        review(&cast, &alice, &package)
    })?;
    record.step("resynchronisation", "10 a validator loses log and views, and comes back to the same state", || {
        resynchronise(&cast)
    })?;
    record.step("audit", "11 an auditor verifies everything with the network stopped", || audit(&cast, &alice))?;
    if keep {
        record.step("left-running", "the network is left running, with a third researcher who may open", || {
            left_running(&cast)
        })?;
    }
    Ok(())
}

fn found(plan: &CreateArgs) -> Result<(Cast, Vec<Detail>)> {
    let founded = create(plan, &|_, _| ())?;
    let cast = Cast::new(founded)?;
    start(&cast.founded.folder, &Started::default(), &|_| ())?;
    cast.advance("", 3)?;
    let states = states(&cast.founded.folder)?;
    let lines: Vec<Value> = states
        .nodes
        .iter()
        .filter_map(|s| {
            let status = s.status.as_ref()?;
            let peers = status.peers.iter().filter(|p| p.connected).count();
            Some(format!("{:<12} height {:>3}  lag {}  peers {peers}", s.name, status.height, status.lag).into())
        })
        .collect();
    ensure(lines.len() == cast.founded.nodes.len(), "not every node answers")?;
    let mut details = vec![Detail::new("network id", cast.founded.network.clone()), Detail::words("validators", lines)];
    if let Some(guessed) = cast.founded.guessed() {
        let lines = guessed_lines(guessed).into_iter().map(Value::from).collect::<Vec<_>>();
        details.push(Detail::words("columns, guessed", lines));
    }
    Ok((cast, details))
}

fn register(cast: &Cast) -> Result<((Researcher, Researcher), Vec<Detail>)> {
    let owner = cast.owner();
    let alice = cast.researcher("alice", &owner)?;
    let bob = cast.researcher("bob", &owner)?;
    cast.issue("UNIVERSITY", "RESEARCHER", &alice, 0)?;
    cast.issue("ETHICS-BOARD", "APPROVED", &alice, 0)?;
    cast.issue("UNIVERSITY", "RESEARCHER", &bob, 0)?;
    let details = vec![
        Detail::words("first researcher", format!("{} with RESEARCHER@UNIVERSITY, APPROVED@ETHICS-BOARD", alice.rid)),
        Detail::words("second researcher", format!("{} with RESEARCHER@UNIVERSITY only", bob.rid)),
    ];
    Ok(((alice, bob), details))
}

fn submit(cast: &Cast, who: &Researcher, out: &Path, purpose: &str) -> Vec<OsString> {
    vec![
        "request".into(),
        "submit".into(),
        "--owner".into(),
        cast.owner().into(),
        "--dataset".into(),
        cast.founded.dataset.clone().into(),
        "--purpose".into(),
        purpose.into(),
        "--key".into(),
        who.key.clone().into_os_string(),
        "--out".into(),
        out.as_os_str().to_owned(),
    ]
}

fn request(cast: &Cast, alice: &Researcher) -> Result<(Package, Vec<Detail>)> {
    let file = cast.desk.join("alice.package");
    let delivered = cast.at_owner.succeed(submit(cast, alice, &file, "HRESCH"))?;
    let block = text(&delivered, "/block")?;
    let view = cast.at_owner.succeed(["audit", "block", &block])?;
    let events = view.pointer("/events").and_then(Value::as_array).cloned().unwrap_or_default();
    ensure(events.len() == 7, "the parent block does not hold the seven stages")?;
    let ttr = view.pointer("/ttr").and_then(Value::as_u64).unwrap_or_default();
    let stages: Vec<Value> = events
        .iter()
        .map(|event| {
            let at = event.pointer("/at").and_then(Value::as_u64).unwrap_or(ttr);
            let stage = spoken(event.pointer("/stage").and_then(Value::as_str).unwrap_or_default());
            format!("{stage:<20} {:>5} ms after reception", at.saturating_sub(ttr)).into()
        })
        .collect();
    let size = std::fs::metadata(&file).context("the package file is missing")?.len();
    let details = vec![
        Detail::new("parent block", block.clone()),
        Detail::new("height", text(&view, "/height")?),
        Detail::new("processed by", text(&view, "/node")?),
        Detail::new("validated by", text(&view, "/second_node")?),
        Detail::new("sensitivity", text(&view, "/sensitivity")?),
        Detail::words("stages", stages),
        Detail::words("package", format!("{size} bytes")),
    ];
    Ok((Package { file, block, first_file: String::new() }, details))
}

fn refusals(cast: &Cast, alice: &Researcher, bob: &Researcher, package: &Package) -> Result<((), Vec<Detail>)> {
    let attacker = Attacker::new(cast)?;
    let marketing = cast
        .at_owner
        .refused(submit(cast, alice, &cast.desk.join("never.package"), "HMARKT"), &["purpose-forbidden"])?;
    let own = cast.desk.join("bob.package");
    cast.at_owner.succeed(submit(cast, bob, &own, "HRESCH"))?;
    let unsatisfied = cast.at_owner.refused(open_args(&own, bob), &["not-satisfied"])?;
    let stolen =
        cast.at_owner.refused(open_args(&package.file, bob), &["not-the-requestor", "other-requestor", "not-yours"])?;
    let details = vec![
        Detail::words("changed request", attacker.tampered(alice)?),
        Detail::words("unknown key", attacker.stranger()?),
        Detail::words("replay", attacker.replay(alice)?),
        Detail::words("forbidden purpose", marketing),
        Detail::words("policy not satisfied", unsatisfied),
        Detail::words("another's package", stolen),
    ];
    Ok(((), details))
}

fn open(cast: &Cast, alice: &Researcher, package: &mut Package) -> Result<((), Vec<Detail>)> {
    cast.at_owner.succeed(open_args(&package.file, alice))?;
    let listed = cast.at_owner.succeed(package_args("list", &package.file, alice, None))?;
    let files = listed.as_array().cloned().unwrap_or_default();
    let smallest = files.iter().min_by_key(|file| file.pointer("/bytes").and_then(Value::as_u64));
    package.first_file = text(smallest.context("the package holds no file")?, "/name")?;
    let sides = side_blocks(cast, package)?;
    ensure(sides.len() == 2, "expected two side-blocks: the opening and \"decrypted data\"")?;
    let details = vec![Detail::new("files", files.len()), Detail::words("side-blocks", sides)];
    Ok(((), details))
}

const KILLED: usize = 3;

fn kill(cast: &Cast) -> Result<((), Vec<Detail>)> {
    let name = cast.node(KILLED)?;
    cast.kill(&name)?;
    let (before, after) = cast.advance(&name, 4)?;
    Ok((
        (),
        vec![Detail::new("killed", name), Detail::words("heights", format!("{before} → {after} with three of four"))],
    ))
}

fn violate(cast: &Cast, alice: &Researcher, package: &Package) -> Result<((), Vec<Detail>)> {
    let read = cast.at_owner.succeed(package_args("read", &package.file, alice, Some(&package.first_file)))?;
    let bytes = text(&read, "/bytes")?;
    let before = std::time::Instant::now();
    let mut copy = package_args("copy", &package.file, alice, Some(&package.first_file));
    copy.extend(["--to".into(), cast.desk.join("copied").into_os_string(), "--yes".into()]);
    let copied = cast.at_owner.refused(copy, &["violation"])?;
    let mut refused = Vec::new();
    for (name, commands) in cast.everywhere() {
        if name == cast.node(KILLED)? {
            continue;
        }
        let again = cast.desk.join(format!("again-{name}.package"));
        std::fs::copy(&package.file, &again)?;
        let reason = commands.refused(open_args(&again, alice), &["revoked"])?;
        refused.push(Value::from(format!("{name:<12} {reason}")));
    }
    let took = before.elapsed();
    let details = vec![
        Detail::words("read", format!("{}: {bytes} bytes", package.first_file)),
        Detail::words("copy", copied),
        Detail::words("opening again", refused),
        Detail::words("violation to refusals", format!("{} ms, commands included", took.as_millis())),
        Detail::words("side-blocks", side_blocks(cast, package)?),
    ];
    Ok(((), details))
}

fn catch_up(cast: &Cast, alice: &Researcher, package: &Package) -> Result<((), Vec<Detail>)> {
    let name = cast.node(KILLED)?;
    let height = cast.restart(&name)?;
    let (_, commands) = cast.everywhere().into_iter().nth(KILLED).context("no such node")?;
    let again = cast.desk.join("again-killed.package");
    std::fs::copy(&package.file, &again)?;
    let reason = commands.refused(open_args(&again, alice), &["revoked"])?;
    Ok((
        (),
        vec![Detail::words("caught up", format!("{name} at height {height}")), Detail::words("opening there", reason)],
    ))
}

fn review(cast: &Cast, alice: &Researcher, package: &Package) -> Result<((), Vec<Detail>)> {
    let violations = cast.at_owner.succeed(owner_args(cast, &["violations"]))?;
    let first = violations
        .pointer("/violations/0")
        .or_else(|| violations.pointer("/0"))
        .cloned()
        .context("the owner sees no violation")?;
    let seen = format!("{}: {}", text(&first, "/statement")?.replace('-', " "), text(&first, "/status")?);
    let judging = text(&first, "/side_block")?;
    let decision = |word| owner_args(cast, &["review", &package.block, "--decision", word, "--violation", &judging]);
    cast.at_owner.succeed(decision("regrant"))?;
    cast.issue("UNIVERSITY", "RESEARCHER", alice, 1)?;
    cast.issue("ETHICS-BOARD", "APPROVED", alice, 1)?;
    cast.at_owner.succeed(open_args(&package.file, alice))?;
    cast.at_owner.succeed(decision("retrieve"))?;
    let reading =
        cast.at_owner.refused(package_args("read", &package.file, alice, Some(&package.first_file)), &["retrieved"])?;
    let opening = cast.at_owner.refused(open_args(&package.file, alice), &["retrieved"])?;
    let regrant = cast.at_owner.refused(decision("regrant"), &["permission", "rejected"])?;
    let details = vec![
        Detail::words("the owner sees", seen),
        Detail::words("after the re-grant", "the authorities issued again, the package opened"),
        Detail::words("reading after", reading),
        Detail::words("opening after", opening),
        Detail::words("re-granting after", regrant),
        Detail::words("side-blocks", side_blocks(cast, package)?),
    ];
    Ok(((), details))
}
