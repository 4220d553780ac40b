//! One connection, as those know it who answer on it.

use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use futures::task::AtomicWaker;
use medshare_node_net::Subnet;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Context;

/// A connection, as those see it who answer on it.
pub struct Connection {
    /// Where it comes from.
    pub subnet: Subnet,
    is_ended: AtomicBool,
    /// Whoever serves it.
    task: AtomicWaker,
}

impl Connection {
    /// One from there.
    #[must_use]
    pub fn from(subnet: Subnet) -> Arc<Self> {
        Arc::new(Self { subnet, is_ended: AtomicBool::new(false), task: AtomicWaker::new() })
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

/// Where a message comes from.
pub struct Caller(pub Subnet);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Connection::of(&parts.extensions).subnet))
    }
}
