//! Protects one resource: applies the rules to a copy.
//!
//! Elements that FHIR requires but that must go are replaced by the standard's own way to say so, the extension
//! `data-absent-reason` with code `masked`, so that the result stays a valid resource.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::category::Category;
use crate::config::DeidConfig;
use crate::naming::Names;
use medshare_deid_identifiers::{Shape, shapes_in};
use medshare_deid_records::date::PartialDate;

use super::dates::DatePolicy;
use super::patients::{CONTAINED_PATIENT, is_in_classes, is_patient};
use super::rules::{Rule, Rules};
use super::values::{ETHNICITY, RACE, age, is_code, omb_categories, region};
use medshare_deid_records::fhir::{Model, Type, TypeId};
use medshare_deid_records::fhir::{reference_id, subjects_of};

/// Deepest nesting that is followed; deeper structures are removed.
const MAX_DEPTH: usize = 32;

const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// Protects resources of one package.
pub(crate) struct Protector<'a> {
    config: &'a DeidConfig,
    dates: DatePolicy,
    names: &'a dyn Names,
    left_out: &'a HashSet<&'a str>,
    rules: &'static Rules,
    model: &'static Model,
    harmless: HashMap<String, bool>,
    removed: BTreeMap<(TypeId, usize), (Category, u64)>,
    unknown: BTreeMap<String, u64>,
}

/// What is known about the resource at hand.
#[derive(Clone, Copy)]
struct Scope<'r> {
    person: Option<&'r str>,
    in_patient: bool,
    depth: usize,
}

impl<'a> Protector<'a> {
    /// For resources of which none is about the patients who are left out; references to those go.
    pub(crate) fn new(
        config: &'a DeidConfig,
        dates: DatePolicy,
        names: &'a dyn Names,
        left_out: &'a HashSet<&'a str>,
    ) -> Self {
        Protector {
            config,
            dates,
            names,
            left_out,
            rules: Rules::built_in(),
            model: Model::r4(),
            harmless: HashMap::new(),
            removed: BTreeMap::new(),
            unknown: BTreeMap::new(),
        }
    }

    /// The protected copy of a resource, whose dates move with those of its subject. Resources of unknown type give nothing.
    pub(crate) fn resource(&mut self, resource: &Value, subject: Option<&str>) -> Option<Value> {
        self.any_resource(resource, Scope { person: subject, in_patient: false, depth: 0 })
    }

    /// What was removed so far: place, kind and how often.
    pub(crate) fn removed(&self) -> Vec<(String, Category, u64)> {
        let known = self.removed.iter().filter_map(|((owner, position), (category, count))| {
            let owner = self.model.get(*owner)?;
            Some((format!("{}.{}", owner.name, owner.element(*position)?.name), *category, *count))
        });
        let unknown = self.unknown.iter().map(|(owner, count)| (owner.clone(), Category::Unclassified, *count));
        known.chain(unknown).collect()
    }

    fn any_resource(&mut self, resource: &Value, scope: Scope<'_>) -> Option<Value> {
        let name = resource.get("resourceType").and_then(Value::as_str);
        let Some(id) = name.and_then(|name| self.model.resource(name)) else {
            *self.unknown.entry("resource of unknown type".to_owned()).or_default() += 1;
            return None;
        };
        let in_patient = name == Some("Patient");
        let mut copy = self.object(id, resource.as_object()?, Scope { in_patient, depth: scope.depth + 1, ..scope })?;
        copy.insert("resourceType".to_owned(), Value::from(name));
        Some(Value::Object(copy))
    }

    /// A resource inside another one. It goes if it is about somebody who is left out. A patient keeps nothing that classes are formed by:
    /// nobody counts her among those who are alike.
    fn contained(&mut self, resource: &Value, scope: Scope<'_>) -> Option<Value> {
        if subjects_of(resource).any(|subject| self.left_out.contains(subject)) {
            return None;
        }
        let mut copy = self.any_resource(resource, scope)?;
        if let Some(fields) = copy.as_object_mut().filter(|fields| is_patient(fields)) {
            let before = fields.len();
            fields.retain(|name, _| !is_in_classes(name));
            if fields.len() < before {
                *self.unknown.entry(CONTAINED_PATIENT.to_owned()).or_default() += 1;
            }
        }
        Some(copy)
    }

