//! Messages on a stream.
//!
//! ```text
//! offset  bytes  field
//! 0       1      protocol
//! 1       4      length n, big-endian, at most what the protocol allows
//! 5       n      message
//! ```
//! A question takes its bytes out of its peer's [`Budget`] as they arrive and gives them back when whoever handles it is done: a
//! length that is announced and not sent holds nothing. Beyond the budget questions are refused, so that a peer cannot fill this
//! node's memory with messages that are each within bounds. One that comes too slowly is given up: half of a question is memory for
//! nothing. The stream of a question ends with the question's [`Slot`](super::slot::Slot), whether an answer came or not.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{StreamProtocol, request_response};

use super::budget::{Budget, Share};
use super::protocol::Protocol;
use super::slot::SlotEnd;

/// Bytes read at a time: so much is taken out of the budget before it has arrived.
const CHUNK_BYTES: usize = 16 * 1024;

/// How long a question without a body may be on its way.
const LEAST_PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a body for which a second more is waited.
const BYTES_PER_SECOND: usize = 512 * 1024;

/// A question on a stream.
#[derive(Debug)]
pub struct Question {
    pub(super) protocol: Protocol,
    /// What stands in front of it, where it is sent: this peer's alone.
    pub(super) own: Bytes,
    pub(super) bytes: Bytes,
    pub(super) share: Share,
    /// Of a question of this node.
    pub(super) slot: Option<SlotEnd>,
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
    least_patience: Duration,
    /// Of the question that this codec was copied for.
    slot: Option<SlotEnd>,
}

impl FrameCodec {
    /// With this budget for a peer's questions.
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget, least_patience: LEAST_PATIENCE, slot: None }
    }

    /// How long a body of this length may be on its way.
    fn patience(&self, length: usize) -> Duration {
        self.least_patience + Duration::from_secs((length / BYTES_PER_SECOND) as u64)
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
        let (protocol, length) = in_time(self.patience(0), read_header(io, Protocol::max_request_bytes)).await?;
        let mut share = Share::default();
        let body = read_body(io, length, |bytes| self.budget.take(&mut share, protocol, bytes));
        let bytes = in_time(self.patience(length), body).await?;
        Ok(Question { protocol, own: Bytes::new(), bytes, share, slot: None })
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Answer>
    where
        T: AsyncRead + Unpin + Send,
    {
        let read = async {
            let (protocol, length) = read_header(io, Protocol::max_response_bytes).await?;
            let bytes = read_body(io, length, |_| Ok(())).await?;
            Ok(Answer { protocol, bytes })
        };
        match &mut self.slot {
            Some(slot) => slot.until(read).await,
            None => read.await,
        }
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, question: Question) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        let written = write(io, question.protocol, [&question.own, &question.bytes]);
        // The answer is read with this same copy.
        self.slot = question.slot;
        match &mut self.slot {
            Some(slot) => slot.until(written).await,
            None => written.await,
        }
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, answer: Answer) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, answer.protocol, [&answer.bytes, &[]]).await
    }
}

