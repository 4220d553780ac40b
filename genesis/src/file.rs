//! `genesis.toml`, the text that founders read and agree on, and the facts that it states.

use crate::config::{ConfigError, parse_toml, save_toml};
use crate::dataset::DataSetText;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::VerifyingKey;
use medshare_ledger::facts::{Authority, GenesisFacts, Owner, Parameters};
use medshare_ledger::id::{Label, NodeId, OwnerId};
use medshare_ledger::validator::Validator;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisText {
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
    /// Sealing key, hexadecimal.
    pub sealing_key: String,
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
                    sealing_key: hex::encode(v.sealing_key),
                })
                .collect(),
            owners: facts
                .owners
                .iter()
                .map(|o| OwnerText {
                    name: o.name.to_string(),
                    key: o.key.to_string(),
                    sealing_key: hex::encode(o.sealing_key),
                    node: o.node.to_string(),
                })
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
    /// What is wrong and in which entry, in words.
    pub fn to_facts(&self) -> Result<GenesisFacts, String> {
        let p = &self.parameters;
        let mut validators: Vec<Validator> = collect("validators", &self.validators, validator)?;
        validators.sort_by_key(|v| v.id);
        let mut owners: Vec<Owner> = collect("owners", &self.owners, owner)?;
        // Data sets name their owner, so a name must mean one.
        let mut names = BTreeSet::new();
        if let Some(twice) = owners.iter().find(|o| !names.insert(&o.name)) {
            return Err(format!("owners: {} is listed twice", twice.name));
        }
        let owner_id = |name: &str| {
            owners
                .iter()
                .find(|o| o.name.as_str() == name)
                .map(|o| o.id)
                .ok_or_else(|| format!("owner {name} is not among the owners"))
        };
        let mut datasets =
            collect("datasets", &self.datasets, |d| d.to_fact(owner_id(&d.owner)?).map_err(|e| e.to_string()))?;
        datasets.sort_by(|a, b| (a.owner, &a.id).cmp(&(b.owner, &b.id)));
        owners.sort_by_key(|o| o.id);
        let mut authorities: Vec<Authority> = collect("authorities", &self.authorities, authority)?;
        authorities.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(GenesisFacts {
            name: label("name", &self.name)?,
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
            permissions_contract: hash("permissions_contract", &self.permissions_contract)?,
            usage_contract: hash("usage_contract", &self.usage_contract)?,
        })
    }
}

/// Reads a genesis file.
///
/// # Errors
/// [`ConfigError`] when it cannot be read or states something invalid.
pub fn load(path: &Path) -> Result<GenesisFacts, ConfigError> {
    let text: GenesisText = parse_toml(path)?;
    let invalid = |reason| ConfigError::Invalid { path: path.to_owned(), reason };
    let facts = text.to_facts().map_err(invalid)?;
    facts.validate().map_err(|e| invalid(e.to_string()))?;
    Ok(facts)
}

/// Writes a genesis file.
///
/// # Errors
/// [`ConfigError`] when it cannot be written.
pub fn save(path: &Path, facts: &GenesisFacts) -> Result<(), ConfigError> {
    save_toml(path, &GenesisText::of_facts(facts))
}

fn collect<T, U>(what: &str, items: &[T], convert: impl Fn(&T) -> Result<U, String>) -> Result<Vec<U>, String> {
    items
        .iter()
        .enumerate()
        .map(|(i, item)| convert(item).map_err(|e| format!("{what}, entry {}: {e}", i + 1)))
        .collect()
}

fn validator(text: &ValidatorText) -> Result<Validator, String> {
    let key = key(&text.key)?;
    Ok(Validator {
        id: NodeId::of_key(&key),
        key,
        sealing_key: sealing_key(&text.sealing_key)?,
        organisation: label("organisation", &text.organisation)?,
    })
}

fn owner(text: &OwnerText) -> Result<Owner, String> {
    let key = key(&text.key)?;
    Ok(Owner {
        id: OwnerId::of_key(&key),
        name: label("name", &text.name)?,
        key,
        sealing_key: sealing_key(&text.sealing_key)?,
        node: text.node.parse().map_err(|e| format!("node: {e}"))?,
    })
}

fn authority(text: &AuthorityText) -> Result<Authority, String> {
    Ok(Authority {
        name: label("name", &text.name)?,
        key: key(&text.key)?,
        public: hex::decode(&text.public).map_err(|_| "public: expected hexadecimal characters".to_owned())?,
    })
}

fn label(field: &str, text: &str) -> Result<Label, String> {
    text.parse().map_err(|e| format!("{field}: {e}"))
}

fn hash(field: &str, text: &str) -> Result<Hash32, String> {
    text.parse().map_err(|e| format!("{field}: {e}"))
}

fn key(text: &str) -> Result<VerifyingKey, String> {
    text.parse().map_err(|e| format!("key: {e}"))
}

fn sealing_key(text: &str) -> Result<[u8; 32], String> {
    hex::decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| "sealing_key: expected 64 hexadecimal characters".to_owned())
}

#[cfg(test)]
mod tests;
