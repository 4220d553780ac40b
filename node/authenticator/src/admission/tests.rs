#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use medshare_node_chain::testing::{Parties, label};

const EIGHT: u64 = 8 * 3_600_000;

fn decide(policies: Option<&str>, attributes: &[String], at: u64) -> Result<(), Refusal> {
    let parties = Parties::new();
    let asked = parties.asked(1);
    Admission::new(policies).unwrap().decide(&Asked {
        requestor: parties.requestor.id(),
        role: &label("researcher"),
        organisation: parties.owner(1),
        attributes,
        dataset: &parties.facts.genesis().datasets[0],
        purpose: &asked.purpose,
        at: Timestamp(at),
    })
}

fn admitted(policies: &str) -> bool {
    decide(Some(policies), &["RESEARCHER@university".to_owned()], EIGHT).is_ok()
}

#[test]
fn without_policies_everybody_may_ask() {
    decide(None, &[], 0).unwrap();
}

#[test]
fn a_policy_without_a_permit_admits_nobody() {
    assert!(!admitted(""));
    let refusal = decide(Some(""), &[], 0).unwrap_err();
    assert_eq!(refusal.code, Code::NotAdmitted);
}

#[test]
fn conditions_on_requestor_data_set_purpose_and_hour_count() {
    for (condition, expected) in [
        ("principal.role == \"researcher\"", true),
        ("principal.role == \"nurse\"", false),
        ("principal.attributes.contains(\"RESEARCHER@university\")", true),
        ("principal.attributes.contains(\"NURSE@university\")", false),
        ("resource.name == \"cohort\"", true),
        ("resource.name == \"other\"", false),
        ("resource == DataSet::\"cohort\"", false),
        ("resource.record_type == \"table\"", true),
        ("context.purpose == \"HRESCH\"", true),
        ("context.purpose == \"TREAT\"", false),
        ("context.hour >= 8 && context.hour < 18", true),
        ("context.hour > 8", false),
        ("action == Action::\"request\"", true),
        ("action == Action::\"open\"", false),
    ] {
        let policy = format!("permit (principal, action, resource) when {{ {condition} }};");
        assert_eq!(admitted(&policy), expected, "{condition}");
        let policy = format!("{DEFAULT_POLICIES} forbid (principal, action, resource) when {{ {condition} }};");
        assert_eq!(admitted(&policy), !expected, "{condition}");
    }
}

#[test]
fn a_data_set_is_named_with_its_owner_because_another_may_have_one_of_its_name() {
    let parties = Parties::new();
    let (asked, dataset) = (parties.asked(1), &parties.facts.genesis().datasets[0]);
    let admits = |owner: OwnerId| {
        let policies = format!("permit (principal, action, resource == DataSet::\"{owner}/cohort\");");
        let question = Asked {
            requestor: parties.requestor.id(),
            role: &label("researcher"),
            organisation: parties.owner(1),
            attributes: &[],
            dataset,
            purpose: &asked.purpose,
            at: Timestamp(0),
        };
        Admission::new(Some(&policies)).unwrap().decide(&question).is_ok()
    };
    assert!(admits(dataset.owner) && !admits(parties.owner(1)));
}

#[test]
fn the_hour_is_of_the_day() {
    let night = "permit (principal, action, resource) when { context.hour == 23 };";
    decide(Some(night), &[], 5 * 24 * 3_600_000 - 1).unwrap();
    decide(Some(night), &[], 5 * 24 * 3_600_000).unwrap_err();
}

#[test]
fn a_forbidding_policy_that_cannot_be_evaluated_admits_nobody() {
    let broken = "forbid (principal, action, resource) when { principal.rank < 3 };";
    assert!(!admitted(&format!("{DEFAULT_POLICIES} {broken}")));
}

#[test]
fn texts_that_are_no_policies_are_refused_where_they_are_wrong() {
    for text in ["permit", "permit (principal, action);", "allow (principal, action, resource);"] {
        let error = Admission::new(Some(text)).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("the admission policies are not valid: "), "{error}");
    }
}
