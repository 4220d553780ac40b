//! Takes the place of `libp2p-quic`, which the consensus engine compiles in although validators speak TCP alone.
//!
//! With it go quinn, rcgen, an X.509 parser and netlink (docs/adr/0010-what-is-not-built.md). Every address is refused as
//! one that this transport does not serve, which is what libp2p itself answers without the feature.

#![forbid(unsafe_code)]

use libp2p_core::multiaddr::Multiaddr;
use libp2p_core::muxing::StreamMuxerBox;
use libp2p_core::transport::{DialOpts, ListenerId, Transport as Dialling, TransportError, TransportEvent};
use libp2p_identity::{Keypair, PeerId};
use std::future::Pending;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// What the engine sets on a QUIC transport.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Milliseconds.
    pub max_idle_timeout: u32,
    /// Between two signs of life.
    pub keep_alive_interval: Duration,
}

impl Config {
    /// The key is not kept: nothing is ever signed.
    #[must_use]
    pub fn new(_: &Keypair) -> Self {
        Self::default()
    }
}

/// The transport under the name of its runtime, as the builder of libp2p expects it.
pub mod tokio {
    pub use super::Transport;
}

/// Serves no address.
#[derive(Debug)]
pub struct Transport(());

impl Transport {
    /// The configuration has nothing to configure.
    #[must_use]
    pub fn new(_: Config) -> Self {
        Self(())
    }
}

impl Dialling for Transport {
    type Output = (PeerId, StreamMuxerBox);
    type Error = io::Error;
    type ListenerUpgrade = Pending<Result<Self::Output, Self::Error>>;
    type Dial = Pending<Result<Self::Output, Self::Error>>;

    fn listen_on(&mut self, _: ListenerId, address: Multiaddr) -> Result<(), TransportError<io::Error>> {
        Err(TransportError::MultiaddrNotSupported(address))
    }

    fn remove_listener(&mut self, _: ListenerId) -> bool {
        false
    }

    fn dial(&mut self, address: Multiaddr, _: DialOpts) -> Result<Self::Dial, TransportError<io::Error>> {
        Err(TransportError::MultiaddrNotSupported(address))
    }

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<TransportEvent<Self::ListenerUpgrade, io::Error>> {
        Poll::Pending
    }
}
