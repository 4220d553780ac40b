//! The place of a request that was taken in and has not ended: whose it is, whether it is worked on, and when it is taken up again.
//!
//! Each attempt is work for this node and for a second one, and the network may go on without deciding for as long as the request may be
//! answered, which is up to 30 days: between attempts there are pauses that grow.

use medshare_exchange::api::RequestStatus;
use medshare_ledger::id::{Height, OwnerId, RequestorId};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Before the second attempt; before each one after it twice as long.
const FIRST: Duration = Duration::from_secs(2);
/// Longest pause: so late at most a network that decides again is noticed.
const LONGEST: Duration = Duration::from_secs(60);

/// A request's place.
pub(super) struct Place {
    /// Who asks.
    pub(super) requestor: RequestorId,
    /// Who registered her, once that was looked up: where the ledger is still to be fetched, nobody knows.
    pub(super) organisation: Option<OwnerId>,
    /// While it is worked on.
    pub(super) status: Option<watch::Sender<RequestStatus>>,
    /// Where the ledger was when the work on it last ended, or when this node started.
    pub(super) set_aside_at: Height,
    /// Since it was first taken up again.
    pause: Option<Pause>,
}

struct Pause {
    length: Duration,
    until: Instant,
}

impl Place {
    /// Of a request that nobody works on.
    pub(super) const fn new(requestor: RequestorId, set_aside_at: Height) -> Self {
        Self { requestor, organisation: None, status: None, set_aside_at, pause: None }
    }

    /// Whether it is left alone at this moment.
    pub(super) fn is_paused(&self, now: Instant) -> bool {
        self.pause.as_ref().is_some_and(|pause| pause.until > now)
    }

    /// Notes that it was taken up: it is left alone for longer than the time before.
    pub(super) fn pause(&mut self, now: Instant) {
        let length = self.pause.as_ref().map_or(FIRST, |pause| pause.length.saturating_mul(2).min(LONGEST));
        self.pause = Some(Pause { length, until: now + length });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_stays_undecided_is_taken_up_ever_more_seldom_and_never_given_up() {
        let (mut place, mut now) = (Place::new(RequestorId::from_bytes([1; 16]), Height(1)), Instant::now());
        let mut seconds = Vec::new();
        for _ in 0..7 {
            assert!(!place.is_paused(now));
            place.pause(now);
            let began = now;
            while place.is_paused(now) {
                now += Duration::from_secs(1);
            }
            seconds.push((now - began).as_secs());
        }
        assert_eq!(seconds, [2, 4, 8, 16, 32, 60, 60]);
    }
}
