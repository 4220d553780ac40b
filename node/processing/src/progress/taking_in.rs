//! Which requests are taken in: each once, and of all that have not ended so many of one requestor, of one organisation and in all. No
//! organisation has more than are left free: the last place is taken by one that had none.

use super::place::Place;
use super::{Progress, processing};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_ledger::id::{OwnerId, RequestorId};
use medshare_node_refusal::{Code, Refusal};
use medshare_node_store::fault::StoreFault;
use medshare_node_store::private::Unfinished;
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
    /// [`Refusal`] when the store cannot be read or written, or the ledger not be read.
    pub fn begin(&self, request: Hash32, unfinished: &Unfinished) -> Result<Taken, Refusal> {
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
            return Err(fault.into());
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

    fn admit(&self, request: Hash32, requestor: RequestorId) -> Result<Taken, Refusal> {
        let (tip, now) = (self.chain.tip().height, Instant::now());
        let mut places = self.places();
        let taken = match places.get(&request) {
            Some(known) if known.status.is_some() => return Ok(Taken::UnderWay),
            Some(known) if known.is_paused(now) => return Ok(Taken::Paused),
            Some(_) => Taken::Again,
            None => Taken::New,
        };
        if self.private.request(&request)?.is_some_and(|status| has_ended(&status)) {
            return Ok(Taken::Before);
        }
        let organisation = self.organisation(requestor)?;
        let (mut all, mut hers, mut its) = (0, 0, 0);
        for other in places.values_mut() {
            if other.organisation.is_none() {
                other.organisation = self.organisation(other.requestor)?;
            }
            // One that was taken in before has its place; a version of before may have taken in more than are worked on.
            if taken == Taken::New || other.status.is_some() {
                all += 1;
                hers += usize::from(other.requestor == requestor);
                its += usize::from(organisation.is_some() && other.organisation == organisation);
            }
        }
        let left = MAX_REQUESTS_UNDER_WAY.saturating_sub(all);
        if left == 0 {
            return Ok(Taken::TooMany);
        }
        if hers >= MAX_REQUESTS_OF_ONE {
            return Ok(Taken::TooManyOfHers);
        }
        if its >= MAX_REQUESTS_OF_ORGANISATION.min(left) {
            return Ok(Taken::TooManyOfOrganisation);
        }
        let place = places.entry(request).or_insert_with(|| Place::new(requestor, tip));
        place.organisation = organisation;
        place.status = Some(watch::Sender::new(processing(&request)));
        if taken == Taken::Again {
            place.pause(now);
        }
        Ok(taken)
    }

    /// Who registered a requestor, as far as this node's ledger tells.
    fn organisation(&self, requestor: RequestorId) -> Result<Option<OwnerId>, Refusal> {
        Ok(self.chain.state().identity(requestor)?.map(|record| record.identity.organisation))
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
