//! Values of FHIR that stay in a coarser or standard form: regions, race and ethnicity.

use serde_json::{Value, json};

pub(super) const RACE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race";
pub(super) const ETHNICITY: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity";

/// The categories of the Office of Management and Budget that US Core race and ethnicity use.
const OMB_CATEGORIES: [(&str, &str); 10] = [
    ("1002-5", "American Indian or Alaska Native"),
    ("2028-9", "Asian"),
    ("2054-5", "Black or African American"),
    ("2076-8", "Native Hawaiian or Other Pacific Islander"),
    ("2106-3", "White"),
    ("2131-1", "Other Race"),
    ("2135-2", "Hispanic or Latino"),
    ("2186-5", "Not Hispanic or Latino"),
    ("ASKU", "Asked but no answer"),
    ("UNK", "Unknown"),
];

/// A state's or country's name: letters, no digits.
pub(super) fn region(value: &Value) -> Option<Value> {
    let name = value.as_str()?;
    let plain = name.len() <= 40 && name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '.' | '\''));
    plain.then(|| value.clone())
}

/// US Core race or ethnicity by categories alone, without the detail that it may hold.
pub(super) fn omb_categories(url: &str, extensions: &[&Value]) -> Option<Value> {
    let parts = extensions.iter().filter_map(|one| one.get("extension")?.as_array()).flatten();
    let mut categories: Vec<(&str, &str)> = parts
        .filter(|part| part.get("url").and_then(Value::as_str) == Some("ombCategory"))
        .filter_map(|part| part.get("valueCoding")?.get("code")?.as_str())
        .filter_map(|code| OMB_CATEGORIES.iter().find(|(known, _)| *known == code).copied())
        .collect();
    categories.sort_unstable();
    categories.dedup();
    let mut told: Vec<Value> = categories
        .iter()
        .map(|(code, display)| {
            let system = "urn:oid:2.16.840.1.113883.6.238";
            json!({"url": "ombCategory", "valueCoding": {"system": system, "code": code, "display": display}})
        })
        .collect();
    let text: Vec<&str> = categories.iter().map(|(_, display)| *display).collect();
    told.push(json!({"url": "text", "valueString": text.join(", ")}));
    (!categories.is_empty()).then(|| json!({"url": url, "extension": told}))
}
