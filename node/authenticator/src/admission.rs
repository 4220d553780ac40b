//! Admission: who may ask, for what, when. Cedar policies over role, organisation, attributes, purpose, sensitivity of time.
//!
//! Entities: `Requestor::"<RID>"` with `role`, `organisation`, `attributes`; `Action::"request"`; `DataSet::"<OID>/<name>"` with
//! `owner`, `name`, `record_type`: names are unique under their owner only. Context: `purpose`, `hour` (0–23, UTC). Without policies of the operator's own, everybody
//! registered may ask; terms and attributes decide the rest.

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use medshare_ledger::facts::{DataSet, RecordType};
use medshare_ledger::id::{Label, OwnerId, RequestorId, Timestamp};
use medshare_ledger::purpose::Purpose;
use medshare_node_refusal::{Code, Refusal};
use std::collections::{HashMap, HashSet};
use std::str::FromStr;

const DEFAULT_POLICIES: &str = "permit (principal, action == Action::\"request\", resource);";

/// Policies that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the admission policies are not valid: {reason}")]
pub struct PolicyError {
    reason: String,
}

/// The admission policies of a node.
pub struct Admission {
    policies: PolicySet,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// RID.
    pub requestor: RequestorId,
    /// Role that was registered.
    pub role: &'a Label,
    /// Organisation that vouches.
    pub organisation: OwnerId,
    /// Attributes held.
    pub attributes: &'a [String],
    /// Data set asked for.
    pub dataset: &'a DataSet,
    /// Purpose asked for.
    pub purpose: &'a Purpose,
    /// When.
    pub at: Timestamp,
}

impl Admission {
    /// Reads policies in Cedar's language; the built-in ones without a text.
    ///
    /// # Errors
    /// [`PolicyError`] says where the text is wrong.
    pub fn new(text: Option<&str>) -> Result<Self, PolicyError> {
        let policies =
            PolicySet::from_str(text.unwrap_or(DEFAULT_POLICIES)).map_err(|e| PolicyError { reason: e.to_string() })?;
        Ok(Self { policies })
    }

    /// Whether the policies permit what is asked. When one of them fails to evaluate, they do not.
    ///
    /// # Errors
    /// [`Refusal`] when they do not.
    pub fn decide(&self, asked: &Asked<'_>) -> Result<(), Refusal> {
        let refusal = || {
            Refusal::new(
                Code::NotAdmitted,
                "this node's admission policies do not let this requestor ask for this data set now; ask its operator",
            )
        };
        let (request, entities) = question(asked).ok_or_else(refusal)?;
        let answer = Authorizer::new().is_authorized(&request, &self.policies, &entities);
        // Cedar passes over policies that fail to evaluate, so one that ought to forbid would admit.
        if let Some(error) = answer.diagnostics().errors().next() {
            tracing::warn!(%error, "an admission policy cannot be evaluated, so nobody is admitted by it");
            return Err(refusal());
        }
        match answer.decision() {
            Decision::Allow => Ok(()),
            Decision::Deny => Err(refusal()),
        }
    }
}

fn question(asked: &Asked<'_>) -> Option<(Request, Entities)> {
    let text = |t: &str| RestrictedExpression::new_string(t.to_owned());
    let hour = i64::try_from(asked.at.0 / 3_600_000 % 24).ok()?;
    let attributes = asked.attributes.iter().map(|a| text(a));
    let principal = uid("Requestor", &asked.requestor.to_string())?;
    let resource = uid("DataSet", &format!("{}/{}", asked.dataset.owner, asked.dataset.id))?;
    let action = uid("Action", "request")?;
    let requestor = Entity::new(
        principal.clone(),
        HashMap::from([
            ("role".to_owned(), text(asked.role.as_str())),
            ("organisation".to_owned(), text(&asked.organisation.to_string())),
            ("attributes".to_owned(), RestrictedExpression::new_set(attributes)),
        ]),
        HashSet::new(),
    )
    .ok()?;
    let record_type = match asked.dataset.record_type {
        RecordType::FhirR4 => "fhir-r4",
        RecordType::Table => "table",
    };
    let dataset = Entity::new(
        resource.clone(),
        HashMap::from([
            ("owner".to_owned(), text(&asked.dataset.owner.to_string())),
            ("name".to_owned(), text(asked.dataset.id.as_str())),
            ("record_type".to_owned(), text(record_type)),
        ]),
        HashSet::new(),
    )
    .ok()?;
    let context = Context::from_pairs([
        ("purpose".to_owned(), text(asked.purpose.reason.code())),
        ("hour".to_owned(), RestrictedExpression::new_long(hour)),
    ])
    .ok()?;
    let request = Request::new(principal, action, resource, context, None).ok()?;
    let entities = Entities::from_entities([requestor, dataset], None).ok()?;
    Some((request, entities))
}

fn uid(kind: &str, id: &str) -> Option<EntityUid> {
    let kind = EntityTypeName::from_str(kind).ok()?;
    Some(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

#[cfg(test)]
mod tests;
