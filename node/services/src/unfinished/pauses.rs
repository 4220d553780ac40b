//! How long a request is left alone between two attempts: each is work for this node and for a second one, and the network may go on
//! without deciding for as long as the request may be answered, which is up to 30 days.

use medshare_crypto::hash::Hash32;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// Before the second attempt; before each one after it twice as long.
const FIRST: Duration = Duration::from_secs(2);
/// Longest pause: so late at most a network that decides again is noticed.
const LONGEST: Duration = Duration::from_secs(60);
/// How long after its end a pause is known, for the one after it to be longer: an attempt takes a while.
const REMEMBERED: Duration = Duration::from_secs(600);

/// The pauses of the requests that were taken up.
#[derive(Default)]
pub struct Pauses(HashMap<Hash32, Pause>);

struct Pause {
    length: Duration,
    until: Instant,
}

impl Pauses {
    /// Whether a request may be taken up at this moment.
    pub fn is_over(&self, request: &Hash32, now: Instant) -> bool {
        self.0.get(request).is_none_or(|pause| pause.until <= now)
    }

    /// Notes that a request was taken up: it is left alone for longer than the time before.
    pub fn taken_up(&mut self, request: Hash32, now: Instant) {
        self.0.retain(|_, pause| now.saturating_duration_since(pause.until) < REMEMBERED);
        let length = self.0.get(&request).map_or(FIRST, |pause| pause.length.saturating_mul(2).min(LONGEST));
        self.0.insert(request, Pause { length, until: now + length });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_stays_undecided_is_taken_up_ever_more_seldom_and_never_given_up() {
        let (request, other) = (Hash32::from_bytes([1; 32]), Hash32::from_bytes([2; 32]));
        let (mut pauses, mut now) = (Pauses::default(), Instant::now());
        let mut seconds = Vec::new();
        for _ in 0..7 {
            assert!(pauses.is_over(&request, now));
            pauses.taken_up(request, now);
            let began = now;
            while !pauses.is_over(&request, now) {
                now += Duration::from_secs(1);
            }
            seconds.push((now - began).as_secs());
        }
        assert_eq!(seconds, [2, 4, 8, 16, 32, 60, 60]);
        pauses.taken_up(request, now);
        assert!(pauses.is_over(&other, now), "each has its own");
        now += LONGEST + REMEMBERED;
        pauses.taken_up(other, now);
        assert_eq!(pauses.0.len(), 1, "what ended long ago is forgotten");
    }
}
