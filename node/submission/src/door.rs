//! What an entry has to pass before it waits here, whoever brings it.

use crate::{Submission, refused};
use medshare_ledger::check::{NamedEntry, VerifiedEntry, check_snapshot};
use medshare_ledger::entry::Entry;
use medshare_ledger::rejection::Rejection;
use medshare_ledger::request::{MAX_REQUESTS_A_DAY, MAX_REQUESTS_OF_ORGANISATION_A_DAY, Quota};
use medshare_node_chain::Judgement;
use medshare_node_chain::clock::now;
use medshare_node_chain::mempool::{Coming, MAX_LACK, NotTaken, Origin, requestor};
use medshare_node_refusal::{Code, Refusal};

impl Submission {
    /// Where an entry of whom it says it is from comes from, if there is room for it: asked before its signatures are looked at, as is
    /// whether the ledger may ever take it. Requests
    /// wait of nobody but the registered, whose organisations answer for them, and of these only what may be made today.
    pub(crate) fn room_for(&self, entry: &NamedEntry) -> Result<Origin, Refusal> {
        let (state, entry, size) = (self.chain.state(), entry.entry(), entry.size());
        let registered = requestor(entry).map(|requestor| state.identity(requestor)).transpose()?.flatten();
        let origin = Origin::of(entry, registered.map(|registered| registered.identity.organisation));
        if let Entry::Request(request, _) = entry {
            let quota = Quota::with_one_more(state, request.requestor(), self.chain.tip().time)?.map_err(refused)?;
            if !has_quota(&quota, self.chain.mempool.count_of(&origin)) {
                return Err(refused(Rejection::TooManyRequests));
            }
        }
        if !self.chain.mempool.has_room(&origin, size) {
            return Err(not_taken(NotTaken::Full));
        }
        // Whoever has seen it may send it again and again: what the ledger can never take is not computed first.
        check_snapshot(entry, state, self.chain.tip().time)?.map_err(refused)?;
        Ok(origin)
    }

    /// Takes an entry in that was checked; says whether it is new.
    pub(crate) fn insert(&self, coming: Coming) -> Result<bool, Refusal> {
        let (entry, last) = (&coming.entry, self.chain.tip().time);
        check_snapshot(entry.entry(), self.chain.state(), last)?.map_err(refused)?;
        // Its turn may come, but nobody keeps it for so long: whoever made it looks at the clock.
        let latest = now().max(last).plus_ms(self.chain.facts().parameters().max_clock_drift_ms);
        Rejection::FromTheFuture.unless(entry.entry().dated() <= latest).map_err(refused)?;
        if let Entry::Request(request, _) = entry.entry() {
            // Also at the end of the time for which it may wait: one that has passed by then would leave no trace either.
            let lack_ms = u64::try_from(MAX_LACK.as_millis()).unwrap_or(u64::MAX);
            Rejection::RequestExpired
                .unless(request.at.max(last).plus_ms(lack_ms) <= request.deadline)
                .map_err(refused)?;
            self.would_be_made(entry)?;
        }
        let hash = entry.hash();
        let is_new = self.chain.mempool.insert(coming).map_err(not_taken)?;
        // It may have been decided since it was looked for: then nothing would take it out again. Nor does what is answered with a fault wait.
        let place = self.chain.views().entry(&hash);
        if !matches!(place, Ok(None)) {
            self.chain.mempool.remove([hash]);
        }
        place?;
        Ok(is_new)
    }

    /// Whether a request would be made now. One that would not lacks nothing that is on its way, and leaves no trace where
    /// it is rejected: whoever signed it could have any number of them looked at in vain.
    fn would_be_made(&self, entry: &VerifiedEntry) -> Result<(), Refusal> {
        match self.chain.foresee(entry)? {
            Judgement::Applies => Ok(()),
            Judgement::NotRun => Err(Refusal::known_fault()),
            Judgement::Lacks(rejection) | Judgement::Impossible(rejection) | Judgement::Never(rejection) => {
                Err(refused(rejection))
            }
        }
    }
}

/// Whether as many of a requestor's and of her organisation's requests as wait, and one more, may be made today. What waits is on its way,
/// and no count has it yet.
fn has_quota(with_one_more: &Quota, waiting: (usize, usize)) -> bool {
    let fits = |count: u32, waiting: usize, most: u32| count as usize + waiting <= most as usize;
    fits(with_one_more.requests.today.count, waiting.0, MAX_REQUESTS_A_DAY)
        && fits(with_one_more.of_organisation.count, waiting.1, MAX_REQUESTS_OF_ORGANISATION_A_DAY)
}

fn not_taken(reason: NotTaken) -> Refusal {
    match reason {
        NotTaken::Full => Refusal::new(Code::MempoolFull, reason.to_string()),
        NotTaken::Refused(rejection) => refused(rejection),
    }
}

#[cfg(test)]
mod tests;
