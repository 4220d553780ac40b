//! Refusals and results as HTTP answers: one shape of error, whoever refuses.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use medshare_exchange::api::{ApiError, ErrorAnswer};
use medshare_ledger::codec::{Canonical, decode};
use medshare_node_refusal::{Class, Code, Refusal};

/// Longest reason that is taken over from the HTTP library.
const MAX_REASON_BYTES: usize = 4096;
/// After how many seconds asking again makes sense where too much was asked.
pub const RETRY_AFTER_S: u64 = 30;
/// What describes every path.
const DESCRIPTION: &str = "GET /v1/openapi.json describes what is expected";

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
        let status = match self.0.code.class() {
            Class::Invalid => StatusCode::BAD_REQUEST,
            Class::Unauthenticated => StatusCode::UNAUTHORIZED,
            Class::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Class::Forbidden => StatusCode::FORBIDDEN,
            Class::NotFound => StatusCode::NOT_FOUND,
            Class::Conflict => StatusCode::CONFLICT,
            Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Class::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Class::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Class::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut answer = error(status, as_error(self.0));
        if status == StatusCode::TOO_MANY_REQUESTS {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
        }
        answer
    }
}

/// A refusal in the shape of every error.
#[must_use]
pub fn as_error(refusal: Refusal) -> ApiError {
    let error = ApiError::new(refusal.code.word(), refusal.message);
    match refusal.code {
        Code::Malformed => error.hint(DESCRIPTION),
        Code::BadHttpSignature => error.hint("every message is signed anew; docs/http.md shows it byte for byte"),
        Code::Undecided => error.hint("try again: what was sent may still be decided"),
        code if code.class() == Class::TooMany => {
            error.hint("ask again later, or another node").detail("retry_after_s", RETRY_AFTER_S)
        }
        _ => error,
    }
}

/// An error as an answer.
pub fn error(status: StatusCode, error: ApiError) -> Response {
    (status, Json(ErrorAnswer { error })).into_response()
}

/// What is not of the expected form.
pub fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::Malformed, message)
}

/// A canonical document out of a body.
///
/// # Errors
/// [`Refusal`] when it is not one.
pub fn document<T: Canonical>(bytes: &[u8]) -> Result<T, Refusal> {
    decode(bytes).map_err(|e| malformed(format!("the body is not the expected document: {e}")))
}

/// Bytes as an answer.
pub fn binary(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}

/// What the HTTP library refuses before a handler is asked (path, query, method) in the form of every other refusal.
pub async fn in_own_words(response: Response) -> Response {
    let status = response.status();
    let own = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == b"application/json");
    if own || !status.is_client_error() {
        return response;
    }
    let (head, body) = response.into_parts();
    let (status, said) = match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            let message = "this path is not asked with this method; the header Allow tells with which it is";
            (status, ApiError::new(WRONG_METHOD, message).hint(DESCRIPTION))
        }
        _ => {
            let said = axum::body::to_bytes(body, MAX_REASON_BYTES).await.unwrap_or_default();
            (StatusCode::BAD_REQUEST, as_error(malformed(String::from_utf8_lossy(&said))))
        }
    };
    let mut answer = error(status, said);
    if let Some(allowed) = head.headers.get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    answer
}

/// Code of a method that a path does not know.
pub const WRONG_METHOD: &str = "wrong-method";

/// The answer to a path that does not exist.
pub async fn unknown_route() -> Response {
    let message = "there is no such path; GET /v1/openapi.json describes those that exist";
    error(StatusCode::NOT_FOUND, ApiError::new(Code::NotFound.word(), message))
}

#[cfg(test)]
mod tests;
