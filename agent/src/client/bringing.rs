//! Bringing something onto the ledger: it is there where a quorum's certificate shows it, whatever nodes answer to whoever hands it in.
//!
//! One that says "done" may have kept it to itself; one that says "refused" may have handed it on. What they say is told where nothing is proven.

use super::proofs::{Certified, Unproven};
use super::{ClientError, NodeClient};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::EntryStatus;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::Height;
use std::time::Duration;

/// Pause before those are handed something once more that could not take it.
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 500 });

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
    /// Whether what it answered is none: it cannot now, or was not reached.
    fn is_for_later(&self) -> bool {
        self.refusal.as_ref().is_some_and(ClientError::is_unreachable)
    }
}

impl NodeClient {
    /// Brings an entry onto the ledger: hands it in at one node after the other, until one proves a state in which it `stands`. Who could not take
    /// it, or could prove nothing yet, is asked once more. The height is that of the state.
    ///
    /// # Errors
    /// [`ClientError::Unconfirmed`] when none proves it, with what each said.
    pub fn bring<S>(
        &self,
        entry: &Entry,
        prove: impl Fn(&Self, Certified) -> Result<S, ClientError>,
        stands: impl Fn(&S) -> (bool, Height),
    ) -> Result<Brought<S>, ClientError> {
        let (mut said, mut unproven) = (Vec::new(), Unproven::default());
        for certified in [Certified::NextHeight, Certified::BusyHeight] {
            unproven = Unproven::default();
            for one in self.each() {
                if certified == Certified::BusyHeight && one.has_hung() {
                    unproven.unasked.push(one.name());
                    continue;
                }
                one.hand_in(&mut said, |one| one.submit_entry(entry));
                match prove(&one, certified) {
                    Ok(standing) => match stands(&standing) {
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

    /// Hands something to every node: what each keeps for itself, no other can keep from it. Who could not take it is asked once more.
    pub fn hand_to_each(&self, hand_in: impl Fn(&Self) -> Result<EntryStatus, ClientError>) -> Vec<Said> {
        let mut said = Vec::<Said>::new();
        for is_again in [false, true] {
            if is_again {
                if !said.iter().any(Said::is_for_later) {
                    break;
                }
                std::thread::sleep(PAUSE);
            }
            for one in self.each() {
                let is_enough = is_again || said.iter().any(|said| said.refusal.is_none());
                if !(one.has_hung() && is_enough) {
                    one.hand_in(&mut said, &hand_in);
                }
            }
        }
        said
    }

    /// Hands something to this node, where it has not answered yet.
    fn hand_in(&self, said: &mut Vec<Said>, hand_in: impl Fn(&Self) -> Result<EntryStatus, ClientError>) {
        let node = self.name();
        if said.iter().any(|said| said.node == node && !said.is_for_later()) {
            return;
        }
        said.retain(|said| said.node != node);
        said.push(Said { node, refusal: hand_in(self).err() });
    }

    /// The height of an entry that is proven in the state before this one: which it is, is the node's word.
    fn told_height(&self, entry: &Hash32, before: Height) -> Option<u64> {
        let told = self.entry(entry, 0).ok()?.height;
        told.filter(|height| *height < before.0)
    }
}
