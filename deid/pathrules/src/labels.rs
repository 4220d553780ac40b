//! The security labels in `meta` that tell what was done to a resource, as Microsoft's tool sets them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The label of a method; `CRYTOHASH` is how that tool and HL7's code system spell it.
pub(crate) fn label(code: &str) -> Value {
    let display = match code {
        "REDACTED" => "redacted",
        "CRYTOHASH" => "cryptographic hash function",
        "ENCRYPT" => "exact value is transformed into ciphertext",
        "PERTURBED" => "exact value is replaced with another exact value",
        "SUBSTITUTED" => "exact value is replaced with a predefined value",
        _ => "exact value is replaced with a general value",
    };
    match code {
        "REDACTED" | "CRYTOHASH" => {
            json!({"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": code, "display": display})
        }
        _ => json!({"code": code, "display": display}),
    }
}

/// Adds labels to a resource.
pub(crate) fn add_labels(resource: &mut Map<String, Value>, labels: &BTreeSet<&'static str>) {
    if labels.is_empty() {
        return;
    }
    let meta = resource.entry("meta").or_insert_with(|| json!({}));
    let Some(meta) = meta.as_object_mut() else { return };
    let security = meta.entry("security").or_insert_with(|| json!([]));
    if let Some(security) = security.as_array_mut() {
        security.extend(labels.iter().map(|code| label(code)));
    }
}
