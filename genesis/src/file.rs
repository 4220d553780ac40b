//! `genesis.toml`, the text that founders read and agree on, and the facts that it states.

mod misstatement;

pub use misstatement::Misstatement;

use crate::dataset::DataSetText;
use crate::toml_file::{self, ConfigError};
use medshare_ledger::facts::{Authority, GenesisFacts, Owner, PROTOCOL_VERSION, Parameters};
use medshare_ledger::id::{NodeId, OwnerId};
use medshare_ledger::validator::Validator;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisText {
    /// Version of the rules under which the network is founded.
    pub protocol: u32,
    /// Name of the network.
    pub name: String,
    /// SHA-256 of the on-chain contract.
    pub permissions_contract: String,
    /// SHA-256 of the default contract in packages.
    pub usage_contract: String,
    /// Parameters.
    pub parameters: ParametersText,
    /// Validators.
    pub validators: Vec<ValidatorText>,
    /// Owners.
    pub owners: Vec<OwnerText>,
    /// Authorities.
    pub authorities: Vec<AuthorityText>,
    /// Data sets.
    #[serde(default)]
    pub datasets: Vec<DataSetText>,
}

/// Parameters that all validators share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParametersText {
    /// Leading zero bits of block headers.
    pub target_bits: u32,
    /// Time aimed at between heights.
    pub target_time_ms: u64,
    /// Timeout of a silent proposer.
    pub propose_timeout_ms: u64,
    /// Most side-blocks under a parent block.
    pub max_side_blocks: u32,
    /// Longest lease.
    pub max_lease_ms: u64,
    /// How far a clock may be off.
    pub max_clock_drift_ms: u64,
}

/// A validator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorText {
    /// Organisation that runs it.
    pub organisation: String,
    /// Verifying key, hexadecimal.
    pub key: String,
    /// Sealing key, hexadecimal.
    pub sealing_key: String,
}

/// A data owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerText {
    /// Name of the organisation.
    pub name: String,
    /// Verifying key, hexadecimal.
    pub key: String,
    /// NID of the node that serves the owner's data.
    pub node: String,
}

/// An attribute authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorityText {
    /// Name: the part of attributes behind `@`.
    pub name: String,
    /// Verifying key, hexadecimal.
    pub key: String,
    /// Public keys for attribute-based encryption, hexadecimal.
    pub public: String,
}

impl GenesisText {
    /// The text of these facts.
    #[must_use]
    pub fn of_facts(facts: &GenesisFacts) -> Self {
        let owner_name =
            |id: OwnerId| facts.owners.iter().find(|o| o.id == id).map(|o| o.name.to_string()).unwrap_or_default();
        let p = &facts.parameters;
        Self {
            protocol: PROTOCOL_VERSION,
            name: facts.name.to_string(),
            permissions_contract: facts.permissions_contract.to_string(),
            usage_contract: facts.usage_contract.to_string(),
            parameters: ParametersText {
                target_bits: p.target_bits,
                target_time_ms: p.target_time_ms,
                propose_timeout_ms: p.propose_timeout_ms,
                max_side_blocks: p.max_side_blocks,
                max_lease_ms: p.max_lease_ms,
                max_clock_drift_ms: p.max_clock_drift_ms,
            },
            validators: facts
                .validators
                .iter()
                .map(|v| ValidatorText {
                    organisation: v.organisation.to_string(),
                    key: v.key.to_string(),
                    sealing_key: v.sealing_key.to_string(),
                })
                .collect(),
            owners: facts
                .owners
                .iter()
                .map(|o| OwnerText { name: o.name.to_string(), key: o.key.to_string(), node: o.node.to_string() })
                .collect(),
            authorities: facts
                .authorities
                .iter()
                .map(|a| AuthorityText {
                    name: a.name.to_string(),
                    key: a.key.to_string(),
                    public: hex::encode(&a.public),
                })
                .collect(),
            datasets: facts.datasets.iter().map(|d| DataSetText::of_fact(d, &owner_name(d.owner))).collect(),
        }
    }

