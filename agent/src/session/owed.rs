//! A session that somebody else went on with, and violations that its opening has no place for any more.
//!
//! A session's folder can come back from a backup, a snapshot or a synced folder, and be used in two places. Of two reports of one number
//! the ledger takes one. So nothing is signed under an opening that others went on under, and a violation whose number another report has
//! is reported anew under the next one: what was asked is asked of the contract again, which judges it as before.

use super::fate::Fate;
use super::head::{Head, head_of, side_blocks_of};
use super::word::Word;
use super::{Session, SessionError};
use crate::client::Certified;
use crate::clock;
use crate::vault::MadeReport;
use medshare_contract_abi::Action;
use medshare_contract_abi::usage::{Comment, UsageCall, UsageState};
use medshare_ledger::opening_proof::OpeningStanding;
use medshare_ledger::side_block::Report;

/// What came of the violations that are to be reported anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    /// There are none.
    Nothing,
    /// The next one was judged again, as this action; its report waits to be handed in.
    Made(Action),
    /// The contract makes no report of the next one, or nobody shows whose it is: they wait for an opening under which it does, or a node
    /// that shows it.
    Waits,
}

/// What a violation came of that is to be reported anew.
enum Asked {
    /// The requestor asked for this.
    Hers(Action, Comment),
    /// Nothing that is to be reported anew: she did not ask for it, or the contract allows it, or it was reported anew before.
    Nothing,
    /// It is on the ledger.
    Recorded,
    /// No node shows whose it is, or whether it is on the ledger.
    Unseen,
}

