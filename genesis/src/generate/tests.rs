#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use super::*;
use crate::keys::{AuthorityKeys, NodeKeys, OwnerKeys};
use rand::rngs::OsRng;
use tempfile::TempDir;

pub(crate) fn dataset() -> DataSetText {
    DataSetText {
        id: "cohort".to_owned(),
        owner: "north".to_owned(),
        record_type: "table".to_owned(),
        rules_version: 1,
        policy: "RESEARCHER@university".to_owned(),
        purposes: vec!["HRESCH".to_owned()],
        research: Some("HMB".to_owned()),
        requires: vec!["IRB".to_owned()],
        k: 5,
        permits: vec!["read".to_owned(), "write".to_owned()],
        exempts: vec!["read".to_owned()],
        lifetime_days: 30,
    }
}

fn plan() -> NetworkPlan {
    let labels = |names: &[&str]| names.iter().map(|n| n.parse().unwrap()).collect();
    NetworkPlan {
        name: "test".parse().unwrap(),
        organisations: labels(&["north", "south", "east", "west"]),
        authorities: labels(&["university", "board"]),
        datasets: vec![dataset()],
        sources: vec![SourceConfig {
            dataset: "cohort".to_owned(),
            owner: None,
            folder: PathBuf::from("/data"),
            deid: None,
        }],
        base_port: 21_000,
        parameters: local_parameters(),
    }
}

fn found(folder: &Path, plan: &NetworkPlan) -> Result<GenesisFacts, GenerateError> {
    generate(folder, plan, &Protection::InsecurePlaintext, &mut OsRng)
}

fn founded() -> (TempDir, GenesisFacts) {
    let folder = tempfile::tempdir().unwrap();
    let facts = found(folder.path(), &plan()).unwrap();
    (folder, facts)
}

pub(crate) fn facts() -> GenesisFacts {
    founded().1
}

#[test]
fn every_copy_of_the_genesis_states_the_same_facts() {
    let (folder, facts) = founded();
    let layout = Layout::new(folder.path());
    for path in [layout.genesis(), layout.home("north").join("genesis.toml"), layout.home("west").join("genesis.toml")]
    {
        let loaded = file::load(&path).unwrap();
        assert_eq!(loaded, facts);
        assert_eq!(loaded.network_id(), facts.network_id());
    }
}

#[test]
fn two_networks_of_one_plan_are_different_networks() {
    assert_ne!(founded().1.network_id(), founded().1.network_id());
}

#[test]
fn the_key_files_hold_the_keys_that_the_genesis_names() {
    let (folder, facts) = founded();
    let layout = Layout::new(folder.path());
    for owner in &facts.owners {
        let keys = OwnerKeys::load(&layout.owner_key(owner.name.as_str()), None).unwrap();
        assert_eq!((keys.id(), keys.signing.verifying_key()), (owner.id, owner.key));
    }
    for authority in &facts.authorities {
        let keys = AuthorityKeys::load(&layout.authority_key(authority.name.as_str()), None).unwrap();
        assert_eq!(keys.signing.verifying_key(), authority.key);
        assert_eq!(keys.secret.public().to_bytes(), authority.public);
    }
    for validator in &facts.validators {
        let home = layout.home(validator.organisation.as_str());
        let keys = NodeKeys::load(&home.join("keys/node.key"), None).unwrap();
        assert_eq!((keys.id(), &keys.sealing.public_key()), (validator.id, &validator.sealing_key));
        assert!(facts.owners.iter().any(|o| o.name == validator.organisation && o.node == validator.id));
    }
}

