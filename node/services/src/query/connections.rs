//! Connections to the HTTP interface: how many in all and of one address, and how long one may be silent.
//!
//! Those beyond are closed at once, so that what one address opens does not keep others out. The first bytes, a head, a body and what
//! is read of an answer each have to come on: a connection on which nothing moves is closed.

use axum_server::accept::Accept;
use std::collections::HashMap;
use std::future::{Ready, ready};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// How long the first bytes may take.
const FIRST_BYTES: Duration = Duration::from_secs(20);
/// How long nothing may move on a connection. Longer than any answer is waited for.
const SILENCE: Duration = Duration::from_secs(90);

/// Connections that stand, by the address that they came from.
pub struct Connections {
    most: usize,
    most_of_one: usize,
    standing: Mutex<Standing>,
}

#[derive(Default)]
struct Standing {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
    refused: u64,
}

/// One of the connections, given back when dropped.
#[derive(Debug)]
struct Place {
    connections: Arc<Connections>,
    address: IpAddr,
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at most {} connections, {} of one address", self.most, self.most_of_one)
    }
}

impl Connections {
    /// At most so many, and so many of one address.
    #[must_use]
    pub fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Arc::new(Self { most, most_of_one, standing: Mutex::default() })
    }

    fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        let own = standing.by_address.get(&address).copied().unwrap_or_default();
        if standing.all >= self.most || own >= self.most_of_one {
            standing.refused += 1;
            // Told at the first, and rarer and rarer.
            if standing.refused.is_power_of_two() {
                let (refused, all) = (standing.refused, standing.all);
                drop(standing);
                tracing::warn!(refused, standing = all, of_this_address = own, limits = ?self, "connections to the HTTP interface are refused");
            }
            return None;
        }
        standing.all += 1;
        standing.by_address.insert(address, own + 1);
        Some(Place { connections: Arc::clone(self), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut standing = self.connections.standing.lock().unwrap_or_else(PoisonError::into_inner);
        standing.all = standing.all.saturating_sub(1);
        if let Some(own) = standing.by_address.get_mut(&self.address) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                standing.by_address.remove(&self.address);
            }
        }
    }
}

/// Lets connections in.
#[derive(Clone)]
pub struct Doorkeeper(pub Arc<Connections>);

impl<S> Accept<TcpStream, S> for Doorkeeper {
    type Stream = Watched<TcpStream>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let admitted = stream.peer_addr().map(|address| self.0.admit(address.ip()));
        ready(match admitted {
            Ok(Some(place)) => Ok((Watched::new(stream, place, FIRST_BYTES, SILENCE), service)),
            Ok(None) => Err(io::Error::other("too many connections")),
            Err(error) => Err(error),
        })
    }
}

/// A connection that is closed when nothing moves on it.
pub struct Watched<T> {
    inner: T,
    moved: Instant,
    /// How long nothing may move now, and once something did.
    patience: (Duration, Duration),
    silence: Pin<Box<Sleep>>,
    _place: Place,
}

impl<T> Watched<T> {
    fn new(inner: T, place: Place, first_bytes: Duration, silence: Duration) -> Self {
        let timer = Box::pin(tokio::time::sleep(first_bytes));
        Self { inner, moved: Instant::now(), patience: (first_bytes, silence), silence: timer, _place: place }
    }

    /// What came of an operation; an error if nothing moved for too long.
    fn watch<R>(&mut self, outcome: Poll<io::Result<R>>, context: &mut Context<'_>) -> Poll<io::Result<R>> {
        if outcome.is_ready() {
            self.moved = Instant::now();
            if self.patience.0 != self.patience.1 {
                self.patience.0 = self.patience.1;
                self.silence.as_mut().reset(self.moved + self.patience.0);
            }
            return outcome;
        }
        while self.silence.as_mut().poll(context).is_ready() {
            let until = self.moved + self.patience.0;
            if until <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.silence.as_mut().reset(until);
        }
        Poll::Pending
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.watch(outcome, context)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.watch(outcome, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write_vectored(context, parts);
        self.watch(outcome, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.inner).poll_flush(context);
        // TCP flushes nothing: that it is ready does not mean that something moved.
        if outcome.is_ready() { outcome } else { self.watch(outcome, context) }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.inner).poll_shutdown(context);
        self.watch(outcome, context)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    const ONE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const OTHER: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

    #[test]
    fn one_address_does_not_keep_others_out() {
        let connections = Connections::new(5, 3);
        let own: Vec<_> = (0..3).map(|_| connections.admit(ONE).unwrap()).collect();
        assert!(connections.admit(ONE).is_none());
        let others: Vec<_> = (0..2).map(|_| connections.admit(OTHER).unwrap()).collect();
        assert!(connections.admit(OTHER).is_none(), "in all");
        drop(own);
        connections.admit(ONE).unwrap();
        drop(others);
        assert!(connections.standing.lock().unwrap().by_address.is_empty(), "nothing is kept of those that went");
    }

    const SHORT: Duration = Duration::from_millis(5);
    const LONG: Duration = Duration::from_secs(600);

    #[tokio::test]
    async fn a_connection_on_which_nothing_moves_is_closed_and_makes_room() {
        let connections = Connections::new(1, 1);
        let (mut far, near) = duplex(64);
        let mut near = Watched::new(near, connections.admit(ONE).unwrap(), LONG, SHORT);
        far.write_all(b"a").await.unwrap();
        assert_eq!(near.read_u8().await.unwrap(), b'a');
        assert_eq!(near.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(connections.admit(ONE).is_none());
        drop(near);
        connections.admit(ONE).unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_says_nothing_at_all_is_closed_sooner() {
        let connections = Connections::new(1, 1);
        let (_far, near) = duplex(64);
        let mut near = Watched::new(near, connections.admit(ONE).unwrap(), SHORT, LONG);
        assert_eq!(near.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_reader_who_stops_reading_is_left() {
        let connections = Connections::new(1, 1);
        let (_far, near) = duplex(64);
        let mut near = Watched::new(near, connections.admit(ONE).unwrap(), LONG, SHORT);
        assert_eq!(near.write_all(&[0; 1000]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
