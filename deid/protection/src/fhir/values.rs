//! Values of FHIR that stay in a coarser or standard form: codes, regions, ages, race and ethnicity.

use serde_json::{Value, json};

use medshare_deid_identifiers::shapes_in;

use super::dates::OLDEST_AGE;

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

/// Whether a text has the form of a code: short, without the marks of an address or a number given to a person.
pub(super) fn is_code(code: &str) -> bool {
    code.len() <= 80 && !code.contains(['@', '\n']) && {
        let dashes = code.bytes().filter(|byte| *byte == b'-').count();
        dashes < 2 || shapes_in(code).is_empty()
    }
}

/// A state's or country's name: letters, no digits.
pub(super) fn region(value: &Value) -> Option<Value> {
    let name = value.as_str()?;
    let plain = name.len() <= 40 && name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '.' | '\''));
    plain.then(|| value.clone())
}

/// An age in years above 89 becomes "at least 90"; ages in other units stay.
pub(super) fn age(value: &Value) -> Option<Value> {
    let number = value.get("value")?.as_f64()?;
    let unit = value.get("code").or_else(|| value.get("unit"))?.as_str()?;
    let in_years = match unit {
        "a" | "year" | "years" | "yr" => number,
        "mo" | "month" | "months" => number / 12.0,
        "wk" | "week" | "weeks" => number / 52.0,
        "d" | "day" | "days" => number / 365.0,
        _ => return None,
    };
    let system = "http://unitsofmeasure.org";
    Some(if in_years >= f64::from(OLDEST_AGE) {
        json!({"value": OLDEST_AGE, "comparator": ">=", "system": system, "code": "a", "unit": "a"})
    } else {
        json!({"value": value.get("value")?, "system": system, "code": unit, "unit": unit})
    })
}

/// US Core race or ethnicity by categories alone, without the detail that it may hold.
pub(super) fn omb_categories(url: &str, value: &Value) -> Option<Value> {
    let parts = value.get("extension")?.as_array()?;
    let categories: Vec<(&str, &str)> = parts
        .iter()
        .filter(|part| part.get("url").and_then(Value::as_str) == Some("ombCategory"))
        .filter_map(|part| part.get("valueCoding")?.get("code")?.as_str())
        .filter_map(|code| OMB_CATEGORIES.iter().find(|(known, _)| *known == code).copied())
        .collect();
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
