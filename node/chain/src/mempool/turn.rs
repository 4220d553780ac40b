//! One waiting entry, and how a proposer stands to it.

use super::bounds::{LEAST_ROOM, MAX_LACK, SHORT_LACK};
use super::need::Need;
use super::place::Place;
use super::source::Origin;
use super::urgency::says_urgent;
use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::id::Height;
use medshare_ledger::rejection::{Prospect, Rejection};
use std::time::{Duration, Instant};

/// How a proposer stands to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Not looked at since something changed.
    Fresh,
    /// To be looked at again, but worth no height of its own.
    Again,
    /// Looked at: it does not apply before it has what it needs.
    Lacks(Lack),
    /// It will not apply. It waits for a place in the history, where everybody finds that it was rejected.
    Hopeless,
}

/// What keeps an entry from applying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// What has to come onto the ledger.
    pub need: Need,
    /// The rule that it would break now. None, where it may apply once that is there: then it waits as long as everything.
    rejection: Option<Rejection>,
}

impl Lack {
    /// An entry needs this, and would break a rule without it: it is given up when that takes too long.
    #[must_use]
    pub const fn of(need: Need, rejection: Rejection) -> Self {
        Self { need, rejection: Some(rejection) }
    }

    /// An entry needs this, and nothing else is known to be wrong with it.
    #[must_use]
    pub const fn but_sound(need: Need) -> Self {
        Self { need, rejection: None }
    }
}

impl Turn {
    pub(super) const fn need(&self) -> Option<&Need> {
        match self {
            Self::Lacks(lack) => Some(&lack.need),
            Self::Fresh | Self::Again | Self::Hopeless => None,
        }
    }
}

/// Whether an entry goes before others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// It says so of itself.
    Said,
    /// The state bears it out.
    Borne,
    /// It does not.
    No,
}

impl Urgency {
    fn of(entry: &VerifiedEntry) -> Self {
        if says_urgent(entry.entry()) { Self::Said } else { Self::No }
    }
}

pub(super) struct Waiting {
    pub(super) entry: VerifiedEntry,
    pub(super) origin: Origin,
    pub(super) place: Option<Place>,
    pub(super) urgency: Urgency,
    pub(super) arrived: Instant,
    pub(super) turn: Turn,
    /// Whether it was looked at in vain: what was not goes before it.
    pub(super) was_vain: bool,
    /// The height behind which it was judged last.
    pub(super) judged: Option<Height>,
    /// What it lacks, other than its place.
    pub(super) lacking: Option<Lacking>,
}

/// Something that an entry lacks, and since when. The clock is this lack's: what was lacked before and came is no reason to be given up
/// for what is lacked now.
pub(super) struct Lacking {
    rejection: Rejection,
    /// Not known where the state alone was asked.
    need: Option<Need>,
    pub(super) since: Instant,
}

impl Lacking {
    fn is_for(&self, rejection: Rejection, need: Option<&Need>) -> bool {
        let is_same_need = self.need.as_ref().zip(need).is_none_or(|(known, need)| known == need);
        self.rejection == rejection && is_same_need
    }
}

impl Waiting {
    pub(super) fn new(entry: VerifiedEntry, origin: Origin, place: Option<Place>) -> Self {
        Self {
            urgency: Urgency::of(&entry),
            entry,
            origin,
            place,
            arrived: Instant::now(),
            turn: Turn::Fresh,
            was_vain: false,
            judged: None,
            lacking: None,
        }
    }

    pub(super) fn room(&self) -> usize {
        self.entry.size().max(LEAST_ROOM)
    }

    pub(super) fn is_urgent(&self) -> bool {
        self.urgency == Urgency::Borne
    }

    /// Changes the turn; returns the one before.
    pub(super) fn turn_to(&mut self, turn: Turn) -> Turn {
        match &turn {
            Turn::Fresh => self.urgency = Urgency::of(&self.entry),
            Turn::Lacks(Lack { rejection: None, .. }) => {
                self.was_vain = true;
                self.lacking = None;
            }
            Turn::Lacks(Lack { need, rejection: Some(rejection) }) => {
                self.was_vain = true;
                self.note_lack(*rejection, Some(need));
            }
            Turn::Hopeless => self.was_vain = true,
            Turn::Again => {}
        }
        std::mem::replace(&mut self.turn, turn)
    }

    fn note_lack(&mut self, rejection: Rejection, need: Option<&Need>) {
        match &mut self.lacking {
            Some(lacking) if lacking.is_for(rejection, need) => lacking.need = lacking.need.take().or(need.cloned()),
            lacking => *lacking = Some(Lacking { rejection, need: need.cloned(), since: Instant::now() }),
        }
    }

    /// Notes that it breaks this rule now; says whether it has for too long.
    pub(super) fn lacks(&mut self, rejection: Rejection) -> bool {
        self.note_lack(rejection, None);
        self.has_lacked_for(patience(rejection))
    }

    /// Notes that it lacks nothing.
    pub(super) fn applies(&mut self) {
        self.lacking = None;
    }

    /// What it has lacked for too long.
    pub(super) fn overdue(&self) -> Option<Rejection> {
        let is_to_lack = matches!(self.turn, Turn::Lacks(_) | Turn::Again);
        let rejection = self.lacking.as_ref().filter(|_| is_to_lack)?.rejection;
        self.has_lacked_for(patience(rejection)).then_some(rejection)
    }

    fn has_lacked_for(&self, limit: Duration) -> bool {
        self.lacking.as_ref().is_some_and(|lacking| lacking.since.elapsed() >= limit)
    }
}

/// How long an entry waits that breaks this rule now.
const fn patience(rejection: Rejection) -> Duration {
    match rejection.prospect() {
        Prospect::Later => MAX_LACK,
        Prospect::Soon | Prospect::Never => SHORT_LACK,
    }
}
