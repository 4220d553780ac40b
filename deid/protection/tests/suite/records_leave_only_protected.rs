//! The whole way of a package through the crate: rank, de-identify, check.

use std::collections::HashSet;

use medshare_deid::{
    Category, DateHandling, DeidConfig, DeidError, Finding, Level, Method, PackageKey, Records, anon::Privacy, check,
    classify, deidentify, risk::risk,
};
use medshare_deid_cohort as cohort;
use serde_json::Value;

use crate::corpus;

fn key(byte: u8) -> PackageKey {
    PackageKey::new([byte; 32])
}

fn text_of(records: &Records) -> String {
    records.to_files().into_iter().map(|(_, bytes)| String::from_utf8(bytes).unwrap()).collect()
}

/// Every text in a patient that must not leave: names, numbers, telephone, address lines, the exact birth date.
fn secrets(records: &Records) -> HashSet<String> {
    let Records::Fhir(files) = records else { panic!("FHIR expected") };
    let mut secrets = HashSet::new();
    for patient in files.iter().filter(|file| file.resource_type() == "Patient").flat_map(|file| file.resources()) {
        let mut add = |value: &Value| secrets.extend(value.as_str().map(str::to_owned));
        add(&patient["birthDate"]);
        add(&patient["id"]);
        for name in patient["name"].as_array().unwrap() {
            add(&name["family"]);
            name["given"].as_array().unwrap().iter().for_each(&mut add);
        }
        patient["identifier"].as_array().unwrap().iter().for_each(|identifier| add(&identifier["value"]));
        patient["telecom"].as_array().unwrap().iter().for_each(|telecom| add(&telecom["value"]));
        for address in patient["address"].as_array().unwrap() {
            address["line"].as_array().unwrap().iter().for_each(&mut add);
            add(&address["city"]);
            add(&address["postalCode"]);
        }
    }
    secrets
}

/// Whole words of the output; a secret of several words is looked for in the text.
fn leaks(secrets: &HashSet<String>, output: &str) -> Vec<String> {
    let words: HashSet<&str> = output.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '\''))).collect();
    let found = |secret: &&String| match secret.contains(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '\''))) {
        true => output.contains(secret.as_str()),
        false => words.contains(secret.as_str()),
    };
    secrets.iter().filter(found).cloned().collect()
}

fn all_references_resolve(records: &Records) {
    let Records::Fhir(files) = records else { panic!("FHIR expected") };
    let resources: Vec<Value> = files.iter().flat_map(|file| file.resources()).collect();
    let ids: HashSet<&str> = resources.iter().map(|one| one["id"].as_str().unwrap()).collect();
    fn visit<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| match value.as_str() {
                Some(text) if name == "reference" => found.push(text),
                _ => visit(value, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| visit(item, found)),
            _ => {}
        }
    }
    let mut references = Vec::new();
    resources.iter().for_each(|resource| visit(resource, &mut references));
    assert!(!references.is_empty());
    for reference in references {
        let id = reference.rsplit(['/', ':']).next().unwrap();
        assert!(ids.contains(id), "{reference} does not resolve");
    }
}

#[test]
fn a_hundred_invented_patients_reach_k_5_and_pass_the_check() {
    let records = cohort::generate(100, 7);
    let config = DeidConfig::default_for(&records);
    assert_eq!(classify(&records, &config).level, Level::High);
    assert!(!check(&records, &config).passed);
    let result = deidentify(&records, &config, &key(1)).unwrap();
    let checked = check(&result.records, &config);
    assert!(checked.passed, "{:?}", checked.findings);
    assert!(checked.k_found >= 5);
    assert_eq!(checked.k_found, result.report.k_achieved);
    assert_eq!(classify(&result.records, &config).level, Level::Low);
    assert!(result.report.subjects_after >= 95);
    assert_eq!(leaks(&secrets(&records), &text_of(&result.records)), Vec::<String>::new());
    all_references_resolve(&result.records);
}

#[test]
fn shifted_dates_pass_the_check_and_keep_intervals() {
    let records = cohort::generate(300, 3);
    let config = DeidConfig { dates: DateHandling::Shift, ..DeidConfig::default_for(&records) };
    let result = deidentify(&records, &config, &key(1)).unwrap();
    let checked = check(&result.records, &config);
    assert!(checked.passed, "{:?}", checked.findings);
    assert!(
        !check(&result.records, &DeidConfig::default()).passed,
        "shifted dates are too exact where years are required"
    );
}

