//! What is told of single values, by the rule of their element. Dates, ids and links are told elsewhere: they need a key.

use serde_json::Value;

use medshare_deid_records::fhir::Primitive;

use super::quantities::is_identifying;

/// Whether a value has the form of its type, and is no number of somebody's.
pub(super) fn is_plain(primitive: Primitive, value: &Value) -> bool {
    match primitive {
        Primitive::Boolean => value.is_boolean(),
        Primitive::Integer => {
            value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) && !is_identifying(value)
        }
        Primitive::Decimal => value.is_number() && !is_identifying(value),
        _ => false,
    }
}

/// Whether a value is one of these codes.
pub(super) fn is_one_of(codes: &[&str], value: &Value) -> bool {
    value.as_str().is_some_and(|code| codes.contains(&code))
}

/// Whether a value is a currency of ISO 4217, by its form.
pub(super) fn is_currency(value: &Value) -> bool {
    value.as_str().is_some_and(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
}
