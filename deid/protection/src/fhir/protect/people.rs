//! What is told of people inside resources: who is contained in them, and what a patient's extensions say.

use serde_json::Value;

use crate::category::Category;
use medshare_deid_records::fhir::{Facts, PATIENT, TypeId};

use super::{Protector, Scope};
use crate::fhir::keys::Key;
use crate::fhir::links::Target;
use crate::fhir::patients::{CONTAINED_PATIENT, is_in_classes, is_patient};
use crate::fhir::standings::Standing;
use crate::fhir::values::{ETHNICITY, RACE, omb_categories};

impl Protector<'_> {
    /// A resource inside another one. It goes if it is about somebody who is left out. A patient keeps nothing that classes are formed by:
    /// nobody counts her among those who are alike.
    pub(super) fn contained(&mut self, resource: &Value, scope: Scope<'_>) -> Option<Value> {
        if !self.may_be_contained(resource) {
            self.losses.other("resource contained in another one".to_owned(), Category::NobodyKnown);
            return None;
        }
        let mut copy = self.any_resource(resource, Scope { is_contained: true, ..scope })?;
        if let Some(fields) = copy.as_object_mut().filter(|fields| is_patient(fields)) {
            let before = fields.len();
            fields.retain(|name, _| !is_in_classes(name));
            if fields.len() < before {
                self.losses.other(CONTAINED_PATIENT.to_owned(), Category::Unclassified);
            }
        }
        Some(copy)
    }

    /// Whether nobody is left out whom a contained resource is or is about.
    fn may_be_contained(&self, resource: &Value) -> bool {
        let facts = Facts::of(resource);
        let is_patient = resource.get("resourceType").and_then(Value::as_str) == Some(PATIENT);
        let own = facts.id.as_deref().filter(|_| is_patient).map(|id| Key::of(PATIENT, id).literal());
        own.as_deref().into_iter().chain(facts.owners.iter().map(|owner| &**owner)).all(|one| {
            !matches!(self.standings.links.target(one), Target::Here(row) if self.standings.get(row) == Standing::LeftOut)
        })
    }

    /// A patient's races and ethnicities, each told once, by the categories of all extensions that tell them.
    pub(super) fn extensions(
        &mut self,
        owner: TypeId,
        position: usize,
        items: &[Value],
        scope: Scope<'_>,
    ) -> Option<Value> {
        let url_of = |item: &Value| item.get("url").and_then(Value::as_str).map(str::to_owned);
        let wanted = [(RACE, self.config.fhir.race), (ETHNICITY, self.config.fhir.ethnicity)];
        let mut told = Vec::new();
        let of_patient = scope.in_patient && self.model.get(owner).is_some_and(|owner| owner.name == PATIENT);
        for url in wanted.iter().filter(|(_, wanted)| *wanted && of_patient).map(|(url, _)| *url) {
            let own: Vec<&Value> = items.iter().filter(|item| url_of(item).as_deref() == Some(url)).collect();
            told.extend(omb_categories(url, &own));
        }
        let is_told = |item: &&Value| told.iter().any(|one| url_of(one) == url_of(item));
        for _ in items.iter().filter(|item| !is_told(item)) {
            self.losses.element(owner, position, Category::Unclassified);
        }
        (!told.is_empty()).then_some(Value::Array(told))
    }
}
