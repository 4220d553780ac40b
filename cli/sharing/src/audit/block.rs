//! `medshare audit block`.

use super::sought::sought;
use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::known;
use crate::told::Told;
use crate::typed_id::{TypedId, UNKNOWN_ID};
use clap::Args;
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::text::{short_tail, utc};
use medshare_cli_terminal::{Answer, Cell, Failure, Table, TableArgs};
use medshare_exchange::api::{BlockDetail, BlockView, EventView, SideBlockView, stage_name};
use medshare_ledger::id::{BlockId, RequestorId};
use medshare_ledger::side_block::event_code;

/// Show a parent block: every field, its stage events, its side-blocks, its permission.
#[derive(Debug, Args)]
pub struct BlockArgs {
    /// Block id, or that of a side-block, whose parent block is shown. The first digits are enough, as they are shown everywhere, for a
    /// block of yours: of your requests, or of those for your data.
    block: TypedId<BlockId>,
    /// Whose thread to look through for the digits: RID, as typed for `audit thread`.
    #[arg(long, value_name = "RID")]
    requestor: Option<TypedId<RequestorId>>,
    #[command(flatten)]
    key: KeyFileArgs,
    #[command(flatten)]
    table: TableArgs,
}

pub fn run(args: &BlockArgs, context: &Context) -> Result<Answer, Failure> {
    let node = context.node()?;
    let block = match &args.requestor {
        None => {
            sought(&args.block, &node, known::LIST, || known::blocks(&node, &args.key, context)).map_err(not_yours)?
        }
        Some(requestor) => {
            let requestor = requestor.among(known::LIST, || known::requestors(&node, &args.key, context))?;
            let thread = node.thread(requestor).map_err(Told::told)?.blocks;
            let ids = || Ok(thread.iter().filter_map(|block| block.id.parse().ok()).collect());
            sought(&args.block, &node, "the blocks of her thread", ids)?
        }
    };
    let text = text(&block, args.table);
    Answer::new(&block, text)
}

/// Of another's block the digits that are shown are enough with her thread.
fn not_yours(failure: Failure) -> Failure {
    if failure.code() == UNKNOWN_ID {
        failure.hint("type the whole id, name your key with --key or MEDSHARE_KEY, or name with --requestor whose thread it stands in")
    } else {
        failure
    }
}

fn text(detail: &BlockDetail, args: TableArgs) -> String {
    let mut events = Table::new(&["stage", "at", "commitment"]);
    detail.block.events.iter().for_each(|one| events.row(event(one)));
    let mut side_blocks = Table::new(&["side-block", "+height", "event", "VLN", "number", "TSV", "node"]);
    detail.side_blocks.iter().for_each(|one| side_blocks.row(side_block(one)));
    let (events, side_blocks) = (events.text(args, "no events"), side_blocks.text(args, "no side-blocks"));
    format!("{}\n\n{events}\n\n{side_blocks}{}", fields(&detail.block), notes(&detail.side_blocks))
}

/// What is told of openings: which name none before them although there was one, so that what was done before may be unreported, and
/// under which nothing is reported.
fn notes(side_blocks: &[SideBlockView]) -> String {
    let opening = |side: &&SideBlockView| side.event == event_code(None);
    let is_unused = |side: &&SideBlockView| {
        opening(side) && !side_blocks.iter().any(|other| other.sequence.is_some() && other.lease == side.lease)
    };
    let breaks_off = |side: &&SideBlockView| opening(side) && side.follows.is_none();
    // What nobody used is known to nobody: there is no session that could have been lost.
    let first_used = side_blocks.iter().position(|side| opening(&side) && !is_unused(&side));
    let broken = |(place, side): (usize, &SideBlockView)| {
        let cause = match first_used {
            Some(used) if used < place => "another machine, or a session that was lost with what it had not reported",
            _ => {
                "under none of those is anything reported, as when an `open` was asked in vain and a node recorded it late"
            }
        };
        format!("\nopening {} names none before it: {cause}", short_tail(&side.id))
    };
    let unused = |side: &SideBlockView| {
        format!(
            "\nnothing is reported under opening {}: a node that was asked in vain can record it late, and then nobody used it",
            short_tail(&side.id)
        )
    };
    let later = side_blocks.iter().enumerate().skip(1);
    let mut notes: String = later.filter(|(_, side)| breaks_off(side)).map(broken).collect();
    notes.extend(side_blocks.iter().filter(is_unused).map(unused));
    if side_blocks.iter().any(|side| is_unused(&side)) && side_blocks.iter().skip(1).any(|side| breaks_off(&side)) {
        notes.push_str(
            "\n`medshare audit verify` tells by the agents' keys which of them were asked of several nodes at once",
        );
    }
    notes
}

