//! What is told of quantities: numbers with units that are known, and no age over 89, in whatever clothes it comes.

use serde_json::{Map, Value, json};

use crate::category::Category;
use medshare_deid_identifiers::shapes_in;

use super::dates::OLDEST_AGE;
use super::terminologies::{UCUM, bare, code_system};
use super::told::Told;
use super::units::{is_unit, per_year};

/// From here on a number has as many digits as one that is given to a person: nine.
const LONG: f64 = 1e8;

/// From here on it has more than any of those has: seventeen.
const LONGER: f64 = 1e16;

/// What a quantity is the value of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Itself.
    Point,
    /// The low end of a range, which has no comparator.
    Low,
    /// The high end.
    High,
}

impl End {
    /// By the structure that the quantity stands in.
    pub(super) fn of(owner: &str, element: &str) -> Self {
        match (owner, element) {
            ("Range", "low") => End::Low,
            ("Range", "high") => End::High,
            _ => End::Point,
        }
    }
}

/// A quantity as it is told. `of_age`: without a unit it counts years.
///
/// Ninety years and more, in any unit of time, become "at least 90"; of a range the low end becomes 90 and the high end goes. A quantity
/// whose unit nobody knows is not told: its number alone would say something else.
pub(super) fn quantity(fields: &Map<String, Value>, of_age: bool, end: End) -> Told {
    let mut told = Map::new();
    let mut lost = Vec::new();
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("value", Value::Number(_)) if !is_identifying(value) => drop(told.insert(name.clone(), value.clone())),
            ("value", Value::Number(_)) => return Told::nothing("value", Category::Identifier),
            ("value", _) => return Told::nothing("value", Category::Form),
            ("comparator", Value::String(sign)) if matches!(sign.as_str(), "<" | "<=" | ">=" | ">") => {
                told.insert(name.clone(), value.clone());
            }
            ("comparator", _) => return Told::nothing("comparator", Category::Modifier),
            ("unit", Value::String(unit)) if is_unit(unit) => drop(told.insert(name.clone(), value.clone())),
            ("unit", Value::String(_)) => lost.push(("unit", Category::FreeText)),
            ("unit", _) => return Told::nothing("unit", Category::Form),
            ("code", Value::String(code)) => match unit_system(fields.get("system"), code) {
                Some(system) => {
                    told.insert(name.clone(), value.clone());
                    system.into_iter().for_each(|url| drop(told.insert("system".to_owned(), Value::from(url))));
                }
                None => lost.push(("code", Category::Unclassified)),
            },
            ("code", _) => return Told::nothing("code", Category::Form),
            ("system", Value::String(url)) if bare(url) == (UCUM, false) => {
                drop(told.insert(name.clone(), Value::from(UCUM)))
            }
            ("system", Value::String(url)) if bare(url).1 => lost.push(("system", Category::WebAddress)),
            ("system", Value::String(_)) => {}
            ("system", _) => return Told::nothing("system", Category::Form),
            (name, _) if name.starts_with('_') => {}
            ("extension", _) => lost.push(("extension", Category::Unclassified)),
            _ => lost.push(("value", Category::Unclassified)),
        }
    }
    let had_unit = fields.contains_key("unit") || fields.contains_key("code");
    if had_unit && !told.contains_key("unit") && !told.contains_key("code") {
        return Told { value: None, lost };
    }
    if is_over_89(&told, of_age) {
        let capped = capped(&told, end);
        if capped.as_ref() != Some(&told) {
            lost.push(("value", Category::AgeOver89));
        }
        return Told { value: capped, lost };
    }
    Told { value: (!told.is_empty()).then_some(told), lost }
}

/// Whether a number of years is one of 90 or more.
pub(super) fn is_old(years: &Value) -> bool {
    years.as_f64().is_some_and(|years| years >= f64::from(OLDEST_AGE))
}

/// A whole number of 90 years or more as a quantity, which can say "at least".
pub(super) fn quantity_of_age(years: &Value) -> Option<Value> {
    let fields = json!({"value": years});
    is_old(years).then(|| quantity(fields.as_object()?, true, End::Point).value.map(Value::Object))?
}

/// Whether a number may be somebody's: as long as those are, and formed like them.
pub(super) fn is_identifying(value: &Value) -> bool {
    let between = |number: &f64| (LONG..LONGER).contains(&number.abs()) && number.fract() == 0.0;
    let Some(number) = value.as_f64().filter(between) else { return false };
    let digits = value.as_i64().map_or_else(|| format!("{number:.0}"), |whole| whole.to_string());
    !shapes_in(digits.trim_start_matches('-')).is_empty()
}

