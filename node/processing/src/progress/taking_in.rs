//! Which requests are taken in: each once, and of all that have not ended so many of one requestor, of one organisation and in all. No
//! organisation takes more than are left free: the last place is taken by one that had none. What has its place is not refused for that.

use super::place::Place;
use super::{Progress, processing};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_ledger::id::{OwnerId, RequestorId};
use medshare_node_refusal::Code;
use medshare_node_store::fault::StoreFault;
use medshare_node_store::private::Unfinished;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use tokio::sync::watch;
use tokio::time::Instant;

/// Requests that may be taken in and not ended at once.
pub const MAX_REQUESTS_UNDER_WAY: usize = 1_000;
/// Of these, those of one organisation's requestors, while so many are free.
pub const MAX_REQUESTS_OF_ORGANISATION: usize = MAX_REQUESTS_UNDER_WAY / 4;
/// Of these, one requestor's.
pub const MAX_REQUESTS_OF_ONE: usize = 8;

/// Whether a request can be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is new, or was refused for what passes.
    New,
    /// It was taken in before, has not ended, and nobody worked on it.
    Again,
    /// It was taken in before, and is left alone until a pause is over.
    Paused,
    /// It is being processed.
    UnderWay,
    /// It has ended: delivered or refused.
    Before,
    /// Too many are under way.
    TooMany,
    /// As many of this requestor's are under way as may be.
    TooManyOfHers,
    /// As many of those whom her organisation registered are under way as may be, or as places are left.
    TooManyOfOrganisation,
}

impl Progress {
    /// Takes a request in, once; again where the network did not decide about it in time, after a pause, or where it was refused for what
    /// passes. The ledger takes one of its blocks. It is stored until it has ended, so that it is taken up again should this node fall.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn begin(&self, request: Hash32, unfinished: &Unfinished) -> Result<Taken, StoreFault> {
        let taken = self.admit(request, unfinished.requestor)?;
        let kept = match taken {
            Taken::New => self.private.put_unfinished(&request, unfinished),
            Taken::Again => self.keep_unfinished(&request, unfinished),
            _ => Ok(()),
        };
        if let Err(fault) = kept {
            match taken {
                Taken::New => drop(self.places().remove(&request)),
                _ => self.set_aside(&request, None),
            }
            return Err(fault);
        }
        Ok(taken)
    }

    /// Stores a request that has its place already. It is stored as a rule, as it was received first; not where a disk that refused how it
    /// ended took that after all.
    fn keep_unfinished(&self, request: &Hash32, unfinished: &Unfinished) -> Result<(), StoreFault> {
        match self.private.unfinished_request(request)? {
            Some(_) => Ok(()),
            None => self.private.put_unfinished(request, unfinished),
        }
    }

    fn admit(&self, request: Hash32, requestor: RequestorId) -> Result<Taken, StoreFault> {
        let (tip, now) = (self.chain.tip().height, Instant::now());
        // One after the other, so that nothing is taken in twice; and disks are read while nobody waits for the places.
        let _admitting = self.admitting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let taken = in_memory(&self.places(), &request, now);
            if matches!(taken, Taken::UnderWay | Taken::Paused) {
                return Ok(taken);
            }
            if self.private.request(&request)?.is_some_and(|status| has_ended(&status)) {
                return Ok(Taken::Before);
            }
            let organisations = self.organisations(requestor);
            let mut places = self.places();
            // One that was left over may have ended meanwhile: then its end is read.
            if in_memory(&places, &request, now) != taken {
                continue;
            }
            if let Some(refused) = too_many(&mut places, taken, requestor, &organisations) {
                return Ok(refused);
            }
            let place = places.entry(request).or_insert_with(|| Place::new(requestor, tip));
            place.organisation = organisations.get(&requestor).copied();
            place.status = Some(watch::Sender::new(processing(&request)));
            if taken == Taken::Again {
                place.pause(now);
            }
            return Ok(taken);
        }
    }

    /// Who registered this requestor, and those who have places and of whom it is not known yet, as far as this node's ledger tells: where a
    /// record cannot be read, nobody knows.
    fn organisations(&self, requestor: RequestorId) -> BTreeMap<RequestorId, OwnerId> {
        let mut wanted = BTreeSet::from([requestor]);
        wanted.extend(self.places().values().filter(|place| place.organisation.is_none()).map(|place| place.requestor));
        wanted.into_iter().filter_map(|requestor| Some((requestor, self.organisation(requestor)?))).collect()
    }

    fn organisation(&self, requestor: RequestorId) -> Option<OwnerId> {
        match self.chain.state().identity(requestor) {
            Ok(record) => record.map(|record| record.identity.organisation),
            Err(error) => {
                if !self.is_fault_told.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "who registered a requestor cannot be read: her requests count for no organisation");
                }
                None
            }
        }
    }
}

/// Whether a request has a place, and is worked on or left alone.
fn in_memory(places: &HashMap<Hash32, Place>, request: &Hash32, now: Instant) -> Taken {
    match places.get(request) {
        Some(known) if known.status.is_some() => Taken::UnderWay,
        Some(known) if known.is_paused(now) => Taken::Paused,
        Some(_) => Taken::Again,
        None => Taken::New,
    }
}

/// Why one more of this requestor's cannot be worked on, where as many are as may be. What was looked up is noted.
fn too_many(
    places: &mut HashMap<Hash32, Place>,
    taken: Taken,
    requestor: RequestorId,
    organisations: &BTreeMap<RequestorId, OwnerId>,
) -> Option<Taken> {
    let organisation = organisations.get(&requestor).copied();
    let (mut all, mut hers, mut its) = (0, 0, 0);
    for other in places.values_mut() {
        other.organisation = other.organisation.or_else(|| organisations.get(&other.requestor).copied());
        // One that was taken in before has its place; a version of before may have taken in more than are worked on.
        if taken == Taken::New || other.status.is_some() {
            all += 1;
            hers += usize::from(other.requestor == requestor);
            its += usize::from(organisation.is_some() && other.organisation == organisation);
        }
    }
    let left = MAX_REQUESTS_UNDER_WAY.saturating_sub(all);
    // The last places are kept for those who have none: not from one that has its place.
    let part = if taken == Taken::New { MAX_REQUESTS_OF_ORGANISATION.min(left) } else { MAX_REQUESTS_OF_ORGANISATION };
    if left == 0 {
        Some(Taken::TooMany)
    } else if hers >= MAX_REQUESTS_OF_ONE {
        Some(Taken::TooManyOfHers)
    } else if its >= part {
        Some(Taken::TooManyOfOrganisation)
    } else {
        None
    }
}

/// Whether nothing that passes ended a request, so that it is not taken in again.
fn has_ended(status: &RequestStatus) -> bool {
    match status.state {
        RequestState::Processing | RequestState::Undecided => false,
        RequestState::Delivered => true,
        RequestState::Refused => status.error.as_ref().is_none_or(|error| Code::is_final_word(&error.code)),
    }
}
