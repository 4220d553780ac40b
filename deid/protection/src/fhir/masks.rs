//! What FHIR requires and nobody may tell: the standard's own way to say so, the extension `data-absent-reason` with code `masked`, keeps the
//! result a valid resource.

use serde_json::{Map, Value, json};

use medshare_deid_records::fhir::{Element, Kind, Model, Type};

/// The URL of that extension.
pub(super) const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// Structures in structures that are masked, at most.
const MAX_DEPTH: usize = 6;

/// Puts a mask where an element that FHIR requires is not told, down to what the parts of a structure require.
pub(super) fn mask_if_required(element: &Element, copy: &mut Map<String, Value>) {
    if element.required {
        mask(element, copy, 0);
    }
}

fn mask(element: &Element, copy: &mut Map<String, Value>, depth: usize) {
    let mut masked = Map::new();
    masked.insert("extension".to_owned(), json!([{"url": ABSENT, "valueCode": "masked"}]));
    let name = match element.kind {
        Kind::Primitive(_) => format!("_{}", element.name),
        Kind::Resource => element.name.to_owned(),
        Kind::Complex(id) => {
            let parts = Model::r4().get(id).filter(|_| depth < MAX_DEPTH).map(required_parts).unwrap_or_default();
            parts.into_iter().for_each(|part| mask(part, &mut masked, depth + 1));
            element.name.to_owned()
        }
    };
    let masked = Value::Object(masked);
    copy.insert(name, if element.is_list { Value::Array(vec![masked]) } else { masked });
}

/// What a type requires; of each choice such as `value[x]` one element.
fn required_parts(owner: &Type) -> Vec<&Element> {
    let mut choices: Vec<&str> = Vec::new();
    let required = owner.elements().iter().filter(|element| element.required);
    required
        .filter(|element| match choice_of(element) {
            Some(choice) if choices.contains(&choice) => false,
            Some(choice) => {
                choices.push(choice);
                true
            }
            None => true,
        })
        .collect()
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
        let mut copy = Map::new();
        mask_if_required(signer.element(signer.position("signature").unwrap()).unwrap(), &mut copy);
        let mask = json!([{"url": ABSENT, "valueCode": "masked"}]);
        let signature = copy.get("signature").and_then(|list| list.get(0)).unwrap();
        assert_eq!(signature.get("_when"), Some(&json!({"extension": mask})));
        assert_eq!(signature.pointer("/type/0/extension"), Some(&mask));
        let input = required_parts(model.get(model.find("TaskInput").unwrap()).unwrap());
        assert_eq!(input.iter().filter(|element| element.name.starts_with("value")).count(), 1);
    }
}
