//! What stands beside elements as protection writes it, and nothing else.

use serde_json::{Map, Value, json};

use crate::fhir::masks::is_mask;
use crate::fhir::patients::{BIRTH_YEARS, is_band_from};
use crate::fhir::values::omb_categories;
use medshare_deid_records::fhir::{Element, Kind, Type};

/// Whether race or ethnicity is told by its categories alone, as protection tells it.
pub(super) fn is_categories(url: &str, extension: &Value) -> bool {
    omb_categories(url, &[extension]).as_ref() == Some(extension)
}

/// Whether `_x` in a structure is the mask of an `x` that FHIR requires, or the band of a patient's year of birth.
pub(super) fn is_own_addition(owner: &Type, element: &Element, value: &Value, fields: &Map<String, Value>) -> bool {
    if owner.name == "Patient" && element.name == "birthDate" {
        return is_band(value, fields.get("birthDate").and_then(Value::as_str));
    }
    matches!(element.kind, Kind::Primitive(_)) && !fields.contains_key(element.name) && is_mask(element, value)
}

/// Whether a value is a band of years of birth that begins with the year that is told.
fn is_band(value: &Value, birth: Option<&str>) -> bool {
    let Some(label) = value.pointer("/extension/0/valueString").and_then(Value::as_str) else { return false };
    let year = birth.filter(|birth| birth.len() == 4).and_then(|birth| birth.parse().ok());
    year.is_some_and(|year| is_band_from(label, year))
        && *value == json!({"extension": [{"url": BIRTH_YEARS, "valueString": label}]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_those_of_the_year_that_is_told() {
        let band = |label: &str| json!({"extension": [{"url": BIRTH_YEARS, "valueString": label}]});
        for (label, birth) in [("1950-1959", "1950"), ("1960-1964", "1960"), ("1920-1959", "1920"), ("-1939", "1936")] {
            assert!(is_band(&band(label), Some(birth)), "{label}");
        }
        for (label, birth) in [
            ("989451234", "1950"),
            ("1912-3-4", "1912"),
            ("1950-1959", "1951"),
            ("1951-1960", "1951"),
            ("1950-1950", "1950"),
            ("1950-2020", "1950"),
            ("-1939", "1890"),
            ("-1937", "1936"),
            ("+950-+959", "+950"),
            ("1950", "1950"),
        ] {
            assert!(!is_band(&band(label), Some(birth)), "{label}");
        }
        assert!(!is_band(&band("1950-1959"), None));
        assert!(!is_band(
            &json!({"extension": [{"url": BIRTH_YEARS, "valueString": "1950-1959"}], "id": "x"}),
            Some("1950")
        ));
    }
}
