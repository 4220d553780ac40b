//! Looks for what identifies in resources, by the same rules that protect them.
//!
//! On an owner's records the result says what is sensitive; on protected records it says what was overlooked.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::category::Category;
use crate::config::{DateHandling, DeidConfig};
use medshare_deid_identifiers::shapes_in;
use medshare_deid_records::FhirFile;
use medshare_deid_records::date::PartialDate;

use super::dates::{DatePolicy, OLDEST_AGE};
use super::patients::{BIRTH_YEARS, CONTAINED_PATIENT, is_in_classes, is_patient};
use super::rules::{Rule, Rules};
use super::values::{ETHNICITY, RACE, is_code, region};
use medshare_deid_records::fhir::reference_id;
use medshare_deid_records::fhir::{Model, TypeId};

const MAX_DEPTH: usize = 32;

/// Bytes of a digest of a patient's id.
const DIGEST_BYTES: usize = 16;

/// Texts of which the shape is remembered.
const KNOWN_TEXTS: usize = 50_000;

const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// What was found, by place.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Place, kind, how often.
    pub found: Vec<(String, Category, u64)>,
    /// Resources whose form is not that of their type.
    pub malformed: Vec<(String, u64)>,
    /// Patients with the id of an earlier one: one person is not several.
    pub repeated: u64,
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
    found: BTreeMap<(TypeId, usize, Category), u64>,
    unknown: BTreeMap<String, u64>,
    malformed: BTreeMap<String, u64>,
    patients: HashSet<[u8; DIGEST_BYTES]>,
    repeated: u64,
    texts: std::collections::HashMap<String, Option<Category>>,
}

impl<'a> Scanner<'a> {
    /// Nothing found yet.
    pub(crate) fn new(config: &'a DeidConfig, dates: DatePolicy) -> Self {
        Scanner {
            config,
            dates,
            model: Model::r4(),
            rules: Rules::built_in(),
            found: BTreeMap::new(),
            unknown: BTreeMap::new(),
            malformed: BTreeMap::new(),
            patients: HashSet::new(),
            repeated: 0,
            texts: std::collections::HashMap::new(),
        }
    }

    /// Looks through a resource.
    pub(crate) fn add(&mut self, resource: &Value) {
        let id = resource.get("id").and_then(Value::as_str);
        if let (Some(id), true) = (id, resource.as_object().is_some_and(is_patient)) {
            self.repeated += u64::from(!self.patients.insert(digest(id)));
        }
        self.resource(resource, 0);
    }

    /// What was found.
    pub(crate) fn finish(self) -> Scan {
        let known = self.found.into_iter().filter_map(|((owner, position, category), count)| {
            let owner = self.model.get(owner)?;
            Some((format!("{}.{}", owner.name, owner.element(position)?.name), category, count))
        });
        let unknown = self.unknown.into_iter().map(|(place, count)| (place, Category::Unclassified, count));
        let malformed = self.malformed.into_iter().collect();
        Scan { found: known.chain(unknown).collect(), malformed, repeated: self.repeated }
    }

    fn resource(&mut self, resource: &Value, depth: usize) {
        let id = resource.get("resourceType").and_then(Value::as_str).and_then(|name| self.model.resource(name));
        match (id, resource.as_object()) {
            (Some(id), Some(fields)) => {
                if depth > 0 && is_patient(fields) && fields.keys().any(|name| is_in_classes(name)) {
                    *self.unknown.entry(CONTAINED_PATIENT.to_owned()).or_default() += 1;
                }
                self.object(id, fields, depth + 1);
            }
            _ => *self.unknown.entry("resource of unknown type".to_owned()).or_default() += 1,
        }
    }

    fn object(&mut self, id: TypeId, fields: &Map<String, Value>, depth: usize) {
        let Some(owner) = self.model.get(id) else {
            return;
        };
        if depth > MAX_DEPTH {
            *self.unknown.entry(format!("{} (nested too deeply)", owner.name)).or_default() += 1;
            return;
        }
        for (name, value) in fields {
            if name == "resourceType" {
                continue;
            }
            if name.starts_with('_') && is_own_extension(value) {
                continue;
            }
            let Some(position) = owner.position(name) else {
                *self.unknown.entry(format!("{} (unknown element)", owner.name)).or_default() += 1;
                continue;
            };
            let rule = self.rules.get(id, position);
            let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            for item in items {
                let category = self.item(rule, item, fields, depth);
                if let Some(category) = category {
                    *self.found.entry((id, position, category)).or_default() += 1;
                }
            }
        }
    }

