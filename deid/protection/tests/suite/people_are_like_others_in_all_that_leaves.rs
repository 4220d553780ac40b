//! What outsiders know of a patient is counted with the classes or withheld; ages count at the release; dates move together.

use medshare_deid::{Category, DateHandling, DeidConfig, DeidReport, PackageKey, Records, check, deidentify, prepare};
use serde_json::{Value, json};

use crate::read_order;

fn patient(number: usize, rest: Value) -> Value {
    let mut patient = json!({"resourceType": "Patient", "id": format!("q{number}"), "gender": "male", "birthDate": "1957-09-30",
        "address": [{"country": "CH", "state": "Bern"}]});
    patient.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    patient
}

fn records(resources: &[Value]) -> Records {
    let lines: String = resources.iter().map(|resource| format!("{resource}\n")).collect();
    Records::from_files(&[("all.ndjson".to_owned(), lines.into_bytes())]).unwrap()
}

fn released(resources: &[Value], config: &DeidConfig) -> (Vec<Value>, DeidReport) {
    let result = deidentify(&records(resources), config, &PackageKey::new([5; 32])).unwrap();
    let checked = check(&result.records, config);
    assert!(checked.passed, "{:?}", checked.findings);
    let Records::Fhir(files) = result.records else { panic!("FHIR expected") };
    let mut told: Vec<Value> = files.iter().flat_map(|file| file.resources()).collect();
    read_order::sort(&mut told, resources.iter().cloned(), &PackageKey::new([5; 32]));
    (told, result.report)
}

fn lenient() -> DeidConfig {
    DeidConfig { suppression_limit: 0.4, ..DeidConfig::default() }
}

/// How many different people leave, but for their ids.
fn kinds(told: &[Value]) -> usize {
    let bare = |one: &Value| {
        let mut one = one.clone();
        one.as_object_mut().unwrap().remove("id");
        one.to_string()
    };
    told.iter().map(bare).collect::<std::collections::HashSet<_>>().len()
}

#[test]
fn nobody_is_told_apart_by_what_stays_unchanged() {
    let odd = [
        json!({"address": [{"country": "Andorra", "state": "Bern"}]}),
        json!({"language": "rm"}),
        json!({"generalPractitioner": [{"reference": "Practitioner/hospice"}]}),
        json!({"managingOrganization": {"reference": "Organization/prison"}}),
        json!({"maritalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "W"}]}}),
        json!({"multipleBirthInteger": 3}),
        json!({"deceasedDateTime": "2021-05-06"}),
        json!({"deceasedBoolean": true}),
        json!({"active": false}),
        json!({"link": [{"other": {"reference": "Patient/q1"}, "type": "seealso"}]}),
        json!({"communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "rm"}]}}]}),
        json!({"meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "CEL"}], "profile": ["http://hl7.org/fhir/StructureDefinition/Patient"]}}),
        json!({"contained": [{"resourceType": "Organization", "id": "x"}]}),
        json!({"address": [{"country": "CH", "state": "Bern"}, {"country": "CH", "state": "Uri"}]}),
    ];
    for (number, rest) in odd.iter().enumerate() {
        let mut all: Vec<Value> = (0..9).map(|number| patient(number, json!({}))).collect();
        all.push(patient(10 + number, rest.clone()));
        let (told, _) = released(&all, &lenient());
        assert_eq!(kinds(&told), 1, "{rest}: {told:?}");
    }
}

#[test]
fn what_is_withheld_of_people_is_counted_and_missed_by_the_check() {
    let marital = json!({"maritalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M"}]}, "language": "de"});
    let all: Vec<Value> = (0..9).map(|number| patient(number, marital.clone())).collect();
    let (mut told, report) = released(&all, &lenient());
    for place in ["Patient.maritalStatus", "Patient.language"] {
        assert!(
            report
                .removed
                .iter()
                .any(|one| one.place == place && one.kind == Category::QuasiIdentifier && one.count == 9),
            "{place}"
        );
    }
    told[0]["maritalStatus"] = marital["maritalStatus"].clone();
    let findings = check(&records(&told), &lenient()).findings;
    assert!(findings.iter().any(|one| one.to_string().starts_with("Patient.maritalStatus")), "{findings:?}");
}

#[test]
fn a_second_race_in_an_extension_of_its_own_counts() {
    let race = |code: &str| {
        json!({"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race", "extension": [
        {"url": "ombCategory", "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": code}}, {"url": "text", "valueString": "Brandvold"}]})
    };
    let mut all: Vec<Value> = (0..9).map(|number| patient(number, json!({"extension": [race("2028-9")]}))).collect();
    all.push(patient(10, json!({"extension": [race("2028-9"), race("1002-5")]})));
    let (told, _) = released(&all, &lenient());
    assert_eq!(kinds(&told), 1);
    let both: Vec<Value> =
        (0..6).map(|number| patient(number, json!({"extension": [race("2028-9"), race("1002-5")]}))).collect();
    let (told, _) = released(&both, &lenient());
    assert_eq!(told[0]["extension"].as_array().unwrap().len(), 1);
    assert_eq!(told[0]["extension"][0]["extension"].as_array().unwrap().len(), 3);
}

#[test]
fn death_is_counted_where_the_owner_asks_for_it() {
    let mut config = lenient();
    config.fhir.deceased = true;
    let mut all: Vec<Value> = (0..9).map(|number| patient(number, json!({}))).collect();
    all.extend((10..16).map(|number| patient(number, json!({"deceasedDateTime": "2021-05-06"}))));
    all.push(patient(20, json!({"deceasedBoolean": false})));
    let (told, _) = released(&all, &config);
    assert_eq!(told.iter().filter(|one| one["deceasedBoolean"] == true).count(), 6);
    assert_eq!(told.len(), 15);
}

fn told_births(resources: &[Value], config: &DeidConfig) -> Vec<String> {
    let (told, _) = released(resources, config);
    told.iter().filter_map(|one| Some(one.get("birthDate")?.as_str()?.to_owned())).collect()
}

fn event(at: &str) -> Value {
    json!({"resourceType": "Immunization", "id": format!("i{at}"), "status": "completed", "patient": {"reference": "Patient/q1"},
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}]}, "occurrenceDateTime": at})
}

