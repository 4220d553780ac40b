//! Refusals and results as HTTP answers, identifiers out of paths.

use super::MAX_BODY_BYTES;
use crate::refusal::{Class, Code, Refusal};
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use medshare_exchange::api::ApiError;
use medshare_ledger::codec::{Canonical, decode};
use serde::Deserialize;
use std::str::FromStr;
use std::time::Duration;

/// Longest reason that is taken over from the HTTP library.
const MAX_REASON_BYTES: usize = 4096;
/// Longest wait of a long poll.
const MAX_WAIT_MS: u64 = 30_000;

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self.code.class() {
            Class::Invalid => StatusCode::BAD_REQUEST,
            Class::Unauthenticated => StatusCode::UNAUTHORIZED,
            Class::Forbidden => StatusCode::FORBIDDEN,
            Class::NotFound => StatusCode::NOT_FOUND,
            Class::Conflict => StatusCode::CONFLICT,
            Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Class::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Class::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let body = ApiError { code: self.code.word().to_owned(), message: self.message };
        (status, Json(body)).into_response()
    }
}

/// Query of a long poll.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// How long to wait for an end, in milliseconds.
    #[serde(default)]
    pub wait_ms: u64,
}

impl Wait {
    /// The bounded wait.
    #[must_use]
    pub fn limit(self) -> Duration {
        Duration::from_millis(self.wait_ms.min(MAX_WAIT_MS))
    }
}

/// An identifier out of a path.
///
/// # Errors
/// [`Refusal`] when it is none.
pub fn id<T: FromStr>(text: &str) -> Result<T, Refusal>
where
    T::Err: ToString,
{
    text.parse().map_err(|e: T::Err| Refusal::new(Code::Malformed, e.to_string()))
}

/// A canonical document out of a body.
///
/// # Errors
/// [`Refusal`] when it is not one.
pub fn document<T: Canonical>(bytes: &[u8]) -> Result<T, Refusal> {
    decode(bytes).map_err(|e| Refusal::new(Code::Malformed, format!("the body is not the expected document: {e}")))
}

/// Bytes as an answer.
pub fn binary(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}

/// What the HTTP library refuses before a handler is asked (body, query, method) in the form of every other refusal.
pub async fn in_own_words(response: Response) -> Response {
    let status = response.status();
    let own = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == b"application/json");
    if own || !status.is_client_error() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let (code, message) = match status {
        StatusCode::PAYLOAD_TOO_LARGE => (Code::TooLarge.word(), format!("a body has at most {MAX_BODY_BYTES} bytes")),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("wrong-method", "this path is not asked like that; GET /v1/openapi.json describes how".to_owned())
        }
        _ => {
            let said = axum::body::to_bytes(body, MAX_REASON_BYTES).await.unwrap_or_default();
            (Code::Malformed.word(), String::from_utf8_lossy(&said).into_owned())
        }
    };
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.remove(header::CONTENT_TYPE);
    (head, Json(ApiError { code: code.to_owned(), message })).into_response()
}

/// The answer to a path that does not exist.
pub async fn unknown_route() -> Refusal {
    Refusal::new(Code::NotFound, "no such path; GET /v1/openapi.json describes those that exist")
}
