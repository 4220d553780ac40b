//! The end of a session before its package is opened again: what the next opening states of it.

use super::{Session, SessionError};
use crate::client::Certified;
use medshare_crypto::hash::Hash32;
use medshare_ledger::side_block::Predecessor;

/// What is left of the session before an opening.
#[derive(Default)]
pub(super) struct Concluded {
    /// What the opening states of it.
    pub(super) previous: Option<Predecessor>,
    /// The last opening that was proven to be on the ledger.
    pub(super) recorded: Option<Predecessor>,
    /// The node, as it was named, that said of the session's opening that it had recorded it, where it is not on the ledger.
    pub(super) disowned: Option<String>,
    /// Hashes of the reports that were made anew.
    pub(super) anew: Vec<Hash32>,
}

impl Session<'_> {
    /// Ends a session before the package is opened again: what it still has to report is sent, and data that the owner called back is
    /// destroyed. The next opening has to state all reports, so that none is left behind. One that a node only pretended to have recorded is
    /// passed over, and its reports stay. One that others went on with is followed where the ledger has come to.
    pub(super) fn conclude(&mut self) -> Result<Concluded, SessionError> {
        self.conclude_all().map_err(|error| self.hand_in_before(error))
    }

    fn conclude_all(&mut self) -> Result<Concluded, SessionError> {
        let delivered = self.deliver();
        if self.usage()?.destroyed {
            return delivered.and(Err(SessionError::Destroyed));
        }
        let words = self.words()?;
        match self.heed(&words) {
            // whether access stands, the node says that is asked for the opening
            Err(SessionError::Unproven { .. }) => {}
            heeded => heeded?,
        }
        if self.went_on_elsewhere(&words)? {
            return self.conclude_behind_others();
        }
        let accounted = self.account(words);
        // a proof may show what no node said
        if self.went_on_elsewhere(&[])? {
            return self.conclude_behind_others();
        }
        let (previous, disowned) = match accounted {
            Err(SessionError::Unrecorded { opener }) => {
                self.set_aside()?;
                (self.last_recorded()?, Some(opener))
            }
            accounted => {
                accounted?;
                delivered?;
                (Some(self.record.as_predecessor()), None)
            }
        };
        Ok(self.concluded(previous, disowned))
    }

    /// Of what was made here it is seen what the ledger has no place for; the rest is handed in, as the opening states it.
    fn conclude_behind_others(&mut self) -> Result<Concluded, SessionError> {
        self.set_aside()?;
        if !self.discard_proven(Certified::NextHeight)?.opening {
            self.hand_in_kept();
            self.discard_proven(Certified::NextHeight)?;
        }
        let previous = match self.is_recorded() {
            true => self.last_recorded()?,
            // without a proof no report that was made here is left out
            false => {
                let made = (self.record.reports, self.record.last_report);
                let (reports, last_report) = self.own_chain()?.last_behind(made);
                Some(Predecessor { lease: self.record.lease.id, reports, last_report })
            }
        };
        Ok(self.concluded(previous, None))
    }

    fn concluded(&self, previous: Option<Predecessor>, disowned: Option<String>) -> Concluded {
        Concluded { previous, recorded: self.record.recorded, disowned, anew: self.record.anew.clone() }
    }
}
