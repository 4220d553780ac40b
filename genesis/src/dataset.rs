//! A data set as `genesis.toml` spells it.

use medshare_contract_abi::{Action, ActionSet};
use medshare_crypto::policy::{AttributeName, Policy};
use medshare_ledger::facts::{DataSet, RecordType};
use medshare_ledger::id::{DAY_MS, Label, MAX_LABEL_BYTES, OwnerId};
use medshare_ledger::purpose::{UnknownCode, UseTerms};
use serde::{Deserialize, Serialize};

/// A data set and its terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSetText {
    /// Name, unique under its owner.
    pub id: String,
    /// Name of the owner.
    pub owner: String,
    /// `fhir-r4` or `table`.
    pub record_type: String,
    /// Version of the data type's rules.
    pub rules_version: u32,
    /// Policy over attributes.
    pub policy: String,
    /// Allowed purposes, HL7 ActReason codes.
    pub purposes: Vec<String>,
    /// Widest allowed research use, a DUO code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub research: Option<String>,
    /// Conditions that a request must accept, DUO codes.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Anonymity that a package must reach.
    pub k: u32,
    /// Actions that the contract permits.
    pub permits: Vec<String>,
    /// Actions that need no report at low sensitivity.
    #[serde(default)]
    pub exempts: Vec<String>,
    /// Life of a package in days; 0 is without end.
    pub lifetime_days: u64,
}

/// A data set that cannot be understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum DataSetError {
    /// A name is not plain.
    #[error("{field}: {reason}")]
    Field {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// An attribute that the ledger never takes, so that nobody could be issued it.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error(
    "{attribute} cannot be issued in a network: on each side of the @ are 1 to {MAX_LABEL_BYTES} characters out of A to Z, a to z, 0 to 9, '-', '_' and \
     '.', the first a letter or digit"
)]
pub struct NeverIssued {
    /// The attribute.
    pub attribute: AttributeName,
}

/// Whether the ledger takes an attribute of this name.
///
/// # Errors
/// When it is longer, or has other characters.
pub fn can_be_issued(attribute: &AttributeName) -> Result<(), NeverIssued> {
    let is_label = |text: &str| text.parse::<Label>().is_ok();
    if is_label(attribute.attribute()) && is_label(attribute.authority().as_str()) {
        return Ok(());
    }
    Err(NeverIssued { attribute: attribute.clone() })
}

impl DataSetText {
    /// Whether the data set may be one of a new network: every attribute of its policy can be issued, and there are its purposes. That of a network which there is may name others
    /// beside, and is read.
    ///
    /// # Errors
    /// [`DataSetError`] names the field that is wrong.
    pub fn check_new(&self) -> Result<(), DataSetError> {
        let policy = Policy::typed(&self.policy).map_err(|e| field("policy", &e))?;
        policy.attributes().iter().try_for_each(can_be_issued).map_err(|e| field("policy", &e))?;
        self.terms().map(drop)
    }

    /// What the records may be used for.
    fn terms(&self) -> Result<UseTerms, DataSetError> {
        Ok(UseTerms {
            reasons: codes("purposes", &self.purposes)?,
            research: self.research.as_deref().map(|r| r.parse().map_err(|e| field("research", &e))).transpose()?,
            requires: codes("requires", &self.requires)?,
        })
    }

    /// The fact that this text states for the owner with this id.
    ///
    /// # Errors
    /// [`DataSetError`] names the field that is wrong.
    pub fn to_fact(&self, owner: OwnerId) -> Result<DataSet, DataSetError> {
        let policy: Policy = self.policy.parse().map_err(|e| field("policy", &e))?;
        Ok(DataSet {
            id: self.id.parse().map_err(|e| field("id", &e))?,
            owner,
            record_type: record_type(&self.record_type)?,
            rules_version: self.rules_version,
            policy: policy.to_string(),
            terms: self.terms()?,
            k: self.k,
            permitted_mask: actions("permits", &self.permits)?.bits(),
            exempt_mask: actions("exempts", &self.exempts)?.bits(),
            lifetime_ms: self.lifetime_days.saturating_mul(DAY_MS),
        })
    }

    /// The text of a fact, whose owner has this name.
    #[must_use]
    pub fn of_fact(fact: &DataSet, owner: &str) -> Self {
        Self {
            id: fact.id.to_string(),
            owner: owner.to_owned(),
            record_type: record_type_name(fact.record_type).to_owned(),
            rules_version: fact.rules_version,
            policy: fact.policy.clone(),
            purposes: fact.terms.reasons.iter().map(|r| r.code().to_owned()).collect(),
            research: fact.terms.research.map(|r| r.code().to_owned()),
            requires: fact.terms.requires.iter().map(|r| r.code().to_owned()).collect(),
            k: fact.k,
            permits: action_names(fact.permitted_mask),
            exempts: action_names(fact.exempt_mask),
            lifetime_days: fact.lifetime_ms / DAY_MS,
        }
    }
}

/// Name of a record type in texts and commands.
#[must_use]
pub const fn record_type_name(record_type: RecordType) -> &'static str {
    match record_type {
        RecordType::FhirR4 => "fhir-r4",
        RecordType::Table => "table",
    }
}

fn record_type(text: &str) -> Result<RecordType, DataSetError> {
    match text {
        "fhir-r4" => Ok(RecordType::FhirR4),
        "table" => Ok(RecordType::Table),
        _ => Err(DataSetError::Field { field: "record_type", reason: "expected fhir-r4 or table".to_owned() }),
    }
}

fn field(field: &'static str, error: &impl ToString) -> DataSetError {
    DataSetError::Field { field, reason: error.to_string() }
}

fn codes<T: std::str::FromStr<Err = UnknownCode> + Ord>(
    name: &'static str,
    texts: &[String],
) -> Result<Vec<T>, DataSetError> {
    let parsed: Result<Vec<T>, _> =
        texts.iter().map(|t| t.parse::<T>().map_err(|e| field(name, &format!("{t}: {e}")))).collect();
    let mut values = parsed?;
    values.sort_unstable();
    values.dedup();
    Ok(values)
}

fn actions(name: &'static str, texts: &[String]) -> Result<ActionSet, DataSetError> {
    texts.iter().try_fold(ActionSet::EMPTY, |set, text| {
        let action = ActionSet::ALL.iter().find(|a: &Action| a.name() == text);
        let expected = || ActionSet::ALL.iter().map(|a| a.name().to_owned()).collect::<Vec<_>>().join(", ");
        action.map(|a| set.with(a)).ok_or_else(|| DataSetError::Field {
            field: name,
            reason: format!("expected actions out of {}", expected()),
        })
    })
}

fn action_names(mask: u8) -> Vec<String> {
    let set = ActionSet::from_bits(mask).unwrap_or(ActionSet::EMPTY);
    set.iter().map(|a| a.name().to_owned()).collect()
}
