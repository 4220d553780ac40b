//! `medshare audit verify`.

use crate::Context;
use crate::file_kind::told_apart;
use crate::names;
use crate::told::Told;
use clap::Args;
use medshare_agent::audit::{AuditError, verify};
use medshare_cli_terminal::file_kind::BUNDLE;
use medshare_cli_terminal::text::utc;
use medshare_cli_terminal::{Answer, Cell, Failure, Progress, Table, TableArgs, counted};
use medshare_ledger::bundle::{AuditReport, DecisionReport, Fault, PackageReport, RequestReport, SideBlockReport};
use medshare_ledger::entry::Decision;
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::{BlockId, Timestamp};
use medshare_ledger::side_block::event_code;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Verify a bundle with no node, against the genesis file.
///
/// Ends with code 5 and names the part at fault when a single byte is wrong.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Bundle that `audit export` made.
    file: PathBuf,
    #[command(flatten)]
    table: TableArgs,
}

pub fn run(args: &VerifyArgs, context: &Context) -> Result<Answer, Failure> {
    let facts = context.facts()?;
    let progress = Progress::start(context.json(), "verifying");
    let report = verify(&args.file, facts.network()).map_err(|error| unverified(error, &args.file))?;
    drop(progress);
    Answer::new(&document(&report), text(&report, &facts, args.table))
}

/// Which part of a bundle is wrong; a file that is none is not told as one with a wrong part.
fn unverified(error: AuditError, file: &Path) -> Failure {
    let is_too_long = matches!(&error, AuditError::TooLong { .. });
    let is_none = matches!(&error, AuditError::Bundle(error) if matches!(error.fault, Fault::NotABundle));
    let failure = error.told();
    if is_too_long {
        return told_apart(failure, file, BUNDLE);
    } else if !is_none {
        return failure;
    }
    let message = format!("{} is no audit bundle, or one of another version of this program", file.display());
    told_apart(failure.saying(message).hint("`medshare audit export` makes one"), file, BUNDLE)
}

fn document(report: &AuditReport) -> Value {
    json!({
        "ok": true,
        "network": report.network.to_string(),
        "height": report.height.0,
        "time": report.time.0,
        "signers": report.signers,
        "history_size": report.history_size,
        "entries": report.entries,
        "state_proofs": report.state_proofs,
        "requestor": report.requestor.to_string(),
        "grants": report.grants,
        "attributes": report.attributes,
        "revocations": report.revocations,
        "requests": report.requests.iter().map(request).collect::<Vec<_>>(),
        "packages": report.packages.iter().map(|sent| package(sent, report.time)).collect::<Vec<_>>(),
    })
}

fn request(request: &RequestReport) -> Value {
    json!({
        "request": request.name.to_string(),
        "index": request.index,
        "owner": request.owner.to_string(),
        "dataset": request.dataset.as_str(),
        "purpose": request.purpose.reason.code(),
        "at": request.at.0,
        "deadline": request.deadline.0,
        "block": request.answer.map(|block| block.to_string()),
    })
}

/// A package as the state of the anchor proves it, at its time.
fn package(package: &PackageReport, at: Timestamp) -> Value {
    let permission = &package.permission;
    json!({
        "block": package.parent.to_string(),
        "index": package.index,
        "owner": package.owner.to_string(),
        "dataset": package.dataset.as_str(),
        "purpose": package.purpose.reason.code(),
        "sent": package.sent.0,
        "status": permission.word(at.0),
        "openings": permission.openings,
        "reports": permission.reports,
        "violations": permission.violations,
        "destroyed": permission.destroyed,
        "side_blocks": package.side_blocks.iter().map(side_block).collect::<Vec<_>>(),
        "decisions": package.decisions.iter().map(decision).collect::<Vec<_>>(),
    })
}

fn side_block(block: &SideBlockReport) -> Value {
    json!({
        "side_block": block.id.to_string(),
        "index": block.index,
        "event": event_code(block.report),
        "names_none_before": block.breaks_off,
        "nothing_reported": block.is_unused,
        "at": block.at.0,
        "violation": block.violation.map(|action| action.name()),
    })
}