/// The system to tell beside a unit's code; none inside where there was none. No answer where the code is not of its system.
fn unit_system<'s>(system: Option<&'s Value>, code: &str) -> Option<Option<&'s str>> {
    let Some(system) = system else { return is_unit(code).then_some(None) };
    let (url, _) = bare(system.as_str()?);
    let fits = if url == UCUM { is_unit(code) } else { code_system(url, &[])?.has(code) };
    fits.then_some(Some(url))
}

fn is_over_89(told: &Map<String, Value>, of_age: bool) -> bool {
    let unit = |name: &str| told.get(name).and_then(Value::as_str).and_then(per_year);
    let has_unit = told.contains_key("code") || told.contains_key("unit");
    let in_a_year = unit("code").or_else(|| unit("unit")).or((of_age && !has_unit).then_some(1.0));
    let number = told.get("value").and_then(Value::as_f64);
    number.zip(in_a_year).is_some_and(|(number, in_a_year)| number / in_a_year >= f64::from(OLDEST_AGE))
}

fn capped(told: &Map<String, Value>, end: End) -> Option<Map<String, Value>> {
    let below = matches!(told.get("comparator").and_then(Value::as_str), Some("<" | "<="));
    let capped = match end {
        _ if below => return None,
        End::High => return None,
        End::Point => json!({"value": OLDEST_AGE, "comparator": ">=", "unit": "a", "system": UCUM, "code": "a"}),
        End::Low => json!({"value": OLDEST_AGE, "unit": "a", "system": UCUM, "code": "a"}),
    };
    capped.as_object().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(value: Value, of_age: bool, end: End) -> Value {
        let told = value.as_object().map(|fields| quantity(fields, of_age, end)).and_then(|told| told.value);
        told.map_or(Value::Null, Value::Object)
    }

    #[test]
    fn ages_over_89_are_one_class_in_every_unit() {
        let oldest = json!({"value": 90, "comparator": ">=", "unit": "a", "system": UCUM, "code": "a"});
        for old in [
            json!({"value": 97, "unit": "years", "system": UCUM, "code": "a"}),
            json!({"value": 90.0, "code": "a"}),
            json!({"value": 1164, "unit": "months"}),
            json!({"value": 34000, "system": UCUM, "code": "d"}),
            json!({"value": 96, "comparator": ">", "unit": "Jahre"}),
            oldest.clone(),
        ] {
            assert_eq!(tell(old.clone(), false, End::Point), oldest, "{old}");
        }
        assert_eq!(tell(json!({"value": 93}), true, End::Point), oldest);
        assert_eq!(tell(json!({"value": 95, "comparator": "<", "code": "a"}), true, End::Point), Value::Null);
        let low = json!({"value": 90, "unit": "a", "system": UCUM, "code": "a"});
        assert_eq!(tell(json!({"value": 91, "code": "a"}), true, End::Low), low);
        assert_eq!(tell(json!({"value": 97, "code": "a"}), true, End::High), Value::Null);
    }

    #[test]
    fn other_quantities_stay_with_their_comparators() {
        for kept in [
            json!({"value": 89, "comparator": ">", "unit": "a", "system": UCUM, "code": "a"}),
            json!({"value": 5, "comparator": "<", "unit": "a", "system": UCUM, "code": "a"}),
            json!({"value": 0.5, "comparator": "<", "unit": "ng/L", "system": UCUM, "code": "ng/L"}),
            json!({"value": 180, "unit": "mg/dL"}),
            json!({"value": 1250000, "unit": "{copies}/mL"}),
            json!({"value": 12345678901234567890u64}),
            json!({"value": 617555014.25}),
            json!({"value": 98}),
        ] {
            assert_eq!(tell(kept.clone(), false, End::Point), kept);
        }
    }

    #[test]
    fn what_is_no_quantity_is_not_told() {
        for other in [
            json!({"value": 1, "unit": "per Brandvold household"}),
            json!({"value": [["555-12-3456"]]}),
            json!({"value": 6175550142u64}),
            json!({"value": 3, "comparator": "about Brandvold"}),
            json!({"value": 3, "unit": ["mg"]}),
        ] {
            assert_eq!(tell(other.clone(), false, End::Point), Value::Null, "{other}");
        }
    }
}
