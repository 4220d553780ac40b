//! Of a resource only what FHIR's model allows leaves, in the form that it allows, with codes of known terminologies and no age over 89.

use medshare_deid::{Category, DeidConfig, DeidReport, PackageKey, Records, check, deidentify};
use serde_json::{Value, json};

const SNOMED: &str = "http://snomed.info/sct";
const LOINC: &str = "http://loinc.org";
const UCUM: &str = "http://unitsofmeasure.org";

/// Words and numbers that stand in places where nobody looks for them.
const PLANTED: [&str; 6] = ["Wendela", "Brandvold", "brandvold", "561-33-9870", "KH00718845", "0718845"];

fn patients() -> Vec<Value> {
    let patient = |number: usize| json!({"resourceType": "Patient", "id": format!("pat{number}"), "gender": "male", "birthDate": "1958-02-11"});
    (0..8).map(patient).collect()
}

fn records(resources: &[Value]) -> Records {
    let lines: String = resources.iter().map(|resource| format!("{resource}\n")).collect();
    Records::from_files(&[("all.ndjson".to_owned(), lines.into_bytes())]).unwrap().opened()
}

/// What leaves of these resources beside eight patients, and what is said of it. Nothing that was planted does.
fn released(others: &[Value], config: &DeidConfig) -> (Vec<Value>, DeidReport) {
    let all = [patients(), others.to_vec()].concat();
    let result = deidentify(&records(&all), config, &PackageKey::new([3; 32])).unwrap();
    let checked = check(&result.records, config);
    assert!(checked.passed, "{:?}", checked.findings);
    let text: String =
        result.records.to_files().into_iter().map(|(_, bytes)| String::from_utf8(bytes).unwrap()).collect();
    PLANTED.iter().for_each(|planted| assert!(!text.contains(planted), "{planted}: {text}"));
    let Records::Fhir(files) = result.records else { panic!("FHIR expected") };
    let told = files.iter().filter(|file| file.resource_type() != "Patient").flat_map(|file| file.resources());
    (told.collect(), result.report)
}

fn one(resource: Value) -> Value {
    let (told, report) = released(&[resource], &DeidConfig::default());
    told.into_iter().next().unwrap_or_else(|| panic!("{:?}", report.removed))
}

fn count(report: &DeidReport, place: &str, kind: Category) -> u64 {
    report.removed.iter().filter(|one| one.place == place && one.kind == kind).map(|one| one.count).sum()
}

fn finding(rest: Value) -> Value {
    let mut finding =
        json!({"resourceType": "Observation", "id": "f1", "status": "final", "subject": {"reference": "Patient/pat1"}});
    finding.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    finding
}

#[test]
fn values_of_another_form_than_their_element_has_are_removed_and_counted() {
    let odd = finding(json!({
        "code": {"coding": [{"system": LOINC, "code": "2345-7"}]},
        "valueQuantity": {"value": ["561-33-9870"], "unit": "mg/dL"},
        "interpretation": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "H"}]},
        "component": [{"code": {"coding": [{"system": [["Wendela"]], "code": ["Brandvold"]}]}, "valueBoolean": "Brandvold"}],
        "valueInteger": {"nested": "Brandvold"}, "effectiveDateTime": ["2020-03-04"], "referenceRange": ["Brandvold"],
    }));
    let (told, report) = released(&[odd], &DeidConfig::default());
    let told = told.first().unwrap();
    assert_eq!(told["code"]["coding"][0]["code"], "2345-7");
    for gone in ["valueQuantity", "interpretation", "valueInteger", "effectiveDateTime", "referenceRange"] {
        assert_eq!(told.get(gone), None, "{gone}");
    }
    for place in [
        "Quantity.value",
        "Observation.interpretation",
        "Observation.valueInteger",
        "Observation.effectiveDateTime",
        "Observation.referenceRange",
    ] {
        assert_eq!(count(&report, place, Category::Form), 1, "{place}: {:?}", report.removed);
    }
}

#[test]
fn a_patient_of_another_form_tells_nothing_of_it() {
    let mut all = patients();
    all.push(
        json!({"resourceType": "Patient", "id": "odd", "gender": {"said": "Brandvold"}, "birthDate": ["1958-02-11"],
        "address": {"state": "Brandvold"}, "active": "Wendela"}),
    );
    let config = DeidConfig { suppression_limit: 0.2, ..DeidConfig::default() };
    let result = deidentify(&records(&all), &config, &PackageKey::new([3; 32])).unwrap();
    assert!(check(&result.records, &config).passed);
    let text: String =
        result.records.to_files().into_iter().map(|(_, bytes)| String::from_utf8(bytes).unwrap()).collect();
    PLANTED.iter().for_each(|planted| assert!(!text.contains(planted), "{planted}: {text}"));
}

