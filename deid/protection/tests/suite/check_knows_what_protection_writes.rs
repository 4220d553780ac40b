//! A check takes for protection's own only what protection writes; and attributes of a person are no findings.

use medshare_deid::{Category, CheckReport, DeidConfig, DeidReport, PackageKey, Records, check, deidentify};
use serde_json::{Value, json};

const LOINC: &str = "http://loinc.org";
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const RACE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race";

fn records(resources: &[Value]) -> Records {
    let lines: String = resources.iter().map(|resource| format!("{resource}\n")).collect();
    Records::from_files(&[("all.ndjson".to_owned(), lines.into_bytes())]).unwrap().opened()
}

fn patients(birth: i32) -> Vec<Value> {
    let race = json!({"url": RACE, "extension": [{"url": "ombCategory", "valueCoding": {"code": "2106-3"}}]});
    let patient = |number: i32| {
        json!({"resourceType": "Patient", "id": format!("pat{number}"), "birthDate": format!("{}-02-11", birth + number / 2),
            "address": [{"state": "Ohio"}], "extension": [race]})
    };
    (0..8).map(patient).collect()
}

fn finding(rest: Value) -> Value {
    let mut finding =
        json!({"resourceType": "Observation", "id": "f1", "status": "final", "subject": {"reference": "Patient/pat1"}});
    finding.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    finding
}

fn coded(code: &str) -> Value {
    json!({"coding": [{"system": LOINC, "code": code}]})
}

fn released(others: &[Value], birth: i32, config: &DeidConfig) -> (Vec<Value>, DeidReport) {
    let all = [patients(birth), others.to_vec()].concat();
    let result = deidentify(&records(&all), config, &PackageKey::new([3; 32])).unwrap();
    let checked = check(&result.records, config);
    assert!(checked.passed, "{:?}", checked.findings);
    let Records::Fhir(files) = result.records else { panic!("FHIR expected") };
    (files.iter().flat_map(|file| file.resources()).collect(), result.report)
}

fn judged(resources: &[Value]) -> CheckReport {
    check(&records(resources), &DeidConfig::default())
}

#[test]
fn nothing_hides_in_what_stands_for_protections_own() {
    let (told, _) = released(&[finding(json!({"code": {"text": "x"}}))], 1950, &DeidConfig::default());
    let at = |kind: &str| told.iter().position(|one| one["resourceType"] == kind).unwrap();
    let (patient, observation) = (at("Patient"), at("Observation"));
    assert_eq!(told[observation]["code"]["extension"][0]["valueCode"], "masked");
    assert!(told[patient]["_birthDate"]["extension"][0]["valueString"].is_string(), "{}", told[patient]);
    let mask = json!({"extension": [{"url": ABSENT, "valueCode": "masked"}]});
    let named = json!({"extension": [{"url": ABSENT, "valueCode": "masked", "valueHumanName": {"text": "Brandvold"}}]});
    let band = |label: &str| json!({"extension": [{"url": "urn:medshare:birth-years", "valueString": label}]});
    let forged: Vec<(usize, &str, Value)> = vec![
        (patient, "/name", json!([named])),
        (patient, "/name", json!([mask])),
        (patient, "/_gender", mask.clone()),
        (patient, "/_Brandvold", mask.clone()),
        (patient, "/_birthDate", band("989451234")),
        (patient, "/_birthDate", band("1912-3-4")),
        (patient, "/address/0/resourceType", json!("Brandvold")),
        (patient, "/address/0/_state", band("1950-1954")),
        (patient, "/extension/0/extension/0/valueCoding/display", json!("Brandvold")),
        (patient, "/extension/0/extension/1/valueString", json!("Brandvold")),
        (patient, "/extension/0/id", json!("Brandvold")),
        (observation, "/code", named.clone()),
        (observation, "/extension", json!([{"url": ABSENT, "valueCode": "masked"}])),
        (observation, "/_status", mask.clone()),
        (observation, "/method", mask.clone()),
    ];
    assert!(judged(&told).passed);
    for (index, place, value) in forged {
        let mut all = told.clone();
        let (parent, name) = place.rsplit_once('/').unwrap();
        let target = all[index].pointer_mut(parent).unwrap().as_object_mut().unwrap();
        target.insert(name.to_owned(), value.clone());
        assert!(!judged(&all).passed, "{place}: {value}");
    }
}

