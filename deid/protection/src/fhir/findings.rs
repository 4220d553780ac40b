//! Findings whose values leave only if their code says what they are, and says nothing of who the person is.

use serde_json::{Map, Value};

use super::concepts::is_of_person;
use super::rules::Rules;
use medshare_deid_records::fhir::{Type, TypeId};

/// The element of a finding that is a whole number.
pub(super) const COUNT: &str = "valueInteger";

/// Elements of a finding that may be anything where no code says what they are: years, people, a birth.
pub(super) const UNEXPLAINED: [&str; 2] = [COUNT, "valueDateTime"];

/// Whether a type is a finding, or a part of one.
pub(super) fn is_finding(owner: &Type) -> bool {
    matches!(owner.name, "Observation" | "ObservationComponent")
}

/// Whether a finding has a code in its source of which none is told in its copy.
pub(super) fn is_without_code(owner: &Type, source: &Map<String, Value>, copy: &Map<String, Value>) -> bool {
    is_finding(owner) && source.contains_key("code") && copy.get("code").and_then(|code| code.get("coding")).is_none()
}

/// The element by which a finding says that it tells an attribute of the person: of a patient those are withheld, or counted among those who
/// are alike.
pub(super) fn of_person(rules: &Rules, id: TypeId, owner: &Type, fields: &Map<String, Value>) -> Option<&'static str> {
    let tells = is_finding(owner) || owner.name.ends_with("SupportingInfo");
    let concepts = rules.concepts(id).iter().filter(|_| tells);
    concepts.copied().find(|name| fields.get(*name).is_some_and(is_of_person))
}
