//! Applies rules to resources.
//!
//! One walk down the resource. A node carries the rules whose paths it continues, and the first rule in the file that matched it or a
//! node around it; a value is treated by that rule.

use std::collections::BTreeSet;

use medshare_deid_identifiers::PackageKey;
use medshare_deid_records::date::PartialDate;
use medshare_deid_records::fhir::{Kind, Model, TypeId, subject_of};
use serde_json::{Map, Value, json};

use crate::labels::{add_labels, label};
use crate::matching::{Matched, Paths};
use crate::methods::{Place, Toolbox};
use crate::settings::{Method, PathRules};

const MAX_DEPTH: usize = 32;

/// Applies one configuration under one package's key.
pub struct RuleEngine {
    /// What each rule does, in the order of the file.
    methods: Vec<Method>,
    paths: Paths,
    toolbox: Toolbox,
    skip_errors: bool,
    /// The type of what stands under `_name`.
    extensions: TypeId,
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

/// A node by the model.
struct Node<'a> {
    owner: &'a str,
    name: &'a str,
    kind: Kind,
    type_name: &'a str,
}

impl RuleEngine {
    /// An engine. Ages are counted on the day `today`; without it, no date counts as telling an age over 89.
    pub fn new(rules: PathRules, key: &PackageKey, today: Option<PartialDate>) -> Option<Self> {
        let PathRules { rules, parameters, skip_errors, .. } = rules;
        let (paths, methods) = rules.into_iter().map(|rule| (rule.alternatives, rule.method)).unzip();
        Some(RuleEngine {
            methods,
            paths: Paths::new(paths),
            toolbox: Toolbox::new(parameters, key, today)?,
            skip_errors,
            extensions: Model::r4().find("Element")?,
        })
    }

    /// The processed copy of a resource.
    ///
    /// # Errors
    /// If it is no resource, or a rule cannot be applied and the configuration says to raise errors.
    pub fn apply(&self, resource: &Value) -> Result<Value, RuleError> {
        match self.resource(resource, 0) {
            Err(RuleError::Value { .. }) if self.skip_errors => {
                let name = resource.get("resourceType").cloned().unwrap_or_default();
                Ok(json!({"resourceType": name, "meta": {"security": [label("REDACTED")]}}))
            }
            other => other,
        }
    }

    fn resource(&self, resource: &Value, depth: usize) -> Result<Value, RuleError> {
        let name = resource.get("resourceType").and_then(Value::as_str).ok_or(RuleError::NotAResource)?;
        let id = Model::r4().resource(name).ok_or(RuleError::NotAResource)?;
        let own_id = resource.get("id").and_then(Value::as_str).unwrap_or_default();
        let subject = subject_of(resource).unwrap_or(own_id);
        let mut walk = Walk { resource: own_id, subject, depth, labels: BTreeSet::new() };
        let matched = self.paths.at_resource(name, resource);
        let fields = resource.as_object().ok_or(RuleError::NotAResource)?;
        let mut copy = self.object(id, fields, &matched, &mut walk)?;
        copy.insert("resourceType".to_owned(), Value::from(name));
        add_labels(&mut copy, &walk.labels);
        Ok(Value::Object(copy))
    }

    fn object(
        &self,
        id: TypeId,
        fields: &Map<String, Value>,
        around: &Matched,
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
            let begins = self.paths.beginning_at_element(id, position);
            let node = Node { owner: owner.name, name: element.name, kind, type_name };
            let treat = |item: &Value, walk: &mut Walk<'_>| {
                let matched = self.paths.below(around, begins, element, type_name, item);
                self.node(&node, item, &matched, walk)
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

    fn node(
        &self,
        node: &Node<'_>,
        value: &Value,
        matched: &Matched,
        walk: &mut Walk<'_>,
    ) -> Result<Option<Value>, RuleError> {
        let method = matched.winner.and_then(|rule| self.methods.get(rule as usize));
        if let Some(Method::Substitute(replacement)) = method {
            walk.labels.insert("SUBSTITUTED");
            return Ok(Some(replacement.clone()));
        }
        match node.kind {
            Kind::Resource => match method {
                Some(Method::Redact) => Ok(None),
                _ => self.resource(value, walk.depth).map(Some),
            },
            Kind::Complex(id) => {
                let Some(fields) = value.as_object() else { return Ok(None) };
                let copy = self.object(id, fields, matched, walk)?;
                Ok((!copy.is_empty()).then_some(Value::Object(copy)))
            }
            Kind::Primitive(primitive) => {
                let Node { owner, name, type_name, .. } = *node;
                let place = Place { resource: walk.resource, subject: walk.subject, owner, name, primitive, type_name };
                let failed = |problem| RuleError::Value {
                    rule: matched.winner.unwrap_or_default() as usize + 1,
                    place: format!("{owner}.{name}"),
                    problem,
                };
                let (result, label) = self.toolbox.treat(method, value, place).map_err(failed)?;
                if !label.is_empty() && result.as_ref() != Some(value) {
                    walk.labels.insert(label);
                }
                Ok(result)
            }
        }
    }
}
