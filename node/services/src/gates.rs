//! Work that others ask for, beside the threads that the network is served with: so much of a kind at once, so much that waits, no more.
//!
//! What strangers may ask for has gates of its own, so that they wait for each other and for nobody else; and before each of them
//! everybody has turns, however many somebody else waits for.

mod bringer;
mod line;

pub use bringer::Bringer;

use line::Line;
use medshare_ledger::id::{NodeId, OwnerId, RequestorId};
use medshare_node_chain::mempool::Source;
use medshare_node_net::Subnet;
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::{Code, Refusal};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Who wants a turn.
#[derive(Clone, Debug)]
pub struct Claim<K> {
    /// Who asks, as far as that is known.
    pub who: K,
    /// Whose signature is claimed, where it has not been looked at.
    pub signer: Option<Source>,
    /// Whether access ends by it: then it has every other turn.
    pub is_urgent: bool,
}

impl<K> From<K> for Claim<K> {
    fn from(who: K) -> Self {
        Self { who, signer: None, is_urgent: false }
    }
}

/// One kind of work.
pub struct Gate<K: Clone + Eq>(Arc<Kept<K>>);

/// A turn, given to the next when dropped.
pub struct Turn<K: Clone + Eq>(Option<Arc<Kept<K>>>);

struct Kept<K: Clone + Eq>(Mutex<State<K>>);

type Waiters<K> = Line<K, Option<Source>, oneshot::Sender<Turn<K>>>;

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
        let Claim { who, signer, is_urgent } = claim.into();
        let (call, called) = oneshot::channel();
        let number = {
            let mut state = self.0.lock();
            if state.free > 0 {
                state.free -= 1;
                return Ok(Turn(Some(Arc::clone(&self.0))));
            }
            state.arrivals += 1;
            let number = state.arrivals;
            state.line(is_urgent).join(who.clone(), signer, number, call).map_err(|_| crowded())?;
            number
        };
        let _waiting = Waiting { kept: &self.0, who, number, is_urgent };
        called.await.map_err(|_| crowded())
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
    number: u64,
    is_urgent: bool,
}

impl<K: Clone + Eq> Drop for Waiting<'_, K> {
    fn drop(&mut self) {
        self.kept.lock().line(self.is_urgent).leave(&self.who, self.number);
    }
}

fn crowded() -> Refusal {
    Refusal::new(Code::TooManyRequests, "too many questions of this kind wait for this node; ask again in a moment")
}

/// The gates of a node.
pub struct Gates {
    /// Checks of what is handed in by anybody, before it is known who signed it.
    pub checks: Gate<Subnet>,
    /// The same of what other nodes hand on.
    pub handed_on: Gate<NodeId>,
    /// Single records that anybody may read: what an agent asks before every action waits behind no page, and for no disk but the views'.
    pub records: Gate<Subnet>,
    /// What an owner asks before a decision, who may be about to end access.
    pub decisions: Gate<Subnet>,
    /// Entries that somebody waits for: each of those who wait looks once a height.
    pub entries: Gate<Subnet>,
    /// Packages that are opened, looked through and sealed to be handed out.
    pub packages: Gate<Subnet>,
    /// Pages of lists that anybody may read.
    pub pages: Gate<Subnet>,
    /// Bundles that anybody may read.
    pub bundles: Gate<Subnet>,
    /// What those ask for who sign.
    pub signed: Gate<OwnerId>,
    /// Openings, for those who signed them.
    pub openings: Gate<RequestorId>,
    /// Contracts that are run again for reports, by whose packages they are about.
    pub contracts: Gate<RequestorId>,
    /// Entries that other nodes tell of, message by message of each: however many of them tell of what is of no use, consensus has a core.
    pub gossip: Gate<NodeId>,
    /// Questions to other nodes for proxy keys that this one lacks.
    pub proxy_keys: Gate<RequestorId>,
    /// Questions to other nodes for those who wait for a request there.
    questions: ByNode<Subnet>,
    /// Reports that are handed on to their owners' nodes, by whose packages they are about.
    reports: ByNode<RequestorId>,
}

/// A gate before each node of the network: one that hangs holds up nobody but those who wait for it.
struct ByNode<K: Clone + Eq> {
    at_once: usize,
    gates: Mutex<HashMap<NodeId, Arc<Gate<K>>>>,
}

impl<K: Clone + Eq> ByNode<K> {
    fn new(at_once: usize) -> Self {
        Self { at_once, gates: Mutex::default() }
    }

    fn of(&self, node: NodeId) -> Arc<Gate<K>> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(gates.entry(node).or_insert_with(|| Arc::new(Gate::new(self.at_once, WAITING))))
    }
}

/// Questions to one node that are under way at once.
pub(crate) const QUESTIONS_OF_NODE: usize = 10;
/// Reports that are handed on to one node at once.
pub(crate) const REPORTS_OF_NODE: usize = 6;
/// Proxy keys that are asked for at once, of every other node: fewer than it is asked things about keys, as keys are handed on beside them.
pub(crate) const PROXY_KEYS_AT_ONCE: usize = 3;
/// How many wait before a gate: as many as there are connections. With fewer places, so many addresses with one question each would keep
/// all others out.
const WAITING: usize = 1024;

impl Gates {
    /// The gate before questions to a node of the network.
    #[must_use]
    pub fn questions(&self, node: NodeId) -> Arc<Gate<Subnet>> {
        self.questions.of(node)
    }

    /// The gate before reports that are handed on to a node of the network.
    #[must_use]
    pub fn reports(&self, node: NodeId) -> Arc<Gate<RequestorId>> {
        self.reports.of(node)
    }
}

impl Default for Gates {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            checks: Gate::new(cores, WAITING),
            handed_on: Gate::new(cores.div_ceil(2), WAITING),
            records: Gate::new(cores, WAITING),
            decisions: Gate::new(cores.div_ceil(2), WAITING),
            entries: Gate::new(cores.div_ceil(2), WAITING),
            packages: Gate::new(cores.div_ceil(2), WAITING),
            pages: Gate::new(cores.div_ceil(2), WAITING),
            bundles: Gate::new(1, WAITING),
            signed: Gate::new(cores, WAITING),
            openings: Gate::new(cores.div_ceil(2), WAITING),
            contracts: Gate::new(cores.div_ceil(2), WAITING),
            gossip: Gate::new((cores / 2).max(1), WAITING),
            proxy_keys: Gate::new(PROXY_KEYS_AT_ONCE, WAITING),
            questions: ByNode::new(QUESTIONS_OF_NODE),
            reports: ByNode::new(REPORTS_OF_NODE),
        }
    }
}

#[cfg(test)]
mod tests;
