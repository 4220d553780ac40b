//! The reports of an opening that are on the ledger, as the side-blocks of its package tell them.
//!
//! A proof shows how many reports an opening has, and the hash of the last one. Each report names the hash of the one before it. So what a
//! node tells of the side-blocks is hashed from the first report on, and where the last hash is the proven one, all of it is true, whichever
//! node told it. An audit bundle would prove it too; but it holds all that the requestor ever did, and no node makes one that is too long.

use super::Session;
use super::head::Head;
use super::proof::PATIENCE;
use crate::client::NodeClient;
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::SideBlockView;
use medshare_ledger::id::{BlockId, LeaseId, Timestamp};
use medshare_ledger::side_block::{Report, report_kind};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// So much longer a node may take for each side-block that the package is proven to have.
const TIME_OF_ONE: Duration = Duration::from_millis(10);

/// What nodes told of the side-blocks of a package. Each is asked once, and again where the package is proven to have more by then.
#[derive(Default)]
pub(super) struct Told(RefCell<BTreeMap<String, Chains>>);

/// What one node told.
struct Chains {
    /// How many side-blocks the package was proven to have.
    side_blocks: u64,
    /// The hashes of the reports of each opening, in their order.
    reports: BTreeMap<LeaseId, Vec<Hash32>>,
}

impl Chains {
    /// Takes what is told of one side-block. What is no report, or not the next one of its opening, leads to no hash that is proven.
    fn take(&mut self, parent: BlockId, told: &SideBlockView) {
        let Ok(lease) = told.lease.parse() else { return };
        let reports = self.reports.entry(lease).or_default();
        let previous = reports.last().copied().unwrap_or(Hash32::ZERO);
        if let Some(report) = report_of(parent, lease, previous, told) {
            reports.push(report.hash());
        }
    }

    /// The hashes of the reports of an opening through the one that is proven.
    fn through(&self, lease: LeaseId, (number, last): Head) -> Option<BTreeSet<Hash32>> {
        let reports = self.reports.get(&lease)?.get(..usize::try_from(number).ok()?)?;
        (reports.last() == Some(&last)).then(|| reports.iter().copied().collect())
    }
}

/// The report behind this one, as a node tells it.
fn report_of(parent: BlockId, lease: LeaseId, previous: Hash32, told: &SideBlockView) -> Option<Report> {
    Some(Report {
        parent,
        lease,
        sequence: told.sequence?,
        previous,
        kind: report_kind(&told.event)?.code(),
        at: Timestamp(told.tsv),
        commitment: told.commitment.as_ref()?.parse().ok()?,
    })
}

impl Session<'_> {
    /// Hashes of all reports of an opening, which is proven to have come so far, of a package that is proven to have so many side-blocks. None
    /// where no node shows them.
    pub(super) fn recorded_until(&self, lease: LeaseId, head: Head, side_blocks: u64) -> Option<BTreeSet<Hash32>> {
        let side_blocks = side_blocks.max(u64::from(head.0));
        self.agent.nodes().into_iter().find_map(|node| {
            let Told(told) = &self.told;
            let mut told = told.borrow_mut();
            let known = told.remove(&node.name()).filter(|known| known.side_blocks >= side_blocks);
            let chains = known.unwrap_or_else(|| self.told_by(&node, side_blocks));
            told.entry(node.name()).or_insert(chains).through(lease, head)
        })
    }

    fn told_by(&self, node: &NodeClient, side_blocks: u64) -> Chains {
        let parent = self.package.block();
        let mut chains = Chains { side_blocks, reports: BTreeMap::new() };
        let count = u32::try_from(side_blocks).unwrap_or(u32::MAX);
        let node = node.clone().within(PATIENCE.saturating_add(TIME_OF_ONE.saturating_mul(count)));
        // of one that does not come to its end, what it told may be enough
        drop(node.side_blocks(parent, side_blocks, |told| chains.take(parent, &told)));
        chains
    }
}