#[test]
fn pseudonyms_are_stable_within_a_package_and_differ_between_packages() {
    let records = cohort::generate(60, 1);
    let config = DeidConfig::default();
    let once = deidentify(&records, &config, &key(1)).unwrap();
    assert_eq!(once.records.to_files(), deidentify(&records, &config, &key(1)).unwrap().records.to_files());
    let other = deidentify(&records, &config, &key(2)).unwrap();
    let ids = |records: &Records| -> HashSet<String> {
        let Records::Fhir(files) = records else { panic!("FHIR expected") };
        files.iter().flat_map(|file| file.resources()).map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert!(ids(&once.records).is_disjoint(&ids(&other.records)));
}

#[test]
fn a_cohort_is_the_same_for_the_same_seed_and_its_files_are_a_fixed_point() {
    let files = cohort::generate(20, 9).to_files();
    assert_eq!(files, cohort::generate(20, 9).to_files());
    assert_ne!(files, cohort::generate(20, 10).to_files());
    assert_eq!(Records::from_files(&files).unwrap().to_files(), files);
}

#[test]
fn too_few_patients_are_refused() {
    let records = cohort::generate(3, 1);
    let refused = deidentify(&records, &DeidConfig::default(), &key(1));
    assert!(matches!(refused, Err(DeidError::NotAnonymous { required: 5, .. })), "{refused:?}");
}

#[test]
fn unclassified_columns_are_high_and_withheld() {
    let rows: String = (0..40)
        .map(|row| format!("{},{},note {row} on the visit of that day to us\n", row % 2, 30 + row % 3))
        .collect();
    let records = Records::from_files(&[("t.csv".into(), format!("smoker,age,remark\n{rows}").into_bytes())]).unwrap();
    let config = DeidConfig::default_for(&records);
    let report = classify(&records, &config);
    assert_eq!(report.level, Level::High);
    assert!(report.reasons.iter().any(|reason| reason.place == "remark" && reason.kind == Category::Unclassified));
    let result = deidentify(&records, &config, &key(1)).unwrap();
    assert!(!text_of(&result.records).contains("remark"));
    assert!(check(&result.records, &config).passed);
}

#[test]
fn what_a_check_finds_is_named() {
    let records =
        Records::from_files(&[("t.csv".into(), b"age,mail\n91,a@b.example\n91,c@d.example\n".to_vec())]).unwrap();
    let mut config = DeidConfig::default_for(&records);
    config.table.direct_identifiers.clear();
    config.table.keep.push("mail".into());
    let report = check(&records, &config);
    let kinds: Vec<Category> = report
        .findings
        .iter()
        .filter_map(|finding| match finding {
            Finding::Identifying(reason) => Some(reason.kind),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, [Category::AgeOver89, Category::Identifier, Category::Contact]);
    assert!(matches!(report.findings.last(), Some(Finding::NotAnonymous { required: 5, .. })));
}

#[test]
fn the_615_synthea_patients_leave_without_a_trace() {
    let Some(records) = corpus::synthea() else {
        return;
    };
    let config = DeidConfig::default_for(&records);
    let result = deidentify(&records, &config, &key(1)).unwrap();
    eprintln!("{:?}", result.report);
    let checked = check(&result.records, &config);
    assert!(checked.passed, "{:?}", checked.findings);
    // A patient's given name is "Brain", a word that SNOMED CT uses as well.
    let output = text_of(&result.records).replace("Brain damage - traumatic", "");
    assert_eq!(leaks(&secrets(&records), &output), Vec::<String>::new());
    all_references_resolve(&result.records);
}

#[test]
fn the_diabetes_encounters_reach_k_5() {
    let Some(table) = corpus::diabetes() else {
        return;
    };
    let records = Records::Table(table);
    let config = DeidConfig::default_for(&records);
    eprintln!("{:?}", config.table);
    let result = deidentify(&records, &config, &key(1)).unwrap();
    eprintln!("{:?}", result.report);
    let checked = check(&result.records, &config);
    assert!(checked.passed, "{:?}", checked.findings);
}

/// The diabetes table with the seven quasi-identifiers that an acquaintance of a patient may know.
fn diabetes_config(records: &Records) -> DeidConfig {
    let mut config = DeidConfig::default_for(records);
    // Encounters are counted, as the literature does.
    config.table.direct_identifiers.extend(config.table.person.take());
    let seven = [
        "race",
        "gender",
        "age",
        "admission_type_id",
        "discharge_disposition_id",
        "admission_source_id",
        "time_in_hospital",
    ];
    let others: Vec<String> =
        config.table.quasi_identifiers.iter().filter(|name| !seven.contains(&name.as_str())).cloned().collect();
    config.table.keep.extend(others);
    config.table.quasi_identifiers = seven.map(str::to_owned).to_vec();
    config
}

#[test]
fn diabetes_leaves_by_both_methods_and_the_check_refuses_what_is_weaker() {
    let Some(table) = corpus::diabetes() else { return };
    let records = Records::Table(table);
    let base = diabetes_config(&records);
    assert_eq!(risk(&records, &base, 1.0).unique, 11_182);
    let diverse = || vec![Privacy::DistinctDiversity { attribute: "diag_1".to_owned(), l: 3 }];
    for method in [Method::FullDomain, Method::Mondrian] {
        let weak = DeidConfig { method, ..base.clone() };
        let strong = DeidConfig { k: 10, privacy: diverse(), ..weak.clone() };
        for config in [&weak, &strong] {
            let result = deidentify(&records, config, &key(1)).unwrap();
            eprintln!("{method:?}, k {}: loss {}, {} classes", config.k, result.report.loss, result.report.classes);
            assert!(result.report.k_achieved >= config.k);
            let checked = check(&result.records, config);
            assert!(checked.passed, "{:?}", checked.findings);
        }
    }
    let weak = deidentify(&records, &base, &key(1)).unwrap();
    let asked =
        DeidConfig { privacy: vec![Privacy::EntropyDiversity { attribute: "diag_1".to_owned(), l: 8.0 }], ..base };
    let findings = check(&weak.records, &asked).findings;
    assert!(matches!(findings.as_slice(), [Finding::Model { .. }]), "{findings:?}");
}

#[test]
fn an_unreachable_model_is_named() {
    let rows: String = (0..40).map(|row| format!("{},flu\n", 20 + row)).collect();
    let records = Records::from_files(&[("t.csv".into(), format!("age,disease\n{rows}").into_bytes())]).unwrap();
    let config = DeidConfig {
        privacy: vec![Privacy::DistinctDiversity { attribute: "disease".to_owned(), l: 2 }],
        ..DeidConfig::default_for(&records)
    };
    let refused = deidentify(&records, &config, &key(1)).unwrap_err().to_string();
    assert!(refused.starts_with("distinct 2-diversity of `disease` cannot be reached: 40 of 40"), "{refused}");
}