    fn object(&mut self, id: TypeId, source: &Map<String, Value>, scope: Scope<'_>) -> Option<Map<String, Value>> {
        let owner = self.model.get(id)?;
        if scope.depth > MAX_DEPTH {
            *self.unknown.entry(format!("{} (nested too deeply)", owner.name)).or_default() += 1;
            return None;
        }
        let mut copy = Map::new();
        for (name, value) in source {
            if name == "resourceType" || name.starts_with('_') {
                continue;
            }
            let Some(position) = owner.position(name) else {
                *self.unknown.entry(format!("{} (unknown element)", owner.name)).or_default() += 1;
                continue;
            };
            match self.element(id, position, value, source, scope) {
                Some(kept) if name == "deceasedDateTime" => {
                    copy.insert("deceasedBoolean".to_owned(), kept);
                }
                Some(kept) => {
                    copy.insert(name.clone(), kept);
                }
                None => mask_if_required(owner, position, value, &mut copy),
            }
        }
        Some(copy)
    }

    fn element(
        &mut self,
        owner: TypeId,
        position: usize,
        value: &Value,
        siblings: &Map<String, Value>,
        scope: Scope<'_>,
    ) -> Option<Value> {
        let rule = self.rules.get(owner, position);
        if let Value::Array(items) = value {
            let limit = if matches!(rule, Rule::PatientAddress(_)) { 1 } else { usize::MAX };
            let kept: Vec<Value> = items
                .iter()
                .take(limit)
                .filter_map(|item| self.item(rule, owner, position, item, siblings, scope))
                .collect();
            return (!kept.is_empty()).then_some(Value::Array(kept));
        }
        self.item(rule, owner, position, value, siblings, scope)
    }

    fn item(
        &mut self,
        rule: Rule,
        owner: TypeId,
        position: usize,
        value: &Value,
        siblings: &Map<String, Value>,
        scope: Scope<'_>,
    ) -> Option<Value> {
        let deeper = Scope { depth: scope.depth + 1, ..scope };
        let (kept, category) = match rule {
            Rule::Keep => ((!value.is_string() && !value.is_object()).then(|| value.clone()), Category::Unclassified),
            Rule::Code => (self.code(value), Category::Identifier),
            Rule::CodedText => (self.coded_text(value), Category::FreeText),
            Rule::Display if siblings.contains_key("code") => (self.coded_text(value), Category::FreeText),
            Rule::Display => (None, Category::FreeText),
            Rule::ConceptText => (self.concept_text(value, siblings), Category::FreeText),
            Rule::Remove(category) => (None, category),
            Rule::Date => (self.date(value, scope), Category::Date),
            Rule::Instant => (self.instant(value, scope), Category::Date),
            Rule::Gender if self.config.fhir.gender => (self.code(value), Category::QuasiIdentifier),
            Rule::Gender => (None, Category::QuasiIdentifier),
            Rule::BirthDate => (self.birth_date(value), Category::Date),
            Rule::DeathDate => (value.as_str().map(|_| Value::Bool(true)), Category::Date),
            Rule::Id => (value.as_str().map(|id| Value::from(self.names.id(id))), Category::Identifier),
            Rule::Reference => (self.reference(value, owner), Category::Identifier),
            Rule::PostalCode => (
                value.as_str().and_then(|zip| self.config.restricted_zips.area_of(zip)).map(Value::from),
                Category::Address,
            ),
            Rule::Region => (region(value), Category::Address),
            Rule::Age => (age(value), Category::AgeOver89),
            Rule::PatientAddress(id) if self.config.fhir.location => {
                (self.descend(id, value, deeper), Category::Address)
            }
            Rule::PatientAddress(_) => (None, Category::Address),
            Rule::Extensions => (self.extension(value, scope), Category::Unclassified),
            Rule::Descend(id) => (self.descend(id, value, deeper), Category::Unclassified),
            Rule::Contained => (self.contained(value, deeper), Category::Unclassified),
        };
        if kept.is_none() {
            self.removed.entry((owner, position)).or_insert((category, 0)).1 += 1;
        }
        kept
    }

