//! Telling the other nodes which entries came in here.
//!
//! Most of a message's cost is the stream that it takes, not its bytes. So the first entry goes out at once, and those that
//! come within [`PAUSE`] after it travel together.

use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::codec;
use medshare_ledger::entry::MAX_CONTRACT_BYTES;
use medshare_node_net::{NetworkHandle, Protocol};
use std::time::Duration;
use tokio::sync::mpsc;

/// Least time between two messages.
const PAUSE: Duration = Duration::from_millis(10);
/// Entries that wait to be told; this node proposes those beyond itself.
const MAX_WAITING: usize = 8192;
/// Bytes of entries after which a message is full.
const FULL_BYTES: usize = 1024 * 1024;

const _: () = assert!(
    FULL_BYTES + 2 * MAX_CONTRACT_BYTES < Protocol::EntryGossip.max_request_bytes(),
    "the entry that fills a message fits into it"
);

/// Tells the other nodes.
pub struct Gossip(mpsc::Sender<VerifiedEntry>);

impl Gossip {
    /// Starts telling over this network, until this is dropped.
    #[must_use]
    pub fn start(network: NetworkHandle) -> Self {
        let (told, waiting) = mpsc::channel(MAX_WAITING);
        tokio::spawn(tell(network, waiting));
        Self(told)
    }

    /// Tells of an entry, without waiting.
    pub fn tell(&self, entry: VerifiedEntry) {
        if self.0.try_send(entry).is_err() {
            tracing::warn!("too many entries wait to be gossiped; this node proposes one itself");
        }
    }
}

async fn tell(network: NetworkHandle, mut waiting: mpsc::Receiver<VerifiedEntry>) {
    while let Some(first) = waiting.recv().await {
        let message = gather(first, &mut waiting);
        if let Err(error) = network.broadcast(Protocol::EntryGossip, message).await {
            tracing::warn!(%error, "entries could not be gossiped; this node proposes them itself");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The list of `first` and what waits behind it, up to a full message.
fn gather(first: VerifiedEntry, waiting: &mut mpsc::Receiver<VerifiedEntry>) -> Vec<u8> {
    let mut bytes = first.size();
    let mut entries = vec![first];
    while bytes < FULL_BYTES
        && let Ok(entry) = waiting.try_recv()
    {
        bytes += entry.size();
        entries.push(entry);
    }
    codec::encode(&entries.iter().map(VerifiedEntry::entry).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use medshare_ledger::entry::Entry;
    use medshare_node_chain::testing::Parties;

    #[test]
    fn entries_that_wait_travel_together_up_to_a_full_message() {
        let parties = Parties::new();
        let code = |n: u8| parties.verified(parties.contract_code(vec![n; 120_000]));
        let (told, mut waiting) = mpsc::channel(20);
        (0..12).for_each(|n| told.try_send(code(n)).unwrap());
        let mut counts = Vec::new();
        while let Ok(first) = waiting.try_recv() {
            let message = gather(first, &mut waiting);
            assert!(message.len() <= Protocol::EntryGossip.max_request_bytes());
            counts.push(codec::decode::<Vec<Entry>>(&message).unwrap().len());
        }
        assert_eq!(counts, [9, 3]);
    }
}
