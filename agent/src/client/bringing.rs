//! Bringing something onto the ledger: it is there where a quorum's certificate shows it, whatever nodes answer to whoever hands it in.
//!
//! One that says "done" may have kept it to itself; one that says "refused" may have handed it on. What they say is told where nothing is proven.

use super::entries::ENTRY_PATIENCE_MS;
use super::proofs::{Certified, Unproven};
use super::{ClientError, NodeClient};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::EntryStatus;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::Height;
use std::time::Duration;

/// Pause before those are handed something once more that could not take it; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 500 });
/// For so long one node is waited for that something is handed in to, while others can be asked.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 3 } else { 15 });
/// The same where no other proved that it is there.
const LAST_PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 6_000 } else { ENTRY_PATIENCE_MS });
/// The same of one that did not answer in time before, once another one said that it is done.
const HUNG_PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 5 });
/// How often one is handed something that says that it has too much to do.
const TIMES: usize = 5;
/// So long all of that takes at most after the first time.
const AGAIN: Duration = Duration::from_secs(20);

/// What is proven to be on the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought<S> {
    /// The state that shows it.
    pub standing: S,
    /// Height at which it was decided, as the node says that proved it.
    pub height: Option<u64>,
}

/// A node, and what it answered to whoever handed something in.
#[derive(Debug)]
pub struct Said {
    /// As it is named.
    pub node: String,
    /// What it answered; none where it said that it is done.
    pub refusal: Option<ClientError>,
}

impl Said {
    /// Whether what it answered is none: it cannot now, was not reached, or took too long.
    fn is_for_later(&self) -> bool {
        let none = |refusal: &ClientError| refusal.is_unreachable() || matches!(refusal, ClientError::Undecided { .. });
        self.refusal.as_ref().is_some_and(none)
    }

    /// Whether it says that it cannot now.
    fn is_busy(&self) -> bool {
        self.is_for_later() && self.refusal.as_ref().is_some_and(|refusal| refusal.code().is_some())
    }
}

impl NodeClient {
    /// Brings an entry onto the ledger: hands it in at one node after the other, until one proves a state that `settles` it: where it stands, or
    /// something else for good, which the caller tells apart. Who could not take it, or could prove nothing yet, is asked once more and waited for
    /// longer. The height is that of the state.
    ///
    /// # Errors
    /// [`ClientError::Unconfirmed`] when none proves it, with what each said.
    pub fn bring<S>(
        &self,
        entry: &Entry,
        prove: impl Fn(&Self, Certified) -> Result<S, ClientError>,
        settles: impl Fn(&S) -> (bool, Height),
    ) -> Result<Brought<S>, ClientError> {
        let (mut said, mut unproven) = (Vec::new(), Unproven::default());
        for certified in [Certified::NextHeight, Certified::BusyHeight] {
            unproven = Unproven::default();
            for one in self.each() {
                let patience = if certified == Certified::BusyHeight { LAST_PATIENCE } else { PATIENCE };
                one.hand_in(&mut said, patience, |one| one.submit_entry(entry));
                match prove(&one, certified) {
                    Ok(standing) => match settles(&standing) {
                        (true, height) => {
                            return Ok(Brought { height: one.told_height(&entry.hash(), height), standing });
                        }
                        (false, _) => unproven.before.push(one.name()),
                    },
                    Err(_) => unproven.unasked.push(one.name()),
                }
            }
        }
        Err(ClientError::Unconfirmed { entry: entry.hash().to_string(), unproven, said })
    }

    /// Hands something to every node: what each keeps for itself, no other can keep from it, whatever it says, and however slow one was before.
    /// Who was not reached is asked once more, and who has too much to do some times.
    pub fn hand_to_each(&self, hand_in: impl Fn(&Self) -> Result<EntryStatus, ClientError>) -> Vec<Said> {
        let mut said = Vec::<Said>::new();
        self.hand_round(&mut said, &hand_in);
        let (again, mut pause) = (self.clone().within(AGAIN), PAUSE);
        for time in 1..TIMES {
            let is_asked = |said: &Said| if time == 1 { said.is_for_later() } else { said.is_busy() };
            if !said.iter().any(is_asked) || again.left_for_one(1).is_some_and(|left| left <= pause) {
                break;
            }
            std::thread::sleep(pause);
            pause = pause.saturating_mul(2);
            again.hand_round(&mut said, &hand_in);
        }
        said
    }

    /// Hands something to each that has not answered yet.
    fn hand_round(&self, said: &mut Vec<Said>, hand_in: &impl Fn(&Self) -> Result<EntryStatus, ClientError>) {
        for one in self.each() {
            let is_taken = said.iter().any(|said| said.refusal.is_none());
            let patience = if one.has_hung() && is_taken { HUNG_PATIENCE } else { PATIENCE };
            one.hand_in(said, patience, hand_in);
        }
    }

    /// Hands something to this node, where it has not answered yet. One that uses up the time for it is asked last from then on.
    fn hand_in(
        &self,
        said: &mut Vec<Said>,
        patience: Duration,
        hand_in: impl Fn(&Self) -> Result<EntryStatus, ClientError>,
    ) {
        let node = self.name();
        if said.iter().any(|said| said.node == node && !said.is_for_later()) {
            return;
        }
        let before = said.iter().position(|said| said.node == node).map(|place| said.remove(place));
        let bounded = self.clone().within(patience);
        let refusal = hand_in(&bounded).err();
        if bounded.left_for_one(1).is_some_and(|left| left.is_zero()) {
            self.avoid(&self.nodes);
        }
        let refusal = match (before.and_then(|before| before.refusal), refusal) {
            // that it is busy says more than that there was no time left to hear it again
            (Some(busy @ ClientError::Refused { .. }), Some(ClientError::Unreachable { .. })) => Some(busy),
            (_, now) => now,
        };
        said.push(Said { node, refusal });
    }

    /// The height of an entry that is proven in the state before this one: which it is, is the node's word.
    fn told_height(&self, entry: &Hash32, before: Height) -> Option<u64> {
        let told = self.entry(entry, 0).ok()?.height;
        told.filter(|height| *height < before.0)
    }
}
