//! When something happened, by the dates on a resource's first level.

use serde_json::Value;

use super::subject::PATIENT;
use crate::date::PartialDate;

/// Elements of a resource that hold the date of an event.
const EVENT_PERIODS: [&str; 4] = ["period", "performedPeriod", "effectivePeriod", "occurrencePeriod"];

/// The latest year that a resource, other than a patient, tells on its first level.
pub fn event_year(resource: &Value) -> Option<i32> {
    let is_patient = resource.get("resourceType").and_then(Value::as_str) == Some(PATIENT);
    if is_patient { None } else { latest_year(resource) }
}

/// The latest year on a resource's first level.
pub(super) fn latest_year(resource: &Value) -> Option<i32> {
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
