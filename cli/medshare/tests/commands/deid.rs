//! `medshare deid` as the guide describes it: what it prints, what it refuses, with which words, and that nothing is left behind.

mod containers;
mod default_closed;
mod input;
mod people;
mod releases;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::binary::{medshare, printed};
use serde_json::Value;
use tempfile::TempDir;

fn deid(folder: &Path, arguments: &[&str]) -> Output {
    medshare(folder).arg("deid").args(arguments).output().unwrap()
}

/// What it prints when it succeeds.
#[track_caller]
fn done(folder: &Path, arguments: &[&str]) -> String {
    printed(deid(folder, arguments))
}

/// What it says when it ends with an exit code.
fn refused(folder: &Path, code: i32, arguments: &[&str]) -> String {
    let output = deid(folder, arguments);
    let said = String::from_utf8(output.stderr).unwrap() + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(!folder.join("out").exists(), "{arguments:?} left a result");
    let partial =
        fs::read_dir(folder).unwrap().any(|entry| entry.unwrap().file_name().to_string_lossy().starts_with(".deid-"));
    assert!(!partial, "{arguments:?} left a partial result");
    said
}

fn folder_with(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).unwrap());
    folder
}

#[test]
fn a_table_goes_from_raw_to_a_signed_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    done(path, &["sample", "--table", "--patients", "300", "--out", "raw"]);
    let scanned = done(path, &["scan", "raw"]);
    assert!(scanned.starts_with("highly sensitive"), "{scanned}");
    assert!(scanned.contains("ssn") && !scanned.contains("555-"), "{scanned}");
    done(path, &["plan", "raw/patients.csv", "--out", "deid.toml"]);
    let plan = fs::read_to_string(path.join("deid.toml")).unwrap();
    assert!(plan.contains("direct_identifiers = [\"name\", \"given\", \"mrn\", \"ssn\", \"phone\"]"), "{plan}");
    let run = ["run", "raw/patients.csv", "--config", "deid.toml", "--out", "out", "--report", "report.html"];
    assert!(done(path, &run).contains("required: 5"));
    let released = fs::read_to_string(path.join("out/patients.csv")).unwrap();
    assert!(
        released.starts_with("birth_date,gender,zip,state,race,ethnicity,diagnosis\n"),
        "{}",
        released.lines().next().unwrap()
    );
    assert!(done(path, &["check", "out", "--config", "deid.toml"]).starts_with("may leave"));
    let report = fs::read_to_string(path.join("report.html")).unwrap();
    assert!(
        report.contains("<svg")
            && report.contains("Signature")
            && !report.contains("http://www.w3.org/1999/xhtml\" src")
    );
    let compared =
        done(path, &["report", "raw/patients.csv", "out/patients.csv", "--config", "deid.toml", "--out", "again.html"]);
    assert!(compared.starts_with("smallest class"), "{compared}");
    let parquet = ["run", "raw/patients.csv", "--config", "deid.toml", "--out", "pq", "--parquet"];
    done(path, &parquet);
    assert!(done(path, &["check", "pq/patients.parquet", "--config", "deid.toml"]).starts_with("may leave"));
    let again: Value =
        serde_json::from_str(&done(path, &["scan", "pq/patients.parquet", "--json", "--config", "deid.toml"]))
            .unwrap_or_default();
    assert!(again.get("level").is_none_or(|level| level == "low"), "{again}");
}

#[test]
fn fhir_goes_from_raw_to_released_by_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    done(path, &["sample", "--patients", "120", "--out", "raw"]);
    assert!(done(path, &["scan", "raw"]).contains("Patient.identifier"));
    assert!(refused(path, 3, &["check", "raw"]).contains("must not leave"));
    done(path, &["run", "raw", "--out", "released"]);
    assert!(done(path, &["check", "released"]).starts_with("may leave"));
    assert!(done(path, &["scan", "released"]).starts_with("lowly sensitive"));
    let rules = r#"{"fhirPathRules": [{"path": "Patient.name", "method": "redact"}], "parameters": {}}"#;
    fs::write(path.join("rules.json"), rules).unwrap();
    done(path, &["run", "raw", "--rules", "rules.json", "--out", "by-rules"]);
    let patients = fs::read_to_string(path.join("by-rules/Patient.ndjson")).unwrap();
    assert_eq!(patients.lines().count(), 120);
    assert!(!patients.contains("\"family\""));
}

