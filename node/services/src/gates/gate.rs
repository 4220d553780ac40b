//! One kind of work: who wants a turn at it, who has one, and who waits.

use super::line::Line;
use crate::sender::Sender;
use medshare_node_net::Subnet;
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::{Code, Refusal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Who wants a turn.
#[derive(Clone, Debug)]
pub struct Claim<K> {
    /// Who asks, as far as that is known.
    pub who: K,
    /// On which connection, where that divides what one has.
    pub connection: u64,
    /// Whether access ends by it: then it has every other turn.
    pub is_urgent: bool,
}

impl<K> Claim<K> {
    /// The same, on this connection.
    #[must_use]
    pub fn on(self, connection: u64) -> Self {
        Self { connection, ..self }
    }

    /// The same, which is as urgent as that.
    #[must_use]
    pub fn urgent(self, is_urgent: bool) -> Self {
        Self { is_urgent, ..self }
    }
}

impl<K> From<K> for Claim<K> {
    fn from(who: K) -> Self {
        Self { who, connection: 0, is_urgent: false }
    }
}

impl From<Sender> for Claim<Subnet> {
    fn from(sender: Sender) -> Self {
        Self { who: sender.subnet, connection: sender.connection, is_urgent: false }
    }
}

/// One kind of work.
pub struct Gate<K: Clone + Eq>(Arc<Kept<K>>);

/// A turn, given to the next when dropped.
pub struct Turn<K: Clone + Eq>(Option<Arc<Kept<K>>>);

struct Kept<K: Clone + Eq>(Mutex<State<K>>);

type Waiters<K> = Line<K, oneshot::Sender<Turn<K>>>;

struct State<K: Clone + Eq> {
    free: usize,
    urgent: Waiters<K>,
    others: Waiters<K>,
    /// Whether the last turn was an urgent one's.
    was_urgent: bool,
    arrivals: u64,
}

impl<K: Clone + Eq> Gate<K> {
    /// So many at once, and so many that wait for one of them to end; as many again that are urgent.
    #[must_use]
    pub fn new(at_once: usize, waiting: usize) -> Self {
        let (urgent, others) = (Line::new(waiting), Line::new(waiting));
        let state = State { free: at_once, urgent, others, was_urgent: false, arrivals: 0 };
        Self(Arc::new(Kept(Mutex::new(state))))
    }

    /// Does work when it is its turn. Whoever stops waiting leaves the line.
    ///
    /// # Errors
    /// [`Refusal`] of the work, or because too many wait already.
    pub async fn pass<T: Send + 'static>(
        &self,
        claim: impl Into<Claim<K>>,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal>
    where
        K: Send + 'static,
    {
        let turn = self.turn(claim).await?;
        blocking(move || {
            let done = work();
            drop(turn);
            done
        })
        .await
    }

    /// Waits for a turn. Whoever stops waiting leaves the line.
    ///
    /// # Errors
    /// [`Refusal`] when too many wait already, or somebody with fewer took the place.
    pub async fn turn(&self, claim: impl Into<Claim<K>>) -> Result<Turn<K>, Refusal> {
        let Claim { who, connection, is_urgent } = claim.into();
        let (call, called) = oneshot::channel();
        let number = {
            let mut state = self.0.lock();
            if state.free > 0 {
                state.free -= 1;
                return Ok(Turn(Some(Arc::clone(&self.0))));
            }
            state.arrivals += 1;
            let number = state.arrivals;
            state.line(is_urgent).join(who.clone(), connection, number, call).map_err(|_| crowded())?;
            number
        };
        let _waiting = Waiting { kept: &self.0, who, connection, number, is_urgent };
        called.await.map_err(|_| crowded())
    }

    /// How many wait.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        let state = self.0.lock();
        state.urgent.len() + state.others.len()
    }

    /// Whether others wait.
    #[must_use]
    pub fn is_waited_for(&self) -> bool {
        let state = self.0.lock();
        state.urgent.len() + state.others.len() > 0
    }
}

impl<K: Clone + Eq> Kept<K> {
    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Clone + Eq> State<K> {
    fn line(&mut self, is_urgent: bool) -> &mut Waiters<K> {
        if is_urgent { &mut self.urgent } else { &mut self.others }
    }

    /// Urgent ones first, but not twice where others wait.
    fn next(&mut self) -> Option<oneshot::Sender<Turn<K>>> {
        let urgent = !self.was_urgent || self.others.len() == 0;
        let next = self.line(urgent).next().map(|next| (next, urgent));
        let (next, was_urgent) = next.or_else(|| self.line(!urgent).next().map(|next| (next, !urgent)))?;
        self.was_urgent = was_urgent;
        Some(next)
    }
}

impl<K: Clone + Eq> Drop for Turn<K> {
    fn drop(&mut self) {
        let Some(kept) = self.0.take() else { return };
        loop {
            let mut state = kept.lock();
            let Some(next) = state.next() else {
                state.free += 1;
                return;
            };
            drop(state);
            match next.send(Self(Some(Arc::clone(&kept)))) {
                Ok(()) => return,
                // Gone at this moment: the turn is the next one's, and not given back twice.
                Err(mut unheard) => drop(unheard.0.take()),
            }
        }
    }
}

/// Somebody in the line.
struct Waiting<'a, K: Clone + Eq> {
    kept: &'a Kept<K>,
    who: K,
    connection: u64,
    number: u64,
    is_urgent: bool,
}

impl<K: Clone + Eq> Drop for Waiting<'_, K> {
    fn drop(&mut self) {
        self.kept.lock().line(self.is_urgent).leave(&self.who, self.connection, self.number);
    }
}

fn crowded() -> Refusal {
    Refusal::new(Code::TooManyRequests, "too many questions of this kind wait for this node; ask again in a moment")
}

#[cfg(test)]
mod tests;
