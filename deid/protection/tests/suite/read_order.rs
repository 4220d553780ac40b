//! Released resources in the order in which their originals were read, which no release tells: only whoever has the key can.

use std::collections::HashMap;

use medshare_deid::fhir::pseudonym_source;
use medshare_deid::{PackageKey, Pseudonyms};
use serde_json::Value;

/// Sorts released resources by where their originals stand; `originals` may be bundles. What is none of theirs goes last.
pub fn sort(released: &mut [Value], originals: impl IntoIterator<Item = Value>, key: &PackageKey) {
    let pseudonyms = Pseudonyms::new(key);
    let mut places: HashMap<String, usize> = HashMap::new();
    for original in originals {
        let entries = match original.get("entry").and_then(Value::as_array) {
            Some(entries) => entries.clone(),
            None => vec![serde_json::json!({ "resource": original })],
        };
        for entry in entries {
            let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
            let resource = entry.get("resource").unwrap_or(&Value::Null);
            let kind = resource.get("resourceType").and_then(Value::as_str).unwrap_or_default();
            let place = places.len();
            for id in [text(entry.get("fullUrl")), text(resource.get("id"))].into_iter().flatten() {
                places.entry(pseudonyms.id(&pseudonym_source(kind, &id))).or_insert(place);
            }
        }
    }
    released.sort_by_key(|one| one["id"].as_str().and_then(|id| places.get(id)).copied().unwrap_or(usize::MAX));
}