#[test]
fn impossible_wishes_are_answered_by_name() {
    let rows: String = (0..40).map(|row| format!("{},{},flu\n", 20 + row, row % 2)).collect();
    let folder = folder_with(&[("t.csv", format!("age,smoker,disease\n{rows}").as_bytes())]);
    let with = |config: &str| {
        fs::write(folder.path().join("c.toml"), config).unwrap();
        ["run", "t.csv", "--config", "c.toml", "--out", "out"]
    };
    let roles = "[table]\nquasi_identifiers = [\"age\"]\nsensitive = [\"disease\"]\nkeep = [\"smoker\"]\n";
    let cases = [
        (3, format!("k = 50\n{roles}"), "50-anonymity cannot be reached: 40 of 40 subjects"),
        (3, format!("k = 50\nsuppression_limit = 1.0\n{roles}"), "all 40 subjects would have to be left out"),
        (
            3,
            format!("privacy = [{{ model = \"distinct-diversity\", attribute = \"disease\", l = 2 }}]\n{roles}"),
            "distinct 2-diversity of `disease` cannot be reached",
        ),
        (1, "[table]\ndirect_identifiers = [\"age\"]\n".to_owned(), "no column is kept: each is removed or in no list"),
        (1, format!("k = 1\n{roles}"), "k is 1; expected at least 2"),
        (1, format!("suppression_limit = nan\n{roles}"), "suppression_limit is not a share"),
        (1, format!("colour = 1\n{roles}"), "unknown field `colour`"),
        (1, format!("method = \"magic\"\n{roles}"), "unknown variant `magic`"),
        (1, "[table]\nquasi_identifiers = [\"height\"]\n".to_owned(), "column `height` is not in the table"),
        (
            1,
            format!("{roles}[table.hierarchies]\nage = {{ kind = \"file\", path = \"age.csv\" }}\n"),
            "hierarchy of `age`",
        ),
        (
            1,
            format!("{roles}[table.hierarchies]\nage = {{ kind = \"rows\", rows = [[\"20\", \"*\"]] }}\n"),
            "39 values of the column are missing in its hierarchy, the first in row 2",
        ),
    ];
    for (code, config, expected) in cases {
        let said = refused(folder.path(), code, &with(&config));
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn rules_that_cannot_be_followed_are_refused_before_anything_is_written() {
    let folder =
        folder_with(&[("P.ndjson", b"{\"resourceType\":\"Patient\",\"id\":\"a\"}\n"), ("t.csv", b"age\n30\n")]);
    let path = folder.path();
    fs::create_dir(path.join("other")).unwrap();
    fs::copy(path.join("P.ndjson"), path.join("other/P.ndjson")).unwrap();
    let cases = [
        (1, r#"{"fhirPathRules":[{"path":"Patient.name","method":"shred"}]}"#, "P.ndjson", "unknown method `shred`"),
        (1, r#"{"fhirPathRules":[{"path":"Patient..name","method":"keep"}]}"#, "P.ndjson", "rule 1: path"),
        (1, r#"{"fhirPathRules":"#, "P.ndjson", "line 1"),
        (2, r#"{"fhirPathRules":[]}"#, "t.csv", "path rules are for FHIR"),
        (2, r#"{"fhirPathRules":[]}"#, "other", "two files are named P.ndjson"),
    ];
    for (code, rules, input, expected) in cases {
        fs::write(path.join("r.json"), rules).unwrap();
        let said = refused(path, code, &["run", "P.ndjson", input, "--rules", "r.json", "--out", "out"]);
        assert!(said.contains(expected), "{expected}: {said}");
    }
    fs::write(path.join("r.json"), r#"{"fhirPathRules":[{"path":"Patient.nickname","method":"redact"}]}"#).unwrap();
    let output = deid(path, &["run", "P.ndjson", "--rules", "r.json", "--out", "fine"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("the rule matches nothing"));
}

#[test]
fn names_under_any_header_are_found_and_never_leave() {
    let names = ["Mary Smith", "James Jones", "Linda Okonjo", "Peter Weiss", "Ida Lopez", "Paul Ott"];
    let rows: String = (0..60).map(|row| format!("{},{}\n", 30 + row % 2, names.get(row % 6).unwrap())).collect();
    let folder = folder_with(&[("t.csv", format!("age,contact\n{rows}").as_bytes())]);
    let path = folder.path();
    assert!(done(path, &["plan", "t.csv"]).contains("direct_identifiers = [\"contact\"]"));
    fs::write(path.join("c.toml"), "[table]\nquasi_identifiers = [\"age\"]\nkeep = [\"contact\"]\n").unwrap();
    assert!(refused(path, 3, &["check", "t.csv", "--config", "c.toml"]).contains("contact: name"));
    done(path, &["run", "t.csv", "--config", "c.toml", "--out", "out"]);
    assert!(!fs::read_to_string(path.join("out/t.csv")).unwrap().contains("Smith"));
}

#[test]
fn machines_are_answered_in_json_by_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let json = |code: i32, arguments: &[&str]| -> Value {
        let output = deid(path, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let pointed = |value: &Value, place: &str| value.pointer(place).cloned().unwrap_or_default();
    let made = json(0, &["sample", "--table", "--patients", "50", "--out", "raw", "--json"]);
    assert_eq!(pointed(&made, "/patients"), 50);
    let planned = json(0, &["plan", "raw", "--out", "c.toml", "--json"]);
    assert_eq!(pointed(&planned, "/table/direct_identifiers/0"), "name");
    assert_eq!(pointed(&json(0, &["scan", "raw", "--json"]), "/level"), "high");
    let strict = fs::read_to_string(path.join("c.toml")).unwrap().replace("\nk = 5\n", "\nk = 60\n");
    fs::write(path.join("strict.toml"), strict).unwrap();
    let refused = json(3, &["run", "raw", "--config", "strict.toml", "--out", "out", "--json"]);
    assert_eq!(pointed(&refused, "/error/code"), "must-not-leave");
    assert!(pointed(&refused, "/error/message").as_str().unwrap().starts_with("60-anonymity cannot be reached"));
    assert_eq!(pointed(&json(0, &["run", "raw", "--config", "c.toml", "--out", "out", "--json"]), "/k_required"), 5);
    assert_eq!(pointed(&json(0, &["check", "out", "--config", "c.toml", "--json"]), "/passed"), true);
    let compared = ["report", "raw", "out", "--config", "c.toml", "--out", "r.html", "--json"];
    assert_eq!(pointed(&json(0, &compared), "/unique"), 0);
}

#[test]
fn decisions_are_not_overwritten() {
    let folder = folder_with(&[("t.csv", ("age,phone2,shoe\n".to_owned() + &"30,ext. 7,8\n".repeat(6)).as_bytes())]);
    let path = folder.path();
    fs::write(path.join("c.toml"), "k = 4\n").unwrap();
    assert!(refused(path, 1, &["plan", "t.csv", "--out", "c.toml"]).contains("may hold decisions"));
    assert_eq!(fs::read_to_string(path.join("c.toml")).unwrap(), "k = 4\n");
    fs::write(path.join("c.toml"), "[table]\nkeep = [\"shoe\"]\n").unwrap();
    let output = deid(path, &["run", "t.csv", "--config", "c.toml", "--out", "none"]);
    let said = String::from_utf8(output.stderr).unwrap() + &String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("no quasi-identifiers: nothing was generalised") && said.contains("loss 0.0 %"), "{said}");
}

#[test]
fn a_report_says_what_the_check_says_and_which_files_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    done(path, &["sample", "--table", "--patients", "300", "--out", "raw"]);
    done(path, &["plan", "raw", "--out", "c.toml"]);
    done(path, &["run", "raw", "--config", "c.toml", "--out", "released", "--report", "r.html"]);
    let report = fs::read_to_string(path.join("r.html")).unwrap();
    assert!(report.contains("These records may leave"));
    let digest = Command::new("sha256sum").arg(path.join("released/patients.csv")).output().unwrap();
    let digest = String::from_utf8(digest.stdout).unwrap();
    assert!(report.contains(digest.split_whitespace().next().unwrap()));
    // One class, and every row with a name: alike they are, but known.
    let named = "name,gender,diagnosis\n".to_owned() + &"Mary Smith,f,flu\n".repeat(9);
    fs::write(path.join("released/patients.csv"), named).unwrap();
    done(path, &["report", "raw", "released", "--config", "c.toml", "--out", "bad.html"]);
    let bad = fs::read_to_string(path.join("bad.html")).unwrap();
    assert!(bad.contains("These records must not leave") && bad.contains("name: "), "{bad}");
    fs::write(path.join("other.toml"), "[table]\nquasi_identifiers = [\"height\"]\n").unwrap();
    let other = ["report", "raw", "released", "--config", "other.toml", "--out", "out"];
    assert!(refused(path, 1, &other).contains("does not fit the records before"));
    fs::create_dir(path.join("taken.html")).unwrap();
    let late = ["run", "raw", "--config", "c.toml", "--out", "out", "--report", "taken.html"];
    assert!(refused(path, 1, &late).contains("is a folder"));
}

#[test]
fn a_report_takes_the_place_of_no_file() {
    let folder = folder_with(&[("t.csv", b"age\n30\n30\n30\n30\n30\n")]);
    let path = folder.path();
    done(path, &["plan", "t.csv", "--out", "d.toml"]);
    for (name, kept) in
        [("t.csv", fs::read(path.join("t.csv")).unwrap()), ("d.toml", fs::read(path.join("d.toml")).unwrap())]
    {
        let told = refused(path, 1, &["run", "t.csv", "--config", "d.toml", "--out", "out", "--report", name]);
        assert!(told.contains("exists"), "{told}");
        let told = refused(path, 1, &["report", "t.csv", "t.csv", "--config", "d.toml", "--out", name]);
        assert!(told.contains("exists"), "{told}");
        assert_eq!(fs::read(path.join(name)).unwrap(), kept);
    }
    assert!(!path.join("out").exists());
}

#[test]
fn a_folder_that_holds_something_and_a_report_without_folder_are_refused() {
    let folder = folder_with(&[("t.csv", b"age\n30\n30\n30\n30\n30\n"), ("t.txt", b"age\n30\n")]);
    let path = folder.path();
    fs::create_dir(path.join("full")).unwrap();
    fs::write(path.join("full/keep"), b"").unwrap();
    assert!(refused(path, 1, &["run", "t.csv", "--out", "full"]).contains("is not empty"));
    assert!(
        refused(path, 1, &["run", "t.csv", "--out", "out", "--report", "no/where.html"]).contains("does not exist")
    );
    assert!(refused(path, 2, &["run", "t.txt", "--out", "out"]).contains("unknown kind of file"));
    assert!(refused(path, 2, &["check", "t.csv"]).contains("--config"));
}
