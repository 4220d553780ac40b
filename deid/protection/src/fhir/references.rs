//! What is told of a reference: the pseudonym of what it leads to.

use serde_json::{Map, Value};

use medshare_deid_identifiers::{Shape, shapes_in};
use medshare_deid_records::fhir::{Model, PATIENT, logical};

use crate::category::Category;
use crate::naming::Names;

use super::links::Target;
use super::standings::Standings;
use super::told::Told;

/// What is told of a reference in the resource that is known by `own`, and whether it was a link that is lost.
///
/// It stays if what it leads to leaves, or is not among the records: then the pseudonym tells at least what refers to the same. A patient who
/// is not among them is told in no form. A reference by identifier becomes one by pseudonym.
pub(super) fn reference(
    fields: &Map<String, Value>,
    own: &str,
    standings: &Standings<'_, '_>,
    names: &dyn Names,
) -> (Told, bool) {
    let mut lost = Vec::new();
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("reference", Value::String(_)) => {}
            ("type", _) if is_resource_name(value) => {}
            ("display", _) => lost.push(("display", Category::Name)),
            ("identifier", _) => lost.push(("identifier", Category::Identifier)),
            ("reference", _) => lost.push(("reference", Category::Form)),
            ("type", _) => lost.push(("type", Category::WebAddress)),
            (name, _) if name.starts_with('_') => {}
            _ => lost.push(("extension", Category::Unclassified)),
        }
    }
    let literal = fields.get("reference").and_then(Value::as_str);
    let by_identifier = || fields.get("identifier").and_then(logical).map(|identifier| format!("?{identifier}"));
    let Some(written) = literal.map(str::to_owned).or_else(by_identifier) else {
        return (Told { value: None, lost }, false);
    };
    let told = match written.strip_prefix('#') {
        Some("") => None,
        Some(inside) => Some(format!("#{}", names.id(&format!("{own}#{inside}")))),
        None => leads_to(&written, standings, names),
    };
    let is_lost = told.is_none();
    let value = told.map(|told| {
        let kind = fields.get("type").filter(|value| is_resource_name(value));
        let kind = kind.map(|kind| ("type".to_owned(), kind.clone()));
        kind.into_iter().chain([("reference".to_owned(), Value::from(told))]).collect()
    });
    (Told { value, lost }, is_lost)
}

fn leads_to(written: &str, standings: &Standings<'_, '_>, names: &dyn Names) -> Option<String> {
    match standings.links.target(written) {
        Target::Here(row) if standings.leaves(row) => {
            let pseudonym = names.id(&standings.links.key(row)?.to_string());
            Some(format!("{}/{pseudonym}", standings.links.resource_type(row)))
        }
        Target::Here(_) | Target::Nowhere => None,
        Target::Elsewhere(key) => match key.resource_type() {
            Some(PATIENT) => None,
            Some(kind) => Some(format!("{kind}/{}", names.id(&key.to_string()))),
            None => Some(format!("urn:uuid:{}", names.id(&key.to_string()))),
        },
    }
}

fn is_resource_name(value: &Value) -> bool {
    value.as_str().is_some_and(|name| Model::r4().resource(name).is_some())
}

/// Whether a text is a reference as it is told.
pub(super) fn is_told(reference: &str) -> bool {
    let id = reference.strip_prefix("urn:uuid:").or_else(|| reference.strip_prefix('#')).or_else(|| {
        let (kind, id) = reference.split_once('/')?;
        Model::r4().resource(kind).map(|_| id)
    });
    id.is_some_and(is_pseudonym)
}

/// Whether an id has the form of a pseudonym: a UUID of version 8.
pub(super) fn is_pseudonym(id: &str) -> bool {
    shapes_in(id) == [Shape::Uuid] && id.as_bytes().get(14) == Some(&b'8')
}

/// What keeps a reference from leaving, element by element.
pub(super) fn overlooked(fields: &Map<String, Value>) -> Vec<(&'static str, Category)> {
    let kind = |(name, value): (&String, &Value)| match name.as_str() {
        "reference" => (!value.as_str().is_some_and(is_told)).then_some(("reference", Category::Identifier)),
        "type" => (!is_resource_name(value)).then_some(("type", Category::WebAddress)),
        "display" => Some(("display", Category::Name)),
        "identifier" => Some(("identifier", Category::Identifier)),
        _ => Some(("extension", Category::Unclassified)),
    };
    fields.iter().filter_map(kind).collect()
}
