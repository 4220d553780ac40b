//! Which requests are taken in: each once, and of all that have not ended so many of one requestor, of one organisation and in all.

use super::place::Place;
use super::{Progress, processing};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_ledger::id::{OwnerId, RequestorId};
use medshare_node_chain::{Chain, ChainError};
use medshare_node_refusal::Code;
use medshare_node_store::private::Unfinished;
use tokio::sync::watch;
use tokio::time::Instant;

/// Requests that may be taken in and not ended at once.
pub const MAX_REQUESTS_UNDER_WAY: usize = 1_000;
/// Of these, those of one organisation's requestors.
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
    /// As many of those whom her organisation registered are under way as may be.
    TooManyOfOrganisation,
}

impl Progress {
    /// Takes a request in, once; again where the network did not decide about it in time, after a pause, or where it was refused for what
    /// passes. The ledger takes one of its blocks. It is stored until it has ended, so that it is taken up again should this node fall.
    ///
    /// # Errors
    /// When the store cannot be read or written, or the ledger not be read.
    pub fn begin(&self, request: Hash32, unfinished: &Unfinished) -> Result<Taken, ChainError> {
        let taken = self.admit(request, unfinished.requestor)?;
        if taken == Taken::New
            && let Err(fault) = self.private.put_unfinished(&request, unfinished)
        {
            self.places().remove(&request);
            return Err(fault.into());
        }
        Ok(taken)
    }

    fn admit(&self, request: Hash32, requestor: RequestorId) -> Result<Taken, ChainError> {
        let (tip, organisation) = (self.chain.tip().height, organisation(&self.chain, requestor)?);
        let mut places = self.places();
        let known = places.get(&request);
        if known.is_some_and(|known| known.status.is_some()) {
            return Ok(Taken::UnderWay);
        }
        if known.is_some_and(|known| known.is_paused(Instant::now())) {
            return Ok(Taken::Paused);
        }
        // One that was taken in before has its place; a version of before may have taken in more than are worked on.
        let taken = if known.is_some() { Taken::Again } else { Taken::New };
        if taken == Taken::New && self.private.request(&request)?.is_some_and(|status| has_ended(&status)) {
            return Ok(Taken::Before);
        }
        let count = |counts: &dyn Fn(&Place) -> bool| {
            places.values().filter(|other| taken == Taken::New || other.status.is_some()).filter(|o| counts(o)).count()
        };
        if count(&|_| true) >= MAX_REQUESTS_UNDER_WAY {
            return Ok(Taken::TooMany);
        }
        if count(&|other| other.requestor == requestor) >= MAX_REQUESTS_OF_ONE {
            return Ok(Taken::TooManyOfHers);
        }
        let of_organisation = |other: &Place| organisation.is_some() && other.organisation == organisation;
        if count(&of_organisation) >= MAX_REQUESTS_OF_ORGANISATION {
            return Ok(Taken::TooManyOfOrganisation);
        }
        let place = places.entry(request).or_insert_with(|| Place::new(requestor, organisation, tip));
        place.status = Some(watch::Sender::new(processing(&request)));
        if taken == Taken::Again {
            place.pause(Instant::now());
        }
        Ok(taken)
    }
}

/// Who registered a requestor, as far as this node's ledger tells.
pub(super) fn organisation(chain: &Chain, requestor: RequestorId) -> Result<Option<OwnerId>, ChainError> {
    Ok(chain.state().identity(requestor)?.map(|record| record.identity.organisation))
}

/// Whether nothing that passes ended a request, so that it is not taken in again.
fn has_ended(status: &RequestStatus) -> bool {
    match status.state {
        RequestState::Processing | RequestState::Undecided => false,
        RequestState::Delivered => true,
        RequestState::Refused => status.error.as_ref().is_none_or(|error| Code::is_final_word(&error.code)),
    }
}
