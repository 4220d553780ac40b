//! The receipt of what was called back: that the data is destroyed here, behind all reports of before.

use super::owed::Owed;
use super::{Session, SessionError};
use crate::vault::MadeReport;
use medshare_contract_abi::usage::UsageCall;
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::SideBlockMade;
use medshare_ledger::opening_proof::OpeningStanding;
use std::fmt;

/// How far the receipt of what was called back has come. The data is gone in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It is on the ledger, as this side-block.
    Recorded(SideBlockMade),
    /// It is made, and no node has taken it yet.
    WaitsForNode,
    /// It is not made yet, and the key that signs it is kept: a violation of before has to be on the ledger first.
    WaitsForViolation,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Recorded(_) => "its keys were destroyed and the receipt of it is on the ledger",
            Self::WaitsForNode => "its keys were destroyed; the receipt of it waits for a node",
            Self::WaitsForViolation => {
                "its data key was destroyed; the receipt of it waits, with the key that signs it, until the violations of before are proven to be on the ledger"
            }
        })
    }
}

impl Session<'_> {
    /// The owner called the data back, as is proven: the contract destroys the keys and makes the receipt, whose place is behind all reports
    /// of before. None of this opening is waited for.
    pub(super) fn retrieve(&mut self, proven: &OpeningStanding) -> SessionError {
        let is_made = match self.make_receipt(proven) {
            Ok(is_made) => is_made,
            Err(SessionError::ReportsUnproven { .. }) => false,
            Err(error) => return error,
        };
        // what no node takes of it is handed in again by the next command
        let taken = self.hand_in_unproven().and_then(|()| self.deliver_pending()).unwrap_or_default();
        let receipt = match taken.into_iter().find_map(|taken| taken.made) {
            _ if !is_made => Receipt::WaitsForViolation,
            Some(made) => Receipt::Recorded(made),
            None => Receipt::WaitsForNode,
        };
        SessionError::Retrieved { receipt }
    }

    /// Violations that are to be reported anew come before the receipt: nothing can be signed behind it. So there is none before it is
    /// known which they are, and none while one of them waits. Returns whether it is made.
    fn make_receipt(&mut self, proven: &OpeningStanding) -> Result<bool, SessionError> {
        self.set_aside()?;
        self.vault.discard_kept()?;
        self.go_on_behind_others(proven)?;
        // behind a report that nobody has any more no receipt is ever recorded
        let lost = self.lost_behind(self.proven_head().unwrap_or((0, Hash32::ZERO)))?;
        if lost > 0 {
            return Err(SessionError::Lost { lost });
        }
        let lease = self.record.lease.id;
        let is_earlier = |kept: &MadeReport| kept.is_of_violation() && kept.envelope.report.lease != lease;
        if self.kept_reports()?.iter().any(is_earlier) {
            self.account_for_earlier()?;
        }
        loop {
            match self.make_owed()? {
                Owed::Made(_) => self.set_aside()?,
                Owed::Nothing => break,
                Owed::Waits => return Ok(false),
            }
        }
        self.run(UsageCall::Retrieve).map(|_| true)
    }
}
