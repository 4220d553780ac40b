//! Bodies of messages: how long each may be, how long it may take to arrive, and how many bytes of them are held at once.
//!
//! A body is read as a whole before anybody asks what it is. Its bytes are counted as they arrive, for the address that they come from
//! and for all together, until the answer is made: whoever announces much and sends nothing takes nothing. Short bodies, such as
//! revocations and reports, have a room of their own, and in each whoever holds most loses what began first to whoever holds less, of one
//! address connection by connection. That goes also for a body that is here, until it is known who signed it.

use super::answers::{Refused, error};
use super::connections::Connection;
use crate::rooms::{AROUND_DOCUMENT, Bodies, SHORT_BODY};
use crate::sender::Sender;
use crate::services::Services;
use crate::shares::Share;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use medshare_exchange::api::ApiError;
use medshare_exchange::manifest::MAX_MANIFEST_BYTES;
use medshare_ledger::entry::MAX_CONTRACT_BYTES;
use medshare_node_refusal::{Code, Refusal};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);
/// Code of a body that did not arrive in time.
pub const TOO_SLOW: &str = "too-slow";

/// Longest body that a path takes in bytes.
fn limit(path: &str) -> usize {
    match path {
        "/v1/openings" => MAX_MANIFEST_BYTES + AROUND_DOCUMENT,
        "/v1/entries" => MAX_CONTRACT_BYTES + AROUND_DOCUMENT,
        "/v1/proxy-keys" => AROUND_DOCUMENT,
        _ => SHORT_BODY,
    }
}

/// A body on its way: what arrived of it, and its share of a room.
struct Arriving<'a> {
    bodies: &'a Bodies,
    sender: Sender,
    bytes: Vec<u8>,
    share: Option<Share>,
    taken_away: CancellationToken,
}

impl<'a> Arriving<'a> {
    fn from(sender: Sender, bodies: &'a Bodies) -> Self {
        Self { bodies, sender, bytes: Vec::new(), share: None, taken_away: CancellationToken::new() }
    }

    /// Whether a part of it may be held too; then it is.
    fn take(&mut self, part: &[u8]) -> bool {
        let (before, after) = (self.bytes.len(), self.bytes.len() + part.len());
        let is_new = self.share.is_none() || (before <= SHORT_BODY && after > SHORT_BODY);
        let is_held = match &self.share {
            Some(share) if !is_new => share.grow(part.len()),
            _ => {
                let room = if after > SHORT_BODY { &self.bodies.long } else { &self.bodies.short };
                let taken_away = self.taken_away.clone();
                self.share = room.take(self.sender, after, move || taken_away.cancel());
                self.share.is_some()
            }
        };
        if is_held {
            self.bytes.extend_from_slice(part);
        }
        is_held
    }

    /// Reads it to its end.
    async fn collect(&mut self, body: Body, limit: usize) -> Result<Bytes, Unread> {
        let mut parts = body.into_data_stream();
        loop {
            let part = tokio::select! {
                () = self.taken_away.cancelled() => return Err(Unread::TooMuch),
                part = parts.next() => part,
            };
            let Some(part) = part else { break };
            let part = part.map_err(|_| Unread::Broken)?;
            if self.bytes.len() + part.len() > limit {
                return Err(Unread::TooLong);
            }
            if !self.take(&part) {
                return Err(Unread::TooMuch);
            }
        }
        Ok(std::mem::take(&mut self.bytes).into())
    }
}

/// Why a body was not read to its end.
enum Unread {
    TooLong,
    TooMuch,
    Broken,
}

/// Reads the body of a message before its path is asked.
pub async fn whole(State(services): State<Arc<Services>>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let limit = limit(request.uri().path());
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(length);
    if announced.is_some_and(|length| length > limit as u64) {
        return too_long(limit);
    }
    let mut arriving = Arriving::from(Connection::of(request.extensions()).sender, &services.bodies);
    let (mut head, body) = request.into_parts();
    let bytes = match tokio::time::timeout(BODY_TIME, arriving.collect(body, limit)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(Unread::TooLong)) => return too_long(limit),
        Ok(Err(Unread::TooMuch)) => return too_much(),
        // Nobody is there to read it.
        Ok(Err(Unread::Broken)) => return StatusCode::BAD_REQUEST.into_response(),
        Err(_) => {
            let message = format!("the body did not arrive within {} seconds", BODY_TIME.as_secs());
            return error(StatusCode::REQUEST_TIMEOUT, ApiError::new(TOO_SLOW, message));
        }
    };
    if let Some(share) = &arriving.share {
        head.extensions.insert(share.holding());
    }
    let answering = next.run(Request::from_parts(head, Body::from(bytes)));
    tokio::select! {
        answer = answering => answer,
        () = arriving.taken_away.cancelled() => too_much(),
    }
}

fn length(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.parse().ok()
}

fn too_much() -> Response {
    let message = "more bytes of bodies are arriving than this node holds; send again in a moment";
    Refused(Refusal::new(Code::TooManyRequests, message)).into_response()
}

fn too_long(limit: usize) -> Response {
    let message = format!("a body has at most {limit} bytes here");
    let said = ApiError::new(Code::TooLarge.word(), message).detail("max_bytes", limit);
    error(StatusCode::PAYLOAD_TOO_LARGE, said)
}

#[cfg(test)]
mod tests;
