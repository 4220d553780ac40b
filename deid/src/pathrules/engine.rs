//! Applies rules to resources.
//!
//! One walk down the resource. A node carries the rules whose paths it continues, and the first rule in the file that matched it or a
//! node around it; a value is treated by that rule.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::date::PartialDate;
use crate::fhir::{Kind, Model, Primitive, TypeId, subject_of};
use crate::key::PackageKey;

use super::labels::{add_labels, label};
use super::methods::{Place, Toolbox};
use super::path::{Step, filtered, is_type, names};
use super::settings::{Method, PathRules};

const MAX_DEPTH: usize = 32;

/// A path in progress: rule, alternative, next step.
type Progress = (u32, u16, u16);

/// Applies one configuration under one package's key.
pub struct RuleEngine {
    rules: PathRules,
    toolbox: Toolbox,
    /// Alternatives that may begin anywhere.
    anywhere: Vec<Progress>,
    /// Those that begin at each element of each type, in the order of the model.
    at_element: Vec<Vec<Vec<Progress>>>,
    /// The type of what stands under `_name`.
    extensions: TypeId,
    from_root: Vec<Progress>,
}

/// Why a resource was not processed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RuleError {
    /// Not a FHIR R4 resource.
    #[error("not a FHIR R4 resource")]
    NotAResource,
    /// A rule cannot be applied to a value.
    #[error("rule {rule} at {place}: {problem}")]
    Value {
        /// The rule, counted from 1.
        rule: usize,
        /// The type and element.
        place: String,
        /// What was wrong.
        problem: &'static str,
    },
}

/// Where the walk is.
struct Walk<'a> {
    resource: &'a str,
    subject: &'a str,
    depth: usize,
    labels: BTreeSet<&'static str>,
}

impl RuleEngine {
    /// An engine. Ages are counted on the day `today`; without it, no date counts as telling an age over 89.
    pub fn new(rules: PathRules, key: &PackageKey, today: Option<PartialDate>) -> Option<Self> {
        let toolbox = Toolbox::new(rules.parameters.clone(), key, today)?;
        let (mut anywhere, mut from_root) = (Vec::new(), Vec::new());
        for (rule, own) in rules.rules.iter().enumerate() {
            for (alternative, steps) in own.alternatives.iter().enumerate() {
                let start = (rule as u32, alternative as u16, 0);
                match steps.first() {
                    Some(Step::AnyOfType(_) | Step::AnyOfName(_)) => anywhere.push(start),
                    Some(_) => from_root.push(start),
                    None => {}
                }
            }
        }
        let model = Model::r4();
        let extensions = model.find("Element")?;
        let mut engine = RuleEngine { rules, toolbox, anywhere, at_element: Vec::new(), extensions, from_root };
        let begins = |name: &str, type_name: &str| engine.beginning_at(name, type_name);
        let at_element =
            model.types().map(|owner| owner.elements().iter().map(|own| begins(own.name, own.type_name)).collect());
        engine.at_element = at_element.collect();
        Some(engine)
    }

    /// The processed copy of a resource.
    ///
    /// # Errors
    /// If it is no resource, or a rule cannot be applied and the configuration says to raise errors.
    pub fn apply(&self, resource: &Value) -> Result<Value, RuleError> {
        match self.resource(resource, 0) {
            Err(RuleError::Value { .. }) if self.rules.skip_errors => {
                let name = resource.get("resourceType").cloned().unwrap_or_default();
                Ok(json!({"resourceType": name, "meta": {"security": [label("REDACTED")]}}))
            }
            other => other,
        }
    }

