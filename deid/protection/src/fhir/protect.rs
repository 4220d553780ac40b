//! Protects one resource: applies the rules to a copy.

mod keyed;
mod people;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::category::Category;
use crate::config::DeidConfig;
use crate::naming::Names;
use medshare_deid_records::fhir::{Element, Model, Primitive, Type, TypeId};

use super::codings::coding;
use super::concepts::{is_age, says_age};
use super::dates::DatePolicy;
use super::findings::{COUNT, UNEXPLAINED, is_finding, is_without_code, of_person};
use super::label::labelled;
use super::losses::Losses;
use super::masks::{mask_if_required, mask_what_was_absent};
use super::modifiers::{changes_all, has_meaning};
use super::primitives::{is_currency, is_one_of, is_plain};
use super::profiles::profile;
use super::quantities::{is_old, quantity, quantity_of_age};
use super::rules::{Rule, Rules, is_range_of_ages};
use super::standings::Standings;
use super::told::Told;
use super::values::region;

/// Deepest nesting that is followed; deeper structures are removed.
const MAX_DEPTH: usize = 32;

/// Protects resources of one package.
pub(crate) struct Protector<'a> {
    config: &'a DeidConfig,
    dates: DatePolicy,
    names: &'a dyn Names,
    standings: &'a Standings<'a, 'a>,
    rules: &'static Rules,
    model: &'static Model,
    losses: Losses,
    /// The years of the dates that were told.
    years: BTreeSet<i32>,
    /// Where the resource at hand says something that changes its meaning and is not told.
    misunderstood: Option<String>,
}

/// What is known about the resource at hand.
#[derive(Clone, Copy)]
struct Scope<'r> {
    /// What the resource is known by.
    own: &'r str,
    /// What its person is known by.
    person: Option<&'r str>,
    is_contained: bool,
    in_patient: bool,
    /// Whether the structure at hand tells an age.
    of_age: bool,
    depth: usize,
}

impl<'a> Protector<'a> {
    /// For resources that leave with their people.
    pub(crate) fn new(
        config: &'a DeidConfig,
        dates: DatePolicy,
        names: &'a dyn Names,
        standings: &'a Standings<'a, 'a>,
    ) -> Self {
        let (rules, model) = (Rules::built_in(), Model::r4());
        Protector {
            config,
            dates,
            names,
            standings,
            rules,
            model,
            losses: Losses::default(),
            years: BTreeSet::new(),
            misunderstood: None,
        }
    }

    /// The protected copy of a resource that is known by `own`, whose dates move with those of its person. Resources of unknown type give
    /// nothing, nor do those that would mean something else without what may not be told.
    pub(crate) fn resource(&mut self, resource: &Value, own: &str, person: Option<&str>) -> Option<Value> {
        self.misunderstood = None;
        let scope = Scope { own, person, is_contained: false, in_patient: false, of_age: false, depth: 0 };
        let copy = self.any_resource(resource, scope);
        match self.misunderstood.take() {
            Some(place) => {
                self.losses.other(place, Category::Modifier);
                None
            }
            None => copy.map(labelled),
        }
    }

    /// What was removed so far: place, kind and how often.
    pub(crate) fn removed(&self) -> Vec<(String, Category, u64)> {
        self.losses.list()
    }

    /// The years of the dates that were told so far.
    pub(crate) fn years(&self) -> impl Iterator<Item = i32> {
        self.years.iter().copied()
    }

    fn any_resource(&mut self, resource: &Value, scope: Scope<'_>) -> Option<Value> {
        let name = resource.get("resourceType").and_then(Value::as_str);
        let Some(id) = name.and_then(|name| self.model.resource(name)) else {
            self.losses.other("resource of unknown type".to_owned(), Category::Unclassified);
            return None;
        };
        let in_patient = name == Some("Patient");
        let scope = Scope { in_patient, of_age: false, depth: scope.depth + 1, ..scope };
        let mut copy = self.object(id, resource.as_object()?, scope)?;
        copy.insert("resourceType".to_owned(), Value::from(name));
        Some(Value::Object(copy))
    }