#[test]
fn attributes_of_a_person_are_no_findings() {
    let told_as = [
        ("21112-8", "valueDateTime", json!("1945-03-04")),
        ("80904-6", "valueInteger", json!(1945)),
        ("30525-0", "valueQuantity", json!({"value": 61, "unit": "years"})),
        ("21611-9", "valueInteger", json!(110)),
        ("45401-7", "valueInteger", json!(2139)),
        (
            "32624-9",
            "valueCodeableConcept",
            json!({"coding": [{"system": "http://snomed.info/sct", "code": "22298006"}]}),
        ),
        ("54899-0", "valueCodeableConcept", json!({"coding": [{"system": "urn:ietf:bcp:47", "code": "cy"}]})),
    ];
    for (code, name, value) in told_as {
        let one = finding(json!({"code": coded(code), name: value}));
        let (told, report) = released(std::slice::from_ref(&one), 1950, &DeidConfig::default());
        assert!(told.iter().all(|one| one["resourceType"] == "Patient"), "{code}");
        assert!(
            report.removed.iter().any(|one| one.place == "Observation.code" && one.kind == Category::QuasiIdentifier),
            "{code}: {:?}",
            report.removed
        );
        let said: Vec<String> = judged(&[one]).findings.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|said| said.starts_with("Observation.code:")), "{code}: {said:?}");
    }
    let marital =
        json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "W"}]});
    let (told, _) = released(
        &[finding(json!({"code": coded("2345-7"), "valueCodeableConcept": marital}))],
        1950,
        &DeidConfig::default(),
    );
    assert!(told.iter().all(|one| one.get("valueCodeableConcept").is_none()));
}

#[test]
fn ages_without_a_unit_are_years_wherever_a_concept_or_an_element_says_age() {
    let of = |resource: Value| {
        let kind = resource["resourceType"].clone();
        let (told, report) = released(&[resource], 1950, &DeidConfig::default());
        told.into_iter().find(|one| one["resourceType"] == kind).unwrap_or_else(|| panic!("{:?}", report.removed))
    };
    let goal = of(
        json!({"resourceType": "Goal", "id": "g", "lifecycleStatus": "active", "subject": {"reference": "Patient/pat1"},
        "description": {"text": "x"}, "target": [{"measure": {"text": "age"}, "detailQuantity": {"value": 97}}]}),
    );
    assert_eq!(goal["target"][0]["detailQuantity"]["value"], 90);
    let family = of(
        json!({"resourceType": "FamilyMemberHistory", "id": "h", "status": "completed", "patient": {"reference": "Patient/pat1"},
        "relationship": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH"}]},
        "ageRange": {"low": {"value": 96}}}),
    );
    assert_eq!(family["ageRange"]["low"]["value"], 90);
    let seen = of(finding(json!({"code": coded("39016-1"), "valueQuantity": {"value": 110, "unit": "year(s)"}})));
    assert_eq!(seen["valueQuantity"]["value"], 90);
}

#[test]
fn no_year_of_a_configuration_makes_people_younger_than_what_happened() {
    let late = finding(json!({"code": coded("2345-7"), "effectiveDateTime": "2020-05-06"}));
    for (reference_year, release_year) in [(Some(1960), None), (None, Some(1960)), (Some(1950), Some(1960))] {
        let config = DeidConfig { reference_year, release_year, suppression_limit: 0.5, ..DeidConfig::default() };
        let (told, report) = released(std::slice::from_ref(&late), 1912, &config);
        assert_eq!(report.reference_year, Some(2020));
        let births = told.iter().filter_map(|one| one.get("birthDate")?.as_str());
        assert!(births.into_iter().all(|birth| birth == "1930"), "{told:?}");
        let kept = json!({"resourceType": "Patient", "id": "p", "birthDate": "1912"});
        let findings = check(&records(&[kept, late.clone()]), &config).findings;
        assert!(
            findings.iter().any(|one| one.to_string().starts_with("Patient.birthDate: age over 89")),
            "{findings:?}"
        );
    }
}

#[test]
fn what_a_source_has_only_as_absent_is_masked_where_it_is_required() {
    let (told, _) = released(
        &[
            json!({"resourceType": "Immunization", "id": "i", "patient": {"reference": "Patient/pat1"}, "occurrenceDateTime": "2020",
            "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}]},
            "_status": {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}}),
        ],
        1950,
        &DeidConfig::default(),
    );
    let one = told.iter().find(|one| one["resourceType"] == "Immunization").unwrap();
    assert_eq!(one["_status"]["extension"][0]["valueCode"], "masked");
}

#[test]
fn records_without_their_patients_are_refused_as_such() {
    let one = records(&[finding(json!({"code": coded("2345-7")}))]);
    let said = deidentify(&one, &DeidConfig::default(), &PackageKey::new([3; 32])).unwrap_err().to_string();
    assert!(said.starts_with("no patients: the 1 resources are of people"), "{said}");
}
