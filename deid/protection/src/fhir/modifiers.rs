//! What changes the meaning of the rest of a resource (FHIR R4, "Modifier elements").

use serde_json::Value;

/// Whether an element changes the meaning of all the rest in a way that nobody here understands.
pub(super) fn changes_all(name: &str, value: &Value) -> bool {
    match name {
        "modifierExtension" => !matches!(value, Value::Array(all) if all.is_empty()),
        "implicitRules" => !value.as_str().is_some_and(|url| url.starts_with("http://hl7.org/fhir/")),
        _ => false,
    }
}

/// Whether the modifiers of a type say more than how an address or a name is used, or that a patient's record is.
pub(super) fn has_meaning(owner: &str) -> bool {
    !matches!(owner, "Address" | "HumanName" | "ContactPoint" | "Identifier" | "Patient")
}