    /// The facts that the text states.
    ///
    /// # Errors
    /// [`Misstatement`] says what is wrong and in which entry.
    pub fn to_facts(&self) -> Result<GenesisFacts, Misstatement> {
        let p = &self.parameters;
        let mut validators: Vec<Validator> = collect("validators", &self.validators, validator)?;
        validators.sort_by_key(|v| v.id);
        let mut owners: Vec<Owner> = collect("owners", &self.owners, owner)?;
        // Data sets name their owner, so a name must mean one.
        let mut names = BTreeSet::new();
        if let Some(twice) = owners.iter().find(|o| !names.insert(&o.name)) {
            return Err(Misstatement::of_file(format!("owners: {} is listed twice", twice.name)));
        }
        let owner_id =
            |name: &str| {
                owners.iter().find(|o| o.name.as_str() == name).map(|o| o.id).ok_or_else(|| {
                    Misstatement::names_nothing("owner", format!("owner {name} is not among the owners"))
                })
            };
        let mut datasets = collect("datasets", &self.datasets, |d| Ok(d.to_fact(owner_id(&d.owner)?)?))?;
        datasets.sort_by(|a, b| (a.owner, &a.id).cmp(&(b.owner, &b.id)));
        owners.sort_by_key(|o| o.id);
        let mut authorities: Vec<Authority> = collect("authorities", &self.authorities, authority)?;
        authorities.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(GenesisFacts {
            name: parsed("name", &self.name)?,
            validators,
            owners,
            authorities,
            datasets,
            parameters: Parameters {
                target_bits: p.target_bits,
                target_time_ms: p.target_time_ms,
                propose_timeout_ms: p.propose_timeout_ms,
                max_side_blocks: p.max_side_blocks,
                max_lease_ms: p.max_lease_ms,
                max_clock_drift_ms: p.max_clock_drift_ms,
            },
            permissions_contract: parsed("permissions_contract", &self.permissions_contract)?,
            usage_contract: parsed("usage_contract", &self.usage_contract)?,
        })
    }
}

/// Reads a genesis file.
///
/// # Errors
/// [`ConfigError`] when it cannot be read or states something invalid.
pub fn load(path: &Path) -> Result<GenesisFacts, ConfigError> {
    let text = toml_file::read(path)?;
    // Before anything else is understood: files of other versions have other keys.
    if let Some(found) = protocol(&text).filter(|found| *found != PROTOCOL_VERSION) {
        return Err(ConfigError::OtherProtocol { path: path.to_owned(), found, spoken: PROTOCOL_VERSION });
    }
    let stated: GenesisText = toml_file::parse(path, &text)?;
    let invalid = |reason| ConfigError::Invalid { path: path.to_owned(), reason };
    let facts = stated.to_facts().map_err(|wrong| {
        let line = match (wrong.entry, wrong.key) {
            (Some((list, number)), Some(key)) => toml_file::line_in_entry(&text, list, number, key),
            (None, Some(key)) => toml_file::line_of(&text, key),
            (_, None) => None,
        };
        invalid(line.map_or_else(|| wrong.to_string(), |line| format!("line {line}: {wrong}")))
    })?;
    facts.validate().map_err(|e| invalid(e.to_string()))?;
    Ok(facts)
}

/// The protocol version that a genesis states; none where it is no TOML, or states something else than a number.
fn protocol(text: &str) -> Option<u32> {
    let table: toml::Table = text.parse().ok()?;
    match table.get("protocol") {
        Some(version) => version.as_integer().and_then(|version| u32::try_from(version).ok()),
        // The first version did not say so; it named owners and validators as this one does.
        None => table.contains_key("permissions_contract").then_some(1),
    }
}

/// Writes a genesis file to hand out.
///
/// # Errors
/// [`ConfigError`] when it cannot be written.
pub fn save(path: &Path, facts: &GenesisFacts) -> Result<(), ConfigError> {
    toml_file::save_shared(path, &GenesisText::of_facts(facts))
}

/// Writes the genesis file of a node's home.
///
/// # Errors
/// [`ConfigError`] when it cannot be written.
pub(crate) fn save_private(path: &Path, facts: &GenesisFacts) -> Result<(), ConfigError> {
    toml_file::save(path, &GenesisText::of_facts(facts))
}

fn collect<T, U>(
    list: &'static str,
    items: &[T],
    convert: impl Fn(&T) -> Result<U, Misstatement>,
) -> Result<Vec<U>, Misstatement> {
    items.iter().enumerate().map(|(i, item)| convert(item).map_err(|wrong| wrong.in_entry(list, i + 1))).collect()
}

fn validator(text: &ValidatorText) -> Result<Validator, Misstatement> {
    let key = parsed("key", &text.key)?;
    Ok(Validator {
        id: NodeId::of_key(&key),
        key,
        sealing_key: parsed("sealing_key", &text.sealing_key)?,
        organisation: parsed("organisation", &text.organisation)?,
    })
}

fn owner(text: &OwnerText) -> Result<Owner, Misstatement> {
    let key = parsed("key", &text.key)?;
    Ok(Owner { id: OwnerId::of_key(&key), name: parsed("name", &text.name)?, key, node: parsed("node", &text.node)? })
}

fn authority(text: &AuthorityText) -> Result<Authority, Misstatement> {
    Ok(Authority {
        name: parsed("name", &text.name)?,
        key: parsed("key", &text.key)?,
        public: hex::decode(&text.public)
            .map_err(|_| Misstatement::of_key("public", &"expected hexadecimal characters"))?,
    })
}

fn parsed<T: FromStr<Err: Display>>(key: &'static str, text: &str) -> Result<T, Misstatement> {
    text.parse().map_err(|e| Misstatement::of_key(key, &e))
}

#[cfg(test)]
mod tests;
