//! Takes the place of `libp2p-dns`: the genesis names validators by IP addresses, so a name is never looked up here.
//!
//! The original reads the machine's resolver configuration when a network starts, so that a node without one does not start,
//! and lets a peer's address trigger queries (docs/adr/0010-what-is-not-built.md). Names are refused by the transport below.

#![forbid(unsafe_code)]

use libp2p_core::multiaddr::Multiaddr;
use libp2p_core::transport::{DialOpts, ListenerId, Transport as Dialling, TransportError, TransportEvent};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Nothing to configure; the builder of libp2p names the type.
#[derive(Clone, Debug, Default)]
pub struct ResolverConfig(());

/// Nothing to configure; the builder of libp2p names the type.
#[derive(Clone, Debug, Default)]
pub struct ResolverOpts(());

/// The transport under the name of its runtime, as the builder of libp2p expects it.
pub mod tokio {
    pub use super::Transport;
}

/// Hands everything to the transport below.
#[derive(Debug)]
pub struct Transport<T>(T);

impl<T> Transport<T> {
    /// # Errors
    ///
    /// None.
    pub fn system(below: T) -> std::io::Result<Self> {
        Ok(Self(below))
    }

    /// As [`Self::system`].
    #[must_use]
    pub fn custom(below: T, _: ResolverConfig, _: ResolverOpts) -> Self {
        Self(below)
    }
}

impl<T: Dialling + Unpin> Dialling for Transport<T> {
    type Output = T::Output;
    type Error = T::Error;
    type ListenerUpgrade = T::ListenerUpgrade;
    type Dial = T::Dial;

    fn listen_on(&mut self, id: ListenerId, address: Multiaddr) -> Result<(), TransportError<T::Error>> {
        self.0.listen_on(id, address)
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        self.0.remove_listener(id)
    }

    fn dial(&mut self, address: Multiaddr, options: DialOpts) -> Result<T::Dial, TransportError<T::Error>> {
        self.0.dial(address, options)
    }

    fn poll(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<TransportEvent<T::ListenerUpgrade, T::Error>> {
        Pin::new(&mut self.get_mut().0).poll(context)
    }
}
