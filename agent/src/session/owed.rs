//! A session that somebody else went on with, and violations that its opening has no place for any more.
//!
//! A session's folder can come back from a backup, a snapshot or a synced folder, and be used in two places. Of two reports of one number
//! the ledger takes one. So nothing is signed under an opening that others went on under, and a violation whose number another report has
//! is reported anew under the next one: what was asked is asked of the contract again, which judges it as before.

use super::chain::Head;
use super::proof::{Certified, PATIENCE};
use super::standing::Word;
use super::{Session, SessionError};
use medshare_contract_abi::Action;
use medshare_contract_abi::usage::UsageCall;
use medshare_crypto::hash::Hash32;
use medshare_ledger::bundle::{AuditReport, verify};
use medshare_ledger::opening_proof::OpeningStanding;
use medshare_ledger::state::LeaseRecord;
use std::collections::BTreeSet;

impl Session<'_> {
    /// Whether the ledger has reports under this opening that were not made here: that is proven, or every node says so that was reached.
    pub(super) fn went_on_elsewhere(&self, words: &[Word]) -> Result<bool, SessionError> {
        let chain = self.own_chain()?;
        let recorded = self.record.recorded.filter(|recorded| recorded.lease == self.record.lease.id);
        if recorded.is_some_and(|recorded| chain.is_overtaken_by((recorded.reports, recorded.last_report))) {
            return Ok(true);
        }
        let says_so = |word: &Word| word.head().is_some_and(|head| chain.is_overtaken_by(head));
        if !words.iter().any(says_so) {
            return Ok(false);
        }
        let shows_so = |standing: &OpeningStanding| head_of(standing).is_some_and(|head| chain.is_overtaken_by(head));
        Ok(words.iter().all(says_so) || self.proven(self.record.lease.id, Certified::NextHeight, shows_so).is_some())
    }

    /// Goes on behind what the ledger has under this opening, where the standing proves that others went on under it: for the receipt of
    /// what was called back, which no other opening can bring any more.
    pub(super) fn go_on_behind_others(&mut self, standing: &OpeningStanding) -> Result<(), SessionError> {
        let Some(head) = head_of(standing) else { return Ok(()) };
        if !self.own_chain()?.is_overtaken_by(head) {
            return Ok(());
        }
        // told from what was made here, which is forgotten below
        self.discard_proven(Certified::Already)?;
        let mut after = self.record.clone();
        after.go_on_behind(head.0, head.1);
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

/// How far an opening is proven to have come; none where it is not recorded.
pub(super) fn head_of(standing: &OpeningStanding) -> Option<Head> {
    standing.lease.as_ref().map(|record: &LeaseRecord| (record.reports(), record.last_report))
}
