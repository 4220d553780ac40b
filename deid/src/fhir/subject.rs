//! Whose record a resource is, and when the records end.

use serde_json::Value;

use crate::date::PartialDate;
use crate::records::FhirFile;

/// Elements that name the patient of a resource, in the order in which they are tried.
const SUBJECT_ELEMENTS: [&str; 7] = ["subject", "patient", "beneficiary", "individual", "for", "recipient", "target"];

/// Elements of a resource that hold the date of an event.
const EVENT_PERIODS: [&str; 4] = ["period", "performedPeriod", "effectivePeriod", "occurrencePeriod"];

/// The id at the end of a literal reference: `urn:uuid:ID`, `Type/ID`, `https://host/Type/ID`, `#ID`, each with or without a version.
pub(crate) fn reference_id(reference: &str) -> Option<&str> {
    let bare = reference.split("/_history/").next()?;
    let id = bare
        .strip_prefix("urn:uuid:")
        .or_else(|| bare.strip_prefix('#'))
        .or_else(|| bare.rsplit_once('/').map(|(_, id)| id))?;
    let plausible = (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    plausible.then_some(id)
}

/// The id of what the resource is first said to be about; a patient's own id for a patient.
pub(crate) fn subject_of(resource: &Value) -> Option<&str> {
    subjects_of(resource).next()
}

/// The ids of all that the resource is said to be about, among them the patient whose record it is; a patient's own id for a patient.
pub(crate) fn subjects_of(resource: &Value) -> impl Iterator<Item = &str> {
    let is_patient = resource.get("resourceType").and_then(Value::as_str) == Some("Patient");
    let own = is_patient.then(|| resource.get("id")?.as_str()).flatten();
    let named = SUBJECT_ELEMENTS.iter().filter(move |_| !is_patient).filter_map(|name| resource.get(name));
    let items = named.flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
    own.into_iter().chain(items.filter_map(|item| reference_id(item.get("reference")?.as_str()?)))
}

/// The latest year in which anything happened to anybody, by the dates on the resources' first level.
pub(crate) fn reference_year(files: &[FhirFile]) -> Option<i32> {
    files.iter().filter(|file| file.resource_type() != "Patient").filter_map(FhirFile::latest_year).max()
}

/// The latest year that a resource, other than a patient, tells on its first level.
pub fn event_year(resource: &Value) -> Option<i32> {
    let is_patient = resource.get("resourceType").and_then(Value::as_str) == Some("Patient");
    if is_patient { None } else { latest_year(resource) }
}

/// The latest year on a resource's first level.
pub(crate) fn latest_year(resource: &Value) -> Option<i32> {
    let own = resource.as_object()?.values().filter_map(year);
    let periods = EVENT_PERIODS
        .iter()
        .filter_map(|name| resource.get(name))
        .flat_map(|period| ["start", "end"].into_iter().filter_map(|name| period.get(name)).filter_map(year));
    own.chain(periods).max()
}

fn year(value: &Value) -> Option<i32> {
    let text = value.as_str().filter(|text| (4..=40).contains(&text.len()) && text.starts_with(['1', '2']))?;
    PartialDate::parse(text).map(|date| date.year)
}
