//! Which of the waiting entries are proposed, and in which order.
//!
//! Only what applies is proposed, so that no place in the history is taken by an entry that came too early or lost a race. Nobody
//! demands that of a proposer; it is what honest ones do. With the room that is left go entries that people signed and that will never
//! apply, a few in each batch: once the history says that they were rejected, nobody can have them decided at a better time.
//!
//! Whoever floods a node makes it look, not more: a look is paid from a budget whether it is the first one or a repeated one, what was
//! looked at in vain waits for what it lacks, and the time for putting a batch together is bounded.

use super::{Behind, Hindrance, Judgement, attempt};
use crate::execute::ExecuteError;
use crate::mempool::{Lack, Mempool, Need, Source, is_urgent};
use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::{MAX_BATCH_ENTRIES, Room};
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::execution::Run;
use medshare_ledger::id::Timestamp;
use medshare_ledger::rejection::{Prospect, Rejection};
use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::time::Instant;

/// Most entries taken up for one batch.
const MAX_CANDIDATES: usize = 2 * MAX_BATCH_ENTRIES;
/// How many sources have a part of their own in a batch before anybody has more.
const SOURCE_PARTS: usize = 4;
/// Most executions of entries for one batch.
const MAX_ATTEMPTS: usize = 3 * MAX_BATCH_ENTRIES;
/// Most entries that are looked at because something came that they lacked; of more, all have their turn once it was decided. So many
/// forks behind one block do not use the budget up.
const MAX_FOLLOWERS: usize = 64;
/// Most entries for one batch of which it is found out whether they are as urgent as they say.
const MAX_EXAMINED: usize = 256;
/// Most entries in one batch that are there to be rejected.
const MAX_RECORDED: usize = MAX_BATCH_ENTRIES / 16;
/// Most of them of one source.
pub(super) const MAX_RECORDED_OF_SOURCE: usize = 8;
/// Most bytes of them.
const MAX_RECORDED_BYTES: usize = medshare_ledger::batch::MAX_BATCH_BYTES / 16;

const _: () = assert!(
    medshare_ledger::entry::MAX_CONTRACT_BYTES + 1_024 < MAX_RECORDED_BYTES,
    "whatever is rejected can be recorded"
);

/// What is proposed.
pub struct Chosen {
    /// The entries, in the order in which they apply.
    pub entries: Vec<VerifiedEntry>,
    /// How often one was executed to find that out.
    pub attempts: usize,
}

impl Behind<'_> {
    /// The waiting entries that apply, in the order in which they do, and behind them some that never will; no more than there is time
    /// for until `until`. What lacks something is left until that is there.
    ///
    /// # Errors
    /// [`ExecuteError`] when this node cannot execute.
    pub fn choose(&self, mempool: &Mempool, now: Timestamp, until: Instant) -> Result<Chosen, ExecuteError> {
        let shift = usize::try_from(self.tip.height.0).unwrap_or_default();
        for entry in mempool.to_examine(shift, MAX_EXAMINED) {
            mempool.examined(&entry.hash(), is_urgent(entry.entry(), self.state())?);
        }
        let mut proposal = Proposal {
            behind: self,
            mempool,
            now,
            until,
            run: self.run(now),
            room: Room::new(),
            parts: Some(BTreeMap::new()),
            spared: Vec::new(),
            entries: Vec::new(),
            hashes: HashSet::new(),
            attempts: 0,
            host_failed: false,
        };
        proposal.look_at(mempool.candidates(shift, MAX_CANDIDATES))?;
        proposal.parts = None;
        let spared = std::mem::take(&mut proposal.spared);
        proposal.look_at(spared)?;
        proposal.record_rejected(shift)?;
        let Proposal { entries, hashes, attempts, .. } = proposal;
        mempool.chosen(hashes);
        Ok(Chosen { entries, attempts })
    }
}

struct Proposal<'a> {
    behind: &'a Behind<'a>,
    mempool: &'a Mempool,
    now: Timestamp,
    until: Instant,
    run: Run<'a>,
    room: Room,
    /// What is left of each source's part of the batch, as long as not all sources were looked at.
    parts: Option<BTreeMap<Source, Room>>,
    /// What its source has no part left for: it has the room that the others leave.
    spared: Vec<VerifiedEntry>,
    entries: Vec<VerifiedEntry>,
    hashes: HashSet<Hash32>,
    attempts: usize,
    /// Whether the contract host failed, which is told once.
    host_failed: bool,
}

