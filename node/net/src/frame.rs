//! Messages on a stream, and how many bytes of them a node holds.
//!
//! ```text
//! offset  bytes  field
//! 0       1      protocol
//! 1       4      length n, big-endian, at most what the protocol allows
//! 5       n      message
//! ```
//! A question takes its length out of a [`Budget`] before it is read and gives it back when whoever handles it is done. Beyond the
//! budget questions are refused, so that peers cannot fill this node's memory with messages that are each within bounds.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{StreamProtocol, request_response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::protocol::Protocol;

/// Bytes of questions that a node holds at once.
pub const BUDGET_BYTES: usize = 96 * 1024 * 1024;

/// Bytes of one permit.
const PERMIT_BYTES: usize = 1024;

/// Memory reserved before a message has arrived.
const EAGER_BYTES: usize = 64 * 1024;

/// Bytes of questions that may still be taken in.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Semaphore>);

impl Budget {
    /// A budget of so many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / PERMIT_BYTES)))
    }

    fn take(&self, bytes: usize) -> io::Result<Share> {
        let permits = bytes.div_ceil(PERMIT_BYTES) as u32;
        let share = self.0.clone().try_acquire_many_owned(permits);
        share
            .map(|permit| Share { _permit: Some(permit) })
            .map_err(|_| io::Error::other("too many messages are being handled"))
    }
}

/// Part of a budget, given back when dropped.
#[derive(Debug, Default)]
pub struct Share {
    _permit: Option<OwnedSemaphorePermit>,
}

/// A question on a stream.
#[derive(Debug)]
pub struct Question {
    pub(super) protocol: Protocol,
    pub(super) bytes: Bytes,
    pub(super) share: Share,
}

/// An answer on a stream.
#[derive(Debug)]
pub struct Answer {
    pub(super) protocol: Protocol,
    pub(super) bytes: Bytes,
}

/// Reads and writes messages.
#[derive(Clone, Debug)]
pub struct FrameCodec {
    budget: Budget,
}

impl FrameCodec {
    /// With this budget for questions of peers.
    #[must_use]
    pub fn new(budget: Budget) -> Self {
        Self { budget }
    }
}

#[async_trait]
impl request_response::Codec for FrameCodec {
    type Protocol = StreamProtocol;
    type Request = Question;
    type Response = Answer;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Question>
    where
        T: AsyncRead + Unpin + Send,
    {
        let (protocol, length) = read_header(io, Protocol::max_request_bytes).await?;
        let share = self.budget.take(length)?;
        let bytes = read_body(io, length).await?;
        Ok(Question { protocol, bytes, share })
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Answer>
    where
        T: AsyncRead + Unpin + Send,
    {
        let (protocol, length) = read_header(io, Protocol::max_response_bytes).await?;
        let bytes = read_body(io, length).await?;
        Ok(Answer { protocol, bytes })
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, question: Question) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, question.protocol, &question.bytes).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, answer: Answer) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, answer.protocol, &answer.bytes).await
    }
}

async fn read_header<T: AsyncRead + Unpin + Send>(
    io: &mut T,
    limit: fn(Protocol) -> usize,
) -> io::Result<(Protocol, usize)> {
    let mut header = [0; 5];
    io.read_exact(&mut header).await?;
    let [tag, length @ ..] = header;
    let protocol = Protocol::of_tag(tag).ok_or_else(|| io::Error::other("the message is of an unknown protocol"))?;
    let length = u32::from_be_bytes(length) as usize;
    if length > limit(protocol) {
        return Err(io::Error::other("the message is longer than its protocol allows"));
    }
    Ok((protocol, length))
}

async fn read_body<T: AsyncRead + Unpin + Send>(io: &mut T, length: usize) -> io::Result<Bytes> {
    let mut bytes = Vec::with_capacity(length.min(EAGER_BYTES));
    io.take(length as u64).read_to_end(&mut bytes).await?;
    if bytes.len() != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes.into())
}

async fn write<T: AsyncWrite + Unpin + Send>(io: &mut T, protocol: Protocol, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(|_| io::Error::other("the message is too long"))?;
    let [a, b, c, d] = length.to_be_bytes();
    io.write_all(&[protocol.tag(), a, b, c, d]).await?;
    io.write_all(bytes).await?;
    io.close().await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use futures::executor::block_on;
    use futures::io::Cursor;
    use libp2p::request_response::Codec as _;
    use proptest::prelude::*;

    const STREAM: StreamProtocol = StreamProtocol::new("/test");

    fn read(bytes: Vec<u8>, budget: usize) -> io::Result<Question> {
        block_on(FrameCodec::new(Budget::new(budget)).read_request(&STREAM, &mut Cursor::new(bytes)))
    }

    fn framed(protocol: Protocol, message: &[u8]) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        block_on(write(&mut bytes, protocol, message)).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_length_beyond_the_protocols_limit_is_refused_before_it_is_read() {
        let mut header = vec![Protocol::Status.tag()];
        header.extend(u32::MAX.to_be_bytes());
        assert!(read(header, BUDGET_BYTES).unwrap_err().to_string().contains("longer"));
    }

    #[test]
    fn questions_beyond_the_budget_are_refused_until_others_are_done() {
        let codec = FrameCodec::new(Budget::new(4096));
        let ask = || {
            let bytes = framed(Protocol::EntryGossip, &[7; 3000]);
            block_on(codec.clone().read_request(&STREAM, &mut Cursor::new(bytes)))
        };
        let first = ask().unwrap();
        assert!(ask().is_err());
        drop(first);
        ask().unwrap();
    }

    proptest! {
        #[test]
        fn a_message_round_trips_and_a_cut_one_is_refused(message in prop::collection::vec(any::<u8>(), 0..300), cut in any::<prop::sample::Index>()) {
            let bytes = framed(Protocol::EntryGossip, &message);
            let cut = cut.index(bytes.len());
            prop_assert!(read(bytes[..cut].to_vec(), BUDGET_BYTES).is_err());
            let question = read(bytes, BUDGET_BYTES).unwrap();
            prop_assert_eq!((question.protocol, &question.bytes[..]), (Protocol::EntryGossip, &message[..]));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = read(bytes, BUDGET_BYTES);
        }
    }
}
