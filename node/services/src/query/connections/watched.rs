//! A connection as a stream of bytes that is closed when it is to end, or when nothing moves on it.

use super::connection::Connection;
use crate::shares::Share;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// A connection that is closed when nothing moves on it.
pub struct Watched<T> {
    inner: T,
    moved: Instant,
    /// How long nothing may move now, and once something did.
    patience: (Duration, Duration),
    silence: Pin<Box<Sleep>>,
    connection: Arc<Connection>,
    place: Share,
}

impl<T> Watched<T> {
    pub(super) fn new(
        inner: T,
        connection: Arc<Connection>,
        place: Share,
        first_bytes: Duration,
        silence: Duration,
    ) -> Self {
        let timer = Box::pin(tokio::time::sleep(first_bytes));
        let patience = (first_bytes, silence);
        Self { inner, moved: Instant::now(), patience, silence: timer, connection, place }
    }

    /// What came of an operation; an error if nothing moved for too long.
    fn watch<R>(&mut self, outcome: Poll<io::Result<R>>, context: &mut Context<'_>) -> Poll<io::Result<R>> {
        if outcome.is_ready() {
            self.moved = Instant::now();
            self.place.touch();
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
        self.connection.stands(context)?;
        let outcome = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.watch(outcome, context)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.connection.stands(context)?;
        let outcome = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.watch(outcome, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.connection.stands(context)?;
        let outcome = Pin::new(&mut self.inner).poll_write_vectored(context, parts);
        self.watch(outcome, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.stands(context)?;
        let outcome = Pin::new(&mut self.inner).poll_flush(context);
        // TCP flushes nothing: that it is ready does not mean that something moved.
        if outcome.is_ready() { outcome } else { self.watch(outcome, context) }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.inner).poll_shutdown(context);
        self.watch(outcome, context)
    }
}
