//! Where a session stands: what the ledger has of it, and whether its requestor still has access.
//!
//! Access is the requestor's and not the package's, so it is asked for before every action, of every node that can be reached. Of what they
//! say the worst counts: that access ended, over that it stands; that a report is missing, over that all are there. A proof outweighs both.

use super::delivery::told;
use super::owed::Owed;
use super::proof::PATIENCE;
use super::word::{Word, has_ended};
use super::{Session, SessionError};
use crate::client::{Certified, ClientError, NodeClient};
use crate::clock;
use medshare_contract_abi::Sensitivity;
use medshare_contract_abi::usage::RefusalCode;
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::LeaseView;
use medshare_ledger::opening_proof::OpeningStanding;
use std::time::Duration;

/// How often nodes are asked that do not know yet what another has recorded.
const LOOKS: u32 = 20;
/// Pause before they are asked again.
const PAUSE: Duration = Duration::from_millis(100);
/// For so long after the last look, in milliseconds, actions that the terms exempt from reports go on at low sensitivity while no
/// node can be reached.
pub(super) const GRACE_MS: u64 = 10 * 60 * 1000;

impl Session<'_> {
    /// Sends what waits, and learns where the ledger stands. Where access has ended, the data key is gone when this returns; data that
    /// the owner called back is destroyed.
    ///
    /// # Errors
    /// [`SessionError::Unreported`] or [`SessionError::Missing`] while a report is not on the ledger, [`SessionError::Unrecorded`] while the
    /// opening is not; [`SessionError::Unproven`] when a node says without proof that access has ended; [`SessionError::Node`] when no node
    /// can be asked and the terms do not let the session go on for a moment without; [`SessionError::WentOn`] when others went on under this
    /// opening; as [`Session::act`] of a violation that was still to be reported anew.
    pub(super) fn settle(&mut self) -> Result<(), SessionError> {
        self.settle_all().map_err(|error| self.hand_in_before(error))
    }

    fn settle_all(&mut self) -> Result<(), SessionError> {
        let delivered = self.deliver();
        if self.usage()?.destroyed {
            return delivered;
        }
        // what ends access or destroys does not wait for a report that nobody takes
        let words = self.words();
        let heeded = words.as_ref().map_or(Ok(()), |words| self.heed(words));
        if matches!(heeded, Err(SessionError::Retrieved { .. })) {
            return heeded;
        }
        // a report of a number that others have used is never taken: it does not help to wait for it
        if self.went_on_elsewhere(words.as_deref().unwrap_or_default())? {
            return Err(SessionError::WentOn);
        }
        delivered?;
        let words = match words {
            Err(SessionError::Node(error)) if error.is_unreachable() && self.may_go_on_alone() => return Ok(()),
            words => words?,
        };
        heeded?;
        let accounted = self.account(words);
        // a proof may show what no node said
        if self.went_on_elsewhere(&[])? {
            return Err(SessionError::WentOn);
        }
        accounted?;
        if let Owed::Made(action) = self.make_owed()? {
            return Err(self.tell_violation(action, RefusalCode::NotPermitted));
        }
        self.record.looked = clock::now();
        Ok(())
    }

    /// Sends the report that waits. What was destroyed stays so, but its reports go on being handed in.
    ///
    /// # Errors
    /// [`SessionError::Unreported`] when no node takes it; [`SessionError::Destroyed`], or why it cannot be found out what is still kept.
    pub(super) fn deliver(&mut self) -> Result<(), SessionError> {
        let delivered = self.deliver_pending().map_err(unreported);
        if !self.usage()?.destroyed {
            return delivered.map(drop);
        }
        self.hand_in_unproven()?;
        Err(SessionError::Destroyed)
    }

    /// What every node says that can be asked.
    pub(super) fn words(&self) -> Result<Vec<Word>, SessionError> {
        let (mut words, mut failure) = (Vec::new(), None);
        for node in self.agent.node.each() {
            if !words.is_empty() && node.has_hung() {
                continue;
            }
            let node = if words.is_empty() { node } else { node.within(PATIENCE) };
            match self.said_by(&node) {
                Ok(said) => words.push(Word { node, said }),
                Err(error) => failure = Some(told(failure, error)),
            }
        }
        if words.is_empty() { Err(failure.unwrap_or(ClientError::NoNode).into()) } else { Ok(words) }
    }

    fn said_by(&self, node: &NodeClient) -> Result<Option<LeaseView>, ClientError> {
        match node.lease(self.package.block(), self.record.lease.id) {
            Err(ClientError::Refused { status: 404, .. }) => Ok(None),
            said => said.map(Some),
        }
    }

    /// Where a node says that access has ended or that the data was called back, what is proven of it happens.
    pub(super) fn heed(&mut self, words: &[Word]) -> Result<(), SessionError> {
        let said = |of: fn(&LeaseView) -> bool| words.iter().find(|word| word.said.as_ref().is_some_and(of));
        if said(|view| view.permission.retrieved).is_some()
            && let Some(standing) = self.shown(OpeningStanding::is_retrieved)
        {
            self.withdraw()?;
            return Err(self.retrieve(&standing));
        }
        match said(has_ended) {
            Some(word) => self.end(&word.node.name()),
            None => Ok(()),
        }
    }

    /// Ends access, as `node` says, if any node proves it.
    ///
    /// # Errors
    /// [`SessionError::Unproven`] when none does.
    pub(super) fn end(&mut self, node: &str) -> Result<(), SessionError> {
        if self.is_withdrawn()? {
            return Ok(());
        }
        if self.shown(OpeningStanding::is_over).or_else(|| self.shown(OpeningStanding::is_retrieved)).is_some() {
            return self.withdraw();
        }
        Err(SessionError::Unproven { node: node.to_owned() })
    }

    fn shown(&self, what: impl Fn(&OpeningStanding) -> bool) -> Option<OpeningStanding> {
        self.proven(self.record.lease.id, Certified::NextHeight, what)
    }

    /// Makes sure that all reports are on the ledger: it is proven, or every node says so that was reached. What one of them lacks is handed
    /// in there.
    ///
    /// # Errors
    /// [`SessionError::Unrecorded`] or [`SessionError::Missing`] when one of them goes on lacking it; [`SessionError::Lost`] when it is kept no
    /// more, either.
    pub(super) fn account(&mut self, words: Vec<Word>) -> Result<(), SessionError> {
        if self.discard_proven(Certified::Already)?.opening {
            return Ok(());
        }
        let words = self.caught_up(words);
        if self.is_complete(&words) || self.discard_proven(Certified::NextHeight)?.opening {
            return Ok(());
        }
        let source = self.hand_in_kept();
        let words = self.words()?;
        let words = self.caught_up(words);
        if self.is_complete(&words) || self.discard_proven(Certified::NextHeight)?.opening {
            return Ok(());
        }
        if words.iter().any(|word| word.said.is_none()) {
            return Err(SessionError::Unrecorded { opener: self.record.opener.clone() });
        }
        let most = words.iter().filter_map(Word::head).chain(self.proven_head()).max();
        let lost = self.lost_behind(most.unwrap_or((0, Hash32::ZERO)))?;
        if lost > 0 {
            return Err(SessionError::Lost { lost });
        }
        let shown = words.iter().filter_map(|word| word.said.as_ref()).map(|view| view.reports).min();
        let missing = self.record.reports.saturating_sub(shown.unwrap_or(0)).max(1);
        Err(SessionError::Missing { missing, source })
    }

    /// The same nodes' words once they know what another recorded, for which they may need a moment.
    fn caught_up(&self, mut words: Vec<Word>) -> Vec<Word> {
        for _ in 1..LOOKS {
            if self.is_complete(&words) {
                break;
            }
            std::thread::sleep(PAUSE);
            for word in words.iter_mut().filter(|word| !self.has_all(word)) {
                if let Ok(said) = self.said_by(&word.node) {
                    word.said = said;
                }
            }
        }
        words
    }

    fn is_complete(&self, words: &[Word]) -> bool {
        words.iter().all(|word| self.has_all(word))
    }

    /// Whether the ledger, as a node shows it, has every report that was made; of more than that nothing is missing.
    fn has_all(&self, word: &Word) -> bool {
        let made = (self.record.reports, self.record.last_report);
        word.head().is_some_and(|shown| shown == made || shown.0 > made.0)
    }

    /// Whether an action may go on without a node: at low sensitivity, where the contract exempts it from reports, and for a short time.
    fn may_go_on_alone(&self) -> bool {
        let (looked, now) = (self.record.looked, clock::now());
        let is_fresh = looked <= now && now <= looked.plus_ms(GRACE_MS);
        is_fresh && self.package.manifest().sensitivity() == Some(Sensitivity::Low)
    }

    fn is_withdrawn(&self) -> Result<bool, SessionError> {
        Ok(self.usage()?.withdrawn && self.record.data_key().is_none())
    }

    /// The ledger withdrew access: the contract is told, so that it judges actions accordingly, and the key is gone at once.
    fn withdraw(&mut self) -> Result<(), SessionError> {
        if self.is_withdrawn()? {
            return Ok(());
        }
        let mut usage = self.usage()?;
        usage.withdrawn = true;
        let mut after = self.record.clone();
        after.remember(usage);
        after.drop_data_key();
        self.store(after)
    }

    /// Hands in what is kept, but for what is proven to be on the ledger; all that can be read of it where that is not found out.
    pub(super) fn hand_in_unproven(&mut self) -> Result<(), SessionError> {
        let proven = self.discard_proven(Certified::Already);
        if !proven.as_ref().is_ok_and(|proven| proven.everything()) {
            self.hand_in_kept();
        }
        proven.map(drop)
    }
}

/// A report that no node takes stands in the way of whatever comes next.
fn unreported(error: SessionError) -> SessionError {
    match error {
        SessionError::Node(source) => SessionError::Unreported { source },
        error => error,
    }
}
