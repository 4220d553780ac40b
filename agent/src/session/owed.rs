//! A session that somebody else went on with, and violations that its opening has no place for any more.
//!
//! A session's folder can come back from a backup, a snapshot or a synced folder, and be used in two places. Of two reports of one number
//! the ledger takes one. So nothing is signed under an opening that others went on under, and a violation whose number another report has
//! is reported anew under the next one: what was asked is asked of the contract again, which judges it as before.

use super::chain::{Fate, head_of};
use super::proof::{Certified, PATIENCE};
use super::standing::Word;
use super::{Session, SessionError};
use crate::vault::MadeReport;
use medshare_contract_abi::Action;
use medshare_contract_abi::usage::UsageCall;
use medshare_crypto::hash::Hash32;
use medshare_ledger::bundle::{AuditReport, verify};
use medshare_ledger::opening_proof::OpeningStanding;
use std::collections::BTreeSet;

impl Session<'_> {
    /// Whether there are reports under this opening that this session does not know of: they are kept here, or proven to be on the ledger, or
    /// every node says so that was reached.
    pub(super) fn went_on_elsewhere(&self, words: &[Word]) -> Result<bool, SessionError> {
        let chain = self.own_chain()?;
        if chain.has_later() {
            return Ok(true);
        }
        if self.proven_head().is_some_and(|proven| chain.is_proven_overtaken_by(proven)) {
            return Ok(true);
        }
        let says_so = |word: &Word| word.head().is_some_and(|head| chain.is_overtaken_by(head));
        if !words.iter().any(says_so) {
            return Ok(false);
        }
        let shows_so = |standing: &OpeningStanding| head_of(standing).is_some_and(|head| chain.is_overtaken_by(head));
        Ok(words.iter().all(says_so) || self.proven(self.record.lease.id, Certified::NextHeight, shows_so).is_some())
    }

    /// Goes on behind what the ledger has under this opening, where the standing proves that others went on under it, and behind what was made
    /// here later: for the receipt of what was called back, which no other opening can bring any more. Of reports that cannot come before
    /// it the violations are to be reported anew.
    ///
    /// # Errors
    /// [`SessionError::ReportsUnproven`] where it cannot be seen whether a violation is on the ledger: behind the receipt nothing can be made.
    pub(super) fn go_on_behind_others(&mut self, standing: &OpeningStanding) -> Result<(), SessionError> {
        let lease = self.record.lease.id;
        if let Some(head) = head_of(standing) {
            self.learn(lease, head)?;
        }
        let is_of = |kept: &MadeReport| kept.envelope.report.lease == lease;
        let kept = self.vault.kept_reports()?;
        let (chain, proven) = (self.chain(lease, &kept), self.proven_head());
        let overtaken_by = proven.filter(|proven| chain.is_proven_overtaken_by(*proven));
        if overtaken_by.is_none() && !chain.has_later() {
            return Ok(());
        }
        if let Some(head) = proven {
            // no other proof is asked for: what this one overtakes is told from what was made here, which is forgotten below
            self.sort_out(lease, &kept.iter().filter(|kept| is_of(kept)).collect::<Vec<_>>(), &chain, head)?;
        }
        let left: Vec<_> = self.vault.kept_reports()?.into_iter().filter(is_of).collect();
        let is_unseen = |kept: &MadeReport| proven.is_some_and(|head| chain.fate(kept, head) == Fate::Unseen);
        let unseen = left.iter().filter(|kept| kept.is_of_violation() && is_unseen(kept)).count();
        if unseen > 0 {
            return Err(SessionError::ReportsUnproven { reports: unseen, source: None });
        }
        let last = chain.last_behind(overtaken_by.unwrap_or((self.record.reports, self.record.last_report)));
        for kept in &left {
            // the receipt takes their place
            if matches!(chain.fate(kept, last), Fate::Overtaken | Fate::Waits) {
                self.vault.give_up(kept)?;
            }
        }
        let mut after = self.record.clone();
        after.go_on_behind(last.0, last.1);
        self.store(after)
    }

    /// Makes the next report anew of a violation that can never be recorded as it was reported; it waits to be handed in. Returns the action.
    pub(super) fn make_owed(&mut self) -> Result<Option<Action>, SessionError> {
        for owed in self.vault.owed_reports()? {
            if let Some(UsageCall::Act { action, comment }) = owed.asked(&self.agent.keys.sealing) {
                self.set_aside()?;
                if self.run(UsageCall::Act { action, comment })?.report().is_none() {
                    // it waits for an opening under which the contract reports it
                    return Ok(None);
                }
                // after a crash in between it is reported twice: better than never
                self.vault.set_apart(&owed)?;
                return Ok(Some(action));
            }
            self.vault.set_apart(&owed)?;
        }
        Ok(None)
    }

    /// Hashes of all reports of this package that are on the ledger, this one among them: as an audit bundle proves. None where no node
    /// gives such a bundle.
    pub(super) fn recorded_until(&self, last: Hash32) -> Option<BTreeSet<Hash32>> {
        let (requestor, network) = (self.agent.keys.id(), self.agent.facts.network());
        self.agent.nodes().into_iter().find_map(|node| {
            let mut bundle = Vec::new();
            node.within(PATIENCE).download_bundle(requestor, &mut bundle).ok()?;
            let recorded = self.among(&verify(&bundle, Some(network)).ok()?);
            recorded.contains(&last).then_some(recorded)
        })
    }

    fn among(&self, shown: &AuditReport) -> BTreeSet<Hash32> {
        let of_this = shown.packages.iter().filter(|package| package.parent == self.package.block());
        of_this.flat_map(|package| &package.side_blocks).filter_map(|block| block.report_hash).collect()
    }
}