    fn object(&mut self, id: TypeId, source: &Map<String, Value>, scope: Scope<'_>) -> Option<Map<String, Value>> {
        let owner = self.model.get(id)?;
        if scope.depth > MAX_DEPTH {
            self.losses.other(format!("{} (nested too deeply)", owner.name), Category::Unclassified);
            return None;
        }
        if let Some(position) = of_person(self.rules, id, owner, source).and_then(|name| owner.position(name)) {
            self.losses.element(id, position, Category::QuasiIdentifier);
            return None;
        }
        let is_finding = is_finding(owner);
        let scope = Scope { of_age: scope.of_age || self.is_of_age(id, owner, source), ..scope };
        let mut copy = Map::new();
        for (name, value) in source {
            if name == "resourceType" || name.starts_with('_') || value.is_null() {
                continue;
            }
            let Some((position, element)) = owner.position(name).and_then(|at| Some((at, owner.element(at)?))) else {
                self.losses.other(format!("{} (unknown element)", owner.name), Category::Unclassified);
                continue;
            };
            if changes_all(name, value) {
                self.misunderstood = Some(format!("{}.{name}", owner.name));
                return None;
            }
            match self.element(id, position, element, value, scope) {
                Some(kept) if name == "deceasedDateTime" => drop(copy.insert("deceasedBoolean".to_owned(), kept)),
                Some(kept) => drop(copy.insert(name.clone(), kept)),
                None if element.is_modifier && has_meaning(owner.name) => {
                    self.misunderstood = Some(format!("{}.{name}", owner.name));
                    return None;
                }
                None if is_finding && scope.of_age && name == COUNT => {
                    let capped = quantity_of_age(value);
                    capped.and_then(|capped| copy.insert("valueQuantity".to_owned(), capped));
                }
                // Who is left out is no member with a masked name.
                None if matches!((owner.name, element.name), ("GroupMember", "entity") | ("ListEntry", "item")) => {
                    return None;
                }
                None => mask_if_required(element, &mut copy),
            }
        }
        if source.keys().any(|name| name.starts_with('_')) {
            mask_what_was_absent(owner, source, &mut copy);
        }
        if is_without_code(owner, source, &copy) {
            self.withhold_unexplained(id, owner, &mut copy);
        }
        Some(copy)
    }

    /// Whether what a structure measures, or asks for, is an age.
    fn is_of_age(&self, id: TypeId, owner: &Type, source: &Map<String, Value>) -> bool {
        let asks = || source.get("text").and_then(Value::as_str).is_some_and(says_age);
        self.rules.concepts(id).iter().filter_map(|name| source.get(*name)).any(is_age)
            || (owner.name == "QuestionnaireResponseItem" && asks())
    }

    fn withhold_unexplained(&mut self, id: TypeId, owner: &Type, copy: &mut Map<String, Value>) {
        for name in UNEXPLAINED {
            if let (Some(_), Some(position)) = (copy.remove(name), owner.position(name)) {
                self.losses.element(id, position, Category::Unclassified);
            }
        }
    }

    fn element(
        &mut self,
        owner: TypeId,
        position: usize,
        element: &Element,
        value: &Value,
        scope: Scope<'_>,
    ) -> Option<Value> {
        let rule = self.rules.get(owner, position);
        let scope = Scope { of_age: scope.of_age || is_range_of_ages(element), ..scope };
        match value {
            Value::Array(items) if rule == Rule::Extensions => self.extensions(owner, position, items, scope),
            Value::Array(items) if element.is_list => {
                let limit = if matches!(rule, Rule::PatientAddress(_)) { 1 } else { usize::MAX };
                let told = items.iter().filter(|item| !item.is_null()).take(limit);
                let kept: Vec<Value> = told.filter_map(|item| self.item(rule, owner, position, item, scope)).collect();
                (!kept.is_empty()).then_some(Value::Array(kept))
            }
            Value::Array(_) => self.of_other_form(owner, position),
            _ if element.is_list => self.of_other_form(owner, position),
            _ => self.item(rule, owner, position, value, scope),
        }
    }

