//! What stands in the place of what FHIR requires and nobody may be told (FHIR R4, "data-absent-reason").

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use medshare_deid_records::fhir::{Element, Kind, Type};

const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

static MASK: LazyLock<Value> = LazyLock::new(|| json!({"extension": [{"url": ABSENT, "valueCode": "masked"}]}));

/// Masks an element that is not told, if FHIR requires it.
pub(super) fn mask_if_required(element: &Element, copy: &mut Map<String, Value>) {
    if !element.required {
        return;
    }
    let name = match element.kind {
        Kind::Primitive(_) => format!("_{}", element.name),
        _ => element.name.to_owned(),
    };
    copy.insert(name, if element.is_list { Value::Array(vec![MASK.clone()]) } else { MASK.clone() });
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
    let is_one = |value: &Value| value == &*MASK;
    element.required
        && match value {
            Value::Array(items) => element.is_list && matches!(items.as_slice(), [one] if is_one(one)),
            one => !element.is_list && is_one(one),
        }
}
