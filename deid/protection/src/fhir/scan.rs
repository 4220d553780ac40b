//! Looks for what identifies in resources, by the same rules that protect them.
//!
//! On an owner's records the result says what is sensitive; on protected records it says what was overlooked.

mod own;
mod people;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::category::Category;
use crate::config::{DateHandling, DeidConfig};
use medshare_deid_records::FhirFile;
use medshare_deid_records::date::PartialDate;

use self::own::{is_categories, is_own_addition};
use self::people::People;
use super::codings::coding;
use super::concepts::is_age;
use super::dates::DatePolicy;
use super::findings::{UNEXPLAINED, is_without_code, of_person};
use super::label::label;
use super::losses::Losses;
use super::masks::is_mask;
use super::modifiers::changes_all;
use super::patients::{CONTAINED_PATIENT, is_in_classes, is_patient};
use super::primitives::{is_currency, is_one_of, is_plain};
use super::profiles::profile;
use super::quantities::{is_old, quantity};
use super::references::{is_pseudonym, overlooked};
use super::rules::{Rule, Rules, is_range_of_ages};
use super::told::Told;
use super::values::{ETHNICITY, RACE, region};
use medshare_deid_records::fhir::{Element, Model, PATIENT, Primitive, Type, TypeId};

const MAX_DEPTH: usize = 32;

/// What was found, by place.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Place, kind, how often.
    pub found: Vec<(String, Category, u64)>,
    /// Resources whose form is not that of their type.
    pub malformed: Vec<(String, u64)>,
    /// Patients with the id of an earlier one: one person is not several.
    pub repeated: u64,
    /// Resources of patients who are not among these.
    pub of_strangers: u64,
}

/// Looks through all resources.
pub(crate) fn scan(files: &[FhirFile], config: &DeidConfig, dates: DatePolicy) -> Scan {
    let mut scanner = Scanner::new(config, dates);
    for file in files {
        for resource in file.resources() {
            if resource.get("resourceType").and_then(Value::as_str) != Some(file.resource_type()) {
                *scanner.malformed.entry(file.resource_type().to_owned()).or_default() += 1;
            }
            scanner.add(&resource);
        }
    }
    scanner.finish()
}

/// Looks through resources one at a time.
pub(crate) struct Scanner<'a> {
    config: &'a DeidConfig,
    dates: DatePolicy,
    model: &'static Model,
    rules: &'static Rules,
    found: Losses,
    malformed: BTreeMap<String, u64>,
    people: People,
}

/// Where an element stands.
#[derive(Clone, Copy)]
struct Place {
    owner: TypeId,
    position: usize,
    of_age: bool,
    depth: usize,
}

impl<'a> Scanner<'a> {
    /// Nothing found yet.
    pub(crate) fn new(config: &'a DeidConfig, dates: DatePolicy) -> Self {
        Scanner {
            config,
            dates,
            model: Model::r4(),
            rules: Rules::built_in(),
            found: Losses::default(),
            malformed: BTreeMap::new(),
            people: People::default(),
        }
    }

    /// Looks through a resource.
    pub(crate) fn add(&mut self, resource: &Value) {
        self.people.add(resource);
        self.resource(resource, 0);
    }

    /// What was found.
    pub(crate) fn finish(self) -> Scan {
        let (malformed, of_strangers) = (self.malformed.into_iter().collect(), self.people.of_strangers());
        Scan { found: self.found.list(), malformed, repeated: self.people.repeated, of_strangers }
    }

    fn resource(&mut self, resource: &Value, depth: usize) {
        let id = resource.get("resourceType").and_then(Value::as_str).and_then(|name| self.model.resource(name));
        match (id, resource.as_object()) {
            (Some(id), Some(fields)) => {
                if depth > 0 && is_patient(fields) && fields.keys().any(|name| is_in_classes(name)) {
                    self.found.other(CONTAINED_PATIENT.to_owned(), Category::Unclassified);
                }
                if is_patient(fields) && fields.get("meta").is_some_and(|meta| meta.get("profile").is_some()) {
                    self.found.other("Patient.meta.profile".to_owned(), Category::Unclassified);
                }
                self.object(id, fields, depth + 1, false);
            }
            _ => self.found.other("resource of unknown type".to_owned(), Category::Unclassified),
        }
    }

