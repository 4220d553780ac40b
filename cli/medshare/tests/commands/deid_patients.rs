//! `medshare deid`: nobody escapes the classes of people who are alike, whatever resource a patient is inside of and however tables tell
//! ages.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::binary::{medshare, printed};
use serde_json::{Value, json};

fn deid(folder: &Path, arguments: &[&str]) -> Output {
    medshare(folder).arg("deid").args(arguments).output().unwrap()
}

#[track_caller]
fn done(folder: &Path, arguments: &[&str]) -> String {
    printed(deid(folder, arguments))
}

fn must_not_leave(folder: &Path, arguments: &[&str]) -> String {
    let output = deid(folder, arguments);
    assert_eq!(output.status.code(), Some(3), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Ten patients in a class of their own and one who is unlike anybody.
fn patients() -> Vec<Value> {
    let alike = (0..10).map(|number| json!({"resourceType": "Patient", "id": format!("p{number}"), "gender": "male"}));
    let unlike = json!({"resourceType": "Patient", "id": "odd", "gender": "female", "birthDate": "1961-02-03",
        "address": [{"state": "Ohio", "postalCode": "44101"}]});
    alike.chain([unlike]).collect()
}

fn observation(id: &str, patient: &str) -> Value {
    json!({"resourceType": "Observation", "id": id, "status": "final", "code": {"coding": [{"code": "1-8"}]},
        "subject": {"reference": format!("Patient/{patient}")}})
}

fn write_lines(path: &Path, resources: &[Value]) {
    let lines: Vec<String> = resources.iter().map(Value::to_string).collect();
    fs::write(path, lines.join("\n")).unwrap();
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const MANY_LEFT_OUT: &str = "suppression_limit = 0.2\n";

#[test]
fn patients_in_bundles_are_among_those_who_must_be_alike() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut inside = patients();
    inside.extend([observation("a", "p1"), observation("b", "odd")]);
    let entries: Vec<Value> = inside.iter().map(|one| json!({"resource": one})).collect();
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": entries});
    fs::create_dir(path.join("raw")).unwrap();
    fs::write(path.join("raw/all.json"), format!("{bundle:#}")).unwrap();
    write_lines(&path.join("lines.ndjson"), &[bundle]);
    fs::write(path.join("c.toml"), MANY_LEFT_OUT).unwrap();
    for (input, out) in [("raw", "from-json"), ("lines.ndjson", "from-lines")] {
        assert!(done(path, &["scan", input]).contains("Patient.birthDate"));
        assert!(must_not_leave(path, &["check", input]).contains("BundleEntry.resource"));
        let said = done(path, &["run", input, "--config", "c.toml", "--out", out]);
        assert!(said.starts_with("10 of 11 people, 11 of 13 records"), "{said}");
        assert!(done(path, &["check", out]).starts_with("may leave"));
        assert!(!path.join(out).join("Bundle.ndjson").exists());
    }
}

#[test]
fn a_contained_patient_keeps_nothing_that_classes_are_formed_by() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut all = patients();
    let mut holding = observation("a", "p1");
    let odd = all.last().unwrap().clone();
    holding["contained"] =
        json!([odd.clone(), {"resourceType": "Patient", "id": "inside", "gender": "female", "birthDate": "1961"}]);
    let mut other = observation("b", "p2");
    other["performer"] = json!([{"reference": "Patient/odd"}, {"reference": "Patient/p3"}]);
    all.extend([holding, other]);
    write_lines(&path.join("raw.ndjson"), &all);
    fs::write(path.join("c.toml"), MANY_LEFT_OUT).unwrap();
    done(path, &["run", "raw.ndjson", "--config", "c.toml", "--out", "out"]);
    let observations = lines(&path.join("out/Observation.ndjson"));
    // Resources leave in an order of their own.
    let with = |field: &str| observations.iter().position(|one| one.get(field).is_some()).unwrap();
    let (holding, other) = (with("contained"), with("performer"));
    let contained = observations[holding]["contained"].as_array().unwrap();
    assert_eq!(contained.len(), 1, "who is left out is left out here too");
    let fields: Vec<&String> = contained.first().unwrap().as_object().unwrap().keys().collect();
    assert_eq!(fields, ["id", "resourceType"]);
    assert_eq!(observations[other]["performer"].as_array().unwrap().len(), 1, "nothing refers to who is left out");
    assert!(done(path, &["check", "out"]).starts_with("may leave"));
    let mut tampered = observations;
    tampered[holding]["contained"][0]["birthDate"] = json!("1961");
    write_lines(&path.join("out/Observation.ndjson"), &tampered);
    assert!(must_not_leave(path, &["check", "out"]).contains("Patient contained in another resource"));
}

#[test]
fn one_patient_told_five_times_is_not_five_people() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut all = patients();
    let odd = all.pop().unwrap();
    all.extend(std::iter::repeat_n(odd, 6));
    write_lines(&path.join("raw.ndjson"), &all);
    fs::write(path.join("c.toml"), MANY_LEFT_OUT).unwrap();
    done(path, &["run", "raw.ndjson", "--config", "c.toml", "--out", "out"]);
    let released = lines(&path.join("out/Patient.ndjson"));
    assert_eq!(released.len(), 10);
    let repeated: Vec<Value> = std::iter::repeat_n(released.first().unwrap().clone(), 5).collect();
    write_lines(&path.join("out/Patient.ndjson"), &repeated);
    let said = must_not_leave(path, &["check", "out"]);
    assert!(said.contains("4 patients have the id of another one"), "{said}");
}

