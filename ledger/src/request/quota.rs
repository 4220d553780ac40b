//! How many requests may be made on a day.

use super::{MAX_REQUESTS_A_DAY, MAX_REQUESTS_OF_ORGANISATION_A_DAY};
use crate::id::{OwnerId, RequestorId, Timestamp};
use crate::rejection::Rejection;
use crate::state::{DayCount, RequestsRecord, StateFault, StateView};

/// What stands in the state of a requestor's and her organisation's requests, with one more of today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Hers; its chain is still without the new one.
    pub requests: RequestsRecord,
    /// Who registered her.
    pub organisation: OwnerId,
    /// Its requestors'.
    pub of_organisation: DayCount,
}

impl Quota {
    /// With one more request of `requestor` at `now`: what may be asked before anything dear is done.
    ///
    /// # Errors
    /// [`StateFault`] when the state cannot be read; within, [`Rejection::UnknownRequestor`], or [`Rejection::TooManyRequests`] of hers or
    /// of her organisation's.
    pub fn with_one_more(
        state: StateView<'_>,
        requestor: RequestorId,
        now: Timestamp,
    ) -> Result<Result<Self, Rejection>, StateFault> {
        let Some(registered) = state.identity(requestor)? else { return Ok(Err(Rejection::UnknownRequestor)) };
        let organisation = registered.identity.organisation;
        let requests = state.requests(requestor)?.unwrap_or_default();
        let of_organisation = state.requests_of_organisation(organisation)?.unwrap_or_default();
        let today = requests.today.once_more(now, MAX_REQUESTS_A_DAY);
        let organisations = of_organisation.once_more(now, MAX_REQUESTS_OF_ORGANISATION_A_DAY);
        let (Some(today), Some(of_organisation)) = (today, organisations) else {
            return Ok(Err(Rejection::TooManyRequests));
        };
        Ok(Ok(Self { requests: RequestsRecord { today, ..requests }, organisation, of_organisation }))
    }
}
