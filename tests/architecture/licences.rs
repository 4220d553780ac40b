//! What is built may be used, changed and passed on by whoever gets it, as `deny.toml` says. MPL-2.0 and what else asks for something in
//! return enters there by name, with the decision that argues for it.

use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The part of `deny.toml` that says which licences there may be.
#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

/// A crate that may be of other licences too.
#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

impl Licences {
    /// Whether one of the licences that may be chosen is allowed, of each part of the crate. What is not understood is not.
    fn allow(&self, name: &str, expression: &str) -> bool {
        let is_allowed = |licence: &str| {
            let of_this = self.exceptions.iter().filter(|exception| exception.name == name);
            self.allow.iter().chain(of_this.flat_map(|exception| &exception.allow)).any(|allowed| allowed == licence)
        };
        let mut parts = expression.split(" AND ").map(|part| part.trim().trim_start_matches('(').trim_end_matches(')'));
        parts.all(|part| part.split(" OR ").flat_map(|one| one.split('/')).any(|one| is_allowed(one.trim())))
    }

    /// Which of these crates, `name version|licence`, may not be built.
    fn refused<'a>(&self, crates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let is_refused = |line: &&str| {
            let (package, licence) = line.split_once('|').unwrap();
            !self.allow(package.split(' ').next().unwrap(), licence)
        };
        crates.into_iter().filter(is_refused).collect()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn licences() -> Licences {
    toml::from_str::<Deny>(&std::fs::read_to_string(root().join("deny.toml")).unwrap()).unwrap().licenses
}

#[test]
fn all_that_is_built_is_of_an_allowed_licence() {
    let asked = ["tree", "--locked", "--offline", "--workspace", "--prefix", "none", "--format", "{p}|{l}"];
    let output = Command::new(env!("CARGO")).args(asked).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let crates = tree.lines().map(|line| line.trim_end_matches(" (*)")).filter(|line| !line.is_empty());
    let crates = crates.collect::<BTreeSet<_>>();
    assert!(crates.len() > 300, "the tree is read as it is printed");
    assert_eq!(licences().refused(crates), Vec::<&str>::new(), "not allowed by deny.toml");
}

/// The exceptions of this `deny.toml` whose comment above them names no decision, or one that `is_there` does not know.
fn unargued(deny: &str, is_there: impl Fn(&str) -> bool) -> Vec<String> {
    let decision = Regex::new(r"docs/adr/(\d{4})").unwrap();
    let mut above = String::new();
    let mut found = Vec::new();
    let inside = deny.lines().skip_while(|line| !line.starts_with("exceptions")).skip(1);
    for line in inside.take_while(|line| *line != "]").map(str::trim) {
        if line.starts_with('#') {
            above.push_str(line);
            continue;
        }
        let argued = decision.captures_iter(&above).any(|number| is_there(&number[1]));
        if !argued && !line.is_empty() {
            found.push(line.to_owned());
        }
        above.clear();
    }
    found
}

#[test]
fn an_exception_for_a_licence_names_the_decision_that_argues_for_it() {
    let decisions = std::fs::read_dir(root().join("docs/adr")).unwrap();
    let names: Vec<_> = decisions.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let is_there = |number: &str| names.iter().any(|name| name.starts_with(number));
    let deny = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    assert!(!licences().exceptions.is_empty() && deny.contains("\nexceptions = [\n"), "they are found as they stand");
    assert_eq!(unargued(&deny, is_there), Vec::<String>::new(), "say why above it, and name the ADR");
    let made_up = "exceptions = [\n    # Data (docs/adr/0001).\n    { crate = \"a\" },\n    # Why not.\n    { crate = \"b\" },\n    # (docs/adr/9999)\n    { crate = \"c\" },\n    { crate = \"d\" },\n]\n";
    assert_eq!(unargued(made_up, is_there), ["{ crate = \"b\" },", "{ crate = \"c\" },", "{ crate = \"d\" },"]);
}

#[test]
fn licences_that_ask_for_more_are_named() {
    let licences = licences();
    for fits in
        ["MIT", "MIT/Apache-2.0", "MIT OR Apache-2.0 OR LGPL-2.1-or-later", "(MIT OR Apache-2.0) AND Unicode-3.0"]
    {
        assert!(licences.allow("any", fits), "{fits}");
    }
    for closed in ["MPL-2.0", "MIT AND MPL-2.0", "(MIT OR Apache-2.0) AND LGPL-3.0", "", "CDLA-Permissive-2.0"] {
        assert!(!licences.allow("any", closed), "{closed}");
    }
    assert!(licences.allow("webpki-roots", "CDLA-Permissive-2.0"));
    assert_eq!(licences.refused(["attohttpc v0.30.1|MPL-2.0", "serde v1.0.0|MIT"]), ["attohttpc v0.30.1|MPL-2.0"]);
}
