//! Rules in the configuration format of Microsoft's tool do what its documentation says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

#[path = "../../protection/tests/corpus/mod.rs"]
mod corpus;

use medshare_deid_identifiers::PackageKey;
use medshare_deid_pathrules::{PathRules, RuleEngine, RulesError};
use medshare_deid_records::Records;
use medshare_deid_records::date::PartialDate;
use proptest::prelude::*;
use serde_json::{Value, json};

/// HMAC-SHA-256 of `p1` under the key `secret`, computed with Python's hmac.
const HMAC_OF_P1: &str = "6826ef283b750a8985a15d4d7772ca8b9654ea1c2e7fb3568d4e7822b9cce529";
/// The published polynomial over `p1k`, computed with Python.
const OFFSET_OF_P1_K: i64 = 14;

fn apply(rules: &Value, parameters: &Value, resource: &Value) -> Value {
    let text = json!({"fhirVersion": "R4", "fhirPathRules": rules, "parameters": parameters}).to_string();
    let rules = PathRules::parse(&text).unwrap();
    assert_eq!(rules.warnings(), Vec::<String>::new());
    let today = PartialDate::parse("2020-06-01");
    RuleEngine::new(rules, &PackageKey::new([7; 32]), today).unwrap().apply(resource).unwrap()
}

fn without_labels(mut resource: Value) -> Value {
    resource.as_object_mut().unwrap().remove("meta");
    resource
}

fn patient() -> Value {
    json!({
        "resourceType": "Patient", "id": "p1", "birthDate": "1980-05-03", "gender": "female",
        "name": [{"use": "official", "family": "Thornbury"}],
        "telecom": [{"system": "phone", "use": "home", "value": "1"}, {"system": "phone", "use": "work", "value": "2"}],
        "address": [{"city": "Salem", "state": "MA", "postalCode": "03601", "country": "US"}],
        "managingOrganization": {"reference": "Organization/o1"},
        "multipleBirthInteger": 2,
    })
}

#[test]
fn the_first_rule_that_matches_a_value_or_what_is_around_it_decides() {
    let rules = json!([
        {"path": "nodesByType('Address').state | nodesByType('Address').country", "method": "keep"},
        {"path": "nodesByType('HumanName').use", "method": "keep"},
        {"path": "nodesByType('Address')", "method": "redact"},
        {"path": "nodesByType('HumanName')", "method": "redact"},
        {"path": "Patient.name.family", "method": "keep"},
        {"path": "nodesByType('ContactPoint').where(use='home')", "method": "redact"},
    ]);
    let result = apply(&rules, &json!({}), &patient());
    assert_eq!(result["address"], json!([{"state": "MA", "country": "US"}]));
    assert_eq!(result["name"], json!([{"use": "official"}]));
    assert_eq!(result["telecom"], json!([{"system": "phone", "use": "work", "value": "2"}]));
    assert_eq!(result["gender"], "female", "what no rule matches is kept");
    assert_eq!(result["meta"]["security"][0]["code"], "REDACTED");
}

#[test]
fn hashes_are_hmac_sha_256_and_references_keep_their_type() {
    let rules = json!([
        {"path": "Resource.id", "method": "cryptoHash"},
        {"path": "nodesByType('Reference').reference", "method": "cryptoHash"},
    ]);
    let result = apply(&rules, &json!({"cryptoHashKey": "secret"}), &patient());
    assert_eq!(result["id"], HMAC_OF_P1);
    assert!(result["managingOrganization"]["reference"].as_str().unwrap().starts_with("Organization/"));
    let observation = json!({"resourceType": "Observation", "subject": {"reference": "Patient/p1"}});
    let linked = apply(&rules, &json!({"cryptoHashKey": "secret"}), &observation);
    assert_eq!(linked["subject"]["reference"], format!("Patient/{HMAC_OF_P1}"));
}

#[test]
fn the_compatible_date_shift_gives_the_published_offset() {
    let rules = json!([{"path": "nodesByType('date') | nodesByType('dateTime')", "method": "dateShift"}]);
    let compatible = json!({"dateShiftKey": "k", "dateShiftAlgorithm": "microsoft"});
    let result = apply(&rules, &compatible, &patient());
    let shifted = PartialDate::parse(result["birthDate"].as_str().unwrap()).unwrap().to_days().unwrap();
    assert_eq!(shifted - PartialDate::parse("1980-05-03").unwrap().to_days().unwrap(), OFFSET_OF_P1_K);
    let keyed = apply(&rules, &json!({"dateShiftKey": "k"}), &patient());
    assert_ne!(keyed["birthDate"], result["birthDate"]);
    let old = json!({"resourceType": "Patient", "id": "p2", "birthDate": "1925-01-01"});
    let partial = json!({"enablePartialDatesForRedact": true});
    assert_eq!(without_labels(apply(&rules, &partial, &old)), json!({"resourceType": "Patient", "id": "p2"}));
}

