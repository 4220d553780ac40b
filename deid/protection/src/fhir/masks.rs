//! What stands in the place of what FHIR requires and nobody may be told (FHIR R4, "data-absent-reason"): it keeps the result a valid resource.

use serde_json::{Map, Value, json};

use medshare_deid_records::fhir::{Element, Kind, Model, Type};

const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// Structures in structures that are masked, at most.
const MAX_DEPTH: usize = 6;

/// Masks an element that is not told, if FHIR requires it, down to what the parts of a structure require.
pub(super) fn mask_if_required(element: &Element, copy: &mut Map<String, Value>) {
    if element.required {
        copy.insert(name_of(element), mask(element, 0));
    }
}

/// Masks what FHIR requires and a structure tells only as `_x`: why it is not there is not told, that it is not is.
pub(super) fn mask_what_was_absent(owner: &Type, source: &Map<String, Value>, copy: &mut Map<String, Value>) {
    for name in source.keys().filter_map(|name| name.strip_prefix('_')).filter(|name| !source.contains_key(*name)) {
        let element = owner.position(name).and_then(|position| owner.element(position));
        if let Some(element) = element.filter(|element| matches!(element.kind, Kind::Primitive(_))) {
            mask_if_required(element, copy);
        }
    }
}

/// Whether a value is what protection writes in the place of an element, and nothing more.
pub(super) fn is_mask(element: &Element, value: &Value) -> bool {
    element.required && *value == mask(element, 0)
}

/// Where the mask of an element stands: beside it if it has a single value.
fn name_of(element: &Element) -> String {
    match element.kind {
        Kind::Primitive(_) => format!("_{}", element.name),
        _ => element.name.to_owned(),
    }
}

fn mask(element: &Element, depth: usize) -> Value {
    let mut masked = Map::new();
    masked.insert("extension".to_owned(), json!([{"url": ABSENT, "valueCode": "masked"}]));
    if let Kind::Complex(id) = element.kind
        && let Some(owner) = Model::r4().get(id).filter(|_| depth < MAX_DEPTH)
    {
        masked.extend(required_parts(owner).map(|part| (name_of(part), mask(part, depth + 1))));
    }
    let masked = Value::Object(masked);
    if element.is_list { Value::Array(vec![masked]) } else { masked }
}

/// What a type requires; of each choice such as `value[x]` one element.
fn required_parts(owner: &Type) -> impl Iterator<Item = &Element> {
    let mut choices: Vec<&str> = Vec::new();
    owner.elements().iter().filter(|element| element.required).filter(move |element| match choice_of(element) {
        Some(choice) if choices.contains(&choice) => false,
        Some(choice) => {
            choices.push(choice);
            true
        }
        None => true,
    })
}

/// The choice that an element is of: its name without its type.
fn choice_of(element: &Element) -> Option<&'static str> {
    let at = element.name.len().checked_sub(element.type_name.len()).filter(|at| *at > 0)?;
    let (choice, own) = element.name.split_at_checked(at)?;
    own.eq_ignore_ascii_case(element.type_name).then_some(choice)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_is_masked_has_what_its_parts_require() {
        let model = Model::r4();
        let signer = model.get(model.find("ContractSigner").unwrap()).unwrap();
        let element = signer.element(signer.position("signature").unwrap()).unwrap();
        let mut copy = Map::new();
        mask_if_required(element, &mut copy);
        let absent = json!([{"url": ABSENT, "valueCode": "masked"}]);
        let signature = copy.get("signature").and_then(|list| list.get(0)).unwrap();
        assert_eq!(signature.get("_when"), Some(&json!({"extension": absent})));
        assert_eq!(signature.pointer("/type/0/extension"), Some(&absent));
        assert!(is_mask(element, copy.get("signature").unwrap()));
        let input = model.get(model.find("TaskInput").unwrap()).unwrap();
        assert_eq!(required_parts(input).filter(|element| element.name.starts_with("value")).count(), 1);
    }
}
