//! The rules that a genesis keeps.

use super::{DataSet, GenesisFacts, Owner, Parameters};
use crate::header::MAX_TARGET_BITS;
use crate::id::{DAY_MS, Label, NetworkId, NodeId, OwnerId};
use crate::validator::{MAX_VALIDATORS, MIN_VALIDATORS, Validator};
use medshare_contract_abi::ActionSet;
use medshare_crypto::abe::AuthorityPublic;
use medshare_crypto::hash::tagged_hash;
use medshare_crypto::policy::Policy;
use std::collections::BTreeSet;

/// Most owners, and most authorities.
pub(crate) const MAX_PARTIES: usize = 1_000;
/// Most data sets.
pub const MAX_DATA_SETS: usize = 10_000;
/// Longest attribute policy in bytes.
pub const MAX_POLICY_BYTES: usize = 2_048;
/// Furthest that a genesis may allow a clock to be off, in milliseconds.
pub const MAX_CLOCK_DRIFT_MS: u64 = 5 * 60 * 1_000;
/// Most side-blocks that a genesis may allow under a parent block.
pub const MAX_SIDE_BLOCKS: u32 = 1_000_000;

/// Which rule a genesis breaks.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum FactsError {
    /// Too few or too many of something.
    #[error("expected {min} to {max} {what}, found {actual}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// Fewest.
        min: usize,
        /// Most.
        max: usize,
        /// Found.
        actual: usize,
    },
    /// A name breaks the alphabet.
    #[error("the name of {what} holds characters that are not allowed or is too long")]
    Name {
        /// Whose name.
        what: &'static str,
    },
    /// An id is not derived from the key.
    #[error("the id {id} of {what} does not follow from its key")]
    ForeignId {
        /// Whose id.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// Two of a kind have the same name or id.
    #[error("{what} {name} is listed twice")]
    Duplicate {
        /// Of what kind.
        what: &'static str,
        /// Name or id.
        name: String,
    },
    /// Nothing can be sealed to a validator.
    #[error("the sealing key of validator {node} is not usable")]
    SealingKey {
        /// The validator.
        node: NodeId,
    },
    /// All validators belong to one organisation, so that no second one can validate.
    #[error("expected validators of at least two organisations, found one")]
    OneOrganisation,
    /// The owner's node is no validator.
    #[error("the node {node} of owner {owner} is not among the validators")]
    UnknownNode {
        /// The owner.
        owner: OwnerId,
        /// Its node.
        node: NodeId,
    },
    /// The data set's owner is not listed.
    #[error("the owner {owner} of data set {dataset} is not listed")]
    UnknownOwner {
        /// The owner.
        owner: OwnerId,
        /// The data set.
        dataset: Label,
    },
    /// A policy asks for what nobody can issue.
    #[error("the policy of data set {dataset} names the authority {authority}, which is not listed")]
    UnknownAuthority {
        /// The data set.
        dataset: Label,
        /// The authority.
        authority: String,
    },
    /// A data set's field breaks a rule.
    #[error("data set {dataset}: {rule}")]
    DataSet {
        /// The data set.
        dataset: Label,
        /// What was expected.
        rule: &'static str,
    },
    /// A parameter is out of its range.
    #[error("parameter {name} is {actual}; expected {min} to {max}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Smallest value.
        min: u64,
        /// Largest value.
        max: u64,
        /// Value found.
        actual: u64,
    },
    /// The public keys of an authority do not decode, or are another authority's.
    #[error("the public keys of authority {0} are not valid or another authority's")]
    AuthorityKeys(Label),
}

impl GenesisFacts {
    /// The network's id: hash of these facts.
    #[must_use]
    pub fn network_id(&self) -> NetworkId {
        NetworkId::from_bytes(tagged_hash("medshare/genesis/v5", &[&crate::codec::encode(self)]).to_bytes())
    }

    /// Checks every rule.
    ///
    /// # Errors
    /// [`FactsError`] names the first one broken.
    pub fn validate(&self) -> Result<(), FactsError> {
        name("the network", &self.name)?;
        count("validators", MIN_VALIDATORS, MAX_VALIDATORS, self.validators.len())?;
        count("owners", 1, MAX_PARTIES, self.owners.len())?;
        count("authorities", 0, MAX_PARTIES, self.authorities.len())?;
        count("data sets", 0, MAX_DATA_SETS, self.datasets.len())?;
        let nodes = validators(&self.validators)?;
        let owners = owners(&self.owners, &nodes)?;
        let mut names = BTreeSet::new();
        for authority in &self.authorities {
            name("an authority", &authority.name)?;
            unique("authority", &authority.name, names.insert(&authority.name))?;
            let public = AuthorityPublic::from_bytes(&authority.public);
            if !public.is_ok_and(|public| public.name().as_str() == authority.name.as_str()) {
                return Err(FactsError::AuthorityKeys(authority.name.clone()));
            }
        }
        let mut datasets = BTreeSet::new();
        for dataset in &self.datasets {
            unique("data set", &dataset.id, datasets.insert((dataset.owner, &dataset.id)))?;
            dataset.validate(&owners)?;
            dataset.can_be_opened(|authority| names.iter().any(|name| name.as_str() == authority))?;
        }
        self.parameters.validate()
    }
}

