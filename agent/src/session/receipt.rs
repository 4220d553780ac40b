//! The receipt of what was called back: that the data is destroyed here, behind all reports of before.

use super::owed::Owed;
use super::{Session, SessionError};
use crate::vault::{MadeReport, VaultError};
use medshare_contract_abi::usage::{UsageCall, UsageState};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::SideBlockMade;
use medshare_ledger::opening_proof::OpeningStanding;
use std::fmt;
use std::path::PathBuf;

/// How far the receipt of what was called back has come. The data is gone in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It is on the ledger, as this side-block.
    Recorded(SideBlockMade),
    /// It is made, and no node has taken it yet.
    WaitsForNode,
    /// It is not made yet, and the key that signs it is kept: a violation of before has to be on the ledger first.
    WaitsForViolation,
    /// The same: reports of before that have to be on the ledger first are neither there nor kept any more.
    WaitsForLost {
        /// How many.
        lost: u32,
    },
    /// The same: a report of before cannot be read, or is not the one that was kept.
    WaitsForDamaged {
        /// Its file.
        path: PathBuf,
    },
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waits = "its data key was destroyed; the receipt of it waits, with the key that signs it";
        match self {
            Self::Recorded(_) => f.write_str("its keys were destroyed and the receipt of it is on the ledger"),
            Self::WaitsForNode => f.write_str("its keys were destroyed; the receipt of it waits for a node"),
            Self::WaitsForViolation => {
                write!(f, "{waits}, until the violations of before are proven to be on the ledger")
            }
            Self::WaitsForLost { lost } => write!(
                f,
                "{waits}: reports of what was done before ({lost}) are neither on the ledger nor in the session's folder, where they were kept; somebody removed them, or they came back from a copy without them"
            ),
            Self::WaitsForDamaged { path } => {
                write!(
                    f,
                    "{waits}: the report {} of what was done before is damaged, and the ledger may lack it",
                    path.display()
                )
            }
        }
    }
}

impl Session<'_> {
    /// The owner called the data back, as is proven: the contract destroys the keys and makes the receipt, whose place is behind all reports
    /// of before. None of this opening is waited for.
    pub(super) fn retrieve(&mut self, proven: &OpeningStanding) -> SessionError {
        let made = self.make_receipt(proven);
        // what keeps the receipt back keeps no report back; what no node takes is handed in again by the next command
        drop(self.hand_in_unproven());
        let taken = self.deliver_pending().unwrap_or_default();
        let receipt = match made {
            Ok(true) => match taken.into_iter().find_map(|taken| taken.made) {
                Some(made) => Receipt::Recorded(made),
                None => Receipt::WaitsForNode,
            },
            Ok(false) | Err(SessionError::ReportsUnproven { .. }) => Receipt::WaitsForViolation,
            Err(SessionError::Lost { lost }) => Receipt::WaitsForLost { lost },
            Err(SessionError::Vault(VaultError::DamagedReport { path })) => Receipt::WaitsForDamaged { path },
            Err(error) => return error,
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
        if proven.lease.is_some() {
            self.take_as_opened()?;
        } else if self.owes()? > 0 {
            // under an opening that the ledger does not have it would not come there, either
            return Ok(false);
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

    /// Where the clock here was ahead, the contract took no opening that the ledger has, and would judge no violation under it any more.
    fn take_as_opened(&mut self) -> Result<(), SessionError> {
        let usage = self.usage()?;
        if usage.opened {
            return Ok(());
        }
        let mut after = self.record.clone();
        after.remember(UsageState { opened: true, ..usage });
        self.store(after)
    }
}
