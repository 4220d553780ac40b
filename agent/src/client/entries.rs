//! Entries, deliveries, registered requestors, and the node's own state.

use super::times::Kind;
use super::transport::Call;
use super::{ClientError, NodeClient};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{EntryState, EntryStatus, IdentityView, NodeStatus};
use medshare_exchange::proxy_key::ProxyKeyDelivery;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::facts::GenesisFacts;
use medshare_ledger::id::RequestorId;
use std::time::{Duration, Instant};

/// How long a decision on an entry is waited for, in milliseconds: many heights, also while proposers are down.
pub const ENTRY_PATIENCE_MS: u64 = 60_000;
/// How long one question for a decision lasts, in milliseconds.
const POLL_MS: u64 = 5_000;
/// Pause before asking again where a node does not wait by itself.
const PAUSE: Duration = Duration::from_millis(50);

impl NodeClient {
    /// State of the node.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn status(&self) -> Result<NodeStatus, ClientError> {
        self.json(Call::get("/v1/status"))
    }

    /// The genesis as the node has it: to compare with one's own, not to trust.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn genesis(&self) -> Result<GenesisFacts, ClientError> {
        self.canonical(Call::get("/v1/genesis"))
    }

    /// Hands an entry in and waits until the node says that the network decided on it, for at most the time that this client has; whether it did,
    /// [`NodeClient::bring`] has proven.
    ///
    /// # Errors
    /// [`ClientError::Rejected`] with the receipt's code, [`ClientError::Undecided`] when it takes too long.
    pub fn submit_entry(&self, entry: &Entry) -> Result<EntryStatus, ClientError> {
        let status = self.json(Call::post("/v1/entries", &codec::encode(entry)))?;
        self.decided(entry.hash(), status)
    }

    /// Hands a grant and its proxy keys in, which the node passes on, and waits until it says that the network decided on the grant.
    ///
    /// # Errors
    /// As [`NodeClient::submit_entry`].
    pub fn deliver_proxy_key(&self, delivery: &ProxyKeyDelivery) -> Result<EntryStatus, ClientError> {
        let bytes = codec::encode(delivery);
        let status = self.json(Call { kind: Kind::Decided, ..Call::post("/v1/proxy-keys", &bytes) })?;
        self.decided(delivery.grant.hash(), status)
    }

    /// What became of an entry, after the node waited for it for at most `wait_ms`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn entry(&self, hash: &Hash32, wait_ms: u64) -> Result<EntryStatus, ClientError> {
        self.outcome(hash, wait_ms, false)
    }

    fn outcome(&self, hash: &Hash32, wait_ms: u64, first_no_counts: bool) -> Result<EntryStatus, ClientError> {
        let target = format!("/v1/entries/{hash}?wait_ms={wait_ms}");
        self.json(Call { kind: Kind::AtHand { wait_ms }, first_no_counts, ..Call::get(&target) })
    }

    fn decided(&self, hash: Hash32, mut status: EntryStatus) -> Result<EntryStatus, ClientError> {
        let start = Instant::now();
        let patience = Duration::from_millis(ENTRY_PATIENCE_MS);
        let patience = self.left_for_one(1).map_or(patience, |left| left.min(patience));
        loop {
            match status.state {
                EntryState::Applied => return Ok(status),
                EntryState::Rejected => return Err(ClientError::Rejected { status: Box::new(status) }),
                EntryState::Waiting if start.elapsed() >= patience => {
                    return Err(ClientError::Undecided { entry: hash.to_string(), waited_ms: millis(patience) });
                }
                EntryState::Waiting => {
                    std::thread::sleep(PAUSE);
                    // it was handed in: who lies behind the node that has it is not asked
                    let left = patience.saturating_sub(start.elapsed());
                    status = self.outcome(&hash, POLL_MS.min(millis(left)), true)?;
                }
            }
        }
    }

    /// A registered requestor, if there is one with this RID.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn identity(&self, requestor: RequestorId) -> Result<Option<IdentityView>, ClientError> {
        found(self.json(Call::get(&format!("/v1/identities/{requestor}"))))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// An answer, or `None` for "there is none".
fn found<T>(answer: Result<T, ClientError>) -> Result<Option<T>, ClientError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(ClientError::Refused { status: 404, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
