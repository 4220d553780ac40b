//! Extensions as protection writes them.

use serde_json::Value;

use crate::category::Category;
use crate::fhir::patients::BIRTH_YEARS;

const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// Race and ethnicity in the form that protection gives them are quasi-identifiers; in any other they hold more.
pub(super) fn coded_extension(value: &Value) -> Category {
    let parts = value.get("extension").and_then(Value::as_array);
    let known = parts.into_iter().flatten().all(|part| match part.get("url").and_then(Value::as_str) {
        Some("ombCategory") => part.get("valueCoding").is_some(),
        Some("text") => part.get("valueString").and_then(Value::as_str).is_some_and(|text| text.len() <= 120),
        _ => false,
    });
    if known { Category::QuasiIdentifier } else { Category::Unclassified }
}

/// Whether a value holds nothing but extensions that protection itself writes.
pub(super) fn is_own_extension(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(is_own_extension),
        Value::Object(fields) => {
            fields.len() == 1
                && fields.get("extension").and_then(Value::as_array).is_some_and(|list| list.iter().all(is_own))
        }
        _ => false,
    }
}

pub(super) fn is_own(extension: &Value) -> bool {
    match extension.get("url").and_then(Value::as_str) {
        Some(ABSENT) => extension.get("valueCode").and_then(Value::as_str) == Some("masked"),
        Some(BIRTH_YEARS) => extension
            .get("valueString")
            .and_then(Value::as_str)
            .is_some_and(|text| text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')),
        _ => false,
    }
}
