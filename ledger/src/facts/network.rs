//! The facts of a valid genesis, ready to be asked.

use super::{Authority, FactsError, GenesisFacts, Owner, Parameters};
use crate::id::{Label, NetworkId, NodeId, OwnerId};
use crate::validator::{Validator, ValidatorSet};
use std::collections::BTreeMap;

/// A network whose genesis keeps the rules.
#[derive(Clone, Debug)]
pub struct NetworkFacts {
    network: NetworkId,
    genesis: GenesisFacts,
    validators: ValidatorSet,
    owners: BTreeMap<OwnerId, Owner>,
    authorities: BTreeMap<Label, Authority>,
}

impl NetworkFacts {
    /// Validates `genesis`.
    ///
    /// # Errors
    /// [`FactsError`] names the first rule that it breaks.
    pub fn new(genesis: GenesisFacts) -> Result<Self, FactsError> {
        genesis.validate()?;
        Ok(Self {
            network: genesis.network_id(),
            validators: ValidatorSet::new(genesis.validators.clone()),
            owners: genesis.owners.iter().map(|o| (o.id, o.clone())).collect(),
            authorities: genesis.authorities.iter().map(|a| (a.name.clone(), a.clone())).collect(),
            genesis,
        })
    }

    /// The network's id.
    #[must_use]
    pub const fn network(&self) -> NetworkId {
        self.network
    }

    /// What genesis states.
    #[must_use]
    pub const fn genesis(&self) -> &GenesisFacts {
        &self.genesis
    }

    /// The parameters.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.genesis.parameters
    }

    /// The validators.
    #[must_use]
    pub const fn validators(&self) -> &ValidatorSet {
        &self.validators
    }

    /// The validator with this id.
    #[must_use]
    pub fn validator(&self, id: NodeId) -> Option<&Validator> {
        self.validators.get(id)
    }

    /// The owner with this id.
    #[must_use]
    pub fn owner(&self, id: OwnerId) -> Option<&Owner> {
        self.owners.get(&id)
    }

    /// The authority of this name.
    #[must_use]
    pub fn authority(&self, name: &Label) -> Option<&Authority> {
        self.authorities.get(name)
    }
}
