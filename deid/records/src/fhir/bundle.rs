//! Opens bundles: the resources in them are records like any others.
//!
//! Classes of patients are formed over resources that stand for themselves. What is inside a bundle could neither be generalised with the
//! others nor left out, so bundles are opened when records are read, and protection lets no resource of a bundle through.
//!
//! A resource is known by its full URL (R4, "Resolving references in Bundles"): two servers may both have a `Patient/1`. So an entry of a
//! server gets its URL as id, and relative references in it become absolute ones.

use std::collections::HashMap;

use serde_json::Value;

use super::subject::reference_id;

/// Deepest nesting of bundles that is followed.
const MAX_DEPTH: usize = 8;

/// The resource type of bundles.
pub const BUNDLE: &str = "Bundle";

/// The resources in a bundle, those in bundles inside it too; any other resource by itself.
///
/// An entry is known by its `fullUrl`: `urn:uuid:…` becomes its id, and any other URL stands in the place of the id. Entries without a
/// resource, such as deletions, give nothing.
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
    let names = Names::of(&entries);
    for mut entry in entries {
        let Some(mut inner) = entry.get_mut("resource").map(Value::take).filter(Value::is_object) else { continue };
        names.give(entry.get("fullUrl").and_then(Value::as_str), &mut inner);
        open_into(inner, depth - 1, opened);
    }
}

/// How the entries of a bundle are called.
struct Names {
    /// Full URLs by `Type/id`, where the URL does not end so.
    urls: HashMap<String, String>,
    /// The server of all entries that tell one, if it is one.
    server: Option<String>,
}

impl Names {
    fn of(entries: &[Value]) -> Self {
        let (mut urls, mut servers) = (HashMap::new(), Vec::new());
        for entry in entries {
            let Some(url) = entry.get("fullUrl").and_then(Value::as_str).map(without_version) else { continue };
            let resource = entry.get("resource");
            let of_resource = |name: &str| resource.and_then(|resource| resource.get(name)).and_then(Value::as_str);
            if let Some((own, id)) = of_resource("resourceType").zip(of_resource("id")) {
                let relative = format!("{own}/{id}");
                if !url.ends_with(&relative) {
                    urls.insert(relative, url.to_owned());
                }
            }
            if let Some(server) = server_of(url).filter(|server| !servers.contains(server)) {
                servers.push(server);
            }
        }
        let server = match servers.as_slice() {
            [only] => Some((*only).to_owned()),
            _ => None,
        };
        Names { urls, server }
    }

    /// Gives a resource the id by which references know it, and makes its own references absolute.
    fn give(&self, full_url: Option<&str>, resource: &mut Value) {
        let url = full_url.map(without_version);
        let server = url.and_then(server_of).or(self.server.as_deref());
        let Some(fields) = resource.as_object_mut() else { return };
        let of_bundle = fields.get("resourceType").and_then(Value::as_str) == Some(BUNDLE);
        if of_bundle {
            return;
        }
        let id = match url {
            Some(url) if url.starts_with("urn:uuid:") => reference_id(url).map(str::to_owned),
            Some(url) if url.starts_with("urn:") || server_of(url).is_some() => Some(url.to_owned()),
            _ => server.and_then(|server| {
                let text = |name: &str| fields.get(name).and_then(Value::as_str);
                Some(format!("{server}/{}/{}", text("resourceType")?, text("id")?))
            }),
        };
        if let Some(id) = id {
            fields.insert("id".to_owned(), Value::from(id));
        }
        self.resolve(resource, server);
    }

    fn resolve(&self, value: &mut Value, server: Option<&str>) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.resolve(item, server)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(reference) if name == "reference" => {
                            if let Some(absolute) = self.absolute(reference, server) {
                                *reference = absolute;
                            }
                        }
                        other => self.resolve(other, server),
                    }
                }
            }
            _ => {}
        }
    }

    fn absolute(&self, reference: &str, server: Option<&str>) -> Option<String> {
        let bare = without_version(reference);
        let is_relative = bare.split('/').count() == 2 && !bare.contains([':', '?', '#']);
        if !is_relative {
            return None;
        }
        self.urls.get(bare).cloned().or_else(|| server.map(|server| format!("{server}/{bare}")))
    }
}

fn without_version(url: &str) -> &str {
    url.split("/_history/").next().unwrap_or(url)
}

/// The server of an absolute URL that ends with a type and an id.
pub(super) fn server_of(url: &str) -> Option<&str> {
    let (rest, id) = url.rsplit_once('/')?;
    let (server, name) = rest.rsplit_once('/')?;
    let is_type =
        name.starts_with(|c: char| c.is_ascii_uppercase()) && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    (server.contains("://") && is_type && !id.is_empty()).then_some(server)
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

    #[test]
    fn entries_of_a_server_are_known_by_their_urls_and_so_are_their_references() {
        let opened = open(json!({"resourceType": "Bundle", "entry": [
            {"fullUrl": "https://north.example/r4/Patient/1", "resource": {"resourceType": "Patient", "id": "1"}},
            {"fullUrl": "urn:uuid:9f", "resource": {"resourceType": "Group", "id": "g"}},
            {"resource": {"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/1/_history/2"},
                "performer": [{"reference": "Group/g"}, {"reference": "#x"}, {"reference": "https://south.example/Patient/1"}]}},
        ]}));
        let [patient, group, observation] = opened.as_slice() else { unreachable!("three entries") };
        assert_eq!(patient.get("id"), Some(&json!("https://north.example/r4/Patient/1")));
        assert_eq!(group.get("id"), Some(&json!("9f")));
        assert_eq!(observation.get("id"), Some(&json!("https://north.example/r4/Observation/o")));
        assert_eq!(observation.get("subject"), Some(&json!({"reference": "https://north.example/r4/Patient/1"})));
        let performers = json!([{"reference": "urn:uuid:9f"}, {"reference": "#x"}, {"reference": "https://south.example/Patient/1"}]);
        assert_eq!(observation.get("performer"), Some(&performers));
    }
}
