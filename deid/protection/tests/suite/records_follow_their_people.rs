//! Who is who is told by server, type and id; what is somebody's leaves with her or not at all; no link is lost in silence.

use std::collections::HashMap;

use medshare_deid::{Category, DeidConfig, DeidReport, PackageKey, Records, check, deidentify};
use serde_json::{Value, json};

use crate::read_order;

const CODE: &str = "2345-7";

fn patient(id: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "gender": "female", "birthDate": "1963-07-21"})
}

/// Somebody who is like nobody, and therefore left out.
fn odd(id: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "gender": "other", "birthDate": "2011-07-21",
        "identifier": [{"system": "urn:mrn", "value": "KH-77"}]})
}

fn finding(id: &str, subject: Value) -> Value {
    json!({"resourceType": "Observation", "id": id, "status": "final", "subject": subject,
        "code": {"coding": [{"system": "http://loinc.org", "code": CODE}]}})
}

fn to(reference: &str) -> Value {
    json!({"reference": reference})
}

fn released(resources: &[Value]) -> (HashMap<String, Vec<Value>>, DeidReport) {
    let lines: String = resources.iter().map(|resource| format!("{resource}\n")).collect();
    let records = Records::from_files(&[("all.ndjson".to_owned(), lines.into_bytes())]).unwrap().opened();
    let config = DeidConfig { suppression_limit: 0.4, ..DeidConfig::default() };
    let result = deidentify(&records, &config, &PackageKey::new([9; 32])).unwrap();
    let checked = check(&result.records, &config);
    assert!(checked.passed, "{:?}", checked.findings);
    let Records::Fhir(files) = result.records else { panic!("FHIR expected") };
    let by_type = files.iter().map(|file| {
        let mut own: Vec<Value> = file.resources().collect();
        read_order::sort(&mut own, resources.iter().cloned(), &PackageKey::new([9; 32]));
        (file.resource_type().to_owned(), own)
    });
    (by_type.collect(), result.report)
}

/// Twelve alike, one odd, and others.
fn with_odd(others: &[Value]) -> (HashMap<String, Vec<Value>>, DeidReport) {
    let alike = (0..12).map(|number| patient(&format!("a_{number}")));
    let all: Vec<Value> = alike.chain([odd("odd_1")]).chain(others.iter().cloned()).collect();
    let (told, report) = released(&all);
    assert_eq!(told["Patient"].len(), 12);
    (told, report)
}

fn count(report: &DeidReport, place: &str, kind: Category) -> u64 {
    report.removed.iter().filter(|one| one.place == place && one.kind == kind).map(|one| one.count).sum()
}

#[test]
fn whatever_is_about_somebody_stays_behind_with_her() {
    let her = to("Patient/odd_1");
    let about = [
        finding("o1", her.clone()),
        finding("o2", json!({"identifier": {"system": "urn:mrn", "value": "KH-77"}})),
        finding("o3", to("Patient?identifier=urn:mrn|KH-77")),
        finding("o4", to("https://ward.example/r4/Patient/odd_1/_history/2")),
        json!({"resourceType": "Appointment", "id": "x", "status": "booked", "participant": [{"actor": her, "status": "accepted"}, {"actor": to("Practitioner/p"), "status": "accepted"}]}),
        json!({"resourceType": "AppointmentResponse", "id": "x", "appointment": to("Appointment/x"), "actor": her, "participantStatus": "accepted"}),
        json!({"resourceType": "Schedule", "id": "x", "actor": [her]}),
        json!({"resourceType": "List", "id": "x", "status": "current", "mode": "working", "subject": her}),
        json!({"resourceType": "Composition", "id": "x", "status": "final", "subject": her, "date": "2020-01-01", "title": "x"}),
        json!({"resourceType": "Consent", "id": "x", "status": "active", "patient": her}),
        json!({"resourceType": "RelatedPerson", "id": "r", "patient": her}),
        json!({"resourceType": "Appointment", "id": "y", "status": "booked", "participant": [{"actor": to("RelatedPerson/r"), "status": "accepted"}]}),
        json!({"resourceType": "Person", "id": "x", "link": [{"target": her}]}),
        json!({"resourceType": "Task", "id": "x", "status": "requested", "intent": "order", "for": her}),
        json!({"resourceType": "AuditEvent", "id": "x", "entity": [{"what": her}]}),
        json!({"resourceType": "Provenance", "id": "x", "target": [to("Observation/o1")]}),
        json!({"resourceType": "Coverage", "id": "x", "status": "active", "beneficiary": her}),
        json!({"resourceType": "Group", "id": "g", "type": "person", "actual": true, "member": [{"entity": her}]}),
        json!({"resourceType": "DocumentReference", "id": "x", "status": "current", "context": {"sourcePatientInfo": her}}),
    ];
    let (told, report) = with_odd(&about);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(report.records_after, 12);
}

