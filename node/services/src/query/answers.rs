//! Refusals and results as HTTP answers, identifiers out of paths.

use super::MAX_BODY_BYTES;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use medshare_exchange::api::ApiError;
use medshare_ledger::codec::{Canonical, decode};
use medshare_node_refusal::{Class, Code, Refusal};
use serde::Deserialize;
use std::str::FromStr;
use std::time::Duration;

/// Longest reason that is taken over from the HTTP library.
const MAX_REASON_BYTES: usize = 4096;
/// Longest wait of a long poll.
const MAX_WAIT_MS: u64 = 30_000;

/// A refusal as the answer to an HTTP request.
#[derive(Debug)]
pub struct Refused(pub Refusal);

impl<E: Into<Refusal>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Refusal { code, message } = self.0;
        let status = match code.class() {
            Class::Invalid => StatusCode::BAD_REQUEST,
            Class::Unauthenticated => StatusCode::UNAUTHORIZED,
            Class::Forbidden => StatusCode::FORBIDDEN,
            Class::NotFound => StatusCode::NOT_FOUND,
            Class::Conflict => StatusCode::CONFLICT,
            Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Class::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Class::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let body = ApiError { code: code.word().to_owned(), message };
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
pub async fn unknown_route() -> Refused {
    Refusal::new(Code::NotFound, "no such path; GET /v1/openapi.json describes those that exist").into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use axum::body::{Body, to_bytes};
    use medshare_crypto::hash::{Hash32, sha256};
    use medshare_ledger::codec::encode;

    async fn read(response: Response) -> (u16, ApiError) {
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), MAX_REASON_BYTES).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn every_class_of_refusal_has_a_status_and_says_its_word() {
        for (code, status) in [
            (Code::Malformed, 400),
            (Code::UnknownKey, 401),
            (Code::PurposeForbidden, 403),
            (Code::NotFound, 404),
            (Code::Replay, 409),
            (Code::TooLarge, 413),
            (Code::Undecided, 503),
            (Code::NodeFault, 500),
        ] {
            let (found, error) = read(Refused(Refusal::new(code, "what to do")).into_response()).await;
            assert_eq!((found, error.code.as_str(), error.message.as_str()), (status, code.word(), "what to do"));
        }
        assert_eq!(read(unknown_route().await.into_response()).await.0, 404);
    }

    #[tokio::test]
    async fn what_the_http_library_refuses_reads_like_every_other_refusal() {
        let plain = |status: u16, text: &str| {
            Response::builder()
                .status(status)
                .header(header::CONTENT_TYPE, "text/plain")
                .body(Body::from(text.to_owned()))
        };
        for (status, code, words) in [
            (413, "too-large", "at most"),
            (405, "wrong-method", "openapi.json"),
            (400, "malformed", "the library's words"),
            (422, "malformed", "the library's words"),
        ] {
            let answer = in_own_words(plain(status, "the library's words").unwrap()).await;
            let (found, error) = read(answer).await;
            assert_eq!((found, error.code.as_str()), (status, code));
            assert!(error.message.contains(words), "{}", error.message);
        }
        let own = in_own_words(Refused(Refusal::not_found("entry")).into_response()).await;
        assert_eq!(read(own).await.1.message, "this network has no such entry");
        let done = in_own_words(plain(200, "done").unwrap()).await;
        assert_eq!(to_bytes(done.into_body(), 100).await.unwrap(), "done");
    }

    #[test]
    fn ids_and_documents_are_taken_whole_or_refused() {
        let hash = sha256(b"entry");
        assert_eq!(id::<Hash32>(&hash.to_string()), Ok(hash));
        assert_eq!(document::<Hash32>(&encode(&hash)), Ok(hash));
        let longer = [encode(&hash), vec![0]].concat();
        for refused in [id::<Hash32>("12"), id(""), document(b""), document(&longer)] {
            assert_eq!(refused.unwrap_err().code, Code::Malformed);
        }
    }

    #[test]
    fn nobody_waits_longer_than_the_bound() {
        let limit = |wait_ms| Wait { wait_ms }.limit().as_millis();
        assert_eq!([limit(0), limit(10), limit(u64::MAX)], [0, 10, u128::from(MAX_WAIT_MS)]);
    }
}