fn fields(block: &BlockView) -> String {
    let rows = [
        ("block", block.id.clone()),
        ("height", block.height.to_string()),
        ("size", format!("{} bytes", block.size)),
        ("version", block.version.to_string()),
        ("previous", block.previous.clone()),
        ("merkle root", block.merkle_root.clone()),
        ("target, nonce", format!("{} bits, {}", block.target, block.nonce)),
        ("action counter", block.action_counter.to_string()),
        ("TTR", utc(block.ttr)),
        ("TTP", utc(block.ttp)),
        ("TTS", utc(block.tts)),
        ("OID", block.owner.clone()),
        ("RID", block.requestor.clone()),
        ("data set", block.dataset.clone()),
        ("sensitivity", block.sensitivity.clone()),
        ("DRP", block.purpose.clone()),
        ("NID", block.node.clone()),
        ("second node", block.second_node.clone()),
        ("package", block.package.clone()),
        ("locktime", utc(block.locktime)),
        ("permission", block.permission.status.clone()),
    ];
    rows.map(|(name, value)| format!("{name:<15} {}", line(&value))).join("\n")
}

fn event(event: &EventView) -> Vec<Cell> {
    vec![stage_name(&event.stage).into(), Cell::Time(event.at), Cell::Id(event.commitment.clone())]
}

fn side_block(block: &SideBlockView) -> Vec<Cell> {
    vec![
        Cell::Tail(block.id.clone()),
        block.height.to_string().into(),
        block.event.replace('-', " ").into(),
        block.vln.to_string().into(),
        block.sequence.map(|number| number.to_string()).unwrap_or_default().into(),
        Cell::Time(block.tsv),
        Cell::Id(block.node.clone()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(id: &str, lease: &str, sequence: Option<u32>) -> SideBlockView {
        SideBlockView {
            id: id.to_owned(),
            height: 1,
            event: if sequence.is_some() { "decrypted-data" } else { event_code(None) }.to_owned(),
            vln: 0,
            tsv: 1,
            node: String::new(),
            action_counter: 0,
            sequence,
            commitment: None,
            lease: lease.to_owned(),
            follows: None,
        }
    }

    #[test]
    fn an_opening_under_which_nothing_is_reported_is_told_with_what_it_may_be() {
        let (used, report) =
            (side("aaaaaaaaaaaaaaaaaaaaaaaa", "1", None), side("bbbbbbbbbbbbbbbbbbbbbbbb", "1", Some(1)));
        assert_eq!(notes(&[used.clone(), report.clone()]), "");
        let late = side("cccccccccccccccccccccccc", "2", None);
        let told = notes(&[used.clone(), report.clone(), late.clone()]);
        let expected = [
            "\nopening cccccccc… names none before it",
            "\nnothing is reported under opening cccccccc…",
            "audit verify",
        ];
        assert_eq!((told.lines().count(), expected.map(|line| told.contains(line))), (4, [true; 3]), "{told}");
        assert!(told.contains("another machine"), "{told}");
        let next = SideBlockView { follows: Some("1".to_owned()), ..late };
        assert_eq!(notes(&[used, report, next]).matches('\n').count(), 1);
    }

    #[test]
    fn an_opening_after_one_that_was_asked_in_vain_is_not_told_as_a_lost_session() {
        let late = side("aaaaaaaaaaaaaaaaaaaaaaaa", "1", None);
        let (next, report) =
            (side("bbbbbbbbbbbbbbbbbbbbbbbb", "2", None), side("cccccccccccccccccccccccc", "2", Some(1)));
        let told = notes(&[late, next, report]);
        assert!(told.contains("opening bbbbbbbb… names none before it: under none of those"), "{told}");
        assert!(!told.contains("another machine"), "{told}");
    }
}
