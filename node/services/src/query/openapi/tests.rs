#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use serde_json::Value;
use std::collections::BTreeSet;

fn described() -> Value {
    serde_json::to_value(Interface::openapi()).unwrap()
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        found.extend(
            item.as_object().unwrap().iter().map(|(method, operation)| (format!("{method} {path}"), operation)),
        );
    }
    found
}

#[test]
fn every_operation_has_a_name_of_its_own_a_group_and_words() {
    let document = described();
    let operations = operations(&document);
    let names: BTreeSet<&str> = operations.iter().map(|(_, o)| o["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), operations.len());
    for (operation, described) in &operations {
        assert_eq!(described["tags"].as_array().unwrap().len(), 1, "{operation}");
        assert!(!described["summary"].as_str().unwrap().is_empty(), "{operation}");
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            assert!(!parameter["description"].as_str().unwrap().is_empty(), "{operation}: {parameter}");
        }
    }
}

#[test]
fn every_answer_has_a_shape_and_those_in_json_an_example() {
    let document = described();
    for (operation, described) in operations(&document) {
        for (status, answer) in described["responses"].as_object().unwrap() {
            let name = answer["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
            let answer = name.map_or(answer, |name| &document["components"]["responses"][name]);
            let Some(content) = answer["content"].as_object() else {
                assert_eq!(status, "307", "{operation}");
                continue;
            };
            for (kind, body) in content {
                assert!(!body["schema"].is_null(), "{operation} {status}");
                assert!(kind == "application/octet-stream" || !body["example"].is_null(), "{operation} {status}");
            }
            if name.is_some() {
                let schema = content["application/json"]["schema"]["$ref"].as_str();
                assert_eq!(schema, Some("#/components/schemas/ErrorAnswer"), "{operation} {status}");
            }
        }
        assert_eq!(described["responses"]["405"]["$ref"], "#/components/responses/WrongMethod", "{operation}");
    }
}

#[test]
fn what_is_signed_says_so() {
    let document = described();
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    assert_eq!(schemes.len(), SIGNATURE_SCHEMES.len());
    for (operation, described) in operations(&document) {
        let signed = [
            "get /v1/owner/requests",
            "get /v1/owner/asked",
            "get /v1/owner/violations",
            "get /v1/requests/{request}/package",
        ]
        .contains(&operation.as_str());
        assert_eq!(!described["security"].is_null(), signed, "{operation}");
        for name in described["security"][0].as_object().into_iter().flat_map(|all| all.keys()) {
            assert!(schemes.contains_key(name), "{name}");
        }
    }
}