#[test]
fn codes_are_those_of_known_terminologies_and_texts_go() {
    let told = one(finding(json!({
        "code": {"text": "Wendela Brandvold's glucose", "coding": [
            {"system": LOINC, "code": "2345-7", "display": "Wendela Brandvold's glucose"},
            {"system": "http://ward.example/codes", "code": "BRANDVOLD", "display": "Glucose"},
            {"system": "http://ward.example/codes?patient=0718845", "code": "7"},
            {"system": "http://loinc.org?mrn=0718845", "code": "8302-2"},
            {"system": SNOMED, "code": "561-33-9870"}, {"system": SNOMED, "code": "22298007"},
            {"code": "KH00718845", "display": "Brandvold"},
            {"system": "http://hl7.org/fhir/sid/us-ssn", "code": "561-33-9870"},
            {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "brandvold"},
            {"system": SNOMED, "code": "33747003", "version": "Brandvold", "userSelected": "Brandvold"},
        ]},
        "valueQuantity": {"value": 5.50, "unit": "mmol/L", "system": UCUM, "code": "mmol/L"},
    })));
    let codes: Vec<&str> =
        told["code"]["coding"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["2345-7", "8302-2", "33747003"]);
    assert!(
        told["code"]["coding"].as_array().unwrap().iter().all(|one| !one["system"].as_str().unwrap().contains('?'))
    );
    assert_eq!(told["valueQuantity"]["value"], 5.5);
}

#[test]
fn code_systems_that_the_owner_lists_leave_and_numbers_in_them_do_not() {
    let mut config = DeidConfig::default();
    config.fhir.code_systems = vec!["http://ward.example/codes".to_owned()];
    let local = |code: &str| json!({"system": "http://ward.example/codes", "code": code});
    let (told, _) = released(&[finding(json!({"code": {"coding": [local("GLU-7"), local("561-33-9870")]}}))], &config);
    assert_eq!(
        told.first().unwrap()["code"],
        json!({"coding": [{"system": "http://ward.example/codes", "code": "GLU-7"}]})
    );
}

#[test]
fn whole_numbers_of_which_nobody_knows_what_they_count_and_long_ones_are_withheld() {
    let local = |text: &str| json!({"coding": [{"system": "http://ward.example/codes", "code": "7"}], "text": text});
    assert_eq!(one(finding(json!({"code": local("x"), "valueInteger": 93}))).get("valueInteger"), None);
    let told = one(finding(json!({"code": local("Alter in Jahren"), "valueQuantity": {"value": 93}})));
    assert_eq!((&told["valueQuantity"]["value"], &told["valueQuantity"]["comparator"]), (&json!(90), &json!(">=")));
    assert_eq!(one(finding(json!({"code": local("x"), "valueQuantity": {"value": 93}})))["valueQuantity"]["value"], 93);
    let told =
        one(finding(json!({"code": {"coding": [{"system": LOINC, "code": "2345-7"}]}, "valueInteger": 2025550143i64})));
    assert_eq!(told.get("valueInteger"), None);
    let told = one(finding(
        json!({"code": {"coding": [{"system": LOINC, "code": "2345-7"}]}, "valueQuantity": {"value": 2025550143i64}}),
    ));
    assert_eq!(told.get("valueQuantity"), None);
}

#[test]
fn units_are_units_and_urls_are_hl7s() {
    let told = one(finding(json!({
        "meta": {"profile": ["http://brandvold.example/StructureDefinition/x", "http://hl7.org/fhir/StructureDefinition/vitalsigns|4.0.1"], "source": "http://ward.example/0718845"},
        "code": {"coding": [{"system": LOINC, "code": "8302-2"}]},
        "component": [
            {"code": {"coding": [{"system": LOINC, "code": "8480-6"}]}, "valueQuantity": {"value": 120, "unit": "mmHg for Brandvold"}},
            {"code": {"coding": [{"system": LOINC, "code": "8462-4"}]}, "valueQuantity": {"value": 80, "unit": "Brandvold", "system": UCUM, "code": "mm[Hg]"}},
        ],
    })));
    assert_eq!(told["meta"]["profile"], json!(["http://hl7.org/fhir/StructureDefinition/vitalsigns"]));
    assert_eq!(told["component"][0].get("valueQuantity"), None);
    assert_eq!(told["component"][1]["valueQuantity"], json!({"value": 80, "system": UCUM, "code": "mm[Hg]"}));
}

