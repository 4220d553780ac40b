//! What is handed in here and takes long, for other nodes or until it is decided: each once at a time, and of each signer few.
//!
//! Anybody who saw a signed message can send it again, any number of times. What hangs is waited for once.

use super::{locked, too_many};
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::{Label, NodeId, RequestorId};
use medshare_node_refusal::Refusal;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// Requests of one requestor that are handed on to one node at once.
const REQUESTS_OF_ONE: usize = 8;
/// Proxy keys of one authority that are taken in at once.
const DELIVERIES_OF_ONE: usize = 64;

type All<K> = Arc<Mutex<BTreeSet<(K, Hash32)>>>;

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
        let of_signer =
            (signer.clone(), Hash32::from_bytes([0; 32]))..=(signer.clone(), Hash32::from_bytes([u8::MAX; 32]));
        let message = (signer, hash);
        let mut all = locked(&self.all);
        if all.contains(&message) {
            return Err(too_many(format!("this {} is being worked on; ask for it in a moment", self.what)));
        }
        if all.range(of_signer).count() >= self.most_of_one {
            return Err(too_many(format!(
                "as much as may of whoever signed this {} is being worked on; send it again in a moment",
                self.what
            )));
        }
        all.insert(message.clone());
        drop(all);
        Ok(Place { all: Arc::clone(&self.all), message })
    }
}

impl<K: Ord> Drop for Place<K> {
    fn drop(&mut self) {
        locked(&self.all).remove(&self.message);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
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
}
