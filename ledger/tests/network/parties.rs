//! Who takes part, with keys from fixed seeds.

use medshare_contract_abi::{Action, ActionSet};
use medshare_crypto::hash::sha256;
use medshare_crypto::seal::{SealingPublicKey, SealingSecretKey};
use medshare_crypto::sign::SigningKey;
use medshare_ledger::facts::{Authority, DataSet, GenesisFacts, NetworkFacts, Owner, Parameters, RecordType};
use medshare_ledger::id::{Label, NetworkId, NodeId, OwnerId, RequestorId};
use medshare_ledger::purpose::{ActReason, ResearchUse, UseModifier, UseTerms};
use medshare_ledger::validator::Validator;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// The key of a seed byte.
pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(zeroize::Zeroizing::new([seed; 32]))
}

/// The key of a seed byte to seal to, made once: that takes longer than all else here.
pub fn sealing_key(seed: u8) -> SealingPublicKey {
    static MADE: Mutex<BTreeMap<u8, SealingPublicKey>> = Mutex::new(BTreeMap::new());
    let make = || SealingSecretKey::from_bytes(zeroize::Zeroizing::new([seed; 32])).public_key();
    MADE.lock().unwrap().entry(seed).or_insert_with(make).clone()
}

pub fn label(text: &str) -> Label {
    text.parse().unwrap()
}

/// Two hospitals that own data, two cloud providers, two authorities, a requestor with her agent.
pub struct Parties {
    pub nodes: Vec<SigningKey>,
    pub owners: Vec<SigningKey>,
    pub authority: SigningKey,
    /// The key of the authority `ethics`.
    pub ethics: SigningKey,
    pub requestor: SigningKey,
    pub agent: SigningKey,
    pub facts: NetworkFacts,
}

impl Parties {
    pub fn new() -> Self {
        Self::with_parameters(parameters())
    }

    pub fn with_parameters(parameters: Parameters) -> Self {
        let nodes = (1..=4).map(key).collect::<Vec<_>>();
        let owners = (11..=12).map(key).collect::<Vec<_>>();
        let (authority, ethics) = (key(21), key(22));
        let facts = NetworkFacts::new(genesis(&nodes, &owners, [&authority, &ethics], parameters)).unwrap();
        Self { nodes, owners, authority, ethics, requestor: key(31), agent: key(41), facts }
    }

    pub fn network(&self) -> NetworkId {
        self.facts.network()
    }

    pub fn node(&self, index: usize) -> NodeId {
        NodeId::of_key(&self.nodes[index].verifying_key())
    }

    pub fn owner(&self, index: usize) -> OwnerId {
        OwnerId::of_key(&self.owners[index].verifying_key())
    }

    pub fn requestor(&self) -> RequestorId {
        RequestorId::of_key(&self.requestor.verifying_key())
    }
}

pub fn parameters() -> Parameters {
    Parameters {
        target_bits: 4,
        target_time_ms: 250,
        propose_timeout_ms: 1_000,
        max_side_blocks: 8,
        max_lease_ms: 60_000,
        max_clock_drift_ms: 5_000,
    }
}

pub fn genesis(
    nodes: &[SigningKey],
    owners: &[SigningKey],
    authorities: [&SigningKey; 2],
    parameters: Parameters,
) -> GenesisFacts {
    let organisations = ["north-hospital", "south-hospital", "east-cloud", "west-cloud"];
    let validators = nodes.iter().zip(organisations).map(|(key, organisation)| Validator {
        id: NodeId::of_key(&key.verifying_key()),
        key: key.verifying_key(),
        sealing_key: sealing_key(1),
        organisation: label(organisation),
    });
    let owner = |index: usize, name| Owner {
        id: OwnerId::of_key(&owners[index].verifying_key()),
        name: label(name),
        key: owners[index].verifying_key(),
        node: NodeId::of_key(&nodes[index].verifying_key()),
    };
    let owners = vec![owner(0, "north-hospital"), owner(1, "south-hospital")];
    let dataset = DataSet {
        id: label("cohort"),
        owner: owners[0].id,
        record_type: RecordType::FhirR4,
        rules_version: 1,
        policy: "RESEARCHER@university".to_owned(),
        terms: UseTerms {
            reasons: vec![ActReason::HealthcareResearch, ActReason::PublicHealth],
            research: Some(ResearchUse::HealthMedicalBiomedical),
            requires: vec![UseModifier::EthicsApproval],
        },
        k: 5,
        permitted_mask: ActionSet::of(&[Action::Read, Action::Write]).bits(),
        exempt_mask: ActionSet::of(&[Action::Read]).bits(),
        lifetime_ms: 86_400_000,
    };
    GenesisFacts {
        name: label("test"),
        validators: validators.collect(),
        owners,
        authorities: ["university", "ethics"]
            .iter()
            .zip(authorities)
            .map(|(name, key)| Authority {
                name: label(name),
                key: key.verifying_key(),
                public: super::entries::authority_secret(name).public().to_bytes(),
            })
            .collect(),
        datasets: vec![dataset],
        parameters,
        permissions_contract: sha256(b"permissions"),
        usage_contract: sha256(b"usage"),
    }
}
