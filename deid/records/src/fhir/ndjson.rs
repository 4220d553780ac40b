//! FHIR resources as newline-delimited JSON, one resource per line.
//!
//! Departure from FHIR: decimals are IEEE 754 doubles, so trailing zeros of a decimal (`1.50`) are not kept.

use serde_json::Value;

/// Why a line is not a FHIR resource.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// The line is not JSON. The position is kept, the text is not: it may hold personal data.
    #[error("not JSON (column {column}): {problem}; expected one FHIR resource per line")]
    Json {
        /// The column, counted from 1.
        column: usize,
        /// The kind of problem.
        problem: &'static str,
    },
    /// The line is JSON but not an object with a `resourceType`.
    #[error("no resourceType; expected a FHIR resource")]
    NotAResource,
    /// The line is not UTF-8.
    #[error("not UTF-8 (byte {offset}); expected FHIR JSON, which is UTF-8")]
    NotUtf8 {
        /// Offset of the first wrong byte in the line.
        offset: usize,
    },
}

/// The type of a resource, if it is one.
pub fn resource_type(resource: &Value) -> Option<&str> {
    resource
        .get("resourceType")?
        .as_str()
        .filter(|name| !name.is_empty() && name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// Reads one line.
///
/// # Errors
/// Says what is wrong with the line without repeating it.
pub fn read_resource(line: &[u8]) -> Result<Value, ResourceError> {
    if let Err(error) = std::str::from_utf8(line) {
        return Err(ResourceError::NotUtf8 { offset: error.valid_up_to() });
    }
    let value: Value = serde_json::from_slice(line).map_err(|error| ResourceError::Json {
        column: error.column(),
        problem: match error.classify() {
            serde_json::error::Category::Eof => "the line ends too early",
            _ => "unexpected character or value",
        },
    })?;
    match resource_type(&value) {
        Some(_) => Ok(value),
        None => Err(ResourceError::NotAResource),
    }
}
