//! Refusals and results as HTTP answers, identifiers out of paths.

use crate::refusal::{Class, Refusal};
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use medshare_exchange::api::ApiError;
use medshare_ledger::codec::{Canonical, decode};
use serde::Deserialize;
use std::str::FromStr;
use std::time::Duration;

/// Longest wait of a long poll.
const MAX_WAIT_MS: u64 = 30_000;

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self.class {
            Class::Invalid => StatusCode::BAD_REQUEST,
            Class::Unauthenticated => StatusCode::UNAUTHORIZED,
            Class::Forbidden => StatusCode::FORBIDDEN,
            Class::NotFound => StatusCode::NOT_FOUND,
            Class::Conflict => StatusCode::CONFLICT,
            Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Class::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Class::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let body = ApiError { code: self.code.to_owned(), message: self.message };
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
    text.parse().map_err(|e: T::Err| Refusal::invalid("malformed", e.to_string()))
}

/// A canonical document out of a body.
///
/// # Errors
/// [`Refusal`] when it is not one.
pub fn document<T: Canonical>(bytes: &[u8]) -> Result<T, Refusal> {
    decode(bytes).map_err(|e| Refusal::invalid("malformed", format!("the body is not the expected document: {e}")))
}

/// Bytes as an answer.
pub fn binary(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}

/// The answer to a path that does not exist.
pub async fn unknown_route() -> Refusal {
    Refusal::new(Class::NotFound, "not-found", "no such path; GET /v1/openapi.json describes those that exist")
}
