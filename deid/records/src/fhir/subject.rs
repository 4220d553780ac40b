//! Whose record a resource is.

use serde_json::Value;

/// The resource type of patients.
pub const PATIENT: &str = "Patient";

/// Elements that name the patient of a resource, in the order in which they are tried.
const SUBJECT_ELEMENTS: [&str; 7] = ["subject", "patient", "beneficiary", "individual", "for", "recipient", "target"];

/// Longest id.
const MAX_ID_BYTES: usize = 255;

/// The id at the end of a literal reference: `urn:uuid:ID`, `Type/ID`, `https://host/Type/ID`, `#ID`, each with or without a version.
#[must_use]
pub fn reference_id(reference: &str) -> Option<&str> {
    let bare = reference.split("/_history/").next()?;
    let id = bare
        .strip_prefix("urn:uuid:")
        .or_else(|| bare.strip_prefix('#'))
        .or_else(|| bare.rsplit_once('/').map(|(_, id)| id))?;
    is_id(id).then_some(id)
}

/// Whether a text may be an id. Many servers give longer ones, and with other characters, than FHIR allows.
#[must_use]
pub fn is_id(text: &str) -> bool {
    let fits = |c: char| !(c.is_whitespace() || c.is_control() || matches!(c, '/' | '?' | '#' | '|'));
    (1..=MAX_ID_BYTES).contains(&text.len()) && text.chars().all(fits)
}

/// The id of what the resource is first said to be about; a patient's own id for a patient.
#[must_use]
pub fn subject_of(resource: &Value) -> Option<&str> {
    subjects_of(resource).next()
}

/// The ids of all that the resource is said to be about, among them the patient whose record it is; a patient's own id for a patient.
pub fn subjects_of(resource: &Value) -> impl Iterator<Item = &str> {
    let is_patient = resource.get("resourceType").and_then(Value::as_str) == Some(PATIENT);
    let own = is_patient.then(|| resource.get("id")?.as_str()).flatten();
    let named = SUBJECT_ELEMENTS.iter().filter(move |_| !is_patient).filter_map(|name| resource.get(name));
    let items = named.flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
    own.into_iter().chain(items.filter_map(|item| reference_id(item.get("reference")?.as_str()?)))
}