#[test]
fn ages_over_89_are_one_class_in_every_form_and_comparators_stay() {
    let oldest = json!({"value": 90, "comparator": ">=", "unit": "a", "system": UCUM, "code": "a"});
    let age = json!({"coding": [{"system": LOINC, "code": "39016-1"}]});
    let years = |value: i64| json!({"value": value, "unit": "years", "system": UCUM, "code": "a"});
    assert_eq!(one(finding(json!({"code": age, "valueQuantity": years(94)})))["valueQuantity"], oldest);
    assert_eq!(one(finding(json!({"code": age, "valueQuantity": {"value": 94}})))["valueQuantity"], oldest);
    let told = one(finding(json!({"code": age, "valueInteger": 97})));
    assert_eq!((told.get("valueInteger"), &told["valueQuantity"]), (None, &oldest));
    assert_eq!(one(finding(json!({"code": age, "valueInteger": 61})))["valueInteger"], 61);
    assert_eq!(
        one(finding(json!({"code": age, "valueRange": {"low": years(85), "high": years(95)}})))["valueRange"],
        json!({"low": years(85)})
    );
    let condition = |onset: (&str, Value)| {
        one(
            json!({"resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/pat1"}, onset.0: onset.1}),
        )
    };
    assert_eq!(condition(("onsetAge", json!({"value": 1130, "unit": "months"})))["onsetAge"], oldest);
    let above = json!({"value": 89, "comparator": ">", "unit": "a", "system": UCUM, "code": "a"});
    assert_eq!(condition(("onsetAge", above.clone()))["onsetAge"], above);
    assert_eq!(condition(("onsetString", json!("at 96 years"))).get("onsetString"), None);
    let low = json!({"value": 90, "unit": "a", "system": UCUM, "code": "a"});
    assert_eq!(
        condition(("onsetRange", json!({"low": years(91), "high": years(93)})))["onsetRange"],
        json!({"low": low})
    );
    let family = one(
        json!({"resourceType": "FamilyMemberHistory", "id": "h1", "status": "completed", "patient": {"reference": "Patient/pat1"},
        "relationship": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH"}]},
        "deceasedAge": years(99), "condition": [{"code": {"coding": [{"system": SNOMED, "code": "22298006"}]}, "onsetAge": years(92)}]}),
    );
    assert_eq!((&family["deceasedAge"], &family["condition"][0]["onsetAge"]), (&oldest, &oldest));
}

#[test]
fn what_changes_the_meaning_and_is_not_understood_leaves_the_resource_out() {
    let medicine = |rest: Value| {
        let mut all = json!({"resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order", "subject": {"reference": "Patient/pat2"},
            "medicationCodeableConcept": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "314076"}]}});
        all.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        all
    };
    let unknown = [
        (
            medicine(json!({"modifierExtension": [{"url": "http://ward.example/refused", "valueBoolean": true}]})),
            "MedicationRequest.modifierExtension",
        ),
        (medicine(json!({"implicitRules": "http://ward.example/Brandvold"})), "MedicationRequest.implicitRules"),
        (medicine(json!({"status": "Brandvold"})), "MedicationRequest.status"),
        (
            medicine(json!({"dosageInstruction": [{"modifierExtension": [{"url": "http://ward.example/not"}]}]})),
            "Dosage.modifierExtension",
        ),
        (
            json!({"resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/pat2"}, "code": {"coding": [{"system": SNOMED, "code": "22298006"}]},
            "verificationStatus": {"coding": [{"system": "http://ward.example/status", "code": "refuted"}]}}),
            "Condition.verificationStatus",
        ),
    ];
    for (resource, place) in unknown {
        let (told, report) = released(&[resource], &DeidConfig::default());
        assert_eq!((told.len(), count(&report, place, Category::Modifier)), (0, 1), "{place}: {:?}", report.removed);
    }
    let told = one(medicine(json!({"doNotPerform": true, "modifierExtension": []})));
    assert_eq!(told["doNotPerform"], true);
    let wrong = json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "entered-in-error"}]});
    let told = one(
        json!({"resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/pat2"}, "verificationStatus": wrong}),
    );
    assert_eq!(told["verificationStatus"], wrong);
}

#[test]
fn what_fhir_requires_is_masked_also_where_it_is_one_of_a_choice() {
    let told = one(
        json!({"resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order", "subject": {"reference": "Patient/pat2"},
        "medicationCodeableConcept": {"text": "for Wendela Brandvold"}}),
    );
    assert_eq!(told["medicationCodeableConcept"]["extension"][0]["valueCode"], "masked");
    let told = one(
        json!({"resourceType": "Immunization", "id": "i1", "status": "completed", "patient": {"reference": "Patient/pat2"}, "occurrenceString": "when Wendela was 3",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}]}}),
    );
    assert_eq!(told["_occurrenceString"]["extension"][0]["valueCode"], "masked");
}

#[test]
fn a_check_finds_what_protection_would_have_removed() {
    let forged = finding(json!({
        "implicitRules": "http://ward.example/x", "code": {"coding": [{"system": SNOMED, "code": "22298006", "display": "Brandvold"}], "text": "Brandvold"},
        "valueQuantity": {"value": 96, "code": "a"}, "interpretation": "Brandvold",
    }));
    let findings = check(&records(&[patients(), vec![forged]].concat()), &DeidConfig::default()).findings;
    let said: Vec<String> = findings.iter().map(ToString::to_string).collect();
    for place in [
        "Observation.implicitRules",
        "Coding.display",
        "CodeableConcept.text",
        "Quantity.value: age over 89",
        "Observation.interpretation: not of its element's form",
    ] {
        assert!(said.iter().any(|one| one.starts_with(place)), "{place}: {said:?}");
    }
}
