//! Where a session stands: what the ledger has of it, and whether its requestor still has access.
//!
//! Access is the requestor's and not the package's, so it is asked for before every action, of a node other than the one that took the
//! last report where there is one. What such a node shows of the reports is the proof that they are on the ledger.

use super::{Session, SessionError};
use crate::client::{ClientError, NodeClient};
use crate::clock;
use medshare_contract_abi::Sensitivity;
use medshare_contract_abi::usage::UsageCall;
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::LeaseView;
use std::time::Duration;

/// How often nodes are asked that do not know yet what another has recorded.
const LOOKS: u32 = 20;
/// Pause before they are asked again.
const PAUSE: Duration = Duration::from_millis(100);
/// For so long after the last look, in milliseconds, actions that the terms exempt from reports go on at low sensitivity while no
/// node can be reached.
pub(super) const GRACE_MS: u64 = 10 * 60 * 1000;

/// What nodes show of a session.
struct Look {
    view: LeaseView,
    /// Whether all reports are there that were made.
    is_complete: bool,
    /// Whether a node showed that which is not the one that took the last report.
    is_proven: bool,
}

impl Session<'_> {
    /// Sends what waits, and learns where the ledger stands. Where access has ended, the data key is gone when this returns; data that
    /// the owner called back is destroyed.
    ///
    /// # Errors
    /// [`SessionError::Unreported`] or [`SessionError::Missing`] while a report is not on the ledger; [`SessionError::Node`] when no node
    /// can be asked and the terms do not let the session go on for a moment without.
    pub(super) fn settle(&mut self) -> Result<(), SessionError> {
        let delivered = self.deliver_pending().map_err(unreported);
        if self.usage()?.destroyed {
            return Err(SessionError::Destroyed);
        }
        delivered?;
        let look = match self.look() {
            Err(SessionError::Node(error)) if error.is_unreachable() && self.may_go_on_alone() => return Ok(()),
            look => look?,
        };
        if has_ended(&look.view) {
            self.withdraw()?;
        }
        if look.view.permission.retrieved {
            return Err(self.retrieve());
        }
        let look = if look.is_complete { look } else { self.look_after(&look.view)? };
        if look.is_proven {
            self.vault.discard_reports()?;
        }
        self.record.looked = clock::now();
        Ok(())
    }

    /// Hands in again what the nodes do not have, though one said that it had recorded it, and looks once more.
    fn look_after(&mut self, view: &LeaseView) -> Result<Look, SessionError> {
        let source = self.hand_in_again(view.reports)?;
        let look = self.look()?;
        if look.is_complete {
            return Ok(look);
        }
        let missing = self.record.reports.saturating_sub(look.view.reports).max(1);
        Err(SessionError::Missing { missing, source })
    }

    /// Asks the nodes, first those that did not take the last report. The first that has all reports decides, if none says that access
    /// has ended; nodes may need a moment to learn what another recorded.
    fn look(&self) -> Result<Look, SessionError> {
        let (block, lease) = (self.package.block(), self.record.lease.id);
        let mut nodes: Vec<NodeClient> = self.agent.node.each().collect();
        nodes.sort_by_key(|node| (node.has_hung(), self.took_last(node)));
        let mut last = None;
        for attempt in 0..LOOKS {
            if attempt > 0 {
                std::thread::sleep(PAUSE);
            }
            let (mut behind, mut failure, mut away) = (None, None, Vec::new());
            for node in &nodes {
                match node.lease(block, lease) {
                    Ok(view) => {
                        let is_complete = self.is_complete(&view);
                        let look = Look { is_complete, is_proven: is_complete && !self.took_last(node), view };
                        if is_complete || has_ended(&look.view) {
                            return Ok(look);
                        }
                        behind = behind.or(Some(look));
                    }
                    Err(error) => {
                        away.extend(node.nodes().iter().filter(|_| error.is_unreachable()).cloned());
                        failure = worse(failure, error);
                    }
                }
            }
            nodes.retain(|node| !node.nodes().iter().any(|node| away.contains(node)));
            match (behind, failure) {
                (Some(look), _) => last = Some(look),
                // a node may not have the opening yet; whatever else it says does not change by waiting
                (None, Some(ClientError::Refused { status: 404, .. })) => {}
                (None, failure) => return Err(failure.unwrap_or(ClientError::NoNode).into()),
            }
            if nodes.is_empty() {
                break;
            }
        }
        last.ok_or(SessionError::Unrecorded)
    }

    /// Whether the ledger, as a node shows it, has every report that was made; of more than that nothing is missing.
    fn is_complete(&self, view: &LeaseView) -> bool {
        let shown = view.last_report.parse::<Hash32>().ok();
        view.reports > self.record.reports
            || (view.reports == self.record.reports && shown == Some(self.record.last_report))
    }

    fn took_last(&self, node: &NodeClient) -> bool {
        node.nodes().iter().any(|node| node.to_string() == self.record.taker)
    }

    /// Whether an action may go on without a node: at low sensitivity, where the contract exempts it from reports, and for a short time.
    fn may_go_on_alone(&self) -> bool {
        let (looked, now) = (self.record.looked, clock::now());
        let is_fresh = looked <= now && now <= looked.plus_ms(GRACE_MS);
        is_fresh && self.package.manifest().sensitivity() == Some(Sensitivity::Low)
    }

    /// The ledger withdrew access: the contract is told, so that it judges actions accordingly, and the key is gone at once.
    pub(super) fn withdraw(&mut self) -> Result<(), SessionError> {
        let mut usage = self.usage()?;
        if usage.withdrawn && self.record.data_key().is_none() {
            return Ok(());
        }
        usage.withdrawn = true;
        let mut after = self.record.clone();
        after.remember(usage);
        after.drop_data_key();
        self.store(after)
    }

    /// The owner called the data back: the contract destroys the keys and makes the receipt.
    fn retrieve(&mut self) -> SessionError {
        match self.run(UsageCall::Retrieve) {
            Ok(_) => SessionError::Retrieved { receipt: self.deliver_pending().ok().flatten() },
            Err(error) => error,
        }
    }
}

/// Whether what was opened is over: access to everything or to this package has ended.
fn has_ended(view: &LeaseView) -> bool {
    view.access_ended || !lets_open(&view.permission.status)
}

/// Whether a status of a permission lets anybody at the data.
pub(super) fn lets_open(status: &str) -> bool {
    matches!(status, "granted" | "opened" | "re-granted")
}

/// Of two failures the one that says more: that a node answered, then that it does not know the opening yet.
fn worse(before: Option<ClientError>, error: ClientError) -> Option<ClientError> {
    match before {
        Some(before) if !before.is_unreachable() => Some(before),
        _ => Some(error),
    }
}

/// A report that no node takes stands in the way of whatever comes next.
fn unreported(error: SessionError) -> SessionError {
    match error {
        SessionError::Node(source) => SessionError::Unreported { source },
        error => error,
    }
}
