//! Bodies of messages: how long each may be, how long it may take to arrive, and how many bytes of them are held at once.
//!
//! A body is read as a whole before anybody asks what it is. Its bytes are counted as they arrive, for the address that they come from
//! and for all together, until the answer is made: whoever announces much and sends nothing takes nothing.

use super::answers::error;
use crate::services::Services;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use medshare_exchange::api::ApiError;
use medshare_exchange::manifest::MAX_MANIFEST_BYTES;
use medshare_ledger::entry::MAX_CONTRACT_BYTES;
use medshare_node_refusal::{Code, Refusal};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);
/// What stands around the longest part of a document.
const AROUND: usize = 128 * 1024;
/// Longest body of a request, a report and the like.
const SHORT: usize = 16 * 1024;
/// Bytes of bodies that a node holds.
const MOST_OF_ALL: usize = 64 * 1024 * 1024;
/// Bytes of bodies that a node holds of one address; a proxy is one.
const MOST_OF_ONE: usize = 16 * 1024 * 1024;
/// Code of a body that did not arrive in time.
pub const TOO_SLOW: &str = "too-slow";

/// Longest body that a path takes in bytes.
fn limit(path: &str) -> usize {
    match path {
        "/v1/openings" => MAX_MANIFEST_BYTES + AROUND,
        "/v1/entries" => MAX_CONTRACT_BYTES + AROUND,
        "/v1/proxy-keys" => AROUND,
        _ => SHORT,
    }
}

const _: () = assert!(MOST_OF_ONE >= 4 * (MAX_MANIFEST_BYTES + AROUND) && MAX_MANIFEST_BYTES >= MAX_CONTRACT_BYTES);

/// Bytes of bodies that are held, by the address that they came from.
#[derive(Default)]
pub struct Held(Mutex<HashMap<IpAddr, usize>>);

/// The bytes of one body, given back when dropped.
struct Share {
    held: Arc<Held>,
    address: IpAddr,
    bytes: usize,
}

impl Share {
    fn of(held: &Arc<Held>, address: IpAddr) -> Self {
        Self { held: Arc::clone(held), address, bytes: 0 }
    }

    /// Whether so many bytes more may be held.
    fn grow(&mut self, bytes: usize) -> bool {
        let mut held = self.held.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = held.values().sum();
        let own = held.get(&self.address).copied().unwrap_or_default();
        if own + bytes > MOST_OF_ONE || all + bytes > MOST_OF_ALL {
            return false;
        }
        held.insert(self.address, own + bytes);
        self.bytes += bytes;
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.held.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = held.get_mut(&self.address) {
            *own -= self.bytes;
            if *own == 0 {
                held.remove(&self.address);
            }
        }
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
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(from)| from.ip());
    let mut share = Share::of(&services.bodies, address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
    let (head, body) = request.into_parts();
    let bytes = match tokio::time::timeout(BODY_TIME, collect(body, limit, &mut share)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(Unread::TooLong)) => return too_long(limit),
        Ok(Err(Unread::TooMuch)) => {
            let message = "more bytes of bodies are arriving than this node holds; send again in a moment";
            return super::answers::Refused(Refusal::new(Code::TooManyRequests, message)).into_response();
        }
        // Nobody is there to read it.
        Ok(Err(Unread::Broken)) => return StatusCode::BAD_REQUEST.into_response(),
        Err(_) => {
            let message = format!("the body did not arrive within {} seconds", BODY_TIME.as_secs());
            return error(StatusCode::REQUEST_TIMEOUT, ApiError::new(TOO_SLOW, message));
        }
    };
    let answer = next.run(Request::from_parts(head, Body::from(bytes))).await;
    drop(share);
    answer
}

fn length(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.parse().ok()
}

async fn collect(body: Body, limit: usize, share: &mut Share) -> Result<Bytes, Unread> {
    let mut parts = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| Unread::Broken)?;
        if bytes.len() + part.len() > limit {
            return Err(Unread::TooLong);
        }
        if !share.grow(part.len()) {
            return Err(Unread::TooMuch);
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes.into())
}

fn too_long(limit: usize) -> Response {
    let message = format!("a body has at most {limit} bytes here");
    let said = ApiError::new(Code::TooLarge.word(), message).detail("max_bytes", limit);
    error(StatusCode::PAYLOAD_TOO_LARGE, said)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::net::Ipv6Addr;

    const ONE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const OTHER: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

    #[test]
    fn one_address_does_not_take_the_room_of_all() {
        let held = Arc::new(Held::default());
        let mut greedy = Share::of(&held, ONE);
        assert!(greedy.grow(MOST_OF_ONE));
        assert!(!Share::of(&held, ONE).grow(1));
        let mut other = Share::of(&held, OTHER);
        assert!(other.grow(MOST_OF_ONE));
        drop(greedy);
        assert!(Share::of(&held, ONE).grow(1), "what was answered is given back");
        drop(other);
        assert!(held.0.lock().unwrap().is_empty(), "nothing is kept of addresses that hold nothing");
    }

    #[test]
    fn all_addresses_together_have_a_bound() {
        let held = Arc::new(Held::default());
        let shares: Vec<_> = (0..MOST_OF_ALL / MOST_OF_ONE)
            .map(|n| {
                let mut share = Share::of(&held, IpAddr::V4(Ipv4Addr::new(10, 0, 0, u8::try_from(n).unwrap())));
                assert!(share.grow(MOST_OF_ONE));
                share
            })
            .collect();
        assert!(!Share::of(&held, ONE).grow(1));
        drop(shares);
        assert!(Share::of(&held, ONE).grow(1));
    }

    #[tokio::test]
    async fn a_body_longer_than_its_path_takes_is_not_read_to_its_end() {
        let held = Arc::new(Held::default());
        let endless = Body::from_stream(futures::stream::repeat(Ok::<_, std::convert::Infallible>(
            Bytes::from_static(&[0; 1000]),
        )));
        let read = collect(endless, limit("/v1/requests"), &mut Share::of(&held, ONE)).await;
        assert!(matches!(read, Err(Unread::TooLong)));
        let silent = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let mut share = Share::of(&held, ONE);
        let read =
            tokio::time::timeout(Duration::from_millis(1), collect(silent, limit("/v1/openings"), &mut share)).await;
        assert!(read.is_err() && share.bytes == 0, "what does not arrive takes nothing");
    }
}
