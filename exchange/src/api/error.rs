//! What is wrong, in the one shape that HTTP answers and the commands' `--json` have in common.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What is wrong: a code for programs, sentences for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiError {
    /// Stable word for programs.
    pub code: String,
    /// What was wrong, for people.
    pub message: String,
    /// What to do next, for people.
    #[serde(default)]
    pub hint: Option<String>,
    /// Numbers, names and identifiers that belong to the code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, Value>,
}

/// The body of an answer that is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorAnswer {
    /// What is wrong.
    pub error: ApiError,
}

impl ApiError {
    /// An error with neither hint nor details.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), hint: None, details: BTreeMap::new() }
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what belongs to the code.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }
}

impl From<ApiError> for ErrorAnswer {
    fn from(error: ApiError) -> Self {
        Self { error }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn an_error_reads_the_same_wherever_it_stands() {
        let bare = ErrorAnswer::from(ApiError::new("not-found", "this network has no such entry"));
        let text = r#"{"error":{"code":"not-found","message":"this network has no such entry","hint":null}}"#;
        assert_eq!(serde_json::to_string(&bare).unwrap(), text);
        let full = ApiError::new("too-large", "too long").hint("send less").detail("max_bytes", 4096);
        let text = r#"{"code":"too-large","message":"too long","hint":"send less","details":{"max_bytes":4096}}"#;
        assert_eq!(serde_json::to_string(&full).unwrap(), text);
        assert_eq!(serde_json::from_str::<ApiError>(text).unwrap(), full);
    }
}