    fn object(&mut self, id: TypeId, fields: &Map<String, Value>, depth: usize, of_age: bool) {
        let Some(owner) = self.model.get(id) else {
            return;
        };
        if depth > MAX_DEPTH {
            self.found.other(format!("{} (nested too deeply)", owner.name), Category::Unclassified);
            return;
        }
        let of_age = self.concepts(id, owner, fields, of_age);
        for (name, value) in fields {
            if name == "resourceType" && owner.is_resource {
                continue;
            }
            let bare = name.strip_prefix('_').unwrap_or(name);
            let Some((position, element)) = owner.position(bare).and_then(|at| Some((at, owner.element(at)?))) else {
                self.found.other(format!("{} (unknown element)", owner.name), Category::Unclassified);
                continue;
            };
            if bare.len() < name.len() {
                if !is_own_addition(owner, element, value, fields) {
                    self.found.element(id, position, Category::Unclassified);
                }
                continue;
            }
            if changes_all(name, value) {
                self.found.element(id, position, Category::Modifier);
                continue;
            }
            self.element(Place { owner: id, position, of_age, depth }, element, value);
        }
    }

    /// Whether numbers in a structure are ages. What tells an attribute of a person, or a number of which nobody says what it is, is found.
    fn concepts(&mut self, id: TypeId, owner: &Type, fields: &Map<String, Value>, of_age: bool) -> bool {
        let of_person = of_person(self.rules, id, owner, fields);
        let position = of_person.and_then(|name| owner.position(name));
        position.into_iter().for_each(|position| self.found.element(id, position, Category::Unclassified));
        if is_without_code(owner, fields, fields) {
            let unexplained = UNEXPLAINED.iter().filter(|name| fields.contains_key(**name));
            let positions: Vec<usize> = unexplained.filter_map(|name| owner.position(name)).collect();
            positions.into_iter().for_each(|position| self.found.element(id, position, Category::Unclassified));
        }
        of_age || self.rules.concepts(id).iter().filter_map(|name| fields.get(*name)).any(is_age)
    }

    fn element(&mut self, place: Place, element: &Element, value: &Value) {
        if is_mask(element, value) {
            return;
        }
        let place = Place { of_age: place.of_age || is_range_of_ages(element), ..place };
        let items = match value {
            Value::Array(items) if element.is_list => items.as_slice(),
            Value::Array(_) => return self.found.element(place.owner, place.position, Category::Form),
            _ if element.is_list => return self.found.element(place.owner, place.position, Category::Form),
            _ => std::slice::from_ref(value),
        };
        if items.len() > 1 && matches!(self.rules.get(place.owner, place.position), Rule::PatientAddress(_)) {
            // Classes are formed by the first alone.
            self.found.element(place.owner, place.position, Category::Address);
        }
        for item in items {
            let kind = self.item(place, item);
            kind.into_iter().for_each(|kind| self.found.element(place.owner, place.position, kind));
        }
    }

