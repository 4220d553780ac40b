//! `medshare audit block`.

use crate::Context;
use crate::told::Told;
use clap::Args;
use medshare_cli_terminal::text::{short, table, utc};
use medshare_cli_terminal::{Answer, Failure};
use medshare_exchange::api::{BlockDetail, BlockView, EventView, SideBlockView, stage_name};
use medshare_ledger::id::BlockId;

/// Show a parent block: every field, its stage events, its side-blocks, its permission.
#[derive(Debug, Args)]
pub struct BlockArgs {
    /// Block id.
    block: BlockId,
}

pub fn run(args: &BlockArgs, context: &Context) -> Result<Answer, Failure> {
    let block = context.node()?.block(args.block).map_err(Told::told)?;
    let text = text(&block);
    Answer::new(&block, text)
}

fn text(detail: &BlockDetail) -> String {
    let block = &detail.block;
    let events: Vec<Vec<String>> = block.events.iter().map(event).collect();
    let side_blocks: Vec<Vec<String>> = detail.side_blocks.iter().map(side_block).collect();
    format!(
        "{}\n\n{}\n\n{}",
        fields(block),
        table(&["stage", "at", "commitment"], &events, "no events"),
        table(&["side-block", "height", "event", "VLN", "number", "TSV", "node"], &side_blocks, "no side-blocks"),
    )
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
    rows.map(|(name, value)| format!("{name:<15} {value}")).join("\n")
}

fn event(event: &EventView) -> Vec<String> {
    vec![stage_name(&event.stage).to_owned(), utc(event.at), short(&event.commitment)]
}

fn side_block(block: &SideBlockView) -> Vec<String> {
    vec![
        block.id.clone(),
        block.height.to_string(),
        block.event.replace('-', " "),
        block.vln.to_string(),
        block.sequence.map(|number| number.to_string()).unwrap_or_default(),
        utc(block.tsv),
        short(&block.node),
    ]
}