    fn descend(&mut self, id: TypeId, value: &Value, scope: Scope<'_>) -> Option<Value> {
        let copy = self.object(id, value.as_object()?, scope)?;
        (!copy.is_empty()).then_some(Value::Object(copy))
    }

    fn code(&self, value: &Value) -> Option<Value> {
        let code = value.as_str().filter(|code| is_code(code))?;
        Some(Value::from(code))
    }

    fn coded_text(&mut self, value: &Value) -> Option<Value> {
        let text = value.as_str()?;
        let harmless = match self.harmless.get(text) {
            Some(known) => *known,
            None => {
                let found = shapes_in(text);
                let harmless = found.is_empty() || (found == [Shape::Url] && !text.contains(' '));
                self.harmless.insert(text.to_owned(), harmless);
                harmless
            }
        };
        harmless.then(|| value.clone())
    }

    fn concept_text(&mut self, value: &Value, siblings: &Map<String, Value>) -> Option<Value> {
        let codings = siblings.get("coding").and_then(Value::as_array)?;
        let repeated =
            codings.iter().any(|coding| coding.get("display") == Some(value) && coding.get("code").is_some());
        if repeated { self.coded_text(value) } else { None }
    }

    fn date(&self, value: &Value, scope: Scope<'_>) -> Option<Value> {
        let date = PartialDate::parse(value.as_str()?)?;
        Some(Value::from(self.dates.tell(date, scope.person, self.names).0))
    }

    fn instant(&self, value: &Value, scope: Scope<'_>) -> Option<Value> {
        let (told, to_the_day) = self.dates.tell(PartialDate::parse(value.as_str()?)?, scope.person, self.names);
        to_the_day.then(|| Value::from(format!("{told}T00:00:00Z")))
    }

    fn birth_date(&self, value: &Value) -> Option<Value> {
        if !self.config.fhir.birth_year {
            return None;
        }
        let year = PartialDate::parse(value.as_str()?)?.year;
        let told = self.dates.cap_year.map_or(year, |cap| year.max(cap));
        Some(Value::from(format!("{told:04}")))
    }

    fn reference(&self, value: &Value, owner: TypeId) -> Option<Value> {
        let text = value.as_str()?;
        let id = reference_id(text).filter(|id| !self.left_out.contains(id))?;
        let pseudonym = self.names.id(id);
        if text.starts_with('#') {
            return Some(Value::from(format!("#{pseudonym}")));
        }
        let is_full_url = self.model.get(owner).is_some_and(|owner| owner.name == "BundleEntry");
        let target = text.split("/_history/").next().and_then(|bare| bare.rsplit('/').nth(1));
        match target.filter(|name| !is_full_url && self.model.resource(name).is_some()) {
            Some(name) => Some(Value::from(format!("{name}/{pseudonym}"))),
            None if is_full_url || text.starts_with("urn:uuid:") => Some(Value::from(format!("urn:uuid:{pseudonym}"))),
            None => None,
        }
    }

    fn extension(&self, value: &Value, scope: Scope<'_>) -> Option<Value> {
        let url = value.get("url")?.as_str()?;
        let wanted = (url == RACE && self.config.fhir.race) || (url == ETHNICITY && self.config.fhir.ethnicity);
        if wanted && scope.in_patient { omb_categories(url, value) } else { None }
    }
}

fn mask_if_required(owner: &Type, position: usize, value: &Value, copy: &mut Map<String, Value>) {
    let Some(element) = owner.element(position).filter(|element| element.required) else {
        return;
    };
    let masked = json!({"extension": [{"url": ABSENT, "valueCode": "masked"}]});
    let name = match element.kind {
        super::Kind::Primitive(_) => format!("_{}", element.name),
        _ => element.name.to_owned(),
    };
    copy.insert(name, if value.is_array() { Value::Array(vec![masked]) } else { masked });
}
