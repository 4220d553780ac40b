//! The threat model, and the page on cryptography, name tests as their evidence: each of them exists.

use regex::Regex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The pages, and how many tests they name at least.
const PAGES: [(&str, usize); 2] = [("docs/threat-model.md", 200), ("docs/crypto.md", 60)];
/// Folders with sources of ours; the foreign ones in `patch` are nobody's evidence.
const SOURCES: &[&str] = &[
    "agent",
    "cli",
    "contracts",
    "crypto",
    "deid",
    "exchange",
    "genesis",
    "ledger",
    "lookup",
    "node",
    "own-files",
    "tests",
];
/// Scenarios are functions in a list, without an attribute.
const SCENARIOS: &str = "tests/scenarios/";

/// Names of tests as the page writes them: alone, or behind their file.
struct Named {
    file: Option<String>,
    name: String,
}

fn named(page: &str) -> Vec<Named> {
    // a sentence has several words; what ends in a unit is a parameter, and what begins like a path that is measured is a case of the benchmark
    let quoted = Regex::new(r"`(?:([a-z0-9_/-]+\.rs): )?([a-z0-9]+(?:_[a-z0-9]+){3,})`").unwrap();
    let all = quoted
        .captures_iter(page)
        .map(|found| Named { file: found.get(1).map(|file| file.as_str().to_owned()), name: found[2].to_owned() });
    let is_else = |name: &str| name.ends_with("_ms") || name.starts_with("owner_path") || name.starts_with("user_path");
    all.filter(|named| !is_else(&named.name)).collect()
}

/// Where the tests of a source are, by their names.
fn tests(path: &str, source: &str, found: &mut BTreeMap<String, Vec<String>>) {
    let function = Regex::new(r"^\s*(?:pub(?:\([a-z]+\))? )?(?:async )?fn ([a-z0-9_]+)").unwrap();
    let mut is_marked = false;
    for line in source.lines() {
        let begin = line.trim_start();
        if begin.starts_with("#[") {
            is_marked |= begin.contains("test");
        } else if let Some(name) = function.captures(line) {
            if is_marked || path.starts_with(SCENARIOS) {
                found.entry(name[1].to_owned()).or_default().push(path.to_owned());
            }
            is_marked = false;
        } else if !begin.starts_with("//") {
            is_marked = false;
        }
    }
}

fn walk(root: &Path, folder: PathBuf, found: &mut BTreeMap<String, Vec<String>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            walk(root, path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            tests(name, &std::fs::read_to_string(&path).unwrap(), found);
        }
    }
}

/// A sentence for every test that the page names and nobody has.
fn missing(page: &str, tests: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let is_there = |named: &Named| {
        let places = tests.get(&named.name);
        places.is_some_and(|places| named.file.as_ref().is_none_or(|file| places.contains(file)))
    };
    let gone = named(page).into_iter().filter(|named| !is_there(named));
    gone.map(|Named { file, name }| {
        format!("the test {name} is named, which is not in {}", file.unwrap_or("any source".into()))
    })
    .collect()
}

#[test]
fn every_test_that_is_named_as_evidence_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut tests = BTreeMap::new();
    for folder in SOURCES {
        walk(root, root.join(folder), &mut tests);
    }
    for (page, least) in PAGES {
        let text = std::fs::read_to_string(root.join(page)).unwrap();
        assert!(named(&text).len() > least, "{page} is read as it is written");
        assert_eq!(missing(&text, &tests), Vec::<String>::new(), "{page}");
    }
}

#[test]
fn a_test_that_was_renamed_or_moved_is_missed() {
    let source = "#[tokio::test]\n/// Why.\nasync fn what_is_there_is_found() {}\nfn what_is_no_test_is_not() {}\n";
    let mut found = BTreeMap::new();
    tests("a/src/lib.rs", source, &mut found);
    let names = "`what_is_there_is_found`, `a/src/lib.rs: what_is_there_is_found`, `max_clock_drift_of_ms`";
    assert_eq!(missing(names, &found), Vec::<String>::new());
    for gone in
        ["`what_is_no_test_is_not`", "`b/src/lib.rs: what_is_there_is_found`", "`what_was_never_there_is_missed`"]
    {
        assert_eq!(missing(gone, &found).len(), 1, "{gone}");
    }
}