impl Proposal<'_> {
    /// Looks at entries until batch, budget or time are at their end.
    fn look_at(&mut self, entries: Vec<VerifiedEntry>) -> Result<(), ExecuteError> {
        for entry in entries {
            if !self.look_with_followers(entry)? {
                break;
            }
        }
        Ok(())
    }

    /// Whether an entry's source has a part of the batch left for it, which a look at it takes. So a chain of followers, or a few entries
    /// that weigh much, take no more of a batch than their source would by turns.
    fn has_part(&mut self, entry: &VerifiedEntry) -> bool {
        let Some(parts) = &mut self.parts else { return true };
        parts.entry(Source::of(entry.entry())).or_insert_with(|| Room::part(SOURCE_PARTS)).take(entry)
    }

    /// Looks at an entry and at those that waited for what it brings; false when batch, budget or time are at their end.
    fn look_with_followers(&mut self, entry: VerifiedEntry) -> Result<bool, ExecuteError> {
        let mut next = vec![entry];
        while let Some(entry) = next.pop() {
            if self.hashes.contains(&entry.hash()) {
                continue;
            }
            if self.room.is_full() || self.attempts >= MAX_ATTEMPTS || Instant::now() >= self.until {
                return Ok(false);
            }
            // What does not fit waits for the next batch; what is lighter may fit.
            if !self.room.fits(&entry) {
                continue;
            }
            if !self.has_part(&entry) {
                self.spared.push(entry);
                continue;
            }
            self.attempts += 1;
            match attempt(&mut self.run, &entry)? {
                Ok(()) => {
                    let brought = Need::brought_by(entry.entry(), self.run.state())?;
                    self.choose(entry);
                    let followers = brought.iter().map(|need| self.mempool.lacking(need, MAX_FOLLOWERS));
                    next.extend(followers.flat_map(|waiting| waiting.into_iter().rev()));
                }
                Err(hindrance) => self.turn_away(&entry, hindrance)?,
            }
        }
        Ok(true)
    }

    fn choose(&mut self, entry: VerifiedEntry) {
        self.room.take(&entry);
        self.hashes.insert(entry.hash());
        self.entries.push(entry);
    }

    /// An entry does not apply behind those that were chosen. What an undecided batch makes impossible is not impossible yet: the
    /// executed state says.
    fn turn_away(&mut self, entry: &VerifiedEntry, hindrance: Hindrance) -> Result<(), ExecuteError> {
        let hash = entry.hash();
        if let Some(reason) = self.behind.impossible(entry)? {
            self.mempool.refuse(&hash, reason);
            return Ok(());
        }
        let rejection = match hindrance {
            Hindrance::Rule(rejection) => rejection,
            Hindrance::Host(fault) => {
                self.put_off(&hash, &*fault);
                return Ok(());
            }
        };
        let rejection = if self.entries.is_empty() || is_of_what_is_missing(rejection) {
            rejection
        } else {
            self.attempts += 1;
            match attempt(&mut self.behind.run(self.now), entry)? {
                Ok(()) => {
                    self.mempool.leave(&hash);
                    return Ok(());
                }
                Err(Hindrance::Host(fault)) => {
                    self.put_off(&hash, &*fault);
                    return Ok(());
                }
                Err(Hindrance::Rule(rejection)) => rejection,
            }
        };
        if rejection.prospect() == Prospect::Never {
            self.mempool.despair(&hash, rejection);
            return Ok(());
        }
        let need = Need::of(entry.entry(), rejection, self.run.state())?;
        let lack = if is_of_its_place(rejection) {
            self.attempts += 1;
            match self.behind.judge(entry, self.now)? {
                Judgement::Applies | Judgement::NotRun => Lack::but_sound(need),
                Judgement::Lacks(rejection) => Lack::of(need, rejection),
                Judgement::Never(rejection) | Judgement::Impossible(rejection) => {
                    self.mempool.despair(&hash, rejection);
                    return Ok(());
                }
            }
        } else {
            Lack::of(need, rejection)
        };
        self.mempool.park(&hash, lack);
        Ok(())
    }

    /// Leaves an entry that this node cannot run for its next height: behind what it can, and no longer than anything waits.
    fn put_off(&mut self, hash: &Hash32, fault: &(dyn Error + Send + Sync)) {
        if !std::mem::replace(&mut self.host_failed, true) {
            tracing::error!(%fault, "the contract host failed on an entry that waits; it is left for the next height");
        }
        self.mempool.park(hash, Lack::but_sound(Need::Time));
    }

    /// Adds some of what people signed and will not apply, as far as there is room.
    fn record_rejected(&mut self, shift: usize) -> Result<(), ExecuteError> {
        let mut bytes = MAX_RECORDED_BYTES;
        for entry in self.mempool.hopeless(shift, MAX_RECORDED, MAX_RECORDED_OF_SOURCE) {
            let fits = entry.size() <= bytes && self.room.fits(&entry);
            if !fits || self.hashes.contains(&entry.hash()) {
                continue;
            }
            if let Some(reason) = self.behind.impossible(&entry)? {
                self.mempool.refuse(&entry.hash(), reason);
                continue;
            }
            self.attempts += 1;
            if let Err(Hindrance::Host(fault)) = attempt(&mut self.run, &entry)? {
                self.put_off(&entry.hash(), &*fault);
                continue;
            }
            bytes -= entry.size();
            self.room.take(&entry);
            self.entries.push(entry);
        }
        Ok(())
    }
}

/// Whether an entry is rejected for something that is not on the ledger. What is missing behind the chosen entries is missing without
/// them as well.
const fn is_of_what_is_missing(rejection: Rejection) -> bool {
    matches!(
        rejection,
        Rejection::FromTheFuture
            | Rejection::UnknownRequestor
            | Rejection::UnknownAttribute
            | Rejection::UnknownContract
            | Rejection::UnknownParent
            | Rejection::UnknownRequest
            | Rejection::UnknownLease
            | Rejection::UnknownPredecessor
    )
}

/// Whether a block is rejected for its predecessor alone, so far.
const fn is_of_its_place(rejection: Rejection) -> bool {
    matches!(rejection, Rejection::ThreadHeadMoved | Rejection::SideChainMoved)
}
