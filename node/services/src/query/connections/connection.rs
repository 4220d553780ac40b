//! One connection, as those know it who answer on it.

use crate::caller::Caller;
use crate::sender::Sender;
use crate::shares::Holding;
use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use futures::task::AtomicWaker;
use medshare_node_net::Subnet;
use std::convert::Infallible;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Context;

/// A connection, as those see it who answer on it.
pub struct Connection {
    /// Where it comes from, and its number.
    pub sender: Sender,
    is_ended: AtomicBool,
    /// Its place among all connections, once it has one.
    pub(super) place: OnceLock<Holding>,
    /// Whoever serves it.
    task: AtomicWaker,
}

/// Number of the next connection.
static NEXT: AtomicU64 = AtomicU64::new(1);

impl Connection {
    /// One from there.
    #[must_use]
    pub fn from(subnet: Subnet) -> Arc<Self> {
        let sender = Sender { subnet, connection: NEXT.fetch_add(1, Ordering::Relaxed) };
        Arc::new(Self { sender, is_ended: AtomicBool::new(false), place: OnceLock::new(), task: AtomicWaker::new() })
    }

    /// The one that a message came on.
    #[must_use]
    pub fn of(message: &Extensions) -> Arc<Self> {
        message.get::<Arc<Self>>().map_or_else(|| Self::from(Subnet::UNKNOWN), Arc::clone)
    }

    /// Closes it, with everything that waits on it.
    pub fn end(&self) {
        self.is_ended.store(true, Ordering::Relaxed);
        self.task.wake();
    }

    /// An error once it is to end; until then whoever serves it is woken for that.
    pub(super) fn stands(&self, context: &Context<'_>) -> io::Result<()> {
        self.task.register(context.waker());
        if self.is_ended.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let connection = Connection::of(&parts.extensions);
        // The body's is in the message.
        let held = [connection.place.get(), parts.extensions.get()].into_iter().flatten().cloned();
        Ok(Self::new(connection.sender, held.collect()))
    }
}
