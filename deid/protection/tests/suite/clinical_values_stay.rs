//! Useful, not empty: codes, quantities and the years of dates leave as they were, whatever else is withheld.

use std::collections::BTreeMap;

use medshare_deid::{DeidConfig, PackageKey, Records, deidentify};
use serde_json::Value;

use crate::{corpus, read_order};

/// Least share of each kind of value, in each type of resource, that leaves unchanged.
const LEAST: f64 = 0.95;

/// A resource's clinical values: codes with their systems, quantities with their units, years.
fn values(value: &Value, place: &str, found: &mut BTreeMap<&'static str, Vec<String>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| values(item, place, found)),
        Value::Object(_) if matches!(place, "meta" | "extension" | "identifier" | "text" | "contained") => {}
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).map(Value::to_string).unwrap_or_default();
            if fields.contains_key("value") {
                found.entry("quantity").or_default().push([text("value"), text("code"), text("comparator")].join(" "));
            } else if fields.contains_key("code") && fields.contains_key("system") {
                found.entry("code").or_default().push([text("system"), text("code")].join(" "));
            }
            fields.iter().for_each(|(name, value)| values(value, name, found));
        }
        // What FHIR demands to the second cannot be told as a year.
        Value::String(text) if place != "issued" && is_date(text) => {
            found.entry("year").or_default().push(text[..4].to_owned());
        }
        _ => {}
    }
}

fn is_date(text: &str) -> bool {
    let year = text.get(..4).is_some_and(|year| year.bytes().all(|byte| byte.is_ascii_digit()));
    year && matches!(text.as_bytes().get(4), None | Some(b'-'))
}

#[test]
fn codes_quantities_and_years_of_synthea_leave_unchanged() {
    let Some(records) = corpus::synthea() else { return };
    // Nobody is left out, so that every record has its copy.
    let config = DeidConfig { suppression_limit: 0.0, ..DeidConfig::default() };
    let result = deidentify(&records, &config, &PackageKey::new([1; 32])).unwrap();
    let (Records::Fhir(before), Records::Fhir(after)) = (&records, &result.records) else { panic!("FHIR expected") };
    for file in
        before.iter().filter(|file| !matches!(file.resource_type(), "Patient" | "Practitioner" | "Organization"))
    {
        let told = after.iter().find(|own| own.resource_type() == file.resource_type()).unwrap();
        assert_eq!(told.len(), file.len(), "{}", file.resource_type());
        let mut shares: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let mut told: Vec<Value> = told.resources().collect();
        read_order::sort(&mut told, file.resources(), &PackageKey::new([1; 32]));
        for (before, after) in file.resources().zip(told) {
            let (mut all, mut kept) = (BTreeMap::new(), BTreeMap::new());
            values(&before, "", &mut all);
            values(&after, "", &mut kept);
            for (kind, all) in all {
                let mut kept = kept.remove(kind).unwrap_or_default();
                let share = shares.entry(kind).or_default();
                share.1 += all.len();
                let stays = |value: &&String| {
                    kept.iter().position(|own| own == *value).map(|at| kept.swap_remove(at)).is_some()
                };
                share.0 += all.iter().filter(stays).count();
            }
        }
        eprintln!("{}: {shares:?}", file.resource_type());
        for (kind, (kept, all)) in shares {
            assert!(kept as f64 >= LEAST * all as f64, "{} {kind}: {kept} of {all}", file.resource_type());
        }
    }
}