    fn resource(&self, resource: &Value, depth: usize) -> Result<Value, RuleError> {
        let model = Model::r4();
        let name = resource.get("resourceType").and_then(Value::as_str).ok_or(RuleError::NotAResource)?;
        let id = model.resource(name).ok_or(RuleError::NotAResource)?;
        let own_id = resource.get("id").and_then(Value::as_str).unwrap_or_default();
        let subject = subject_of(resource).unwrap_or(own_id);
        let mut walk = Walk { resource: own_id, subject, depth, labels: BTreeSet::new() };
        let mut active = Vec::new();
        let mut winner = None;
        for (rule, alternative, _) in &self.from_root {
            let matches = match self.steps(*rule, *alternative).first() {
                Some(Step::Resource(wanted)) => {
                    wanted == name || matches!(wanted.as_str(), "Resource" | "DomainResource")
                }
                _ => false,
            };
            if matches {
                self.advance((*rule, *alternative, 1), name, resource, &mut active, &mut winner);
            } else if matches!(self.steps(*rule, *alternative).first(), Some(Step::Child(_) | Step::Descendants)) {
                active.push((*rule, *alternative, 0));
            }
        }
        for (rule, alternative, _) in self.beginning_at(name, name) {
            self.advance((rule, alternative, 1), name, resource, &mut active, &mut winner);
        }
        let fields = resource.as_object().ok_or(RuleError::NotAResource)?;
        let mut copy = self.object(id, fields, &active, winner, &mut walk)?;
        copy.insert("resourceType".to_owned(), Value::from(name));
        add_labels(&mut copy, &walk.labels);
        Ok(Value::Object(copy))
    }

