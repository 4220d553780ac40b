//! Words of reports that are not decided yet: how many are kept, and which of them stay.
//!
//! Words belong to one report, by its hash. An agent may sign any number of reports of one number, of which the ledger takes one: so few
//! of them are kept, and the others go once one is recorded. No attempt forgets words of what is not decided: another at the same report
//! may be under way, which relies on them. What is never decided goes once it is late.

use crate::services::Services;
use medshare_crypto::hash::Hash32;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{BlockId, LeaseId};
use medshare_ledger::side_block::{Report, SideEvent};
use medshare_ledger::state::StateFault;
use medshare_ledger::trail::Trail;
use medshare_node_chain::EntryReader;
use medshare_node_chain::clock::now;
use medshare_node_refusal::{Code, Refusal};
use medshare_node_store::private::WaitingReport;

/// So long after a report was taken in, nothing of it waits anywhere, in milliseconds.
pub(super) const LATE_MS: u64 = 60 * 60 * 1000;
/// Different reports of one number whose words wait at once.
const MOST_OF_A_NUMBER: usize = 4;
/// Side-blocks that are looked through at once.
const AT_ONCE: usize = 64;

/// Whether the report's words are kept for long enough, so that it was opened before and is not again.
///
/// # Errors
/// [`Refusal`] when they are not, and too many others of its number wait.
pub(super) fn are_kept(services: &Services, report: &Report) -> Result<bool, Refusal> {
    let hash = report.hash();
    let of_number = of_number(services, report)?;
    let recent = now().0.saturating_sub(LATE_MS / 2);
    let is_waiting = of_number.iter().any(|(other, waiting)| *other == hash && waiting.received.0 >= recent);
    if is_waiting && services.private.has_words(&hash)? {
        return Ok(true);
    }
    if of_number.iter().filter(|(other, _)| *other != hash).count() < MOST_OF_A_NUMBER {
        return Ok(false);
    }
    let number = report.sequence;
    Err(Refusal::new(
        Code::TooManyRequests,
        format!(
            "{MOST_OF_A_NUMBER} other reports of number {number} of this opening wait to be decided; send one of them again"
        ),
    ))
}

/// Settles all that waits of this report's number.
///
/// # Errors
/// [`Refusal`] when this node cannot read or write what it stored.
pub(super) fn settle_number(services: &Services, report: &Report) -> Result<(), Refusal> {
    for (hash, waiting) in of_number(services, report)? {
        settle(services, &hash, &waiting)?;
    }
    Ok(())
}

/// Keeps a report's words for good where it is recorded, and forgets them where another of its number is; says whether either is so.
///
/// # Errors
/// [`Refusal`] when this node cannot read or write what it stored.
pub(super) fn settle(services: &Services, hash: &Hash32, report: &WaitingReport) -> Result<bool, Refusal> {
    let Some(recorded) = recorded(services, report)? else { return Ok(false) };
    if recorded == *hash {
        services.private.set_decided(hash, report)?;
    } else {
        services.private.forget_words(hash, report)?;
    }
    Ok(true)
}

fn of_number(services: &Services, report: &Report) -> Result<Vec<(Hash32, WaitingReport)>, Refusal> {
    Ok(services.private.waiting_of_number(report.parent, report.lease, report.sequence)?)
}

/// The report of this number that the ledger has under the lease.
fn recorded(services: &Services, report: &WaitingReport) -> Result<Option<Hash32>, Refusal> {
    let WaitingReport { parent, lease, sequence, .. } = *report;
    let Some(record) = services.chain.state().lease(parent, lease)? else { return Ok(None) };
    if record.next_sequence <= sequence {
        return Ok(None);
    }
    if record.next_sequence == sequence.saturating_add(1) {
        return Ok(Some(record.last_report));
    }
    recorded_before(services, parent, lease, sequence).map(Some)
}

/// The same of a number that others have followed since.
fn recorded_before(services: &Services, parent: BlockId, lease: LeaseId, sequence: u32) -> Result<Hash32, Refusal> {
    let missing = || StateFault::Corrupt { what: "side-block of a report that the state counts" };
    let (chain, mut after) = (&services.chain, None);
    let mut entries = EntryReader::of(chain);
    loop {
        let places = chain.views().trail_part(Trail::SideBlocks(parent), after, AT_ONCE)?;
        after = Some(*places.last().ok_or_else(missing)?);
        for place in places {
            let (Entry::SideBlock(block), _) = entries.entry(place)? else { return Err(missing().into()) };
            if let SideEvent::Reported { report, .. } = &block.details.event
                && (report.lease, report.sequence) == (lease, sequence)
            {
                return Ok(report.hash());
            }
        }
    }
}
