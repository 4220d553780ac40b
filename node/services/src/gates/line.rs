//! A line in which everybody's turn comes after everybody else's.

use std::collections::{BTreeMap, VecDeque};

/// Those who wait: by who they are, and each one's by whose signature is claimed. What is claimed divides what one has, and gives nobody
/// more.
pub(super) struct Line<K, S, W> {
    /// The first is the next.
    parties: VecDeque<Party<K, S, W>>,
    most: usize,
    waiting: usize,
}

struct Party<K, S, W> {
    who: K,
    /// Round of the last turn.
    round: u64,
    waiting: BTreeMap<Place, (S, W)>,
}

/// Round, and number of arrival.
type Place = (u64, u64);

impl<K: Eq, S: Eq, W> Line<K, S, W> {
    /// At most so many wait.
    pub(super) fn new(most: usize) -> Self {
        Self { parties: VecDeque::new(), most, waiting: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting
    }

    /// Takes somebody in who came with this number. Where the line is full, whoever has most waiting in it gives up the last place to
    /// whoever has less; else the newcomer is not taken in.
    pub(super) fn join(&mut self, who: K, signer: S, number: u64, waiter: W) -> Result<(), W> {
        if self.waiting >= self.most && !self.make_room(&who, &signer) {
            return Err(waiter);
        }
        let at = self.parties.iter().position(|party| party.who == who).unwrap_or_else(|| {
            self.parties.push_back(Party { who, round: 0, waiting: BTreeMap::new() });
            self.parties.len() - 1
        });
        let Some(party) = self.parties.get_mut(at) else { return Err(waiter) };
        let place = (party.round_of(&signer), number);
        party.waiting.insert(place, (signer, waiter));
        self.waiting += 1;
        Ok(())
    }

    /// Whoever has the next turn.
    pub(super) fn next(&mut self) -> Option<W> {
        let mut party = self.parties.pop_front()?;
        let ((round, _), (_, waiter)) = party.waiting.pop_first()?;
        self.waiting -= 1;
        party.round = round;
        if !party.waiting.is_empty() {
            self.parties.push_back(party);
        }
        Some(waiter)
    }

    /// Lets somebody go who waits no longer.
    pub(super) fn leave(&mut self, who: &K, number: u64) {
        let Some(at) = self.parties.iter().position(|party| party.who == *who) else { return };
        let place =
            self.parties.get(at).and_then(|party| party.waiting.keys().find(|place| place.1 == number).copied());
        if let Some(place) = place {
            self.remove(at, place);
        }
    }

    fn remove(&mut self, at: usize, place: Place) {
        let Some(party) = self.parties.get_mut(at) else { return };
        if party.waiting.remove(&place).is_some() {
            self.waiting -= 1;
        }
        if party.waiting.is_empty() {
            self.parties.remove(at);
        }
    }

    fn make_room(&mut self, who: &K, signer: &S) -> bool {
        let own = self.parties.iter().position(|party| party.who == *who);
        let own_party = own.and_then(|at| self.parties.get(at));
        let own_waiting = own_party.map_or(0, |party| party.waiting.len());
        let greatest = self.parties.iter().enumerate().max_by_key(|(_, party)| party.waiting.len());
        let greatest = greatest.filter(|(_, party)| party.waiting.len() > own_waiting + 1).map(|(at, _)| at);
        // Else one's own last gives way, if it comes after the newcomer's turn.
        let own_last = || own.filter(|_| own_party.is_some_and(|party| party.last_round() > party.round_of(signer)));
        let Some(at) = greatest.or_else(own_last) else { return false };
        let Some(place) = self.parties.get(at).and_then(|party| party.waiting.keys().next_back().copied()) else {
            return false;
        };
        self.remove(at, place);
        true
    }
}

impl<K, S: Eq, W> Party<K, S, W> {
    /// Round in which the next of a signer has its turn: each signer has one in a round, and none twice in that of the last turn.
    fn round_of(&self, signer: &S) -> u64 {
        let last = self.waiting.iter().rev().find(|(_, (other, _))| other == signer).map(|((round, _), _)| *round);
        last.unwrap_or(self.round).saturating_add(1)
    }

    fn last_round(&self) -> u64 {
        self.waiting.keys().next_back().map_or(self.round, |(round, _)| *round)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(line: &mut Line<u8, u8, u64>) -> Vec<u64> {
        std::iter::from_fn(|| line.next()).collect()
    }

    #[test]
    fn each_has_a_turn_after_each_other_and_so_has_each_signer() {
        let mut line = Line::new(100);
        for (number, (who, signer)) in [(1, 1), (1, 1), (1, 1), (1, 2), (2, 1), (1, 2)].into_iter().enumerate() {
            let number = number as u64;
            assert!(line.join(who, signer, number, number).is_ok());
        }
        // Of the first: 0, 3, 1, 5, 2.
        assert_eq!(all(&mut line), [0, 4, 3, 1, 5, 2]);
        assert_eq!(line.len(), 0);
    }

    #[test]
    fn who_has_most_waiting_gives_up_the_last_place() {
        let mut line = Line::new(4);
        for number in 0..4 {
            assert!(line.join(1, 1, number, number).is_ok());
        }
        assert!(line.join(1, 1, 4, 4).is_err());
        assert!(line.join(1, 2, 5, 5).is_ok(), "another signer behind the same address");
        assert!(line.join(2, 1, 6, 6).is_ok());
        assert!(line.join(2, 1, 7, 7).is_ok());
        assert!(line.join(2, 1, 8, 8).is_err(), "both have two");
        line.leave(&2, 7);
        line.leave(&2, 7);
        assert_eq!((line.len(), all(&mut line)), (3, vec![0, 6, 5]));
    }
}
