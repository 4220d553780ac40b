//! Answers that were made and are not read yet: how many bytes of them a node holds, and for how long.
//!
//! Whoever asks decides when to read. So an answer's bytes count for the address that asked until they are written: those who ask for
//! much and read nothing lose their connections to others who need the room, of their own address too, and are left after a while; where
//! nobody has to give way, what is asked for is refused.

use super::answers::Refused;
use super::connections::Connection;
use crate::rooms::HELD_OF_STREAM;
use crate::services::Services;
use crate::shares::Share;
use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::Stream;
use medshare_node_refusal::{Code, Refusal};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// An answer to what has been done is told whatever else is unread, if it is no longer than this.
const SHORT: usize = 64 * 1024;
/// What is written at once.
const PIECE: usize = 16 * 1024;

/// Counts an answer until it is written.
pub async fn counted(State(services): State<Arc<Services>>, request: Request, next: Next) -> Response {
    let connection = Connection::of(request.extensions());
    let is_act = request.method() == Method::POST;
    let is_of_health = request.uri().path().starts_with("/v1/health/");
    let (mut head, body) = next.run(request).await.into_parts();
    if body.is_end_stream() {
        return Response::from_parts(head, body);
    }
    let length = body.size_hint().exact().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    let room = &services.unread.0;
    let amount = length.unwrap_or(HELD_OF_STREAM).min(room.most_of_one());
    let share = room.take(connection.sender, amount, move || connection.end());
    // What was done is told, and whether the node is well: such answers are short, and streams bound how many there are.
    let is_always_told = length.is_some_and(|length| length <= SHORT) && (is_act || is_of_health);
    if share.is_none() && !is_always_told {
        drop(body);
        let message = "more was asked for than was read of the answers; read those, and ask again";
        return Refused(Refusal::new(Code::TooManyRequests, message)).into_response();
    }
    if let Some(length) = length {
        // A stream does not say it.
        head.headers.entry(CONTENT_LENGTH).or_insert_with(|| length.into());
    }
    let pieces = Pieces { rest: body.into_data_stream(), part: Bytes::new(), share: share.map(Arc::new) };
    Response::from_parts(head, Body::from_stream(pieces))
}

/// An answer piece by piece.
struct Pieces {
    rest: BodyDataStream,
    part: Bytes,
    share: Option<Arc<Share>>,
}

impl Stream for Pieces {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while self.part.is_empty() {
            match Pin::new(&mut self.rest).poll_next(context) {
                Poll::Ready(Some(Ok(part))) => self.part = part,
                other => return other,
            }
        }
        let length = self.part.len().min(PIECE);
        let bytes = self.part.split_to(length);
        let piece = Piece { bytes, share: self.share.clone() };
        Poll::Ready(Some(Ok(Bytes::from_owner(piece))))
    }
}

/// What is handed to the connection, which drops it when it is written. The answer is held, and counts, until the last one is.
struct Piece {
    bytes: Bytes,
    share: Option<Arc<Share>>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if let Some(share) = &self.share {
            share.touch();
        }
    }
}

#[cfg(test)]
mod tests;
