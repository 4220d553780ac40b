//! Opens bundles: the resources in them are records like any others.
//!
//! Classes of patients are formed over resources that stand for themselves. What is inside a bundle could neither be generalised with the
//! others nor left out, so bundles are opened when records are read, and protection lets no resource of a bundle through.

use serde_json::Value;

use super::subject::reference_id;

/// Deepest nesting of bundles that is followed.
const MAX_DEPTH: usize = 8;

/// The resource type of bundles.
pub const BUNDLE: &str = "Bundle";

/// The resources in a bundle, those in bundles inside it too; any other resource by itself.
///
/// Inside a bundle, references may name an entry by its `fullUrl` (`urn:uuid:…`) instead of its id; such a name becomes the id. Entries
/// without a resource, such as deletions, give nothing.
#[must_use]
pub fn open(resource: Value) -> Vec<Value> {
    let mut opened = Vec::new();
    open_into(resource, MAX_DEPTH, &mut opened);
    opened
}

fn open_into(mut resource: Value, depth: usize, opened: &mut Vec<Value>) {
    let is_bundle = resource.get("resourceType").and_then(Value::as_str) == Some(BUNDLE);
    if !is_bundle || depth == 0 {
        opened.push(resource);
        return;
    }
    let Some(Value::Array(entries)) = resource.get_mut("entry").map(Value::take) else { return };
    for mut entry in entries {
        let Some(mut inner) = entry.get_mut("resource").map(Value::take).filter(Value::is_object) else { continue };
        let url = entry.get("fullUrl").and_then(Value::as_str).filter(|url| url.starts_with("urn:uuid:"));
        if let (Some(id), Some(fields)) = (url.and_then(reference_id), inner.as_object_mut()) {
            fields.insert("id".to_owned(), Value::from(id));
        }
        open_into(inner, depth - 1, opened);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn entries_of_nested_bundles_stand_for_themselves_under_the_names_that_references_use() {
        let inner =
            json!({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation", "id": "o"}}]});
        let patient = json!({"resourceType": "Patient", "id": "7"});
        let bundle = json!({"resourceType": "Bundle", "entry": [
            {"fullUrl": "urn:uuid:abc", "resource": patient}, {"request": {"method": "DELETE"}}, {"resource": inner}
        ]});
        let opened = open(bundle);
        let named: Vec<(&str, &str)> = opened
            .iter()
            .filter_map(|one| Some((one.get("resourceType")?.as_str()?, one.get("id")?.as_str()?)))
            .collect();
        assert_eq!(named, [("Patient", "abc"), ("Observation", "o")]);
        assert_eq!(open(json!({"resourceType": "Bundle"})), Vec::<Value>::new());
    }
}
