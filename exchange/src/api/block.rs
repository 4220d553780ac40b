//! Parent blocks, side-blocks and permissions as people and machines read them.

use super::PermissionView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A parent block for people and machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockView {
    /// Block id.
    #[serde(rename = "block")]
    pub id: String,
    /// Height of the batch.
    pub height: u64,
    /// RID.
    pub requestor: String,
    /// OID.
    pub owner: String,
    /// Data set.
    pub dataset: String,
    /// DRP code.
    pub purpose: String,
    /// Sensitivity: low or high.
    pub sensitivity: String,
    /// Processing node.
    pub node: String,
    /// Validating node of another organisation.
    pub second_node: String,
    /// Package id.
    pub package: String,
    /// Block size in bytes.
    pub size: u32,
    /// Version of the data type's rules.
    pub version: u32,
    /// Previous parent block of the thread.
    pub previous: String,
    /// Merkle root over details and events.
    pub merkle_root: String,
    /// Nonce found.
    pub nonce: u64,
    /// Leading zero bits asked for.
    pub target: u32,
    /// Action counter.
    pub action_counter: u32,
    /// TTR, milliseconds since 1970.
    pub ttr: u64,
    /// TTP, milliseconds since 1970.
    pub ttp: u64,
    /// TTS, milliseconds since 1970.
    pub tts: u64,
    /// Locktime, milliseconds since 1970; 0 is never.
    pub locktime: u64,
    /// Stage events.
    pub events: Vec<EventView>,
    /// Number of side-blocks.
    pub side_block_count: u32,
    /// Permission.
    pub permission: PermissionView,
}

/// A parent block with its side-blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockDetail {
    /// The parent block.
    #[serde(flatten)]
    pub block: BlockView,
    /// A page of its side-blocks, oldest first.
    pub side_blocks: Vec<SideBlockView>,
    /// Where the next page of them begins; null where this is the last.
    pub next: Option<String>,
}

/// A stage event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventView {
    /// The stage, as in the status of a request.
    pub stage: String,
    /// Milliseconds since 1970.
    pub at: u64,
    /// Commitment.
    pub commitment: String,
}

/// A side-block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SideBlockView {
    /// Side-block id.
    #[serde(rename = "side_block")]
    pub id: String,
    /// Height of the batch.
    pub height: u64,
    /// `opening`, `decrypted-data`, `data-destroyed`, or the action: `read`, `write`, `delete`, `duplicate`, `move` or
    /// `copy`.
    pub event: String,
    /// VLN: code of the violation, 0 for none.
    pub vln: u16,
    /// TSV, milliseconds since 1970.
    pub tsv: u64,
    /// Node that made it.
    pub node: String,
    /// Action counter.
    pub action_counter: u32,
    /// Report number under its lease, where it is a report.
    pub sequence: Option<u32>,
    /// Commitment to the words of the report, where it is one: with the other fields it gives the hash by which the next report under the lease
    /// names this one.
    pub commitment: Option<String>,
    /// Lease: its own, where it is an opening, else the one that the report was made under.
    pub lease: String,
    /// Lease of the opening before in the same session, where it is an opening that names one.
    pub follows: Option<String>,
}

/// A requestor's thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ThreadView {
    /// RID.
    pub requestor: String,
    /// Number of parent blocks.
    pub count: u64,
    /// A page of the parent blocks, oldest first.
    pub blocks: Vec<BlockView>,
    /// Where the next page begins; null where this is the last.
    pub next: Option<String>,
}

/// A violation with the report that only the owner can read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ViolationView {
    /// Parent block.
    pub block: String,
    /// Side-block.
    pub side_block: String,
    /// RID.
    pub requestor: String,
    /// Data set.
    pub dataset: String,
    /// Action.
    pub action: String,
    /// What the contract states: `data-copied` and the like, `other` of a contract of the owner's own; null where this node does not hold
    /// the report.
    pub statement: Option<String>,
    /// For people: what the requestor wrote; null where she wrote nothing, or this node does not hold the report.
    pub comment: Option<String>,
    /// Milliseconds since 1970.
    pub at: u64,
    /// Status of the permission now.
    pub status: String,
    /// Whether it waits for the owner's decision, wherever the permission stands.
    pub waits: bool,
}
