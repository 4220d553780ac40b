//! Connections to the HTTP interface: how many in all and of one address, how long one may be silent, and who is at its other end.
//!
//! Where all places are taken, whoever has most connections loses the one that was silent for longest to whoever has fewer, so that nobody
//! keeps others out by opening many; and where an address has as many as it may, its own do to a new one. Where nobody has to give way, those
//! beyond are closed at once. A connection on which something is worked on of somebody who is known gives way to nobody. The first bytes, a head, a body and what is read of an
//! answer each have to come on: a connection on which nothing moves is closed.

mod connection;
mod watched;

pub use connection::Connection;

use crate::shares::{Share, Shares};
use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::accept::Accept;
use medshare_node_net::Subnet;
use std::future::{Ready, ready};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tower::Layer as _;
use watched::Watched;

/// How long the first bytes may take.
const FIRST_BYTES: Duration = Duration::from_secs(20);
/// How long nothing may move on a connection, nor anything be taken of an answer. Longer than any answer is waited for.
pub const SILENCE: Duration = Duration::from_secs(90);

/// Connections that stand.
pub struct Connections {
    places: Arc<Shares>,
    refused: AtomicU64,
}

impl Connections {
    /// At most so many, and so many of one address.
    #[must_use]
    pub fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Arc::new(Self { places: Shares::new(most, most_of_one, 0), refused: AtomicU64::new(0) })
    }

    fn admit(&self, subnet: Subnet) -> Option<(Arc<Connection>, Share)> {
        let connection = Connection::from(subnet);
        let ended = Arc::clone(&connection);
        let place = self.places.take(connection.sender, 1, move || ended.end());
        if let Some(place) = &place {
            // It is a new one: nothing is set yet.
            connection.place.get_or_init(|| place.holding());
        } else {
            let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
            // Told at the first, and rarer and rarer.
            if refused.is_power_of_two() {
                tracing::warn!(refused, last = %subnet, limits = ?self.places, "connections to the HTTP interface are refused");
            }
        }
        Some((connection, place?))
    }
}

/// Lets connections in.
#[derive(Clone)]
pub struct Doorkeeper(pub Arc<Connections>);

impl<S> Accept<TcpStream, S> for Doorkeeper {
    type Stream = Watched<TcpStream>;
    type Service = AddExtension<S, Arc<Connection>>;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let admitted = stream.peer_addr().map(|address| self.0.admit(Subnet::of(address.ip())));
        ready(match admitted {
            Ok(Some((connection, place))) => {
                let service = Extension(Arc::clone(&connection)).layer(service);
                Ok((Watched::new(stream, connection, place, FIRST_BYTES, SILENCE), service))
            }
            Ok(None) => Err(io::Error::other("too many connections")),
            Err(error) => Err(error),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::caller::Caller;
    use crate::signer::Signer;
    use futures::task::noop_waker_ref;
    use medshare_ledger::id::RequestorId;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    use std::task::Context;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    fn one() -> Subnet {
        Subnet::of(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    fn known() -> Signer {
        Signer::Requestor(RequestorId::from_bytes([1; 16]))
    }

    fn other() -> Subnet {
        Subnet::of(IpAddr::V6(Ipv6Addr::LOCALHOST))
    }

    fn watched(connections: &Connections, first: Duration, silence: Duration) -> (DuplexStream, Watched<DuplexStream>) {
        let (far, near) = duplex(64);
        let (connection, place) = connections.admit(one()).unwrap();
        (far, Watched::new(near, connection, place, first, silence))
    }

    #[test]
    fn one_address_does_not_keep_others_out() {
        let connections = Connections::new(5, 3);
        let own: Vec<_> = (0..3).map(|_| connections.admit(one()).unwrap()).collect();
        let needed: Vec<_> = own.iter().map(|(_, place)| place.holding().need(&known())).collect();
        let stay = needed.iter().filter(|needed| needed.is_some()).count();
        assert_eq!(stay, 2, "no more than half of the places of an address stay");
        let again = connections.admit(one()).unwrap();
        let others: Vec<_> = (0..2).map(|_| connections.admit(other()).unwrap()).collect();
        assert!(connections.admit(other()).is_none(), "no more than the others have");
        drop((needed, own, again));
        connections.admit(one()).unwrap();
        drop(others);
    }

    #[test]
    fn where_an_address_has_as_many_as_it_may_its_stillest_gives_way_to_a_new_one_unless_it_is_needed() {
        let connections = Connections::new(5, 2);
        let admit = || connections.admit(one()).unwrap();
        let has_ended = |of: &(Arc<Connection>, Share)| of.0.stands(&Context::from_waker(noop_waker_ref())).is_err();
        let (first, second) = (admit(), admit());
        let held = first.0.place.get().cloned();
        let caller = Caller::new(first.0.sender, held.into_iter().collect());
        caller.is_known(&known());
        let third = admit();
        assert_eq!([&first, &second, &third].map(has_ended), [false, true, false]);
        // It was answered.
        drop(caller);
        let fourth = admit();
        assert_eq!([&first, &third, &fourth].map(has_ended), [true, false, false]);
    }

    const SHORT: Duration = Duration::from_millis(5);
    const LONG: Duration = Duration::from_secs(600);

    #[tokio::test]
    async fn a_connection_on_which_nothing_moves_is_closed_and_makes_room() {
        let connections = Connections::new(1, 1);
        let (mut far, mut near) = watched(&connections, LONG, SHORT);
        far.write_all(b"a").await.unwrap();
        assert_eq!(near.read_u8().await.unwrap(), b'a');
        assert_eq!(near.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(near);
        connections.admit(one()).unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_says_nothing_at_all_is_closed_sooner() {
        let (_far, mut near) = watched(&Connections::new(1, 1), SHORT, LONG);
        assert_eq!(near.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_reader_who_stops_reading_is_left() {
        let (_far, mut near) = watched(&Connections::new(1, 1), LONG, SHORT);
        assert_eq!(near.write_all(&[0; 1000]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn many_connections_of_one_address_make_room_for_another_address() {
        let connections = Connections::new(2, 2);
        let (_far, mut idle) = watched(&connections, LONG, LONG);
        let _second = watched(&connections, LONG, LONG);
        let reading = tokio::spawn(async move { idle.read_u8().await });
        tokio::task::yield_now().await;
        connections.admit(other()).unwrap();
        assert_eq!(reading.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }
}
