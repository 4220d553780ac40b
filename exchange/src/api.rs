//! JSON bodies of the HTTP interface. Signed documents travel as canonical bytes; answers and queries are these.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// State of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeStatus {
    /// Name of the node in its network.
    pub name: String,
    /// NID.
    pub node: String,
    /// Organisation that runs it.
    pub organisation: String,
    /// Network id.
    pub network: String,
    /// Height of the last committed batch.
    pub height: u64,
    /// Batches behind the highest peer.
    pub lag: u64,
    /// State root after the last committed batch.
    pub state_root: String,
    /// Entries in the history.
    pub history_size: u64,
    /// Entries waiting to be ordered.
    pub waiting_entries: usize,
    /// Peers.
    pub peers: Vec<PeerState>,
    /// Version of the software.
    pub version: String,
}

/// A peer as this node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeerState {
    /// NID.
    pub node: String,
    /// Whether a connection stands.
    pub connected: bool,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RequestState {
    /// Taken in, stages under way.
    Processing,
    /// The package is ready.
    Delivered,
    /// Refused or failed; the reason says why.
    Refused,
    /// The package is made, but the network did not decide about its parent block in time. It may still do so; the same
    /// request may be sent again.
    Undecided,
}

/// One stage that a request went through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StageState {
    /// Name of the stage.
    pub stage: String,
    /// Milliseconds after the request's reception.
    pub after_ms: u64,
}

/// Status of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RequestStatus {
    /// Hash of the request.
    pub request: String,
    /// Where it stands.
    pub state: RequestState,
    /// Stages passed.
    pub stages: Vec<StageState>,
    /// Why it was refused.
    pub reason: Option<String>,
    /// Parent block, once mined and decided.
    pub block: Option<String>,
    /// Height at which the parent block was decided.
    pub height: Option<u64>,
    /// Package id.
    pub package: Option<String>,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryStatus {
    /// Hash of the entry.
    pub entry: String,
    /// `waiting`, `applied` or `rejected`.
    pub state: String,
    /// Receipt code, 0 when applied.
    pub code: u16,
    /// What the code means.
    pub message: Option<String>,
    /// Height at which it was decided.
    pub height: Option<u64>,
}

/// A registered requestor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IdentityView {
    /// RID.
    pub requestor: String,
    /// Verifying key in hexadecimal.
    pub key: String,
    /// Sealing key in hexadecimal.
    pub sealing_key: String,
    /// Registration for attribute-based decryption in hexadecimal.
    pub registration: String,
    /// Role.
    pub role: String,
    /// OID of the organisation that vouches.
    pub organisation: String,
    /// Attributes granted now.
    pub attributes: Vec<String>,
}

/// Permission of a package as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PermissionView {
    /// Parent block.
    pub block: String,
    /// Status: granted, opened, revoked, …
    pub status: String,
    /// Openings so far.
    pub openings: u32,
    /// Reports so far.
    pub reports: u32,
    /// Violations so far.
    pub violations: u32,
    /// Whether the owner demands the data's destruction.
    pub retrieved: bool,
}

/// A parent block for people and machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockView {
    /// Block id.
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
    /// Side-blocks.
    pub side_blocks: Vec<SideBlockView>,
    /// Permission.
    pub permission: PermissionView,
}

/// A stage event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventView {
    /// Stage name.
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
    pub id: String,
    /// Height of the batch.
    pub height: u64,
    /// What it records.
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
}

/// A requestor's thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ThreadView {
    /// RID.
    pub requestor: String,
    /// Number of parent blocks.
    pub count: u64,
    /// Parent blocks, oldest first.
    pub blocks: Vec<BlockView>,
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
    /// The contract's statement and the requestor's comment; absent where this node does not hold the report.
    pub comment: Option<String>,
    /// Milliseconds since 1970.
    pub at: u64,
    /// Status of the permission now.
    pub status: String,
}

/// A side-block that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SideBlockMade {
    /// Side-block id.
    pub side_block: String,
    /// Status of the permission after it.
    pub status: String,
}

/// Number of decisions on a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionCount {
    /// Decisions and revocations so far.
    pub sequence: u32,
}

/// An error in the answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiError {
    /// Stable word for machines.
    pub code: String,
    /// What was wrong, for people.
    pub message: String,
}