impl Parameters {
    fn validate(&self) -> Result<(), FactsError> {
        for (name, min, max, actual) in [
            ("target_bits", 0, u64::from(MAX_TARGET_BITS), u64::from(self.target_bits)),
            ("target_time_ms", 1, DAY_MS, self.target_time_ms),
            ("propose_timeout_ms", 1, DAY_MS, self.propose_timeout_ms),
            ("max_side_blocks", 1, u64::from(MAX_SIDE_BLOCKS), u64::from(self.max_side_blocks)),
            ("max_lease_ms", 1, 365 * DAY_MS, self.max_lease_ms),
            ("max_clock_drift_ms", 1, MAX_CLOCK_DRIFT_MS, self.max_clock_drift_ms),
        ] {
            if !(min..=max).contains(&actual) {
                return Err(FactsError::Parameter { name, min, max, actual });
            }
        }
        Ok(())
    }
}

impl DataSet {
    fn validate(&self, owners: &BTreeSet<OwnerId>) -> Result<(), FactsError> {
        name("a data set", &self.id)?;
        if !owners.contains(&self.owner) {
            return Err(FactsError::UnknownOwner { owner: self.owner, dataset: self.id.clone() });
        }
        let permitted = ActionSet::from_bits(self.permitted_mask);
        let exempt = ActionSet::from_bits(self.exempt_mask);
        let exempt_within = self.exempt_mask & !self.permitted_mask == 0;
        for (holds, rule) in [
            (permitted.is_some() && exempt.is_some(), "action masks must name the six actions only"),
            (exempt_within, "only permitted actions can be exempt from reports"),
            (self.rules_version > 0, "the rules' version starts at one"),
            (self.k > 0, "k must be at least one"),
            (self.policy.len() <= MAX_POLICY_BYTES, "the policy is too long"),
            (self.policy.parse::<Policy>().is_ok(), "the policy is not an attribute policy"),
            (is_ascending(&self.terms.reasons), "allowed purposes must be ascending, without repetition"),
            (is_ascending(&self.terms.requires), "required conditions must be ascending, without repetition"),
        ] {
            if !holds {
                return Err(FactsError::DataSet { dataset: self.id.clone(), rule });
            }
        }
        Ok(())
    }
}

impl DataSet {
    /// Every attribute of the policy has an authority.
    fn can_be_opened(&self, is_listed: impl Fn(&str) -> bool) -> Result<(), FactsError> {
        let attributes = self.policy.parse::<Policy>().map(|policy| policy.attributes()).unwrap_or_default();
        let authorities = attributes.iter().map(|attribute| attribute.authority());
        match authorities.into_iter().find(|authority| !is_listed(authority.as_str())) {
            None => Ok(()),
            Some(authority) => {
                Err(FactsError::UnknownAuthority { dataset: self.id.clone(), authority: authority.as_str().to_owned() })
            }
        }
    }
}

fn validators(validators: &[Validator]) -> Result<BTreeSet<NodeId>, FactsError> {
    let mut ids = BTreeSet::new();
    for validator in validators {
        name("a validator's organisation", &validator.organisation)?;
        if validator.id != NodeId::of_key(&validator.key) {
            return Err(FactsError::ForeignId { what: "a validator", id: validator.id.to_string() });
        }
        unique("validator", validator.id, ids.insert(validator.id))?;
        if !validator.sealing_key.is_usable() {
            return Err(FactsError::SealingKey { node: validator.id });
        }
    }
    let organisations = validators.iter().map(|v| &v.organisation).collect::<BTreeSet<_>>();
    if organisations.len() < 2 { Err(FactsError::OneOrganisation) } else { Ok(ids) }
}

fn owners(owners: &[Owner], nodes: &BTreeSet<NodeId>) -> Result<BTreeSet<OwnerId>, FactsError> {
    let mut ids = BTreeSet::new();
    for owner in owners {
        name("an owner", &owner.name)?;
        if owner.id != OwnerId::of_key(&owner.key) {
            return Err(FactsError::ForeignId { what: "an owner", id: owner.id.to_string() });
        }
        unique("owner", owner.id, ids.insert(owner.id))?;
        if !nodes.contains(&owner.node) {
            return Err(FactsError::UnknownNode { owner: owner.id, node: owner.node });
        }
    }
    Ok(ids)
}

fn name(what: &'static str, label: &Label) -> Result<(), FactsError> {
    if label.is_valid() { Ok(()) } else { Err(FactsError::Name { what }) }
}

fn count(what: &'static str, min: usize, max: usize, actual: usize) -> Result<(), FactsError> {
    if (min..=max).contains(&actual) { Ok(()) } else { Err(FactsError::Count { what, min, max, actual }) }
}

fn unique(what: &'static str, name: impl ToString, is_new: bool) -> Result<(), FactsError> {
    if is_new { Ok(()) } else { Err(FactsError::Duplicate { what, name: name.to_string() }) }
}

/// Whether every element is greater than the one before it.
pub(crate) fn is_ascending<T: PartialOrd>(list: &[T]) -> bool {
    list.is_sorted_by(|a, b| a < b)
}