#[test]
fn partial_redaction_keeps_what_safe_harbor_allows() {
    let rules = json!([
        {"path": "nodesByType('date')", "method": "redact"},
        {"path": "nodesByType('Address').postalCode", "method": "redact"},
        {"path": "nodesByType('Age')", "method": "redact"},
    ]);
    let parameters = json!({
        "enablePartialDatesForRedact": true, "enablePartialZipCodesForRedact": true, "enablePartialAgesForRedact": true,
        "restrictedZipCodeTabulationAreas": ["036"],
    });
    let result = apply(&rules, &parameters, &patient());
    assert_eq!(result["birthDate"], "1980");
    assert_eq!(result["address"][0]["postalCode"], "00000");
    let condition = |age: u32| json!({"resourceType": "Condition", "onsetAge": {"value": age}});
    assert_eq!(apply(&rules, &parameters, &condition(89))["onsetAge"]["value"], 89);
    assert_eq!(apply(&rules, &parameters, &condition(90)).get("onsetAge"), None);
}

#[test]
fn values_are_substituted_perturbed_encrypted_and_generalised() {
    let rules = json!([
        {"path": "nodesByType('Address')", "method": "substitute", "replaceWith": {"city": "example city"}},
        {"path": "Patient.multipleBirth", "method": "perturb", "span": 2, "rangeType": "fixed"},
        {"path": "Patient.birthDate", "method": "generalize", "cases": {
            "$this >= @1990-01-01": "@1990", "$this >= @1980-01-01": "@1980"}, "otherValues": "redact"},
        {"path": "Patient.name.family", "method": "encrypt"},
        {"path": "Patient.gender", "method": "generalize", "cases": {"$this = 'male'": "'m'"}, "otherValues": "keep"},
    ]);
    let result = apply(&rules, &json!({"encryptKey": "0123456789abcdef"}), &patient());
    assert_eq!(result["address"], json!([{"city": "example city"}]));
    assert!((1..=3).contains(&result["multipleBirthInteger"].as_i64().unwrap()));
    assert_eq!(result["birthDate"], "1980");
    assert_eq!(result["name"][0]["family"].as_str().unwrap().len(), 44, "one vector and one block in base 64");
    assert_eq!(result["gender"], "female");
    let again = apply(&rules, &json!({"encryptKey": "0123456789abcdef"}), &patient());
    assert_eq!(result, again, "a run can be repeated");
}

#[test]
fn choices_of_type_are_named_without_the_type() {
    let rules = json!([
        {"path": "Condition.onset as Age", "method": "keep"},
        {"path": "Condition.onset", "method": "redact"},
        {"path": "(nodesByType('Observation').value as Quantity).value", "method": "substitute", "replaceWith": 1},
    ]);
    let age = json!({"resourceType": "Condition", "onsetAge": {"value": 3}});
    assert_eq!(apply(&rules, &json!({}), &age), age);
    let date = json!({"resourceType": "Condition", "onsetDateTime": "2010-01-01"});
    assert_eq!(without_labels(apply(&rules, &json!({}), &date)), json!({"resourceType": "Condition"}));
    let observation = json!({"resourceType": "Observation", "valueQuantity": {"value": 7, "unit": "kg"}});
    assert_eq!(apply(&rules, &json!({}), &observation)["valueQuantity"], json!({"value": 1, "unit": "kg"}));
}

#[test]
fn what_is_wrong_with_a_configuration_is_named() {
    let rule = |rule: Value| PathRules::parse(&json!({"fhirPathRules": [rule]}).to_string());
    let problem = |result: Result<PathRules, RulesError>| result.unwrap_err().to_string();
    assert!(
        problem(rule(json!({"path": "Patient.name", "method": "shred"}))).contains("rule 1: unknown method `shred`")
    );
    assert!(
        problem(rule(json!({"path": "nodesOfType('x')", "method": "keep"}))).contains("unknown function `nodesOfType`")
    );
    assert!(problem(rule(json!({"path": "Patient.name"}))).contains("no `method`"));
    assert!(problem(PathRules::parse("{")).contains("line 1"));
    assert!(problem(PathRules::parse(r#"{"fhirVersion": "Stu3", "fhirPathRules": []}"#)).contains("fhirVersion"));
    let unknown = rule(json!({"path": "Patient.nickname", "method": "redact"})).unwrap();
    assert_eq!(unknown.warnings(), ["rule 1: Patient has no element `nickname`; the rule matches nothing"]);
    let commented =
        "{ // rules\n \"fhirPathRules\": [ {\"path\": \"Patient.name\", \"method\": \"redact\"}, ], /* end */ }";
    assert!(PathRules::parse(commented).is_ok());
}

#[test]
fn synthea_records_survive_a_rule_file() {
    let Some(Records::Fhir(files)) = corpus::synthea() else { return };
    let text = include_str!("safe_harbor.json");
    let engine =
        RuleEngine::new(PathRules::parse(text).unwrap(), &PackageKey::new([1; 32]), PartialDate::parse("2020-01-01"))
            .unwrap();
    let names = ["Koepp", "999-22-1962", "Lockman Row"];
    for resource in files.iter().flat_map(|file| file.resources()) {
        let text = engine.apply(&resource).unwrap().to_string();
        assert!(names.iter().all(|name| !text.contains(name)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_configuration_makes_the_parser_panic(text in "\\PC{0,120}", path in "[A-Za-z.()'|= @0-9]{0,60}", case in "[$a-z().'+<>=@0-9 -]{0,60}") {
        let _ = PathRules::parse(&text);
        let rules = json!({"fhirPathRules": [{"path": path, "method": "generalize", "cases": {case: "1"}}]});
        if let Ok(rules) = PathRules::parse(&rules.to_string()) {
            let engine = RuleEngine::new(rules, &PackageKey::new([0; 32]), None).unwrap();
            let _ = engine.apply(&patient());
        }
    }
}
