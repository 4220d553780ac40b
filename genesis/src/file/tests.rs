#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use crate::generate::{NetworkPlan, generate, local_parameters};
use crate::key_files::Protection;
use rand::rngs::OsRng;

fn text() -> GenesisText {
    let folder = tempfile::tempdir().unwrap();
    let labels = |names: &[&str]| names.iter().map(|n| n.parse().unwrap()).collect();
    let plan = NetworkPlan {
        name: "test".parse().unwrap(),
        organisations: labels(&["north", "south", "east", "west"]),
        authorities: labels(&["university"]),
        datasets: vec![crate::generate::tests::dataset()],
        sources: Vec::new(),
        base_port: 21_000,
        parameters: local_parameters(),
    };
    let facts = generate(folder.path(), &plan, &Protection::InsecurePlaintext, &mut OsRng).unwrap();
    GenesisText::of_facts(&facts)
}

fn second<T>(items: &mut [T]) -> &mut T {
    items.get_mut(1).unwrap()
}

#[test]
fn the_order_of_entries_does_not_matter() {
    let text = text();
    let mut turned = text.clone();
    turned.validators.reverse();
    turned.owners.reverse();
    assert_eq!(turned.to_facts().unwrap().network_id(), text.to_facts().unwrap().network_id());
}

#[test]
fn a_wrong_value_is_named_with_its_entry_and_field() {
    let good = text();
    let changed = |change: &dyn Fn(&mut GenesisText)| {
        let mut text = good.clone();
        change(&mut text);
        text.to_facts().unwrap_err().to_string()
    };
    let bad = || "zz".to_owned();
    for (start, error) in [
        ("name: ", changed(&|t| t.name = "no spaces please".to_owned())),
        ("permissions_contract: ", changed(&|t| t.permissions_contract = bad())),
        ("usage_contract: ", changed(&|t| t.usage_contract = bad())),
        ("validators, entry 2: key: ", changed(&|t| second(&mut t.validators).key = bad())),
        ("validators, entry 2: sealing_key: ", changed(&|t| second(&mut t.validators).sealing_key = bad())),
        ("validators, entry 2: organisation: ", changed(&|t| second(&mut t.validators).organisation.clear())),
        ("owners, entry 2: name: ", changed(&|t| second(&mut t.owners).name = "a/b".to_owned())),
        ("owners, entry 2: key: ", changed(&|t| second(&mut t.owners).key.push('0'))),
        ("owners, entry 2: node: ", changed(&|t| second(&mut t.owners).node = bad())),
        ("authorities, entry 1: public: ", changed(&|t| t.authorities.iter_mut().for_each(|a| a.public = bad()))),
        ("datasets, entry 1: owner ", changed(&|t| t.datasets.iter_mut().for_each(|d| d.owner = bad()))),
        ("datasets, entry 1: policy: ", changed(&|t| t.datasets.iter_mut().for_each(|d| d.policy = "AND".to_owned()))),
        ("datasets, entry 1: record_type: ", changed(&|t| t.datasets.iter_mut().for_each(|d| d.record_type = bad()))),
        ("datasets, entry 1: purposes: ", changed(&|t| t.datasets.iter_mut().for_each(|d| d.purposes = vec![bad()]))),
        ("datasets, entry 1: research: ", changed(&|t| t.datasets.iter_mut().for_each(|d| d.research = Some(bad())))),
        ("datasets, entry 1: requires: ", changed(&|t| t.datasets.iter_mut().for_each(|d| d.requires = vec![bad()]))),
        ("datasets, entry 1: permits: ", changed(&|t| t.datasets.iter_mut().for_each(|d| d.permits = vec![bad()]))),
        ("datasets, entry 1: exempts: ", changed(&|t| t.datasets.iter_mut().for_each(|d| d.exempts = vec![bad()]))),
        ("datasets, entry 1: id: ", changed(&|t| t.datasets.iter_mut().for_each(|d| d.id = "a b".to_owned()))),
    ] {
        assert!(error.starts_with(start), "{start}: {error}");
    }
}

#[test]
fn a_file_is_refused_with_its_path_when_it_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("genesis.toml");
    assert!(matches!(load(&path), Err(ConfigError::Io { action: "read", .. })));
    let text = toml::to_string(&text()).unwrap();
    let states = format!("protocol = {PROTOCOL_VERSION}");
    for (bad, reason) in [
        ("name = ".to_owned(), "line 1"),
        (text.replacen(&states, "protocol = \"two\"", 1), "protocol"),
        (format!("colour = \"red\"\n{text}"), "colour"),
        (text.replacen("target_bits = 8", "target_bits = 99", 1), "target_bits"),
        (text.replacen("rules_version = 1\n", "", 1), "rules_version"),
        (text.replacen("k = 5", "k = -5", 1), "k"),
        (text.replacen("name = \"test\"", "name = \"no spaces\"", 1), "line 2: name: "),
        (text.replacen("organisation = \"south\"", "organisation = \"\"", 1), ": organisation: "),
        (text.replacen("policy = \"", "policy = \"AND ", 1), "datasets, entry 1: policy: "),
    ] {
        std::fs::write(&path, bad).unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("genesis.toml is not valid") && error.contains(reason), "{reason}: {error}");
    }
    for (old, found) in
        [(text.replacen(&format!("{states}\n"), "", 1), 1), (text.replacen(&states, "protocol = 9", 1), 9)]
    {
        std::fs::write(&path, old.replace("key", "kay")).unwrap();
        let error = load(&path).unwrap_err();
        assert!(
            matches!(error, ConfigError::OtherProtocol { found: stated, spoken: PROTOCOL_VERSION, .. } if stated == found),
            "{error}"
        );
        let said = error.to_string();
        let speaks = format!("speaks version {PROTOCOL_VERSION}");
        assert!(said.contains(&speaks) && said.contains("there is no migration"), "{said}");
    }
    let line = text.lines().position(|line| line.starts_with("policy = ")).unwrap() + 1;
    std::fs::write(&path, text.replacen("policy = \"", "policy = \"AND ", 1)).unwrap();
    let error = load(&path).unwrap_err().to_string();
    assert!(error.contains(&format!("line {line}: datasets, entry 1: policy: ")), "{error}");
    std::fs::write(&path, text).unwrap();
    load(&path).unwrap();
}

/// A network that an earlier build founded goes on, also where a branch of a policy asks for what nobody can be issued.
#[test]
fn a_genesis_with_names_that_are_not_made_any_more_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("genesis.toml");
    let mut text = text();
    let policy = "RESEARCHER@university OR \u{aa}\u{ff21}e\u{301}@university";
    text.datasets.iter_mut().for_each(|dataset| dataset.policy = policy.to_owned());
    std::fs::write(&path, toml::to_string(&text).unwrap()).unwrap();
    let facts = load(&path).unwrap();
    assert!(facts.datasets.iter().all(|dataset| dataset.policy == policy));
    assert!(text.datasets.iter().all(|dataset| dataset.check_new().is_err()));
}