    fn item(&mut self, rule: Rule, value: &Value, siblings: &Map<String, Value>, depth: usize) -> Option<Category> {
        let text = value.as_str();
        match rule {
            Rule::Keep => (value.is_string() || value.is_object()).then_some(Category::Unclassified),
            Rule::Code => (!text.is_some_and(is_code)).then_some(Category::Identifier),
            Rule::Display if !siblings.contains_key("code") => Some(Category::FreeText),
            Rule::CodedText | Rule::Display => self.text(text),
            Rule::ConceptText => {
                let codings = siblings.get("coding").and_then(Value::as_array);
                let repeats = codings.is_some_and(|all| all.iter().any(|coding| coding.get("display") == Some(value)));
                if repeats { self.text(text) } else { Some(Category::FreeText) }
            }
            Rule::Remove(category) => (!is_own_extension(value)).then_some(category),
            Rule::Date => self.date(text),
            Rule::Instant => match self.dates.handling {
                DateHandling::Shift if text.is_some_and(|text| text.ends_with("T00:00:00Z")) => self.date(text),
                _ => Some(Category::Date),
            },
            Rule::Gender if self.config.fhir.gender && text.is_some_and(is_code) => Some(Category::QuasiIdentifier),
            Rule::Gender => Some(Category::Unclassified),
            Rule::BirthDate if !self.config.fhir.birth_year => Some(Category::Unclassified),
            Rule::BirthDate => match text.and_then(PartialDate::parse) {
                Some(date) if date.is_finer_than_year() => Some(Category::Date),
                Some(date) if self.dates.cap_year.is_some_and(|cap| date.year < cap) => Some(Category::AgeOver89),
                Some(_) => Some(Category::QuasiIdentifier),
                None => Some(Category::Date),
            },
            Rule::DeathDate => Some(Category::Date),
            Rule::Id => (!text.is_some_and(is_pseudonym)).then_some(Category::Identifier),
            Rule::Reference => (!text.and_then(reference_id).is_some_and(is_pseudonym)).then_some(Category::Identifier),
            Rule::PostalCode => {
                let coarse = text.is_some_and(|zip| {
                    zip.len() == 3 && self.config.restricted_zips.area_of(zip).as_deref() == Some(zip)
                });
                Some(if coarse { Category::QuasiIdentifier } else { Category::Address })
            }
            Rule::Region => Some(if region(value).is_some() { Category::QuasiIdentifier } else { Category::Address }),
            Rule::Age => {
                let old = value.get("value").and_then(Value::as_f64).is_some_and(|age| age >= f64::from(OLDEST_AGE));
                (old && value.get("comparator").is_none()).then_some(Category::AgeOver89)
            }
            Rule::PatientAddress(_) if !self.config.fhir.location => Some(Category::Unclassified),
            Rule::PatientAddress(id) | Rule::Descend(id) => {
                match value.as_object() {
                    Some(fields) => self.object(id, fields, depth + 1),
                    None => return Some(Category::Unclassified),
                }
                None
            }
            Rule::Extensions => match value.get("url").and_then(Value::as_str) {
                Some(RACE) if self.config.fhir.race => Some(self.coded_extension(value)),
                Some(ETHNICITY) if self.config.fhir.ethnicity => Some(self.coded_extension(value)),
                _ if is_own(value) => None,
                _ => Some(Category::Unclassified),
            },
            Rule::Contained => {
                self.resource(value, depth + 1);
                None
            }
        }
    }

    /// Race and ethnicity in the form that protection gives them are quasi-identifiers; in any other they hold more.
    fn coded_extension(&self, value: &Value) -> Category {
        let parts = value.get("extension").and_then(Value::as_array);
        let known = parts.into_iter().flatten().all(|part| match part.get("url").and_then(Value::as_str) {
            Some("ombCategory") => part.get("valueCoding").is_some(),
            Some("text") => part.get("valueString").and_then(Value::as_str).is_some_and(|text| text.len() <= 120),
            _ => false,
        });
        if known { Category::QuasiIdentifier } else { Category::Unclassified }
    }

    fn text(&mut self, text: Option<&str>) -> Option<Category> {
        let Some(text) = text else {
            return Some(Category::Unclassified);
        };
        if let Some(known) = self.texts.get(text) {
            return *known;
        }
        let shapes = shapes_in(text);
        let is_system = shapes == [medshare_deid_identifiers::Shape::Url] && !text.contains(' ');
        let category = shapes.first().filter(|_| !is_system).map(|shape| Category::from(*shape));
        if self.texts.len() >= KNOWN_TEXTS {
            self.texts.clear();
        }
        self.texts.insert(text.to_owned(), category);
        category
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

fn digest(text: &str) -> [u8; DIGEST_BYTES] {
    let mut digest = [0; DIGEST_BYTES];
    digest.iter_mut().zip(Sha256::digest(text.as_bytes())).for_each(|(slot, byte)| *slot = byte);
    digest
}

/// Whether an id has the form of a pseudonym: a UUID of version 8.
fn is_pseudonym(id: &str) -> bool {
    shapes_in(id) == [medshare_deid_identifiers::Shape::Uuid] && id.as_bytes().get(14) == Some(&b'8')
}

/// Whether a value holds nothing but extensions that protection itself writes.
fn is_own_extension(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(is_own_extension),
        Value::Object(fields) => {
            fields.len() == 1
                && fields.get("extension").and_then(Value::as_array).is_some_and(|list| list.iter().all(is_own))
        }
        _ => false,
    }
}

fn is_own(extension: &Value) -> bool {
    match extension.get("url").and_then(Value::as_str) {
        Some(ABSENT) => extension.get("valueCode").and_then(Value::as_str) == Some("masked"),
        Some(BIRTH_YEARS) => extension
            .get("valueString")
            .and_then(Value::as_str)
            .is_some_and(|text| text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')),
        _ => false,
    }
}