impl Session<'_> {
    /// Whether there are reports under this opening that this session does not know of: they are kept here, or proven to be on the ledger, or
    /// every node says so that was reached.
    pub(super) fn went_on_elsewhere(&self, words: &[Word]) -> Result<bool, SessionError> {
        let chain = self.own_chain()?;
        if chain.is_left_behind(self.proven_head()) {
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
        let mut kept = self.kept_reports()?;
        kept.retain(|kept| kept.envelope.report.lease == lease);
        if let Some(head) = head_of(standing) {
            self.learn(lease, head, &kept)?;
        }
        let (chain, proven) = (self.chain(lease, &kept), self.proven_head());
        if !chain.is_left_behind(proven) {
            return Ok(());
        }
        if let Some(head) = proven {
            // no other proof is asked for: what this one overtakes is told from what was made here, which is forgotten below
            self.sort_out(lease, &kept, head, side_blocks_of(standing))?;
        }
        let left: Vec<_> =
            self.kept_reports()?.into_iter().filter(|left| left.envelope.report.lease == lease).collect();
        if let Some(head) = proven {
            let fates = chain.fates(head);
            let is_unseen = |kept: &&MadeReport| kept.is_of_violation() && fates.of(kept) == Fate::Unseen;
            let reports = left.iter().filter(is_unseen).count();
            if reports > 0 {
                return Err(SessionError::ReportsUnproven { reports, source: None });
            }
        }
        let overtaken_by = proven.filter(|proven| chain.is_overtaken_by(*proven));
        let last = chain.last_behind(overtaken_by.unwrap_or((self.record.reports, self.record.last_report)));
        let fates = chain.fates(last);
        // the receipt takes their place
        self.give_up(left.iter().filter(|kept| matches!(fates.of(kept), Fate::Overtaken | Fate::Waits)))?;
        let mut after = self.record.clone();
        after.go_on_behind(last.0, last.1);
        self.store(after)
    }

    /// Makes the next report anew of a violation that can never be recorded as it was reported. One of which none can be made keeps no other
    /// back; what is not hers, or no violation, is not reported in her name, nor anything twice.
    ///
    /// # Errors
    /// As [`crate::vault::Vault::owed_reports`], where none is left that can be read and made.
    pub(super) fn make_owed(&mut self) -> Result<Owed, SessionError> {
        let mut made = Owed::Nothing;
        for owed in self.vault.readable_owed() {
            let (action, comment) = match self.asked(&owed)? {
                Asked::Hers(action, comment) => (action, comment),
                Asked::Unseen => {
                    made = Owed::Waits;
                    continue;
                }
                Asked::Nothing => {
                    self.vault.set_apart(&owed)?;
                    continue;
                }
                Asked::Recorded => {
                    self.vault.discard_owed(&owed)?;
                    continue;
                }
            };
            self.set_aside()?;
            let call = UsageCall::Act { action, comment };
            if self.run_anew(call, owed.envelope.report.hash())?.report().is_none() {
                made = Owed::Waits;
                continue;
            }
            self.vault.set_apart(&owed)?;
            return Ok(Owed::Made(action));
        }
        self.vault.owed_reports()?;
        Ok(made)
    }

    /// How many violations wait to be reported anew that are hers, or may be.
    ///
    /// # Errors
    /// As [`crate::vault::Vault::owed_reports`].
    pub(super) fn owes(&self) -> Result<usize, SessionError> {
        self.vault.owed_reports()?.iter().try_fold(0_usize, |owes, owed| {
            let is_owed = matches!(self.asked(owed)?, Asked::Hers(..) | Asked::Unseen);
            Ok(owes.saturating_add(usize::from(is_owed)))
        })
    }

    /// What she asked for that this violation came of. Others can lay reports into her folder, also true ones of hers: it is hers where a letter
    /// of hers tells it, or where the agent signed it whose key the ledger has for an opening of hers; and it is owed where the contract judges
    /// it a violation, and neither it nor one that was made anew of it is on its way to the ledger.
    fn asked(&self, owed: &MadeReport) -> Result<Asked, SessionError> {
        let report = &owed.envelope.report;
        if report.parent != self.package.block() || self.record.was_made_anew(&report.hash()) {
            return Ok(Asked::Nothing);
        }
        let letter = owed.asked(self.agent.keys);
        let has_letter = letter.is_some();
        let Some((action, comment)) = letter.or_else(|| Some((owed.action()?, Comment::default()))) else {
            return Ok(Asked::Nothing);
        };
        if !self.is_violation(action)? {
            return Ok(Asked::Nothing);
        }
        let shown = self.shown_of(owed);
        if !has_letter {
            let Some(standing) = &shown else { return Ok(Asked::Unseen) };
            if !standing.lease.as_ref().is_some_and(|opened| owed.is_signed_by(&opened.agent)) {
                return Ok(Asked::Nothing);
            }
        }
        // what was proven once is not taken back by a proof of before
        let known = self.record.recorded.filter(|recorded| recorded.lease == report.lease);
        let known = known.map(|recorded| (recorded.reports, recorded.last_report));
        let head = shown.as_ref().and_then(head_of).max(known);
        let side_blocks = shown.as_ref().map_or(0, side_blocks_of);
        Ok(match head.map_or(Some(false), |head| self.has(head, report, side_blocks)) {
            Some(false) => Asked::Hers(action, comment),
            Some(true) => Asked::Recorded,
            None => Asked::Unseen,
        })
    }

    /// Whether the contract judges an action a violation, wherever access and the numbers of reports stand.
    fn is_violation(&self, action: Action) -> Result<bool, SessionError> {
        let mut input = self.input(UsageCall::Act { action, comment: Comment::default() }, clock::now())?;
        input.state = UsageState { opened: true, ..UsageState::default() };
        let outcome = self.guard.contract.decide(&input)?;
        Ok(outcome.report().is_some_and(|report| report.violation))
    }

    /// What is proven of the opening of this report: by a node that is as far as its number, where there is one.
    fn shown_of(&self, owed: &MadeReport) -> Option<OpeningStanding> {
        let Report { lease, sequence, .. } = owed.envelope.report;
        let is_as_far = |standing: &OpeningStanding| head_of(standing).is_some_and(|(reports, _)| reports >= sequence);
        let is_enough = |standing: &OpeningStanding| {
            standing.lease.is_some() || self.is_over(lease, std::slice::from_ref(owed), standing.time)
        };
        let shown = self.proven(lease, Certified::Already, is_as_far);
        shown.or_else(|| self.proven(lease, Certified::Already, is_enough))
    }

    /// Whether the ledger, which has come so far under its opening, has a report. None where that is seen from the side-blocks alone, and no
    /// node shows them.
    fn has(&self, head: Head, report: &Report, side_blocks: u64) -> Option<bool> {
        if report.sequence >= head.0 {
            return Some((report.sequence, report.hash()) == head);
        }
        Some(self.recorded_until(report.lease, head, side_blocks)?.contains(&report.hash()))
    }
}