async fn in_time<T>(patience: Duration, read: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let too_slow = |_| io::Error::new(io::ErrorKind::TimedOut, "the message comes too slowly");
    tokio::time::timeout(patience, read).await.map_err(too_slow)?
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

/// Reads a message; `take` is asked for the room of every part before that is read.
async fn read_body<T: AsyncRead + Unpin + Send>(
    io: &mut T,
    length: usize,
    mut take: impl FnMut(usize) -> io::Result<()> + Send,
) -> io::Result<Bytes> {
    let mut bytes: Vec<u8> = Vec::new();
    while bytes.len() < length {
        let part = CHUNK_BYTES.min(length - bytes.len());
        take(part)?;
        let arrived = bytes.len();
        bytes.resize(arrived + part, 0);
        io.read_exact(bytes.get_mut(arrived..).unwrap_or_default()).await?;
    }
    Ok(bytes.into())
}

/// Writes a message whose two parts stand in two places.
async fn write<T: AsyncWrite + Unpin + Send>(io: &mut T, protocol: Protocol, parts: [&[u8]; 2]) -> io::Result<()> {
    let length = parts.iter().map(|part| part.len()).fold(0, usize::saturating_add);
    let length = u32::try_from(length).map_err(|_| io::Error::other("the message is too long"))?;
    let [a, b, c, d] = length.to_be_bytes();
    io.write_all(&[protocol.tag(), a, b, c, d]).await?;
    for part in parts {
        io.write_all(part).await?;
    }
    io.close().await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::super::budget::Budgets;
    use super::*;
    use futures::io::Cursor;
    use libp2p::request_response::Codec as _;
    use proptest::prelude::*;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    const STREAM: StreamProtocol = StreamProtocol::new("/test");

    /// Waits in a runtime that has a clock.
    fn block_on<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    fn codec() -> FrameCodec {
        FrameCodec::new(Budgets::of(3).of_a_peer())
    }

    fn read(bytes: Vec<u8>) -> io::Result<Question> {
        block_on(codec().read_request(&STREAM, &mut Cursor::new(bytes)))
    }

    /// The bytes of a message, whose parts meet anywhere.
    async fn framed(protocol: Protocol, message: &[u8]) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let (own, rest) = message.split_at(message.len() / 3);
        write(&mut bytes, protocol, [own, rest]).await.unwrap();
        bytes.into_inner()
    }

    #[tokio::test]
    async fn questions_that_stop_half_way_give_their_bytes_back_soon() {
        let codec = FrameCodec { least_patience: Duration::from_millis(50), ..codec() };
        let whole = framed(Protocol::EntryGossip, &[7; 400 * 1024]).await;
        let large = framed(Protocol::EntryGossip, &vec![7; Protocol::EntryGossip.max_request_bytes()]).await;
        let read = std::iter::repeat_n(&whole[..whole.len() - 1], 80).map(|part| {
            let (mut codec, mut io) = (codec.clone(), Cursor::new(part).chain(Silence));
            async move { codec.read_request(&STREAM, &mut io).await.unwrap_err().kind() }
        });
        let mut read = Box::pin(futures::future::join_all(read));
        assert!(futures::poll!(&mut read).is_pending());
        codec.clone().read_request(&STREAM, &mut Cursor::new(&large)).await.unwrap_err();
        assert!(read.await.iter().all(|kind| *kind == io::ErrorKind::TimedOut));
        codec.clone().read_request(&STREAM, &mut Cursor::new(&large)).await.unwrap();
    }

    #[test]
    fn a_length_beyond_the_protocols_limit_is_refused_before_it_is_read() {
        let mut header = vec![Protocol::Status.tag()];
        header.extend(u32::MAX.to_be_bytes());
        assert!(read(header).unwrap_err().to_string().contains("longer"));
    }

    #[test]
    fn questions_beyond_the_budget_are_refused_until_others_are_done() {
        let codec = codec();
        let bytes = block_on(framed(Protocol::EntryGossip, &vec![7; Protocol::EntryGossip.max_request_bytes()]));
        let ask = || block_on(codec.clone().read_request(&STREAM, &mut Cursor::new(&bytes)));
        let mut held: Vec<Question> = std::iter::from_fn(|| ask().ok()).take(100).collect();
        assert!(held.len() < 100);
        drop(held.pop());
        ask().unwrap();
    }

    #[tokio::test]
    async fn what_is_announced_and_does_not_come_holds_nothing() {
        let codec = codec();
        let announced = framed(Protocol::EntryGossip, &vec![7; Protocol::EntryGossip.max_request_bytes()]).await;
        // As many as streams on a connection: a few bytes, then silence.
        let mut silent: Vec<_> = (0..128).map(|_| Cursor::new(&announced[..100]).chain(Silence)).collect();
        let mut codecs: Vec<_> = silent.iter().map(|_| codec.clone()).collect();
        let stream = STREAM;
        let mut reading: Vec<_> =
            codecs.iter_mut().zip(&mut silent).map(|(codec, io)| codec.read_request(&stream, io)).collect();
        let mut context = Context::from_waker(Waker::noop());
        assert!(reading.iter_mut().all(|read| read.as_mut().poll(&mut context).is_pending()));
        codec.clone().read_request(&STREAM, &mut Cursor::new(&announced)).await.unwrap();
    }

    /// A stream on which nothing comes.
    struct Silence;

    impl AsyncRead for Silence {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }
    }

    proptest! {
        #[test]
        fn a_message_round_trips_and_a_cut_one_is_refused(message in prop::collection::vec(any::<u8>(), 0..300), cut in any::<prop::sample::Index>()) {
            let bytes = block_on(framed(Protocol::EntryGossip, &message));
            let cut = cut.index(bytes.len());
            prop_assert!(read(bytes[..cut].to_vec()).is_err());
            let question = read(bytes).unwrap();
            prop_assert_eq!((question.protocol, &question.bytes[..]), (Protocol::EntryGossip, &message[..]));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = read(bytes);
        }
    }
}