#[test]
fn an_attribute_that_is_switched_off_is_removed_and_missed_by_no_check() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    done(path, &["sample", "--patients", "400", "--out", "raw"]);
    let attributes = [
        ("gender", "\"gender\""),
        ("birth_year", "\"birthDate\""),
        ("location", "\"address\""),
        ("race", "us-core-race"),
        ("ethnicity", "us-core-ethnicity"),
    ];
    for (attribute, mark) in attributes {
        fs::write(path.join("c.toml"), format!("[fhir]\n{attribute} = false\n")).unwrap();
        done(path, &["run", "raw", "--config", "c.toml", "--out", attribute]);
        assert!(
            !fs::read_to_string(path.join(attribute).join("Patient.ndjson")).unwrap().contains(mark),
            "{attribute}"
        );
        assert!(done(path, &["check", attribute, "--config", "c.toml"]).starts_with("may leave"));
    }
    fs::write(path.join("c.toml"), "[fhir]\ngender = false\n").unwrap();
    assert!(must_not_leave(path, &["check", "race", "--config", "c.toml"]).contains("Patient.gender"));
}

#[test]
fn years_of_birth_that_tell_an_age_over_89_are_one_class() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let row = |number: usize| format!("{}-05-0{},2019-0{}-11\n", 1905 + number % 40, 1 + number % 9, 1 + number % 9);
    let rows: String = (0..400).map(row).collect();
    fs::write(path.join("t.csv"), format!("birth_date,admitted\n{rows}")).unwrap();
    done(path, &["plan", "t.csv", "--out", "c.toml"]);
    // The release is this year; here it is to be the year of the last visits.
    let plan = fs::read_to_string(path.join("c.toml")).unwrap();
    let year = plan.lines().find(|line| line.starts_with("release_year = 2")).unwrap();
    fs::write(path.join("c.toml"), plan.replace(year, "release_year = 2019")).unwrap();
    for method in ["full-domain", "mondrian"] {
        let config = fs::read_to_string(path.join("c.toml")).unwrap();
        fs::write(path.join("m.toml"), config.replace("method = \"full-domain\"", &format!("method = \"{method}\"")))
            .unwrap();
        done(path, &["run", "t.csv", "--config", "m.toml", "--out", method]);
        let released = fs::read_to_string(path.join(method).join("t.csv")).unwrap();
        let told: Vec<&str> =
            released.split(|c: char| !c.is_ascii_digit()).filter(|part| part.starts_with("19")).collect();
        assert!(told.iter().all(|year| *year >= "1929"), "{method}: {released}");
        assert!(released.contains('<'), "{method}: {released}");
        assert!(done(path, &["check", method, "--config", "m.toml"]).starts_with("may leave"));
    }
    // Nobody is that old, but a wide band begins before.
    let row = |number: usize| format!("{}-05-01,2019-01-11\n", 1935 + number % 8);
    let rows: String = (0..40).map(row).collect();
    fs::write(path.join("young.csv"), format!("birth_date,admitted\n{rows}")).unwrap();
    let wide = fs::read_to_string(path.join("c.toml")).unwrap().replace("\nk = 5\n", "\nk = 40\n");
    let wide = wide.replace("hierarchies = {}", "hierarchies = { birth_date = { kind = \"widths\", widths = [60] } }");
    fs::write(path.join("wide.toml"), wide).unwrap();
    done(path, &["run", "young.csv", "--config", "wide.toml", "--out", "young"]);
    assert!(fs::read_to_string(path.join("young/table.csv")).unwrap().contains("[1920, 1980)"));
    let overlooked = "birth_date,admitted\n".to_owned() + &"\"[1910, 1915)\",2019\n".repeat(5);
    fs::write(path.join("mondrian/t.csv"), overlooked).unwrap();
    assert!(must_not_leave(path, &["check", "mondrian", "--config", "c.toml"]).contains("age over 89"));
}

#[test]
fn a_hierarchy_file_with_ages_one_by_one_serves_the_class_of_90_and_above() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let rows: String = (0..200).map(|number| format!("{}\n", 80 + number % 16)).collect();
    fs::write(path.join("t.csv"), format!("age\n{rows}")).unwrap();
    let label = |age: usize| if age < 90 { "80 to 89" } else { "90 or more" };
    let levels: String = (80..100).map(|age| format!("{age};{};*\n", label(age))).collect();
    fs::write(path.join("age.csv"), levels).unwrap();
    let config = "k = 15\n[table]\nquasi_identifiers = [\"age\"]\n[table.hierarchies]\nage = { kind = \"file\", path = \"age.csv\" }\n";
    fs::write(path.join("c.toml"), config).unwrap();
    done(path, &["run", "t.csv", "--config", "c.toml", "--out", "out"]);
    let released = fs::read_to_string(path.join("out/t.csv")).unwrap();
    assert!(released.contains("80 to 89") && released.contains("90 or more"), "{released}");
}
