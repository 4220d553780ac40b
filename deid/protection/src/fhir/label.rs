//! The security label on what is released (FHIR R4, "Security labels"; HL7 v3 ObservationValue).
//!
//! `PSEUDED`: identifiers were taken out and pseudonyms put in their place, of which whoever has the key knows what they stand for. `ANONYED`
//! would say that there is no such key.

use serde_json::{Map, Value, json};

/// The label.
pub(super) fn label() -> Value {
    json!({"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "PSEUDED"})
}

/// A resource with the label.
pub(super) fn labelled(mut resource: Value) -> Value {
    if let Some(fields) = resource.as_object_mut() {
        let meta = fields.entry("meta").or_insert_with(|| Value::Object(Map::new()));
        if let Some(meta) = meta.as_object_mut() {
            meta.insert("security".to_owned(), Value::Array(vec![label()]));
        }
    }
    resource
}
