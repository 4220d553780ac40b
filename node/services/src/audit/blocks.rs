//! Parent blocks, side-blocks and permissions as people and machines read them.

use crate::reports::status_name;
use medshare_contract_abi::permissions::{PermissionRecord, Status};
use medshare_contract_abi::{Action, ReportKind, Sensitivity};
use medshare_exchange::api::{
    BlockView, EventView, IdentityView, PermissionView, SideBlockView, ThreadView, ViolationView,
};
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{BlockId, Height, OwnerId, RequestorId};
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::side_block::{SideBlock, SideEvent};
use medshare_ledger::trail::Trail;
use medshare_node_chain::Chain;
use medshare_node_refusal::Refusal;
use medshare_node_store::private::PrivateStore;

/// A requestor's thread.
///
/// # Errors
/// [`Refusal`] when she is unknown.
pub fn thread(chain: &Chain, requestor: RequestorId) -> Result<ThreadView, Refusal> {
    chain.state().identity(requestor)?.ok_or_else(|| Refusal::not_found("requestor"))?;
    let mut blocks = Vec::new();
    for (entry, height) in entries(chain, chain.views().trail(Trail::Thread(requestor))?)? {
        if let Entry::ParentBlock(parent) = entry {
            blocks.push(view(chain, &parent, height)?);
        }
    }
    Ok(ThreadView { requestor: requestor.to_string(), count: blocks.len() as u64, blocks })
}

/// A parent block with its side-blocks.
///
/// # Errors
/// [`Refusal`] when there is none of this id.
pub fn block(chain: &Chain, id: BlockId) -> Result<BlockView, Refusal> {
    let record = chain.state().block(id)?.ok_or_else(|| Refusal::not_found("parent block"))?;
    match chain.entry(&record.entry)? {
        Some((Entry::ParentBlock(parent), place)) => view(chain, &parent, place.height),
        _ => Err(Refusal::not_found("parent block")),
    }
}

/// All parent blocks of an owner's packages, newest last.
///
/// # Errors
/// [`Refusal`] when this node cannot read its chain.
pub fn of_owner(chain: &Chain, owner: OwnerId) -> Result<Vec<BlockView>, Refusal> {
    let mut blocks = Vec::new();
    for (entry, height) in entries(chain, chain.views().owner_blocks(owner)?)? {
        if let Entry::ParentBlock(parent) = entry {
            blocks.push(view(chain, &parent, height)?);
        }
    }
    Ok(blocks)
}

/// Violations of an owner's packages, oldest first; the contract's words where this node opened the report.
///
/// # Errors
/// [`Refusal`] when this node cannot read its chain or store.
pub fn violations(chain: &Chain, private: &PrivateStore, owner: OwnerId) -> Result<Vec<ViolationView>, Refusal> {
    let mut found = Vec::new();
    for block in of_owner(chain, owner)? {
        for side in block.side_blocks.iter().filter(|side| side.vln != 0) {
            let comment = match side.id.parse() {
                Ok(id) => private.report(id)?,
                Err(_) => None,
            };
            found.push(ViolationView {
                block: block.id.clone(),
                side_block: side.id.clone(),
                requestor: block.requestor.clone(),
                dataset: block.dataset.clone(),
                action: side.event.clone(),
                comment,
                at: side.tsv,
                status: block.permission.status.clone(),
            });
        }
    }
    Ok(found)
}

/// Permission of a package.
///
/// # Errors
/// [`Refusal`] when there is none.
pub fn permission(chain: &Chain, block: BlockId) -> Result<PermissionView, Refusal> {
    let record = chain.state().permission(block)?.ok_or_else(|| Refusal::not_found("parent block"))?;
    Ok(permission_view(block, &record))
}

/// A registered requestor.
///
/// # Errors
/// [`Refusal`] when she is unknown.
pub fn identity(chain: &Chain, requestor: RequestorId) -> Result<IdentityView, Refusal> {
    let record = chain.state().identity(requestor)?.ok_or_else(|| Refusal::not_found("requestor"))?;
    let identity = record.identity;
    Ok(IdentityView {
        requestor: requestor.to_string(),
        key: identity.key.to_string(),
        sealing_key: hex::encode(identity.sealing_key),
        registration: hex::encode(&identity.registration),
        role: identity.role.to_string(),
        organisation: identity.organisation.to_string(),
        attributes: chain.state().access(requestor)?.unwrap_or_default().attributes,
    })
}

fn entries(chain: &Chain, indices: Vec<u64>) -> Result<Vec<(Entry, Height)>, Refusal> {
    let mut found = Vec::new();
    for index in indices {
        let Some((height, offset)) = chain.views().leaf_place(index)? else { continue };
        found.extend(chain.entry_at(height, offset)?.map(|entry| (entry, height)));
    }
    Ok(found)
}

fn view(chain: &Chain, parent: &ParentBlock, height: Height) -> Result<BlockView, Refusal> {
    let mut side_blocks = Vec::new();
    for (entry, height) in entries(chain, chain.views().trail(Trail::SideBlocks(parent.id))?)? {
        if let Entry::SideBlock(side) = entry {
            side_blocks.push(side_view(&side, height));
        }
    }
    let (details, header) = (&parent.details, &parent.header);
    Ok(BlockView {
        id: parent.id.to_string(),
        height: height.0,
        requestor: details.requestor.to_string(),
        owner: details.owner.to_string(),
        dataset: details.dataset.to_string(),
        purpose: details.purpose.reason.code().to_owned(),
        sensitivity: sensitivity_name(details.sensitivity).to_owned(),
        node: details.node.to_string(),
        second_node: details.second_node.to_string(),
        package: details.package.to_string(),
        size: parent.size,
        version: header.version,
        previous: header.previous.to_string(),
        merkle_root: header.merkle_root.to_string(),
        nonce: header.nonce,
        target: header.target,
        action_counter: details.action_counter,
        ttr: details.ttr.0,
        ttp: details.ttp.0,
        tts: details.tts.0,
        locktime: details.locktime.0,
        events: parent
            .events
            .iter()
            .map(|event| EventView {
                stage: event.stage.name().to_owned(),
                at: event.at.0,
                commitment: event.commitment.to_string(),
            })
            .collect(),
        side_blocks,
        permission: permission(chain, parent.id)?,
    })
}

fn side_view(side: &SideBlock, height: Height) -> SideBlockView {
    let (event, sequence) = match &side.details.event {
        SideEvent::Opening { .. } => ("opening".to_owned(), None),
        SideEvent::Reported { report, .. } => (report_name(report.kind).to_owned(), Some(report.sequence)),
    };
    SideBlockView {
        id: side.id.to_string(),
        height: height.0,
        event,
        vln: side.details.vln,
        tsv: side.details.tsv.0,
        node: side.details.node.to_string(),
        action_counter: side.details.action_counter,
        sequence,
    }
}

fn report_name(code: u8) -> &'static str {
    match ReportKind::from_code(code) {
        Some(kind) => kind.action().map_or_else(|| kind.statement(), Action::name),
        None => "unknown",
    }
}

fn sensitivity_name(code: u8) -> &'static str {
    match Sensitivity::from_code(code) {
        Some(Sensitivity::High) => "high",
        Some(Sensitivity::Low) => "low",
        None => "unknown",
    }
}

fn permission_view(block: BlockId, record: &PermissionRecord) -> PermissionView {
    PermissionView {
        block: block.to_string(),
        status: status_name(record.status).to_owned(),
        openings: record.openings,
        reports: record.reports,
        violations: record.violations,
        retrieved: record.status == Status::Retrieved,
    }
}
