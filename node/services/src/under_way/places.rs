//! What is handed in here and takes long, for other nodes or until it is decided: each once at a time, and of each signer few.
//!
//! Anybody who saw a signed message can send it again, any number of times. What hangs is waited for once.

use super::{locked, too_many};
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::{Label, NodeId, RequestorId};
use medshare_node_refusal::Refusal;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// Requests of one requestor that are handed on to one node at once.
const REQUESTS_OF_ONE: usize = 8;
/// Proxy keys of one authority that are taken in at once.
const DELIVERIES_OF_ONE: usize = 64;

/// What came of a message that was under way.
type Ended = Result<Hash32, Refusal>;
type All<K> = Arc<Mutex<BTreeMap<(K, Hash32), Copied>>>;

/// Messages of one kind that are under way, by who signed them and their hash.
pub struct Places<K> {
    all: All<K>,
    most_of_one: usize,
    /// What one message is.
    what: &'static str,
}

/// One message's place, given back when dropped.
pub struct Place<K: Ord> {
    all: All<K>,
    message: (K, Hash32),
    ended: watch::Sender<Option<Ended>>,
}

/// A copy of a message that is under way.
#[derive(Clone)]
pub struct Copied(watch::Receiver<Option<Ended>>);

/// What there is for a message.
pub enum Begun<K: Ord> {
    /// A place.
    Place(Place<K>),
    /// A copy of it is under way, whose outcome is its own.
    Copy(Copied),
}

impl Places<(NodeId, RequestorId)> {
    /// Of requests that are handed on to their owners' nodes, each node's apart: one that hangs keeps nobody from the others.
    #[must_use]
    pub fn of_requests() -> Self {
        Self { all: Arc::default(), most_of_one: REQUESTS_OF_ONE, what: "request" }
    }
}

impl Places<Label> {
    /// Of proxy keys that their authorities deliver.
    #[must_use]
    pub fn of_deliveries() -> Self {
        Self { all: Arc::default(), most_of_one: DELIVERIES_OF_ONE, what: "delivery" }
    }
}

impl<K: Ord + Clone> Places<K> {
    /// A place for the message with this hash, which this one signed.
    ///
    /// # Errors
    /// [`Refusal`] when a copy of it is under way, or as many others of the same signer as may.
    pub fn begin(&self, signer: K, hash: Hash32) -> Result<Place<K>, Refusal> {
        match self.begin_or_follow(signer, hash)? {
            Begun::Place(place) => Ok(place),
            Begun::Copy(_) => Err(too_many(format!("this {} is being worked on; ask for it in a moment", self.what))),
        }
    }

    /// The same, where whoever brings a copy may wait for the outcome: it takes no second place.
    ///
    /// # Errors
    /// [`Refusal`] when as many others of the same signer are under way as may.
    pub fn begin_or_follow(&self, signer: K, hash: Hash32) -> Result<Begun<K>, Refusal> {
        let of_signer =
            (signer.clone(), Hash32::from_bytes([0; 32]))..=(signer.clone(), Hash32::from_bytes([u8::MAX; 32]));
        let message = (signer, hash);
        let mut all = locked(&self.all);
        if let Some(copied) = all.get(&message) {
            return Ok(Begun::Copy(copied.clone()));
        }
        if all.range(of_signer).count() >= self.most_of_one {
            return Err(too_many(format!(
                "as much as may of whoever signed this {} is being worked on; send it again in a moment",
                self.what
            )));
        }
        let (ended, copied) = watch::channel(None);
        all.insert(message.clone(), Copied(copied));
        drop(all);
        Ok(Begun::Place(Place { all: Arc::clone(&self.all), message, ended }))
    }
}

impl<K: Ord> Place<K> {
    /// Gives the place back, with what came of the message, for whoever brought a copy of it.
    pub fn ends(self, ended: Ended) {
        self.ended.send_replace(Some(ended));
    }
}

impl Copied {
    /// What came of it; nothing where it was given up on the way.
    pub async fn outcome(mut self) -> Option<Ended> {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}

impl<K: Ord> Drop for Place<K> {
    fn drop(&mut self) {
        locked(&self.all).remove(&self.message);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;
    use medshare_crypto::hash::sha256;

    #[test]
    fn copies_of_a_message_have_one_place_and_those_of_one_signer_few() {
        let places = Places::of_requests();
        let [node, other] = [1, 2].map(|id| NodeId::from_bytes([id; 16]));
        let [hers, theirs, hers_elsewhere] =
            [(node, 1), (node, 2), (other, 1)].map(|(node, id)| (node, RequestorId::from_bytes([id; 16])));
        let begin = |of, number: usize| places.begin(of, sha256(&number.to_be_bytes()));
        let mut held: Vec<_> = (0..REQUESTS_OF_ONE).map(|number| begin(hers, number).unwrap()).collect();
        assert!(begin(hers, 0).is_err() && begin(hers, REQUESTS_OF_ONE).is_err());
        drop((begin(theirs, 0).unwrap(), begin(hers_elsewhere, 0).unwrap()));
        held.pop();
        assert!(begin(hers, 0).is_err());
        held.push(begin(hers, REQUESTS_OF_ONE).unwrap());
        drop(held);
        assert!(locked(&places.all).is_empty());
    }

    #[tokio::test]
    async fn a_copy_hears_what_came_of_the_message_and_of_one_that_was_given_up_nothing() {
        let places = Places::of_deliveries();
        let (authority, hash): (Label, _) = ("university".parse().unwrap(), sha256(b"delivery"));
        let begin = || places.begin_or_follow(authority.clone(), hash).unwrap();
        let (Begun::Place(place), Begun::Copy(copy)) = (begin(), begin()) else { panic!("one place for two") };
        place.ends(Ok(hash));
        assert_eq!(copy.outcome().await, Some(Ok(hash)));
        let (Begun::Place(place), Begun::Copy(copy)) = (begin(), begin()) else { panic!("the place is free again") };
        drop(place);
        assert_eq!(copy.outcome().await, None);
    }
}