#[test]
fn a_source_is_of_one_owner_also_where_two_have_a_data_set_of_its_name() {
    let mut plan = plan();
    plan.datasets.push(DataSetText { owner: "south".to_owned(), ..dataset() });
    let folder = tempfile::tempdir().unwrap();
    let error = found(folder.path(), &plan).unwrap_err().to_string();
    assert!(error.contains("north and south both have a data set cohort"), "{error}");
    let of = |owner: &str, folder: &str| SourceConfig {
        dataset: "cohort".to_owned(),
        owner: Some(owner.to_owned()),
        folder: folder.into(),
        deid: None,
    };
    plan.sources = vec![of("north", "/north"), of("south", "/south")];
    found(folder.path(), &plan).unwrap();
    for name in ["north", "south"] {
        let home = Layout::new(folder.path()).home(name);
        let config = NodeConfig::load(&home.join("config.toml")).unwrap();
        assert_eq!(config.sources, [of(name, &format!("/{name}"))]);
    }
}

#[test]
fn every_node_knows_the_others_and_only_its_own_sources() {
    let (folder, facts) = founded();
    let layout = Layout::new(folder.path());
    let mut ports = std::collections::BTreeSet::new();
    for validator in &facts.validators {
        let name = validator.organisation.as_str();
        let home = layout.home(name);
        let config = NodeConfig::load(&home.join("config.toml")).unwrap();
        assert_eq!(config.name, name);
        assert_eq!(config.peers.len(), 3);
        assert!(config.peers.iter().all(|p| p.name != name && p.node != validator.id.to_string()));
        assert_eq!(config.sources.len(), usize::from(name == "north"));
        let keys = NodeKeys::load(&home.join("keys/node.key"), None).unwrap();
        let peer_id = keys.network_keypair().unwrap().public().to_peer_id().to_string();
        for other in facts.validators.iter().filter(|v| v.id != validator.id) {
            let other = NodeConfig::load(&layout.home(other.organisation.as_str()).join("config.toml")).unwrap();
            let me = other.peers.iter().find(|p| p.name == name).unwrap();
            assert_eq!(me.peer_id, peer_id);
            assert_eq!(me.http, format!("http://{}", config.http_listen));
            assert_eq!((&me.consensus, &me.exchange), (&config.consensus_listen, &config.exchange_listen));
        }
        assert!(ports.insert(config.consensus_listen) && ports.insert(config.exchange_listen));
        assert!(ports.insert(config.http_listen.to_string()));
    }
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    assert!(matches!(found(folder.path(), &plan()), Err(GenerateError::NotEmpty { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn plans_that_contradict_themselves_leave_nothing_behind() {
    let changed = |change: fn(&mut NetworkPlan)| {
        let mut plan = plan();
        change(&mut plan);
        plan
    };
    let asking = |policy: &str| {
        let mut plan = plan();
        plan.datasets.iter_mut().for_each(|dataset| dataset.policy = policy.to_owned());
        plan
    };
    for (plan, reason) in [
        (changed(|p| p.base_port = 65_530), "65535"),
        (changed(|p| p.organisations.truncate(1)), "validators"),
        (changed(|p| p.organisations.push("north".parse().unwrap())), "owners: north is listed twice"),
        (changed(|p| p.authorities.push("board".parse().unwrap())), "authority board is listed twice"),
        (changed(|p| p.datasets.iter_mut().for_each(|d| d.owner = "nobody".to_owned())), "owner nobody"),
        (changed(|p| p.datasets.push(dataset())), "listed twice"),
        (changed(|p| p.datasets.iter_mut().for_each(|d| d.k = 0)), "data set cohort"),
        (changed(|p| p.parameters.target_bits = 200), "target_bits"),
        (asking("ÄRZTIN@university"), "ÄRZTIN@university cannot be issued in a network"),
        (
            asking(&format!("{}@board", "A".repeat(65))),
            "cannot be issued in a network: on each side of the @ are 1 to 64",
        ),
        (asking("RESEARCHER@university OR _A@board"), "_A@board cannot be issued"),
        (asking("\u{ff21}@board"), "policy: "),
    ] {
        let folder = tempfile::tempdir().unwrap();
        match found(folder.path(), &plan) {
            Err(GenerateError::Plan { reason: found }) => assert!(found.contains(reason), "{reason}: {found}"),
            other => panic!("{reason}: {other:?}"),
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{reason}");
    }
}