fn decision(decision: &DecisionReport) -> Value {
    json!({"index": decision.index, "decision": decision_name(decision), "at": decision.at.0})
}

const fn decision_name(decision: &DecisionReport) -> &'static str {
    match decision.decision {
        None => "revoke",
        Some(Decision::Review) => "review",
        Some(Decision::Regrant) => "regrant",
        Some(Decision::Retrieve) => "retrieve",
        Some(Decision::Uphold) => "uphold",
    }
}

fn text(report: &AuditReport, facts: &NetworkFacts, args: TableArgs) -> String {
    let head = format!(
        "verified: {} and {}, under the certificate of {} at height {} ({})\n\
         requestor {} holds {}{}\n",
        counted(report.entries, "entry", "entries"),
        counted(report.state_proofs, "state proof", "state proofs"),
        counted(report.signers, "validator", "validators"),
        report.height,
        utc(report.time.0),
        report.requestor,
        if report.attributes.is_empty() { "no attributes".to_owned() } else { report.attributes.join(", ") },
        taken_away(report.revocations),
    );
    let mut table = Table::new(&["index", "what", "id", "at", "_status"]);
    let answered = report.requests.iter().filter_map(|request| Some((request.answer?, request)));
    let answered: BTreeMap<BlockId, &RequestReport> = answered.collect();
    for package in &report.packages {
        let request = answered.get(&package.parent);
        request.into_iter().for_each(|request| table.row(asked(request, facts, report.time)));
        lines(package, facts, report).into_iter().for_each(|line| table.row(line));
    }
    let unanswered: Vec<_> = report.requests.iter().filter(|request| request.answer.is_none()).collect();
    unanswered.iter().for_each(|request| table.row(asked(request, facts, report.time)));
    let end = match unanswered.len() {
        0 => String::new(),
        count => format!(
            "\n{count} without an answer: an owner's refusal leaves none on the ledger; the owner's node tells it, by `medshare owner requests` of the owner or `medshare request list` of the requestor"
        ),
    };
    head + &table.text(args, "no requests") + &end
}

/// How often violations and owners took all access away: what an authority that issues again says that it knows of.
fn taken_away(revocations: u32) -> String {
    match revocations {
        0 => String::new(),
        1 => "; access was taken away once".to_owned(),
        count => format!("; access was taken away {count} times"),
    }
}

fn asked(request: &RequestReport, facts: &NetworkFacts, at: Timestamp) -> Vec<Cell> {
    let answer = match request.answer {
        Some(_) => "",
        None if request.deadline < at => ": none in time",
        None => ": no answer",
    };
    let what = format!("asked {} for {}{answer}", names::owner_name(facts, request.owner), request.dataset);
    let (id, at) = (Cell::Id(request.name.to_string()), Cell::Time(request.at.0));
    vec![request.index.to_string().into(), what.into(), id, at, "".into()]
}

/// A delivery with its status at the height of the anchor, then what followed.
fn lines(package: &PackageReport, facts: &NetworkFacts, report: &AuditReport) -> Vec<Vec<Cell>> {
    let line = |index: u64, what: String, id: Cell, at: u64, status: String| {
        (index, vec![index.to_string().into(), what.into(), id, Cell::Time(at), status.into()])
    };
    let sent = format!("{} of {} delivered", package.dataset, names::owner_name(facts, package.owner));
    let status = format!("{} at height {}", package.permission.word(report.time.0), report.height);
    let mut lines = vec![line(package.index, sent, Cell::Id(package.parent.to_string()), package.sent.0, status)];
    lines.extend(package.side_blocks.iter().map(|block| {
        let violation = block.violation.map_or("", |_| ": violation");
        let what = format!("  {}{violation}", block.statement());
        line(block.index, what, Cell::Tail(block.id.to_string()), block.at.0, String::new())
    }));
    lines.extend(package.decisions.iter().map(|decision| {
        let what = format!("  owner decides: {}", decision_name(decision));
        line(decision.index, what, Cell::from(""), decision.at.0, String::new())
    }));
    lines.sort_by_key(|(index, _)| *index);
    lines.into_iter().map(|(_, line)| line).collect()
}
