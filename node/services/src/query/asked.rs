//! What is asked beside the body: identifiers out of paths, and queries, of which nothing is overlooked.

use super::answers::{Refused, malformed};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use medshare_node_refusal::Refusal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::str::FromStr;
use std::time::Duration;
use utoipa::IntoParams;

/// Longest wait of a long poll.
pub const MAX_WAIT_MS: u64 = 30_000;

/// The query of a request; what is in it and not asked for is refused, because a misspelt name would change nothing in
/// silence.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let Query(query) = Query::try_from_uri(&parts.uri).map_err(|rejection| {
            let said = rejection.body_text();
            malformed(reason(said.split_once(": ").map_or(said.as_str(), |(_, reason)| reason)))
        })?;
        Ok(Self(query))
    }
}

/// What is wrong with a query, out of what the library says of it: `NAME: what is wrong`, where a name is known.
fn reason(said: &str) -> String {
    let quoted = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
    if let Some((_, rest)) = said.split_once("unknown field ") {
        let name = quoted(rest);
        return match rest.split_once("expected ") {
            Some((_, known)) => format!("the query has {name:?}; this path takes {}", known.replace('`', "")),
            None => format!("the query has {name:?}; this path takes none"),
        };
    }
    if let Some((_, rest)) = said.split_once("duplicate field ") {
        return format!("the query has {:?} twice", quoted(rest));
    }
    match said.split_once(": ") {
        Some((name, _)) => format!("the query's {name} is not of the expected form"),
        None => "the query is not of the expected form".to_owned(),
    }
}

/// The query of what takes none.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Query of a long poll.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wait {
    /// How long to wait for an end, in milliseconds; more than 30 s are 30 s.
    #[serde(default)]
    #[param(minimum = 0, default = 0, example = 1000)]
    pub wait_ms: u64,
}

impl Wait {
    /// The bounded wait.
    #[must_use]
    pub fn limit(self) -> Duration {
        Duration::from_millis(self.wait_ms.min(MAX_WAIT_MS))
    }
}

/// An identifier out of a path or query.
///
/// # Errors
/// [`Refusal`] when it is none.
pub fn id<T: FromStr>(text: &str) -> Result<T, Refusal>
where
    T::Err: ToString,
{
    text.parse().map_err(|e: T::Err| malformed(e.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use axum::http::Request;
    use medshare_crypto::hash::{Hash32, sha256};
    use medshare_node_refusal::Code;

    async fn asked<T: DeserializeOwned>(uri: &str) -> Result<T, Refusal> {
        let (mut parts, ()) = Request::builder().uri(uri).body(()).unwrap().into_parts();
        let asked = Asked::from_request_parts(&mut parts, &()).await;
        asked.map(|Asked(query)| query).map_err(|Refused(refusal)| refusal)
    }

    #[tokio::test]
    async fn nothing_in_a_query_is_overlooked() {
        assert_eq!(asked::<Wait>("/x?wait_ms=5").await.unwrap().wait_ms, 5);
        assert_eq!(asked::<Wait>("/x").await.unwrap().wait_ms, 0);
        asked::<Nothing>("/x").await.unwrap();
        asked::<Nothing>("/x?").await.unwrap();
        for (uri, message) in [
            ("/x?wait_ms=soon", "the query's wait_ms is not of the expected form"),
            ("/x?hurry=1", "the query has \"hurry\"; this path takes wait_ms"),
            ("/x?wait_ms=1&wait_ms=2", "the query has \"wait_ms\" twice"),
        ] {
            let refusal = asked::<Wait>(uri).await.unwrap_err();
            assert_eq!((refusal.code, refusal.message.as_str()), (Code::Malformed, message));
        }
        let refusal = asked::<Nothing>("/x?wait_ms=1").await.unwrap_err();
        assert_eq!(refusal.message, "the query has \"wait_ms\"; this path takes none");
    }

    #[test]
    fn nobody_waits_longer_than_the_bound() {
        let limit = |wait_ms| Wait { wait_ms }.limit().as_millis();
        assert_eq!([limit(0), limit(10), limit(u64::MAX)], [0, 10, u128::from(MAX_WAIT_MS)]);
    }

    #[test]
    fn identifiers_are_taken_whole_or_refused() {
        let hash = sha256(b"entry");
        assert_eq!(id::<Hash32>(&hash.to_string()), Ok(hash));
        for refused in [id::<Hash32>("12"), id(""), id(&format!("{hash}0"))] {
            assert_eq!(refused.unwrap_err().code, Code::Malformed);
        }
    }
}
