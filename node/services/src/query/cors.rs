//! Cross-origin requests (the WHATWG's Fetch standard, CORS): pages of the origins that the operator names may ask.
//!
//! Without a named origin nothing of this is spoken, and browsers keep pages of other origins out. Origins are named one
//! by one, never `*`; credentials of browsers are not asked for, because whoever must be known signs the message.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use medshare_genesis::origin::Origin;
use std::sync::Arc;

/// Methods that any path knows.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");
/// Headers of a signed message, and of a body of bytes.
const HEADERS: HeaderValue = HeaderValue::from_static("content-type, content-digest, signature, signature-input");
/// Headers of answers that pages read.
const EXPOSED: HeaderValue = HeaderValue::from_static("allow, retry-after");
/// How long a browser remembers the answer, in seconds.
const MAX_AGE_S: HeaderValue = HeaderValue::from_static("600");
/// What an answer depends on.
const VARY: HeaderValue = HeaderValue::from_static("origin");

/// Answers preflights of the named origins, and lets their pages read other answers.
pub async fn cors(State(origins): State<Arc<[Origin]>>, request: Request, next: Next) -> Response {
    let origin = named(&origins, request.headers());
    let preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut answer = match &origin {
        Some(_) if preflight => preflight_answer(),
        _ => next.run(request).await,
    };
    let headers = answer.headers_mut();
    headers.append(header::VARY, VARY);
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    answer
}

fn named(origins: &[Origin], headers: &HeaderMap) -> Option<HeaderValue> {
    let asking = headers.get(header::ORIGIN)?;
    origins.iter().any(|origin| origin.as_str().as_bytes() == asking.as_bytes()).then(|| asking.clone())
}

fn preflight_answer() -> Response {
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE_S),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
