//! Answers as examples in the description: values of the very types that are answered.

use crate::query::answers::as_error;
use medshare_exchange::api::{
    BlockDetail, BlockView, DecisionCount, EntryState, EntryStatus, ErrorAnswer, EventView, Health, HealthState,
    IdentityView, LeaseView, NodeStatus, Page, PeerState, PermissionView, RequestState, RequestStatus, RequestView,
    Revocations, SideBlockMade, SideBlockView, StageState, ThreadView, ViolationView,
};
use medshare_ledger::event::Stage;
use medshare_node_refusal::{Code, Refusal};

const REQUESTOR: &str = "d691abec051d92ce628c1da6748575dd";
const OWNER: &str = "4f1d0a7be3c25986a0b1c2d3e4f50617";
const NODE: &str = "f01a34e4c5b6a79883726150493827ab";
const SECOND_NODE: &str = "b7c1d2e3f4a5968778695a4b3c2d1e0f";
const BLOCK: &str = "0006464b1afecce919ddccccf4143957985eeb3873bb2c235e467b2a03994f79";
const SIDE_BLOCK: &str = "0006464b1afecce919ddccccf4143957008d29126b096b9e3797fd0c1e43aee5";
const LEASE: &str = "7d21f0c4a9b8e6d35f4031a2c7b8d9e0";
const HASH: &str = "5a8bc1f0f6f5a1c0a07b8a3c2b1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d";
const CURSOR: &str = "0000000000000029c6f3a9d2b17e4850";
const AT: u64 = 1_795_281_959_000;

pub fn refusal(code: Code, message: &str) -> ErrorAnswer {
    as_error(Refusal::new(code, message)).into()
}

pub fn health(state: HealthState) -> Health {
    Health { state }
}

pub fn node_status() -> NodeStatus {
    NodeStatus {
        name: "HOSPITAL-A".to_owned(),
        node: NODE.to_owned(),
        organisation: "HOSPITAL-A".to_owned(),
        network: HASH.to_owned(),
        height: 64,
        lag: 0,
        state_root: HASH.to_owned(),
        history_size: 42,
        waiting_entries: 0,
        clock_ahead_ms: Some(3),
        clock: None,
        peers: vec![PeerState { node: SECOND_NODE.to_owned(), connected: true }],
        troubles: Vec::new(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

pub fn entry(state: EntryState) -> EntryStatus {
    let height = (state != EntryState::Waiting).then_some(12);
    EntryStatus { entry: HASH.to_owned(), state, code: 0, error: None, height }
}

pub fn identity() -> IdentityView {
    IdentityView {
        requestor: REQUESTOR.to_owned(),
        key: HASH.to_owned(),
        sealing_key: "00010203".to_owned(),
        registration: "00010203".to_owned(),
        role: "researcher".to_owned(),
        organisation: OWNER.to_owned(),
        attributes: vec!["APPROVED@ETHICS-BOARD".to_owned(), "RESEARCHER@UNIVERSITY".to_owned()],
        revocations: Revocations { count: 1, head: HASH.to_owned() },
    }
}

pub fn request(state: RequestState) -> RequestStatus {
    let delivered = state == RequestState::Delivered;
    let passed = if delivered { Stage::ALL.len() } else { 1 };
    let stage = |(stage, after_ms): (&Stage, u64)| StageState { stage: stage.code().to_owned(), after_ms };
    RequestStatus {
        request: HASH.to_owned(),
        state,
        stages: Stage::ALL.iter().zip((1..).step_by(20)).take(passed).map(stage).collect(),
        error: None,
        block: delivered.then(|| BLOCK.to_owned()),
        height: delivered.then_some(53),
        package: delivered.then(|| HASH.to_owned()),
    }
}

pub fn permission() -> PermissionView {
    PermissionView {
        block: BLOCK.to_owned(),
        status: "revoked".to_owned(),
        openings: 1,
        reports: 3,
        violations: 1,
        undecided: 1,
        retrieved: false,
    }
}

pub fn lease() -> LeaseView {
    LeaseView {
        lease: LEASE.to_owned(),
        reports: 3,
        last_report: HASH.to_owned(),
        access_ended: true,
        permission: permission(),
    }
}

pub fn side_block_made() -> SideBlockMade {
    SideBlockMade { side_block: SIDE_BLOCK.to_owned(), status: "opened".to_owned() }
}

pub fn decisions() -> DecisionCount {
    DecisionCount { sequence: 1, last_violation: Some(HASH.to_owned()) }
}

pub fn block() -> BlockView {
    BlockView {
        id: BLOCK.to_owned(),
        height: 53,
        requestor: REQUESTOR.to_owned(),
        owner: OWNER.to_owned(),
        dataset: "records".to_owned(),
        purpose: "HRESCH".to_owned(),
        sensitivity: "high".to_owned(),
        node: NODE.to_owned(),
        second_node: SECOND_NODE.to_owned(),
        package: HASH.to_owned(),
        size: 984,
        version: 1,
        previous: HASH.to_owned(),
        merkle_root: HASH.to_owned(),
        nonce: 311,
        target: 8,
        action_counter: 5,
        ttr: AT,
        ttp: AT + 82,
        tts: AT + 149,
        locktime: AT + 2_592_000_000,
        events: vec![EventView { stage: Stage::FormReceived.code().to_owned(), at: AT, commitment: HASH.to_owned() }],
        side_block_count: 1,
        permission: permission(),
    }
}

pub fn block_detail() -> BlockDetail {
    let copy = SideBlockView {
        id: SIDE_BLOCK.to_owned(),
        height: 58,
        event: "copy".to_owned(),
        vln: 6,
        tsv: AT + 900,
        node: NODE.to_owned(),
        action_counter: 1,
        sequence: Some(3),
        commitment: Some(HASH.to_owned()),
        lease: LEASE.to_owned(),
        follows: None,
    };
    BlockDetail { block: block(), side_blocks: vec![copy], next: None }
}

pub fn thread() -> ThreadView {
    ThreadView { requestor: REQUESTOR.to_owned(), count: 2, blocks: vec![block()], next: Some(CURSOR.to_owned()) }
}

pub fn requests() -> Page<BlockView> {
    Page { items: vec![block()], next: Some(CURSOR.to_owned()) }
}

pub fn asked(state: Option<RequestState>) -> Page<RequestView> {
    let asked = RequestView {
        request: HASH.to_owned(),
        height: 51,
        requestor: REQUESTOR.to_owned(),
        owner: OWNER.to_owned(),
        dataset: "records".to_owned(),
        purpose: "HRESCH".to_owned(),
        at: AT,
        deadline: AT + 3_600_000,
        block: None,
        state,
        error: None,
    };
    Page { items: vec![asked], next: None }
}

pub fn violations() -> Page<ViolationView> {
    let copied = ViolationView {
        block: BLOCK.to_owned(),
        side_block: SIDE_BLOCK.to_owned(),
        requestor: REQUESTOR.to_owned(),
        dataset: "records".to_owned(),
        action: "copy".to_owned(),
        statement: Some("data-copied".to_owned()),
        comment: Some("for my laptop".to_owned()),
        at: AT + 900,
        status: "revoked".to_owned(),
        waits: true,
    };
    Page { items: vec![copied], next: None }
}
