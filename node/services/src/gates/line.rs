//! A line in which everybody's turn comes after everybody else's.

use std::collections::VecDeque;

/// Those who wait: by who they are, and each one's by the connection that they wait on. Of either, the first is the next.
pub(super) struct Line<K, W> {
    parties: VecDeque<Party<K, W>>,
    most: usize,
    waiting: usize,
}

struct Party<K, W> {
    who: K,
    connections: VecDeque<Connection<W>>,
    waiting: usize,
}

struct Connection<W> {
    number: u64,
    /// By number of arrival.
    waiting: VecDeque<(u64, W)>,
}

impl<K: Eq, W> Line<K, W> {
    /// At most so many wait.
    pub(super) const fn new(most: usize) -> Self {
        Self { parties: VecDeque::new(), most, waiting: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.waiting
    }

    /// Takes somebody in who came with this number. Where the line is full, whoever has most waiting in it gives up the last place to
    /// whoever has less, and so do connections of one party among each other; else the newcomer is not taken in.
    pub(super) fn join(&mut self, who: K, connection: u64, number: u64, waiter: W) -> Result<(), W> {
        if self.waiting >= self.most && !self.make_room(&who, connection) {
            return Err(waiter);
        }
        let at = self.parties.iter().position(|party| party.who == who).unwrap_or_else(|| {
            self.parties.push_back(Party { who, connections: VecDeque::new(), waiting: 0 });
            self.parties.len() - 1
        });
        let Some(party) = self.parties.get_mut(at) else { return Err(waiter) };
        party.join(connection, number, waiter);
        self.waiting += 1;
        Ok(())
    }

    /// Whoever has the next turn.
    pub(super) fn next(&mut self) -> Option<W> {
        let mut party = self.parties.pop_front()?;
        let next = party.next();
        self.waiting -= usize::from(next.is_some());
        if party.waiting > 0 {
            self.parties.push_back(party);
        }
        next
    }

    /// Lets somebody go who waits no longer.
    pub(super) fn leave(&mut self, who: &K, connection: u64, number: u64) {
        self.change(who, |party| party.leave(connection, number));
    }

    /// Has a party lose somebody, if `lose` says so.
    fn change(&mut self, who: &K, lose: impl FnOnce(&mut Party<K, W>) -> bool) -> bool {
        let Some(at) = self.parties.iter().position(|party| party.who == *who) else { return false };
        let Some(party) = self.parties.get_mut(at) else { return false };
        let has_lost = lose(party);
        if party.waiting == 0 {
            self.parties.remove(at);
        }
        self.waiting -= usize::from(has_lost);
        has_lost
    }

    fn make_room(&mut self, who: &K, connection: u64) -> bool {
        let own = self.parties.iter().find(|party| party.who == *who).map_or(0, |party| party.waiting);
        let Some(greatest) = self.parties.iter_mut().max_by_key(|party| party.waiting) else { return false };
        if greatest.waiting > own + 1 {
            // It keeps some.
            self.waiting -= usize::from(greatest.give_up());
            return true;
        }
        self.change(who, |party| party.give_up_for(connection))
    }
}

impl<K, W> Party<K, W> {
    fn join(&mut self, connection: u64, number: u64, waiter: W) {
        self.waiting += 1;
        match self.connections.iter_mut().find(|of| of.number == connection) {
            Some(of) => of.waiting.push_back((number, waiter)),
            None => self.connections.push_back(Connection { number: connection, waiting: [(number, waiter)].into() }),
        }
    }

    fn next(&mut self) -> Option<W> {
        let mut connection = self.connections.pop_front()?;
        let (_, next) = connection.waiting.pop_front()?;
        self.waiting -= 1;
        if !connection.waiting.is_empty() {
            self.connections.push_back(connection);
        }
        Some(next)
    }

    fn leave(&mut self, connection: u64, number: u64) -> bool {
        self.lose(connection, |waiting| {
            let at = waiting.iter().position(|(other, _)| *other == number);
            at.and_then(|at| waiting.remove(at)).is_some()
        })
    }

    /// The last of the connection with most waiting goes.
    fn give_up(&mut self) -> bool {
        let greatest = self.connections.iter().max_by_key(|of| of.waiting.len()).map(|of| of.number);
        greatest.is_some_and(|greatest| self.lose(greatest, |waiting| waiting.pop_back().is_some()))
    }

    /// The same, if that connection has more waiting than this one will.
    fn give_up_for(&mut self, connection: u64) -> bool {
        let waiting = |of: &Connection<W>| of.waiting.len();
        let own = self.connections.iter().find(|of| of.number == connection).map_or(0, waiting);
        self.connections.iter().map(waiting).max().is_some_and(|most| most > own + 1) && self.give_up()
    }

    fn lose(&mut self, connection: u64, lose: impl FnOnce(&mut VecDeque<(u64, W)>) -> bool) -> bool {
        let Some(at) = self.connections.iter().position(|of| of.number == connection) else { return false };
        let Some(of) = self.connections.get_mut(at) else { return false };
        let has_lost = lose(&mut of.waiting);
        if of.waiting.is_empty() {
            self.connections.remove(at);
        }
        self.waiting -= usize::from(has_lost);
        has_lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(line: &mut Line<u8, u64>) -> Vec<u64> {
        std::iter::from_fn(|| line.next()).collect()
    }

    #[test]
    fn each_has_a_turn_after_each_other_and_so_has_each_connection() {
        let mut line = Line::new(100);
        for (number, (who, on)) in [(1, 1), (1, 1), (1, 1), (1, 2), (2, 1), (1, 2)].into_iter().enumerate() {
            let number = number as u64;
            assert!(line.join(who, on, number, number).is_ok());
        }
        // Of the first: 0, 3, 1, 5, 2.
        assert_eq!(all(&mut line), [0, 4, 3, 1, 5, 2]);
        assert_eq!(line.len(), 0);
        assert!(line.parties.is_empty());
    }

    #[test]
    fn who_has_most_waiting_gives_up_the_last_place() {
        let mut line = Line::new(4);
        for number in 0..4 {
            assert!(line.join(1, 1, number, number).is_ok());
        }
        assert!(line.join(1, 1, 4, 4).is_err());
        assert!(line.join(1, 2, 5, 5).is_ok(), "another connection behind the same address");
        assert!(line.join(2, 1, 6, 6).is_ok());
        assert!(line.join(2, 1, 7, 7).is_ok());
        assert!(line.join(2, 1, 8, 8).is_err(), "both have two");
        line.leave(&2, 1, 7);
        line.leave(&2, 1, 7);
        assert_eq!((line.len(), all(&mut line)), (3, vec![0, 6, 5]));
    }

    #[test]
    fn however_many_wait_on_other_connections_of_ones_address_one_check_of_each_comes_before() {
        let mut line = Line::new(64 * 16);
        for number in 0..64 * 16 {
            assert!(line.join(1, number % 64, number, number).is_ok());
        }
        // Some are served, and each sends again; then somebody else comes.
        for number in 2_000..2_010 {
            let served = line.next();
            assert!(served.is_some_and(|served| line.join(1, served % 64, number, served % 64).is_ok()));
        }
        assert!(line.join(1, 64, 9_999, 9_999).is_ok(), "who has most gives up a place");
        let before = std::iter::from_fn(|| line.next()).position(|served| served == 9_999);
        assert!(before.is_some_and(|before| before <= 64), "{before:?}");
    }
}
