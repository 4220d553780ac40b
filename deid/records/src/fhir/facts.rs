//! What a resource says of itself, noted while it is read: who it is, and whose.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::model::{Kind, Model, Primitive};
use super::subject::PATIENT;
use crate::date::PartialDate;

/// Elements that hold a date, by name, in any type.
static DATES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let is_date = |kind| matches!(kind, Kind::Primitive(Primitive::Date | Primitive::DateTime | Primitive::Instant));
    let elements = Model::r4().types().flat_map(|own| own.elements());
    elements.filter(|element| is_date(element.kind)).map(|element| element.name).collect()
});

/// Elements that say whose a resource is, by name, wherever they stand (R4, references that may lead to a patient).
const OWNERS: [&str; 20] = [
    "actor",
    "beneficiary",
    "candidate",
    "deliverTo",
    "entity",
    "focus",
    "for",
    "individual",
    "member",
    "party",
    "patient",
    "policyHolder",
    "receiver",
    "recipient",
    "securityContext",
    "sourcePatientInfo",
    "subject",
    "subscriber",
    "target",
    "what",
];

/// Elements that name who did or said something: the resource is not about them.
const MENTIONS: [&str; 22] = [
    "asserter",
    "author",
    "authorReference",
    "contributor",
    "enterer",
    "expressedBy",
    "informationSource",
    "item",
    "observer",
    "onBehalfOf",
    "operator",
    "other",
    "owner",
    "participant",
    "performer",
    "recorder",
    "reportedReference",
    "requester",
    "responsible",
    "sender",
    "verifiedWith",
    "who",
];

/// Longest date with time and zone.
const LONGEST_DATE: usize = 40;

/// Deepest place that is looked at.
const MAX_DEPTH: usize = 32;

/// What a resource says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Facts {
    /// Its id; the full URL of what came in a bundle of a server.
    pub id: Option<Box<str>>,
    /// The references that say whose it is, as written; `?system|value` where it names an identifier instead.
    pub owners: Box<[Box<str>]>,
    /// Of patients, their identifiers as `system|value`.
    pub identifiers: Box<[Box<str>]>,
    /// Whether something in it has a modifier that no standard explains.
    pub is_modified: bool,
}

impl Facts {
    /// Looks through a resource.
    #[must_use]
    pub fn of(resource: &Value) -> Self {
        Facts::with_years(resource).0
    }

    /// The same, and the years of all its dates.
    pub(super) fn with_years(resource: &Value) -> (Self, Vec<i32>) {
        let Some(fields) = resource.as_object() else { return Default::default() };
        let mut noted = Noted::default();
        let is_patient = fields.get("resourceType").and_then(Value::as_str) == Some(PATIENT);
        for (name, value) in fields {
            noted.element(name, value, Place::default());
        }
        if is_patient {
            noted.owners.clear();
        }
        let identifiers = fields.get("identifier").filter(|_| is_patient).and_then(Value::as_array);
        let facts = Facts {
            id: fields.get("id").and_then(Value::as_str).map(Box::from),
            owners: noted.owners.into(),
            identifiers: identifiers.into_iter().flatten().filter_map(logical).map(String::into_boxed_str).collect(),
            is_modified: noted.is_modified,
        };
        (facts, noted.years)
    }
}

/// The latest year that a resource tells in any date, among those up to `last`.
#[must_use]
pub fn event_year(resource: &Value, last: i32) -> Option<i32> {
    Facts::with_years(resource).1.into_iter().filter(|year| *year <= last).max()
}

#[derive(Default)]
struct Noted {
    owners: Vec<Box<str>>,
    years: Vec<i32>,
    is_modified: bool,
}

#[derive(Clone, Copy, Default)]
struct Place {
    in_contained: bool,
    in_performer: bool,
    depth: usize,
}

impl Noted {
    fn element(&mut self, name: &str, value: &Value, place: Place) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.element(name, item, place)),
            Value::Object(fields) => {
                self.is_modified |= name == "modifierExtension";
                if place.depth >= MAX_DEPTH {
                    return;
                }
                if !(place.in_contained || place.in_performer) {
                    self.reference(name, fields);
                }
                let inside = Place {
                    in_contained: place.in_contained || name == "contained",
                    in_performer: place.in_performer || name == "performer",
                    depth: place.depth + 1,
                };
                fields.iter().for_each(|(name, value)| self.element(name, value, inside));
            }
            Value::String(text) if may_be_date(text) && DATES.contains(name) => {
                let year = PartialDate::parse(text).map(|date| date.year);
                self.years.extend(year.filter(|year| !self.years.contains(year)));
            }
            _ => {}
        }
    }

    fn reference(&mut self, name: &str, fields: &Map<String, Value>) {
        let is_owner = || OWNERS.binary_search(&name).is_ok();
        if let Some(written) = fields.get("reference").and_then(Value::as_str) {
            let names_patient = || written.contains("Patient/") || written.contains("Patient?");
            let is_about = || is_owner() || (names_patient() && MENTIONS.binary_search(&name).is_err());
            if !written.starts_with('#') && is_about() {
                self.owners.push(written.into());
            }
        } else if let Some(identifier) = fields.get("identifier").filter(|_| is_owner()) {
            self.owners.extend(logical(identifier).map(|identifier| format!("?{identifier}").into_boxed_str()));
        }
    }
}

/// Whether a text begins as a date of these millennia does.
fn may_be_date(text: &str) -> bool {
    match text.as_bytes() {
        [b'1' | b'2', _, _, _] => true,
        [b'1' | b'2', _, _, _, b'-', ..] => text.len() <= LONGEST_DATE,
        _ => false,
    }
}

/// An identifier as `system|value`.
pub fn logical(identifier: &Value) -> Option<String> {
    let value = identifier.get("value")?.as_str()?;
    let system = identifier.get("system").and_then(Value::as_str).unwrap_or_default();
    Some(format!("{system}|{value}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_resource_is_of_those_it_is_about_and_not_of_those_who_did_it() {
        let owners = |resource: Value| Facts::of(&resource).owners.iter().map(ToString::to_string).collect::<Vec<_>>();
        let reference = |to: &str| json!({"reference": to});
        assert_eq!(
            owners(
                json!({"resourceType": "Observation", "subject": reference("Patient/a"), "performer": [reference("Patient/b")],
                "contained": [{"resourceType": "Observation", "subject": reference("Patient/c")}]})
            ),
            ["Patient/a"]
        );
        assert_eq!(
            owners(json!({"resourceType": "Appointment", "participant": [{"actor": reference("urn:uuid:1")}]})),
            ["urn:uuid:1"]
        );
        assert_eq!(
            owners(
                json!({"resourceType": "ServiceRequest", "subject": {"identifier": {"system": "urn:x", "value": "7"}},
                "supportingInfo": [reference("Patient/d"), reference("Observation/e")]})
            ),
            ["?urn:x|7", "Patient/d"]
        );
        assert!(
            Facts::of(&json!({"resourceType": "Procedure", "performer": [{"modifierExtension": [{"url": "x"}]}]}))
                .is_modified
        );
        assert!(OWNERS.is_sorted() && MENTIONS.is_sorted());
    }
}
