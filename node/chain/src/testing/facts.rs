//! What the fixture's four organisations founded.

use super::{ATTRIBUTE, K, label};
use medshare_contract_abi::{Action, ActionSet};
use medshare_contract_host::{PERMISSIONS_WASM, USAGE_WASM};
use medshare_crypto::hash::sha256;
use medshare_crypto::seal::SealingSecretKey;
use medshare_crypto::sign::SigningKey;
use medshare_genesis::keys::AuthorityKeys;
use medshare_ledger::facts::{Authority, DataSet, GenesisFacts, Owner, Parameters, RecordType};
use medshare_ledger::id::{Label, NodeId, OwnerId};
use medshare_ledger::purpose::{ActReason, UseTerms};
use medshare_ledger::validator::Validator;

pub(super) fn genesis(nodes: &[SigningKey], owners: &[SigningKey], authority: &AuthorityKeys) -> GenesisFacts {
    let names = ["north-hospital", "south-hospital", "east-cloud", "west-cloud"].map(label);
    let validator = |(key, name): (&SigningKey, &Label)| Validator {
        id: NodeId::of_key(&key.verifying_key()),
        key: key.verifying_key(),
        sealing_key: SealingSecretKey::from_bytes(key.seed()).public_key(),
        organisation: name.clone(),
    };
    let owner = |((key, node), name): ((&SigningKey, &SigningKey), &Label)| Owner {
        id: OwnerId::of_key(&key.verifying_key()),
        name: name.clone(),
        key: key.verifying_key(),
        node: NodeId::of_key(&node.verifying_key()),
    };
    let dataset = DataSet {
        id: label("cohort"),
        owner: OwnerId::of_key(&owners[0].verifying_key()),
        record_type: RecordType::Table,
        rules_version: 1,
        policy: ATTRIBUTE.to_owned(),
        terms: UseTerms { reasons: vec![ActReason::HealthcareResearch], research: None, requires: Vec::new() },
        k: K,
        permitted_mask: ActionSet::of(&[Action::Read]).bits(),
        exempt_mask: 0,
        lifetime_ms: 86_400_000,
    };
    let mut validators: Vec<_> = nodes.iter().zip(&names).map(validator).collect();
    validators.sort_by_key(|v| v.id);
    GenesisFacts {
        name: label("test"),
        validators,
        owners: owners.iter().zip(nodes).zip(&names).map(owner).collect(),
        authorities: vec![Authority {
            name: label("university"),
            key: authority.signing.verifying_key(),
            public: authority.secret.public().to_bytes(),
        }],
        datasets: vec![dataset],
        parameters: Parameters {
            target_bits: 0,
            target_time_ms: 250,
            propose_timeout_ms: 800,
            max_side_blocks: 8,
            max_lease_ms: 60_000,
            max_clock_drift_ms: 5_000,
        },
        permissions_contract: sha256(PERMISSIONS_WASM),
        usage_contract: sha256(USAGE_WASM),
    }
}
