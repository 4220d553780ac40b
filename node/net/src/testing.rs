//! What the tests of crates above share.

use crate::{Keypair, NetworkConfig, NetworkHandle, start};
use medshare_ledger::id::NetworkId;

/// A node of this network that listens at a port of the system's choice, and that nobody else belongs to.
///
/// # Panics
/// When it cannot listen.
#[expect(clippy::unwrap_used, reason = "tests")]
#[must_use]
pub fn alone(network: NetworkId, keypair: Keypair) -> NetworkHandle {
    let listen = "/ip4/127.0.0.1/tcp/0".parse().unwrap();
    start(NetworkConfig { network, listen, keypair, peers: Vec::new() }).unwrap().0
}