    fn item(&mut self, place: Place, value: &Value) -> Option<Category> {
        let text = value.as_str();
        let unless = |holds: bool, kind: Category| (!holds).then_some(kind);
        match self.rules.get(place.owner, place.position) {
            Rule::Keep(Primitive::Integer) if place.of_age && is_old(value) => Some(Category::AgeOver89),
            Rule::Keep(primitive) => unless(is_plain(primitive, value), Category::Form),
            Rule::Code(codes) => unless(is_one_of(codes, value), Category::Unclassified),
            Rule::Label => unless(*value == label(), Category::Identifier),
            Rule::Currency => unless(is_currency(value), Category::Unclassified),
            Rule::Profile => unless(profile(value).as_ref() == Some(value), Category::WebAddress),
            Rule::Coding(id) => self.structure(id, value, |fields, own| coding(fields, &own.fhir.code_systems)),
            Rule::Quantity(id, end) => {
                let of_age = place.of_age || self.model.get(id).is_some_and(|kind| kind.name == "Age");
                self.structure(id, value, |fields, _| quantity(fields, of_age, end))
            }
            // No class is formed by it, so nothing makes it harmless.
            Rule::Remove(Category::QuasiIdentifier) => Some(Category::Unclassified),
            Rule::Remove(category) => Some(category),
            Rule::Date => self.date(text),
            Rule::Instant => match self.dates.handling {
                DateHandling::Shift if text.is_some_and(|text| text.ends_with("T00:00:00Z")) => self.date(text),
                _ => Some(Category::Date),
            },
            Rule::Gender(codes) if self.config.fhir.gender && is_one_of(codes, value) => {
                Some(Category::QuasiIdentifier)
            }
            Rule::Gender(_) => Some(Category::Unclassified),
            Rule::BirthDate if !self.config.fhir.birth_year => Some(Category::Unclassified),
            Rule::BirthDate => match text.and_then(PartialDate::parse) {
                Some(date) if date.is_finer_than_year() => Some(Category::Date),
                Some(date) if self.dates.cap_year.is_some_and(|cap| date.year < cap) => Some(Category::AgeOver89),
                Some(_) => Some(Category::QuasiIdentifier),
                None => Some(Category::Date),
            },
            Rule::Deceased if self.config.fhir.deceased && value.is_boolean() => Some(Category::QuasiIdentifier),
            Rule::Deceased => Some(Category::Unclassified),
            Rule::DeathDate => Some(Category::Date),
            Rule::Id => (!text.is_some_and(is_pseudonym)).then_some(Category::Identifier),
            Rule::Link(id) => match value.as_object() {
                Some(fields) => {
                    self.found.structure(id, &overlooked(fields));
                    None
                }
                None => Some(Category::Form),
            },
            Rule::PostalCode => {
                let coarse = text.is_some_and(|zip| {
                    zip.len() == 3 && self.config.restricted_zips.area_of(zip).as_deref() == Some(zip)
                });
                Some(if coarse { Category::QuasiIdentifier } else { Category::Address })
            }
            Rule::Region => Some(if region(value).is_some() { Category::QuasiIdentifier } else { Category::Address }),
            Rule::PatientAddress(_) if !self.config.fhir.location => Some(Category::Unclassified),
            Rule::PatientAddress(id) | Rule::Descend(id) => {
                match value.as_object() {
                    Some(fields) => self.object(id, fields, place.depth + 1, place.of_age),
                    None => return Some(Category::Form),
                }
                None
            }
            Rule::Extensions => match value.get("url").and_then(Value::as_str) {
                Some(url @ RACE) if self.config.fhir.race && self.is_of_patient(place) && is_categories(url, value) => {
                    Some(Category::QuasiIdentifier)
                }
                Some(url @ ETHNICITY)
                    if self.config.fhir.ethnicity && self.is_of_patient(place) && is_categories(url, value) =>
                {
                    Some(Category::QuasiIdentifier)
                }
                _ => Some(Category::Unclassified),
            },
            Rule::Contained => {
                self.resource(value, place.depth + 1);
                None
            }
        }
    }

    fn is_of_patient(&self, place: Place) -> bool {
        self.model.get(place.owner).is_some_and(|owner| owner.name == PATIENT)
    }

    /// A structure whose elements mean something only together.
    fn structure(
        &mut self,
        id: TypeId,
        value: &Value,
        tell: impl FnOnce(&Map<String, Value>, &DeidConfig) -> Told,
    ) -> Option<Category> {
        let Some(fields) = value.as_object() else { return Some(Category::Form) };
        let told = tell(fields, self.config);
        self.found.structure(id, &told.lost);
        (told.lost.is_empty() && told.value.as_ref() != Some(fields)).then_some(Category::Unclassified)
    }

    fn date(&self, text: Option<&str>) -> Option<Category> {
        let Some(date) = text.and_then(PartialDate::parse) else {
            return Some(Category::Date);
        };
        let has_time = text.is_some_and(|text| text.contains('T') && !text.ends_with("T00:00:00Z"));
        if has_time || (self.dates.handling == DateHandling::Year && date.is_finer_than_year()) {
            return Some(Category::Date);
        }
        self.dates.cap_year.is_some_and(|cap| date.year < cap).then_some(Category::AgeOver89)
    }
}
