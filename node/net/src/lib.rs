//! What nodes say to each other apart from votes.
//!
//! Entries, packages to validate, forwarded requests and reports, proxy keys, blobs: in a libp2p network of its own beside the
//! engine's, with TCP, noise, yamux, and one question with one answer per stream. Every node keeps a connection to every other. Only
//! the peers that the network's genesis names get past the handshake, and the stream protocol carries the network's id. Messages are
//! bytes here; `protocol` bounds their length, `budget` what is in memory at once.

#![forbid(unsafe_code)]

pub mod address;
mod behaviour;
mod budget;
mod exchange;
mod frame;
mod handle;
mod peers;
mod pending;
mod protocol;
mod slot;
mod subnet;
mod swarm;
#[cfg(feature = "testing")]
pub mod testing;

pub use budget::Share;
pub use handle::{Incoming, NetError, NetworkHandle};
pub use peers::{Peer, PeerStatus};
pub use protocol::Protocol;
pub use subnet::Subnet;
pub use swarm::{NetworkConfig, NetworkError, start};

/// What addresses, peers and their keys are made of, here and in consensus' own network.
pub use libp2p::{Multiaddr, PeerId, identity::Keypair};