#[test]
fn ages_are_counted_at_the_release_and_open_ends_are_no_reference() {
    let born = |year: i32| {
        (0..6).map(|number| patient(number, json!({"birthDate": format!("{year}-04-05")}))).collect::<Vec<_>>()
    };
    let at = |release_year| DeidConfig { release_year, ..lenient() };
    assert!(told_births(&born(1918), &at(Some(2026))).iter().all(|year| year == "1936"));
    assert!(told_births(&born(1941), &at(Some(2026))).iter().all(|year| year == "1941"));
    for far in ["9999-12-31", "2999-01-01", "2099-12", "2061"] {
        let with = |year: i32, release_year| {
            told_births(&[born(year), vec![event(far), event("2019-02-03")]].concat(), &at(release_year))
        };
        assert!(with(1941, Some(2026)).iter().all(|year| year == "1941"), "{far}");
        assert!(with(1941, None).iter().all(|year| year == "1941"), "{far}");
        assert!(with(1918, None).iter().all(|year| year == "1929"), "{far}");
    }
    let nested = json!({"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "subject": {"reference": "Patient/q1"},
        "medicationCodeableConcept": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "314076"}]},
        "dosageInstruction": [{"timing": {"event": ["2024-03-02"]}}]});
    assert!(told_births(&[born(1930), vec![nested]].concat(), &at(None)).iter().all(|year| year == "1934"));
}

#[test]
fn partial_dates_move_with_the_rest_and_open_ends_do_not() {
    let mut all: Vec<Value> = (0..6).map(|number| patient(number, json!({}))).collect();
    let dates = ["2015-06-20", "2015-06", "2015", "9999-12-31"];
    all.extend(dates.map(event));
    let config = DeidConfig { dates: DateHandling::Shift, release_year: Some(2026), ..lenient() };
    let (told, _) = released(&all, &config);
    let moved: Vec<&str> = told.iter().filter_map(|one| one.get("occurrenceDateTime")?.as_str()).collect();
    let [day, month, year, open] = moved.as_slice() else { panic!("{moved:?}") };
    assert!(day.len() == 10 && *day < "2015-06-20" && *day >= "2014-06-20", "{day}");
    assert!(month.len() == 7 && *month < "2015-07" && year.len() == 4 && *open == "9999", "{moved:?}");
    let days = |text: &str| medshare_deid::date::PartialDate::parse(text).unwrap().middle();
    assert!((days(day) - days(month)).abs() <= 20 + 31, "{day} {month}");
    let prepared = prepare(&records(&all), &config, &PackageKey::new([200; 32])).unwrap();
    let key = PackageKey::new([5; 32]);
    let rendered = prepared.template().render(&prepared.values(&key)).unwrap();
    let direct = deidentify(&records(&all), &config, &key).unwrap().records.to_files();
    assert!(rendered.files().eq(direct.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))));
}

#[test]
fn all_that_leaves_is_labelled_and_no_other_label_does() {
    let mut all: Vec<Value> = (0..6).map(|number| patient(number, json!({}))).collect();
    let mut one = event("2019-02-03");
    one["meta"] = json!({"security": [{"system": "http://ward.example/labels", "code": "VIP-Brandvold"}]});
    all.push(one);
    let (mut told, _) = released(&all, &lenient());
    let label = json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "PSEUDED"}]);
    assert!(told.iter().all(|one| one["meta"]["security"] == label), "{told:?}");
    told[0]["meta"]["security"] = json!([{"system": "http://ward.example/labels", "code": "VIP"}]);
    assert!(!check(&records(&told), &lenient()).passed);
}