#[test]
fn who_only_did_something_or_is_one_of_many_is_cut_out_and_counted() {
    let mut done = finding("o1", to("Patient/a_1"));
    done["performer"] = json!([to("Patient/odd_1"), to("Patient/a_2")]);
    let group = json!({"resourceType": "Group", "id": "g", "type": "person", "actual": true,
        "member": [{"entity": to("Patient/odd_1")}, {"entity": to("Patient/a_3")}]});
    let (told, report) = with_odd(&[done, group]);
    assert_eq!(told["Observation"][0]["performer"].as_array().unwrap().len(), 1);
    assert_eq!(told["Group"][0]["member"].as_array().unwrap().len(), 1);
    assert_eq!(count(&report, "Observation.performer", Category::LostLink), 1);
    assert_eq!(count(&report, "GroupMember.entity", Category::LostLink), 1);
}

#[test]
fn records_of_people_who_are_not_here_and_of_nobody_are_withheld_and_counted() {
    let mut nobodys = finding("o3", Value::Null);
    nobodys.as_object_mut().unwrap().remove("subject");
    let others = [
        finding("o1", to("Patient/stranger")),
        finding("o2", to("https://north.example/r4/Patient/a_1")),
        finding("o4", to("https://south.example/r4/Patient/a_1")),
        finding("o5", json!({"identifier": {"system": "urn:mrn", "value": "unknown"}})),
        finding("o6", to("#inside")),
        finding("o7", json!({"display": "Wendela Brandvold"})),
        nobodys,
        finding("o8", to("Device/7")),
        json!({"resourceType": "Device", "id": "7"}),
    ];
    let (told, report) = with_odd(&others);
    assert_eq!((told["Observation"].len(), told["Device"].len()), (1, 1));
    assert_eq!(count(&report, "Observation", Category::NobodyKnown), 7);
}

#[test]
fn links_lead_where_they_led_whatever_their_form() {
    let ids = ["a_0", "4711", "6a36a1a5-1f0b-4f0c-9d53-5cde0f6d2a11"];
    let mut all: Vec<Value> = (1..8).map(|number| patient(&format!("a_{number}"))).chain(ids.map(patient)).collect();
    all.push(json!({"resourceType": "Practitioner", "id": "4711"}));
    all[8]["identifier"] = json!([{"system": "urn:mrn", "value": "8"}]);
    let subjects = [
        (to("Patient/a_0"), 7),
        (to("Patient/4711"), 8),
        (to("Patient/4711/_history/3"), 8),
        (json!({"identifier": {"system": "urn:mrn", "value": "8"}}), 8),
        (to("Patient?identifier=urn:mrn%7C8"), 8),
        (to("urn:uuid:6a36a1a5-1f0b-4f0c-9d53-5cde0f6d2a11"), 9),
    ];
    for (number, (subject, _)) in subjects.iter().enumerate() {
        let mut one = finding(&format!("o{number}"), subject.clone());
        one["performer"] = json!([to("Practitioner/4711")]);
        all.push(one);
    }
    let (told, _) = released(&all);
    let id = |of: &str, row: usize| told[of][row]["id"].as_str().unwrap().to_owned();
    for (number, (_, row)) in subjects.iter().enumerate() {
        let one = &told["Observation"][number];
        assert_eq!(one["subject"]["reference"], format!("Patient/{}", id("Patient", *row)), "{number}");
        assert_eq!(one["performer"][0]["reference"], format!("Practitioner/{}", id("Practitioner", 0)));
    }
    assert_ne!(id("Patient", 8), id("Practitioner", 0), "a patient and a practitioner with one id are two");
}