    fn object(
        &self,
        id: TypeId,
        fields: &Map<String, Value>,
        active: &[Progress],
        winner: Option<u32>,
        walk: &mut Walk<'_>,
    ) -> Result<Map<String, Value>, RuleError> {
        let model = Model::r4();
        let mut copy = Map::new();
        let Some(owner) = model.get(id).filter(|_| walk.depth <= MAX_DEPTH) else { return Ok(copy) };
        walk.depth += 1;
        for (name, value) in fields {
            if name == "resourceType" {
                continue;
            }
            let (name_in_model, is_extension_of) =
                name.strip_prefix('_').map_or((name.as_str(), false), |bare| (bare, true));
            let Some(position) = owner.position(name_in_model) else { continue };
            let Some(element) = owner.element(position) else { continue };
            let (kind, type_name) = if is_extension_of {
                (Kind::Complex(self.extensions), "Element")
            } else {
                (element.kind, element.type_name)
            };
            let begins = self
                .at_element
                .get(id.index())
                .and_then(|elements| elements.get(position))
                .map_or(&[][..], Vec::as_slice);
            let treat = |item: &Value, walk: &mut Walk<'_>| {
                let (mut next, mut own) = (Vec::new(), winner);
                for progress in active {
                    match self.steps(progress.0, progress.1).get(usize::from(progress.2)) {
                        Some(Step::Child(wanted)) if names(element.name, element.type_name, wanted) => {
                            self.advance(
                                (progress.0, progress.1, progress.2 + 1),
                                type_name,
                                item,
                                &mut next,
                                &mut own,
                            );
                        }
                        Some(Step::Descendants) => {
                            next.push(*progress);
                            self.advance(
                                (progress.0, progress.1, progress.2 + 1),
                                type_name,
                                item,
                                &mut next,
                                &mut own,
                            );
                        }
                        _ => {}
                    }
                }
                for (rule, alternative, _) in begins {
                    self.advance((*rule, *alternative, 1), type_name, item, &mut next, &mut own);
                }
                self.node(owner.name, element.name, kind, type_name, item, (&next, own), walk)
            };
            let kept = match value {
                Value::Array(items) => {
                    let kept: Result<Vec<Option<Value>>, RuleError> =
                        items.iter().map(|item| treat(item, walk)).collect();
                    let kept: Vec<Value> = kept?.into_iter().flatten().collect();
                    (!kept.is_empty()).then_some(Value::Array(kept))
                }
                single => treat(single, walk)?,
            };
            if let Some(kept) = kept {
                copy.insert(name.clone(), kept);
            }
        }
        walk.depth -= 1;
        Ok(copy)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a node is its owner, name, kind, type, value and what is known of it"
    )]
    fn node(
        &self,
        owner: &str,
        name: &str,
        kind: Kind,
        type_name: &str,
        value: &Value,
        (active, winner): (&[Progress], Option<u32>),
        walk: &mut Walk<'_>,
    ) -> Result<Option<Value>, RuleError> {
        let method = winner.and_then(|rule| self.rules.rules.get(rule as usize)).map(|rule| &rule.method);
        if let Some(Method::Substitute(replacement)) = method {
            walk.labels.insert("SUBSTITUTED");
            return Ok(Some(replacement.clone()));
        }
        match kind {
            Kind::Resource => match method {
                Some(Method::Redact) => Ok(None),
                _ => self.resource(value, walk.depth).map(Some),
            },
            Kind::Complex(id) => {
                let Some(fields) = value.as_object() else { return Ok(None) };
                let copy = self.object(id, fields, active, winner, walk)?;
                Ok((!copy.is_empty()).then_some(Value::Object(copy)))
            }
            Kind::Primitive(primitive) => {
                let place = Place { resource: walk.resource, subject: walk.subject, owner, name, primitive, type_name };
                self.value(method, value, place, winner, &mut walk.labels)
            }
        }
    }

    fn value(
        &self,
        method: Option<&Method>,
        value: &Value,
        place: Place<'_>,
        winner: Option<u32>,
        labels: &mut BTreeSet<&'static str>,
    ) -> Result<Option<Value>, RuleError> {
        let fail = |problem| RuleError::Value {
            rule: winner.unwrap_or_default() as usize + 1,
            place: format!("{}.{}", place.owner, place.name),
            problem,
        };
        if value.is_null() {
            return Ok(None);
        }
        let is_date = matches!(place.primitive, Primitive::Date | Primitive::DateTime | Primitive::Instant);
        let (result, label) = match method {
            None | Some(Method::Keep | Method::Substitute(_)) => return Ok(Some(value.clone())),
            Some(Method::Redact) => (self.toolbox.redact(value, place), "REDACTED"),
            Some(Method::DateShift) => {
                if is_date && value.as_str().and_then(PartialDate::parse).is_none() {
                    return Err(fail("expected a date of FHIR"));
                }
                (self.toolbox.shift(value, place), if is_date { "PERTURBED" } else { "" })
            }
            Some(Method::CryptoHash) => (self.toolbox.hash(value, place), "CRYTOHASH"),
            Some(Method::Encrypt) => (self.toolbox.encrypt(value, place), "ENCRYPT"),
            Some(Method::Perturb { span, proportional, round_to }) => {
                (self.toolbox.perturb(value, place, *span, *proportional, *round_to), "PERTURBED")
            }
            Some(Method::Generalize { cases, keep_others }) => {
                let case = cases.iter().find(|(condition, _)| condition.is_true(value));
                let result = match case {
                    Some((_, target)) => {
                        Some(target.evaluate(value).to_json().ok_or_else(|| fail("the case gives no value"))?)
                    }
                    None => keep_others.then(|| value.clone()),
                };
                let numeric = matches!(place.primitive, Primitive::Integer | Primitive::Decimal);
                (
                    result.map(|result| if numeric { as_number(result) } else { as_text(result, place.primitive) }),
                    "GENERALIZED",
                )
            }
        };
        if !label.is_empty() && result.as_ref() != Some(value) {
            labels.insert(label);
        }
        Ok(result)
    }

    fn steps(&self, rule: u32, alternative: u16) -> &[Step] {
        let rule = self.rules.rules.get(rule as usize);
        rule.and_then(|rule| rule.alternatives.get(usize::from(alternative))).map_or(&[], Vec::as_slice)
    }

    /// The alternatives that begin at nodes of a name and type.
    fn beginning_at(&self, name: &str, type_name: &str) -> Vec<Progress> {
        let begins = |(rule, alternative, _): &&Progress| match self.steps(*rule, *alternative).first() {
            Some(Step::AnyOfType(wanted)) => is_type(type_name, wanted),
            Some(Step::AnyOfName(wanted)) => name == wanted,
            _ => false,
        };
        self.anywhere.iter().filter(begins).copied().collect()
    }

    /// Passes filters; then the path either ends here, and the rule matches, or goes on below.
    fn advance(
        &self,
        progress: Progress,
        type_name: &str,
        node: &Value,
        next: &mut Vec<Progress>,
        winner: &mut Option<u32>,
    ) {
        let (rule, alternative, position) = progress;
        let steps = self.steps(rule, alternative);
        let Some(position) = filtered(steps, usize::from(position), type_name, node) else { return };
        if position == steps.len() {
            *winner = Some(winner.map_or(rule, |known| known.min(rule)));
        } else {
            next.push((rule, alternative, position as u16));
        }
    }
}

fn as_number(value: Value) -> Value {
    match value.as_str().and_then(|text| text.parse::<f64>().ok()).and_then(serde_json::Number::from_f64) {
        Some(number) => Value::Number(number),
        None => value,
    }
}

fn as_text(value: Value, primitive: Primitive) -> Value {
    match value {
        Value::Number(number) if primitive != Primitive::Boolean => Value::from(number.to_string()),
        other => other,
    }
}
