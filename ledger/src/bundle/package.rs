//! Verifying one package of a bundle: its parent block, every side-block, every decision.

use super::audit::{Audit, whole};
use super::document::{Package, Recorded};
use super::openings::Openings;
use super::requests::Requests;
use super::{BundleError, DecisionReport, Fault, PackageReport, Part, SideBlockReport};
use crate::entry::{Entry, Identity};
use crate::entry_chain::EntryChain;
use crate::id::{BlockId, LeaseId};
use crate::parent_block::ParentBlock;
use crate::rejection::Rejection;
use crate::side_block::{SideBlock, SideEvent};
use crate::state::{LeaseRecord, SideChain, StateKey};
use medshare_contract_abi::permissions::PermissionRecord;
use medshare_contract_abi::{Action, Decode as _};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::VerifyingKey;
use std::collections::BTreeMap;

/// Verifies the package whose parent block is to follow `previous` in the thread.
pub(super) fn verify(
    audit: &mut Audit,
    number: usize,
    package: &Package,
    previous: Hash32,
    identity: &Identity,
    requests: &mut Requests,
) -> Result<PackageReport, BundleError> {
    let part = Part::ParentBlock(number);
    let entry = audit.entry(part, &package.block)?;
    let Entry::ParentBlock(block) = entry.entry() else { return Err(part.error(Fault::WrongKind)) };
    if block.details.requestor != audit.requestor {
        return Err(part.error(Fault::Unrelated));
    }
    if block.header.previous != previous {
        return Err(part.error(Fault::BrokenChain));
    }
    requests.answer(block).map_err(|fault| part.error(fault))?;
    let (side_blocks, violations) = side_blocks(audit, package, block, identity)?;
    let decisions = decisions(audit, package, block)?;
    let permission = permission(audit, package, block.id, violations)?;
    Ok(PackageReport {
        parent: block.id,
        index: package.block.index,
        owner: block.details.owner,
        dataset: block.details.dataset.clone(),
        purpose: block.details.purpose.clone(),
        sent: block.details.tts,
        permission,
        side_blocks,
        decisions,
    })
}

/// Returns the reports and the number of violations.
fn side_blocks(
    audit: &mut Audit,
    package: &Package,
    parent: &ParentBlock,
    identity: &Identity,
) -> Result<(Vec<SideBlockReport>, u32), BundleError> {
    let mut replay = Replay::of(parent, identity);
    let (mut reports, mut openings) = (Vec::with_capacity(package.side_blocks.len()), Openings::default());
    for (number, recorded) in (1..).zip(&package.side_blocks) {
        let part = Part::SideBlock(number, parent.id);
        let entry = audit.entry(part, recorded)?;
        let Entry::SideBlock(block) = entry.entry() else { return Err(part.error(Fault::WrongKind)) };
        replay.follow(block).map_err(|fault| part.error(fault))?;
        openings.see(reports.len(), &block.details.event);
        reports.push(SideBlockReport {
            id: block.id,
            index: recorded.index,
            report: SideBlockReport::kind_of(&block.details.event),
            report_hash: SideBlockReport::hash_of(&block.details.event),
            breaks_off: false,
            is_unused: false,
            at: block.details.tsv,
            violation: u8::try_from(block.details.vln).ok().and_then(Action::from_code),
        });
    }
    let part = Part::SideChainProof(parent.id);
    let proven = audit.value::<SideChain>(part, &package.side_chain_proof, &StateKey::SideChain(parent.id))?;
    if proven.as_ref() != Some(&replay.chain) {
        let expected = proven.map_or(0, |chain| chain.count).into();
        let actual = replay.chain.count.into();
        return Err(part.error(Fault::Incomplete { expected, actual }));
    }
    openings.note(&mut reports);
    Ok((reports, replay.chain.violations))
}

/// What the chain of side-blocks says so far.
struct Replay<'a> {
    parent: &'a ParentBlock,
    requestor: &'a VerifyingKey,
    chain: SideChain,
    leases: BTreeMap<LeaseId, LeaseRecord>,
}

impl<'a> Replay<'a> {
    const fn of(parent: &'a ParentBlock, identity: &'a Identity) -> Self {
        let chain = SideChain::of_parent(parent.id);
        Self { parent, requestor: &identity.key, chain, leases: BTreeMap::new() }
    }

    fn follow(&mut self, block: &SideBlock) -> Result<(), Fault> {
        if block.details.parent != self.parent.id {
            return Err(Fault::Unrelated);
        }
        block.agrees_with(self.parent)?;
        self.event(&block.details.event)?;
        self.chain = self.chain.extended(block)?;
        Ok(())
    }

    fn event(&mut self, event: &SideEvent) -> Result<(), Rejection> {
        match event {
            SideEvent::Opening { lease, requestor_signature } => {
                Rejection::LeaseInUse.unless(!self.leases.contains_key(&lease.id))?;
                lease.signed_by(self.requestor, requestor_signature)?;
                lease.follows(lease.previous.and_then(|previous| self.leases.get(&previous.lease)))?;
                // what else had ended access is no part of this chain, and not looked at here
                self.leases.insert(lease.id, lease.opened(0));
            }
            SideEvent::Reported { report, agent_signature } => {
                let lease = self.leases.get_mut(&report.lease).ok_or(Rejection::UnknownLease)?;
                *lease = lease.reported(report, agent_signature)?;
            }
        }
        Ok(())
    }
}

fn decisions(audit: &mut Audit, package: &Package, parent: &ParentBlock) -> Result<Vec<DecisionReport>, BundleError> {
    let mut reports = Vec::with_capacity(package.decisions.len());
    let part_of = |number| Part::Decision(number, parent.id);
    let chain = audit.chain(&package.decisions, part_of, |entry, recorded| {
        reports.push(decision(entry, recorded, parent)?);
        Ok(())
    })?;
    let part = Part::DecisionsProof(parent.id);
    let key = StateKey::Decisions(parent.id);
    let proven = audit.value::<EntryChain>(part, &package.decisions_proof, &key)?.unwrap_or_default();
    whole(part, proven, chain)?;
    Ok(reports)
}

fn decision(entry: &Entry, recorded: &Recorded, parent: &ParentBlock) -> Result<DecisionReport, Fault> {
    let (about, owner, decision, at) = match entry {
        Entry::OwnerDecision(made, _) => (made.parent, made.owner, Some(made.decision), made.at),
        Entry::Revocation(made, _) => (made.parent, made.owner, None, made.at),
        _ => return Err(Fault::WrongKind),
    };
    if (about, owner) != (parent.id, parent.details.owner) {
        return Err(Fault::Unrelated);
    }
    Ok(DecisionReport { index: recorded.index, decision, at })
}

fn permission(
    audit: &mut Audit,
    package: &Package,
    parent: BlockId,
    violations: u32,
) -> Result<PermissionRecord, BundleError> {
    let part = Part::PermissionProof(parent);
    let bytes = audit.proven(part, &package.permission_proof, &StateKey::Permission(parent))?;
    let bytes = bytes.ok_or_else(|| part.error(Fault::Disagrees))?;
    let record = PermissionRecord::from_bytes(&bytes).map_err(|_| part.error(Fault::MalformedValue))?;
    if record.violations != violations {
        return Err(part.error(Fault::Disagrees));
    }
    Ok(record)
}
