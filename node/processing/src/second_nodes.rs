//! Whom a processing node asks to validate: nodes of other organisations in turn, and last those that lately kept a request waiting or said
//! what nobody else said.

pub(crate) mod asking;

use crate::blocking::stopping;
use crate::working::{Worked, Working};
use medshare_ledger::id::{Label, NodeId, RequestorId};
use medshare_ledger::validator::Validator;
use medshare_node_net::Protocol;
use medshare_node_refusal::Refusal;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// How long a node is asked last.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);
/// Requests whose nodes are asked at once; each asks a node one thing at a time.
const ASKED_AT_ONCE: usize = 6;
const _: () = assert!(
    ASKED_AT_ONCE < Protocol::ValidatePackage.questions_per_peer(),
    "the network would refuse more, and one that was given up may still be under way"
);
/// Bytes of questions that wait for answers, and as many of templates that go with them.
const BYTES_WAITING: usize = 256 * 1024 * 1024;
/// Bytes of one permit.
const PERMIT_BYTES: usize = 1024;

/// What this node knows of those that it asks.
pub struct SecondNodes {
    turn: AtomicUsize,
    failed: Mutex<HashMap<NodeId, Instant>>,
    questions: Arc<Semaphore>,
    templates: Arc<Semaphore>,
    /// Whose turn it is to pack a template.
    packing: Semaphore,
    /// Places of requests whose nodes are being asked.
    asking: Working,
}

impl Default for SecondNodes {
    fn default() -> Self {
        let room = || Arc::new(Semaphore::new(BYTES_WAITING / PERMIT_BYTES));
        Self {
            turn: AtomicUsize::default(),
            failed: Mutex::default(),
            questions: room(),
            templates: room(),
            packing: Semaphore::new(1),
            asking: Working::new(ASKED_AT_ONCE),
        }
    }
}

impl SecondNodes {
    /// The nodes of other organisations than the `own` one's: those that are connected first, of these those that failed last, starting at
    /// another one each time.
    fn in_turn(&self, validators: &[Validator], own: NodeId, connected: &HashSet<NodeId>) -> Vec<(NodeId, Label)> {
        let organisation = validators.iter().find(|v| v.id == own).map(|v| &v.organisation);
        let others = validators.iter().filter(|v| Some(&v.organisation) != organisation);
        let mut nodes: Vec<(NodeId, Label)> = others.map(|v| (v.id, v.organisation.clone())).collect();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        if !nodes.is_empty() {
            let shift = turn % nodes.len();
            nodes.rotate_left(shift);
        }
        let failed = self.failed();
        let has_failed = |node: &NodeId| failed.get(node).is_some_and(|since| since.elapsed() < REMEMBERED);
        nodes.sort_by_key(|(node, _)| (!connected.contains(node), has_failed(node)));
        nodes
    }

    /// Notes that a node kept a request waiting, gave no valid answer, or refused what another one signed.
    fn set_failed(&self, node: NodeId) {
        self.failed().insert(node, Instant::now());
    }

    /// Notes that a node answered as it should.
    fn set_sound(&self, node: NodeId) {
        self.failed().remove(&node);
    }

    fn failed(&self) -> MutexGuard<'_, HashMap<NodeId, Instant>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Room in memory for a question while it is not answered, and the `place` in `working` at which it is made. While room is waited for
    /// nobody has a place, nor any bytes of the question.
    ///
    /// # Errors
    /// When the node is stopping.
    pub(crate) async fn room_for_question(
        &self,
        bytes: usize,
        (working, place): (&Working, Worked),
        requestor: RequestorId,
    ) -> Result<(OwnedSemaphorePermit, Worked), Refusal> {
        if let Ok(room) = Arc::clone(&self.questions).try_acquire_many_owned(permits(bytes)) {
            return Ok((room, place));
        }
        drop(place);
        let room = room(&self.questions, bytes).await?;
        Ok((room, working.place(requestor).await?))
    }

    async fn room_for_template(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Refusal> {
        room(&self.templates, bytes).await
    }

    /// Waits for the turn to pack a template: unpacked, it is there twice meanwhile.
    async fn turn_to_pack(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        self.packing.acquire().await.map_err(|_| stopping())
    }
}

async fn room(all: &Arc<Semaphore>, bytes: usize) -> Result<OwnedSemaphorePermit, Refusal> {
    Arc::clone(all).acquire_many_owned(permits(bytes)).await.map_err(|_| stopping())
}

/// Permits for so many bytes, at most all.
fn permits(bytes: usize) -> u32 {
    const ALL: usize = BYTES_WAITING / PERMIT_BYTES;
    u32::try_from(bytes.div_ceil(PERMIT_BYTES).min(ALL)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