#[test]
fn bundles_of_two_servers_do_not_mix() {
    let bundle = |server: &str, value: i64| {
        let url = |kind: &str, number: usize| format!("https://{server}.example/r4/{kind}/{number}");
        let entries = (0..6).flat_map(|number| {
            let mut one = finding(&number.to_string(), to(&format!("Patient/{number}")));
            one["valueInteger"] = json!(value);
            [
                json!({"fullUrl": url("Patient", number), "resource": patient(&number.to_string())}),
                json!({"fullUrl": url("Observation", number), "resource": one}),
            ]
        });
        json!({"resourceType": "Bundle", "type": "collection", "entry": entries.collect::<Vec<_>>()})
    };
    let (told, _) = released(&[bundle("north", 1), bundle("south", 2)]);
    let patients: Vec<String> =
        told["Patient"].iter().map(|one| format!("Patient/{}", one["id"].as_str().unwrap())).collect();
    assert_eq!((patients.len(), told["Observation"].len()), (12, 12));
    for (row, one) in told["Observation"].iter().enumerate() {
        assert_eq!(one["subject"]["reference"], patients[row].as_str());
        assert_eq!(one["valueInteger"], if row < 6 { 1 } else { 2 });
    }
}

#[test]
fn entries_without_ids_are_known_by_their_full_urls() {
    let entries = (0..7).flat_map(|number| {
        let mut someone = patient("x");
        someone.as_object_mut().unwrap().remove("id");
        let url = format!("urn:oid:2.999.{number}");
        [json!({"fullUrl": url, "resource": someone}), json!({"resource": finding(&format!("o{number}"), to(&url))})]
    });
    let (told, _) =
        released(&[json!({"resourceType": "Bundle", "type": "transaction", "entry": entries.collect::<Vec<_>>()})]);
    for (row, one) in told["Observation"].iter().enumerate() {
        assert_eq!(one["subject"]["reference"], format!("Patient/{}", told["Patient"][row]["id"].as_str().unwrap()));
    }
}

#[test]
fn contained_resources_are_known_within_their_own_alone() {
    let inside = |id: &str| {
        let mut one = finding(id, to("Patient/a_1"));
        one["contained"] = json!([{"resourceType": "Specimen", "id": "s", "subject": to("Patient/a_1")}]);
        one["specimen"] = to("#s");
        one
    };
    let (told, _) = with_odd(&[inside("o1"), inside("o2")]);
    let id = |row: usize| told["Observation"][row]["contained"][0]["id"].as_str().unwrap();
    assert_ne!(id(0), id(1));
    assert_eq!(told["Observation"][0]["specimen"]["reference"], format!("#{}", id(0)));
}

#[test]
fn links_to_what_a_modifier_keeps_back_are_lost_and_counted() {
    let visit = json!({"resourceType": "Encounter", "id": "v", "status": "finished", "subject": to("Patient/a_1"),
        "modifierExtension": [{"url": "http://ward.example/cancelled", "valueBoolean": true}]});
    let mut one = finding("o1", to("Patient/a_1"));
    one["encounter"] = to("Encounter/v");
    one["device"] = to("Device/elsewhere");
    let (told, report) = with_odd(&[visit, one]);
    assert_eq!(told["Observation"][0].get("encounter"), None);
    assert!(told["Observation"][0]["device"]["reference"].as_str().unwrap().starts_with("Device/"));
    assert_eq!(count(&report, "Observation.encounter", Category::LostLink), 1);
    assert_eq!(count(&report, "Encounter.modifierExtension", Category::Modifier), 1);
}

#[test]
fn a_check_misses_the_people_of_records() {
    let (told, _) = with_odd(&[finding("o1", to("Patient/a_1"))]);
    let mut strange = told["Observation"][0].clone();
    strange["subject"]["reference"] = json!(format!("Patient/{}", strange["id"].as_str().unwrap()));
    let lines: String = told["Patient"].iter().chain([&strange]).map(|one| format!("{one}\n")).collect();
    let records = Records::from_files(&[("all.ndjson".to_owned(), lines.into_bytes())]).unwrap();
    let findings = check(&records, &DeidConfig::default()).findings;
    assert!(
        findings.iter().any(|one| one.to_string().starts_with("1 resources are of patients who are not")),
        "{findings:?}"
    );
}
