//! What is told of a coding: a code that its system has, in a system that is known.

use serde_json::{Map, Value};

use crate::category::Category;

use super::terminologies::{bare, code_system};
use super::told::Told;

/// Longest version of a code system.
const LONGEST_VERSION: usize = 80;

/// A coding as it is told. `owned` are the systems that the owner lists.
///
/// Without a system that is known, or with a code that the system has not, nothing is told. The display is free text and goes: code and
/// system say what it says.
pub(super) fn coding(fields: &Map<String, Value>, owned: &[String]) -> Told {
    let Some(Value::String(url)) = fields.get("system") else {
        return Told::nothing("code", Category::Unclassified);
    };
    let (url, had_more) = bare(url);
    let Some(system) = code_system(url, owned) else {
        return Told::nothing("system", Category::Unclassified);
    };
    let Some(code) = fields.get("code") else {
        return Told::nothing("display", Category::FreeText);
    };
    let Some(code) = code.as_str() else {
        return Told::nothing("code", Category::Form);
    };
    if !system.has(code) {
        return Told::nothing("code", Category::Identifier);
    }
    let mut told = Map::new();
    let mut lost = Vec::new();
    told.insert("system".to_owned(), Value::from(url));
    told.insert("code".to_owned(), Value::from(code));
    if had_more {
        lost.push(("system", Category::WebAddress));
    }
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("system" | "code", _) => {}
            ("userSelected", Value::Bool(_)) => drop(told.insert(name.clone(), value.clone())),
            ("version", Value::String(version)) if is_version(version) => {
                drop(told.insert(name.clone(), value.clone()))
            }
            ("version", Value::String(_)) => lost.push(("version", Category::FreeText)),
            ("display", Value::String(_)) => lost.push(("display", Category::FreeText)),
            ("userSelected", _) => lost.push(("userSelected", Category::Form)),
            ("version", _) => lost.push(("version", Category::Form)),
            ("display", _) => lost.push(("display", Category::Form)),
            ("extension", _) => lost.push(("extension", Category::Unclassified)),
            ("id", _) => lost.push(("id", Category::Identifier)),
            (name, _) if name.starts_with('_') => {}
            _ => lost.push(("code", Category::Unclassified)),
        }
    }
    Told { value: Some(told), lost }
}

/// `2.72`, `2020-09`, `20230131`, or an edition of SNOMED CT.
fn is_version(version: &str) -> bool {
    let number = version
        .strip_prefix("http://snomed.info/sct/")
        .map_or(version, |edition| edition.split_once("/version/").map_or("", |(_, number)| number));
    let parts = number.split(['.', '-']).count();
    version.len() <= LONGEST_VERSION
        && parts <= 4
        && number
            .split(['.', '-'])
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
        && number.len() <= 12
}
