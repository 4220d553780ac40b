//! Other people's implementations. `rabe` is broken (see `tests/rabe_attacks.rs`); it is here for its speed only.

use std::process::Command;

use rabe::schemes::{aw11, bsw};
use rabe::utils::policy::pest::PolicyLanguage;
use serde_json::Value;

use super::measure::{RUNS, Results};

const PLAINTEXT: &[u8] = &[7; 32];

/// rabe wants binary gates.
fn nested_policy(names: &[String]) -> String {
    let leaf = |name: &String| format!(r#"{{"name":"{name}"}}"#);
    let mut names = names.iter();
    let first = names.next().map(leaf).unwrap_or_default();
    names.fold(first, |policy, name| format!(r#"{{"name":"and","children":[{policy},{}]}}"#, leaf(name)))
}

/// Most attributes that rabe is asked for: with 1,000, each of its runs takes 20 s.
const RABE_AT_MOST: usize = 100;

pub fn rabe(results: &mut Results, sizes: &[usize]) {
    for size in sizes.iter().filter(|size| **size <= RABE_AT_MOST) {
        let names: Vec<String> = (0..*size).map(|index| format!("A{index}")).collect();
        let policy = nested_policy(&names);
        rabe_aw11(results, &names, &policy);
        rabe_bsw(results, &names, &policy);
    }
}

fn rabe_aw11(results: &mut Results, names: &[String], policy: &str) {
    let (size, per_authority) = (names.len(), names.len() / 10);
    let global = aw11::setup();
    let mut publics = Vec::new();
    let mut key: Option<aw11::Aw11SecretKey> = None;
    for group in names.chunks(per_authority) {
        let group: Vec<&str> = group.iter().map(String::as_str).collect();
        let (public, master) = aw11::authgen(&global, &group).unwrap();
        publics.push(public);
        match &mut key {
            None => key = Some(aw11::keygen(&global, &master, "bob", &group).unwrap()),
            Some(key) => {
                for name in &group {
                    aw11::add_to_attribute(&global, &master, name, key).unwrap();
                }
            }
        }
    }
    let key = key.unwrap();
    let publics: Vec<&aw11::Aw11PublicKey> = publics.iter().collect();
    let language = PolicyLanguage::JsonPolicy;
    let encrypt = || aw11::encrypt(&global, &publics, policy, language, PLAINTEXT).unwrap();
    let ciphertext = encrypt();
    results.time("rabe-aw11", "full_encrypt", size, encrypt);
    results.time("rabe-aw11", "full_decrypt", size, || aw11::decrypt(&global, &key, &ciphertext).unwrap());
}

fn rabe_bsw(results: &mut Results, names: &[String], policy: &str) {
    let size = names.len();
    let attributes: Vec<&str> = names.iter().map(String::as_str).collect();
    let (public, master) = bsw::setup();
    let key = bsw::keygen(&public, &master, &attributes).unwrap();
    let language = PolicyLanguage::JsonPolicy;
    let encrypt = || bsw::encrypt(&public, policy, language, PLAINTEXT).unwrap();
    let ciphertext = encrypt();
    results.time("rabe-bsw", "full_encrypt", size, encrypt);
    results.time("rabe-bsw", "full_decrypt", size, || bsw::decrypt(&key, &ciphertext).unwrap());
}

/// What the Python script ends with where there is no charm.
const NOT_THERE: i32 = 3;

/// Runs the Python script with `MEDSHARE_PYTHON`, or `python3`.
pub fn charm(results: &mut Results, sizes: &[usize]) {
    let python = std::env::var("MEDSHARE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/charm_rw15.py");
    let sizes = sizes.iter().map(ToString::to_string);
    let output = Command::new(python).arg(script).arg(RUNS.to_string()).args(sizes).output();
    // What it measured before it failed counts.
    let lines = match &output {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(_) => String::new(),
    };
    match output {
        Ok(output) if output.status.success() => {}
        Ok(output) if output.status.code() == Some(NOT_THERE) => {
            eprintln!("charm-rw15-ss512: skipped, charm-crypto-framework cannot be imported");
        }
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr);
            eprintln!("charm-rw15-ss512: not measured to the end: {}", why.lines().last().unwrap_or_default());
        }
        Err(error) => eprintln!("charm-rw15-ss512: skipped, Python does not run: {error}"),
    }
    for line in lines.lines() {
        let Ok(object) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let case = object["case"].as_str().unwrap().to_owned();
        let attributes = object["attributes"].as_u64().unwrap() as usize;
        let value = object["value"].as_f64().unwrap();
        results.add("charm-rw15-ss512", case, attributes, value, "ms");
    }
}
