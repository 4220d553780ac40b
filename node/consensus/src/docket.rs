//! Proposed batches that are being checked, and those that wait for it.
//!
//! A check may take half a second of a processor, and whoever proposes decides when it is asked for. So nothing waits for one but the
//! vote on that batch. Of each proposer one is checked at a time, and of rounds that are not under way one fewer than may be at all: what
//! one has this node check does not keep it from what another one proposes. Three liars, of ten validators or more, can take all places
//! with their batches of this height and of the one before: then a proposal waits until one of these checks ends.

use std::future::poll_fn;
use std::task::Poll;

use bytes::Bytes;
use medshare_ledger::id::Height;

use super::application::{Checking, Verdict};
use super::fault::Fault;
use super::limits::{MAX_CHECKS, MAX_CHECKS_OF_OTHER_ROUNDS};
use super::part::Opening;
use super::undecided::Proposed;

/// A proposal of which the bytes give the announced hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Case {
    /// What is proposed.
    pub(super) proposed: Proposed,
    /// Under which signature it came.
    pub(super) opening: Opening,
    /// The batch.
    pub(super) bytes: Bytes,
}

impl Case {
    fn turn(&self) -> (Height, u32) {
        (self.proposed.height, self.proposed.round)
    }
}

struct Running {
    case: Case,
    checking: Checking,
}

/// The proposals of the height under way of which it is not known whether they are valid.
#[derive(Default)]
pub(super) struct Docket {
    waiting: Vec<Case>,
    running: Vec<Running>,
}

impl Docket {
    /// Keeps a proposal until its check begins.
    pub(super) fn file(&mut self, case: Case) {
        self.waiting.push(case);
    }

    /// Takes the proposal whose check may begin now, if one may, while `turn` is the height and round under way: of those of that
    /// round the one that came first, else of the latest round.
    ///
    /// Of one batch one check is enough: a further proposal of it waits for what comes of that.
    pub(super) fn next(&mut self, turn: (Height, u32)) -> Option<Case> {
        let may_begin = |case: &Case| {
            let limit = if case.turn() == turn { MAX_CHECKS } else { MAX_CHECKS_OF_OTHER_ROUNDS };
            let waits_for = |running: &Running| {
                let (running, waiting) = (&running.case.proposed, &case.proposed);
                (running.height, running.proposer) == (waiting.height, waiting.proposer) || running.hash == waiting.hash
            };
            self.running.len() < limit && !self.running.iter().any(waits_for)
        };
        let free = self.waiting.iter().enumerate().filter(|(_, case)| may_begin(case));
        let (index, _) = free.rev().max_by_key(|(_, case)| (case.turn() == turn, case.turn()))?;
        Some(self.waiting.remove(index))
    }

    /// Takes note that the check of a proposal has begun.
    pub(super) fn begin(&mut self, case: Case, checking: Checking) {
        self.running.push(Running { case, checking });
    }

    /// Waits for the end of a check; for ever when none is running.
    pub(super) async fn ended(&mut self) -> (Case, Result<Verdict, Fault>) {
        poll_fn(|context| {
            for index in 0..self.running.len() {
                let checked = self.running.get_mut(index).map(|running| running.checking.as_mut().poll(context));
                if let Some(Poll::Ready(checked)) = checked {
                    return Poll::Ready((self.running.swap_remove(index).case, checked));
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Drops what waits, because its height is decided. What is being checked counts until it ends.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::proposals;
    use crate::testing::opening;
    use medshare_crypto::hash::sha256;

    const HEIGHT: Height = Height(6);

    fn case(height: Height, round: u32, batch: &'static [u8]) -> Case {
        let opening = opening(height, round, round as u8 % 4, batch);
        Case { proposed: proposals::proposed(&opening), opening, bytes: Bytes::from_static(batch) }
    }

    /// Begins what may begin in a round; answers which rounds that was.
    fn begin(docket: &mut Docket, height: Height, round: u32) -> Vec<u32> {
        let mut begun = Vec::new();
        while let Some(case) = docket.next((height, round)) {
            begun.push(case.proposed.round);
            docket.begin(case, Box::pin(std::future::pending()));
        }
        begun
    }

    #[test]
    fn the_round_under_way_is_checked_whatever_is_being_checked_of_others() {
        let mut docket = Docket::default();
        for (round, batch) in [(0, &b"a"[..]), (0, b"b"), (1, b"c"), (2, b"d"), (3, b"e")] {
            docket.file(case(HEIGHT, round, batch));
        }
        assert_eq!(begin(&mut docket, HEIGHT, 1), [1, 3, 2]);
        docket.file(case(HEIGHT, 4, b"f"));
        assert_eq!(begin(&mut docket, HEIGHT, 4), [4]);
    }

    #[test]
    fn checks_of_a_height_that_was_decided_count_until_they_end() {
        let mut docket = Docket::default();
        for (round, batch) in [(0, &b"a"[..]), (1, b"b"), (2, b"c"), (3, b"d")] {
            docket.file(case(HEIGHT, round, batch));
        }
        assert_eq!(begin(&mut docket, HEIGHT, 2), [2, 3, 1]);
        docket.clear();
        docket.file(case(HEIGHT.next(), 0, b"e"));
        docket.file(case(HEIGHT.next(), 1, b"f"));
        assert_eq!(begin(&mut docket, HEIGHT.next(), 0), [0]);
        assert!(begin(&mut docket, HEIGHT.next(), 1).is_empty());
    }

    #[tokio::test]
    async fn one_of_a_proposer_and_one_of_a_batch_is_checked_at_a_time() {
        let mut docket = Docket::default();
        for (round, batch) in [(0, &b"a"[..]), (0, b"b"), (1, b"a")] {
            docket.file(case(HEIGHT, round, batch));
        }
        let first = docket.next((HEIGHT, 0)).unwrap();
        assert_eq!(first, case(HEIGHT, 0, b"a"));
        docket.begin(first.clone(), Box::pin(async { Ok(Verdict::Valid(sha256(b"a"))) }));
        assert_eq!(docket.next((HEIGHT, 0)), None);
        assert_eq!(docket.ended().await, (first, Ok(Verdict::Valid(sha256(b"a")))));
        assert_eq!(begin(&mut docket, HEIGHT, 0), [0, 1]);
    }
}