    fn of_other_form(&mut self, owner: TypeId, position: usize) -> Option<Value> {
        self.losses.element(owner, position, Category::Form);
        None
    }

    fn item(&mut self, rule: Rule, owner: TypeId, position: usize, value: &Value, scope: Scope<'_>) -> Option<Value> {
        let deeper = Scope { depth: scope.depth + 1, ..scope };
        let same = |holds: bool| holds.then(|| value.clone());
        let (kept, kind) = match rule {
            Rule::Keep(Primitive::Integer) if scope.of_age && is_old(value) => (None, Category::AgeOver89),
            Rule::Keep(primitive) => (same(is_plain(primitive, value)), Category::Form),
            Rule::Code(codes) => (same(is_one_of(codes, value)), Category::Unclassified),
            Rule::Label => (None, Category::Identifier),
            Rule::Currency => (same(is_currency(value)), Category::Unclassified),
            // A profile tells patients apart, and most of what it promises of them is gone.
            Rule::Profile if scope.in_patient => (None, Category::QuasiIdentifier),
            Rule::Profile => (profile(value), Category::WebAddress),
            Rule::Coding(id) => {
                return self
                    .structure(id, value, owner, position, |fields, own| coding(fields, &own.fhir.code_systems));
            }
            Rule::Quantity(id, end) => {
                let of_age = scope.of_age || self.is_age(id);
                return self.structure(id, value, owner, position, |fields, _| quantity(fields, of_age, end));
            }
            Rule::Remove(category) => (None, category),
            Rule::Date => (self.date(value, scope), Category::Date),
            Rule::Instant => (self.instant(value, scope), Category::Date),
            Rule::Gender(codes) => {
                (same(self.config.fhir.gender && is_one_of(codes, value)), Category::QuasiIdentifier)
            }
            Rule::BirthDate => (self.birth_date(value), Category::Date),
            Rule::Deceased => (same(self.config.fhir.deceased && value.is_boolean()), Category::QuasiIdentifier),
            Rule::DeathDate if !self.config.fhir.deceased => (None, Category::QuasiIdentifier),
            Rule::DeathDate => (value.as_str().map(|_| Value::Bool(true)), Category::Date),
            Rule::Id => (value.as_str().map(|id| self.id(id, scope)), Category::Identifier),
            Rule::Link(id) => return self.link(id, value, owner, position, scope),
            Rule::PostalCode => (
                value.as_str().and_then(|zip| self.config.restricted_zips.area_of(zip)).map(Value::from),
                Category::Address,
            ),
            Rule::Region => (region(value), Category::Address),
            Rule::PatientAddress(id) if self.config.fhir.location => {
                (self.descend(id, value, deeper), Category::Address)
            }
            Rule::PatientAddress(_) => (None, Category::Address),
            Rule::Extensions => (None, Category::Unclassified),
            Rule::Descend(_) if !value.is_object() => (None, Category::Form),
            Rule::Descend(id) => (self.descend(id, value, deeper), Category::Unclassified),
            Rule::Contained => (self.contained(value, deeper), Category::Unclassified),
        };
        if kept.is_none() {
            self.losses.element(owner, position, kind);
        }
        kept
    }

    /// A structure whose elements mean something only together.
    fn structure(
        &mut self,
        id: TypeId,
        value: &Value,
        owner: TypeId,
        position: usize,
        tell: impl FnOnce(&Map<String, Value>, &DeidConfig) -> Told,
    ) -> Option<Value> {
        let Some(fields) = value.as_object() else { return self.of_other_form(owner, position) };
        let told = tell(fields, self.config);
        self.losses.structure(id, &told.lost);
        told.value.map(Value::Object)
    }

    fn is_age(&self, id: TypeId) -> bool {
        self.model.get(id).is_some_and(|kind| kind.name == "Age")
    }

    fn descend(&mut self, id: TypeId, value: &Value, scope: Scope<'_>) -> Option<Value> {
        let copy = self.object(id, value.as_object()?, scope)?;
        (!copy.is_empty()).then_some(Value::Object(copy))
    }
}
