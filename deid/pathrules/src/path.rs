//! Paths of rules: which nodes of a resource a rule is about.

use serde_json::Value;

use medshare_deid_records::fhir::Model;

use crate::expression::Expression;

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Resources of this type; `Resource` and `DomainResource` mean all.
    Resource(String),
    /// Nodes of this type anywhere in the resource.
    AnyOfType(String),
    /// Nodes of this name anywhere in the resource.
    AnyOfName(String),
    /// The child of this name; of any type, where the element has a choice.
    Child(String),
    /// All that is below.
    Descendants,
    /// Only nodes for which this is true.
    Where(Expression),
    /// Only nodes of this type.
    OfType(String),
}

/// One alternative of a path: steps from the resource down.
pub(crate) type Steps = Vec<Step>;

/// Parses a path into its alternatives.
pub(crate) fn parse(path: &str) -> Result<Vec<Steps>, String> {
    split(path, '|')?.into_iter().map(|part| steps(part.trim(), 0)).collect()
}

/// A word about elements that FHIR does not have, which match nothing.
pub(crate) fn unknown_element(steps: &[Step]) -> Option<String> {
    let model = Model::r4();
    let mut owner: Option<String> = None;
    for step in steps {
        match step {
            Step::Resource(name) | Step::AnyOfType(name) | Step::OfType(name) => {
                let is_abstract = matches!(name.as_str(), "Resource" | "DomainResource");
                let known =
                    is_abstract || model.find(name).is_some() || name.starts_with(|c: char| c.is_ascii_lowercase());
                if !known {
                    return Some(format!("`{name}` is no type of FHIR R4"));
                }
                owner = Some(name.clone());
            }
            Step::Child(name) => {
                let Some(id) = owner.take().and_then(|owner| model.find(&owner)) else { continue };
                let found = model.get(id).map(|found| {
                    (found.name, found.elements().iter().find(|element| names(element.name, element.type_name, name)))
                });
                match found {
                    Some((type_name, None)) => return Some(format!("{type_name} has no element `{name}`")),
                    Some((_, Some(element))) if element.name == name => owner = Some(element.type_name.to_owned()),
                    _ => {}
                }
            }
            Step::AnyOfName(_) | Step::Descendants => owner = None,
            Step::Where(_) => {}
        }
    }
    None
}

/// Whether an element answers to a name: exactly, or as one type of a choice (`onset` for `onsetAge`).
pub(crate) fn names(element: &str, type_name: &str, name: &str) -> bool {
    if element == name {
        return true;
    }
    let Some(suffix) = element.strip_prefix(name) else { return false };
    suffix.len() == type_name.len()
        && suffix.eq_ignore_ascii_case(type_name)
        && suffix.starts_with(|c: char| c.is_ascii_uppercase())
}

/// Whether a node passes the filters that follow at `position`, and the position after them.
pub(crate) fn filtered(steps: &[Step], mut position: usize, type_name: &str, node: &Value) -> Option<usize> {
    loop {
        match steps.get(position) {
            Some(Step::OfType(wanted)) if is_type(type_name, wanted) => position += 1,
            Some(Step::Where(condition)) if condition.is_true(node) => position += 1,
            Some(Step::OfType(_) | Step::Where(_)) => return None,
            _ => return Some(position),
        }
    }
}

/// FHIR writes primitive types in lower case; some configurations do not.
pub(crate) fn is_type(type_name: &str, wanted: &str) -> bool {
    type_name == wanted
        || (type_name.eq_ignore_ascii_case(wanted) && type_name.starts_with(|c: char| c.is_ascii_lowercase()))
}

fn steps(path: &str, depth: usize) -> Result<Steps, String> {
    if depth > 8 {
        return Err("nested too deeply".to_owned());
    }
    let mut found = Vec::new();
    let (path, type_filter) = match path.rsplit_once(" as ") {
        Some((head, name)) if name.chars().all(|c| c.is_ascii_alphanumeric()) => (head.trim(), Some(name)),
        _ => (path, None),
    };
    for part in split(path, '.')? {
        let part = part.trim();
        if let Some(inner) = part.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
            if !found.is_empty() {
                return Err(format!("unexpected `{part}`"));
            }
            found = steps(inner.trim(), depth + 1)?;
            continue;
        }
        found.push(step(part, found.is_empty())?);
    }
    found.extend(type_filter.map(|name| Step::OfType(name.to_owned())));
    Ok(found)
}

fn step(part: &str, is_first: bool) -> Result<Step, String> {
    let Some((name, argument)) = part.strip_suffix(')').and_then(|call| call.split_once('(')) else {
        if part.is_empty() || !part.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(if part.is_empty() {
                "a step without a name".to_owned()
            } else {
                format!("unexpected `{part}`")
            });
        }
        let is_resource = is_first && part.starts_with(|c: char| c.is_ascii_uppercase());
        return Ok(if is_resource { Step::Resource(part.to_owned()) } else { Step::Child(part.to_owned()) });
    };
    let argument = argument.trim();
    let unquoted = || argument.trim_matches(['\'', '"']).to_owned();
    match name.trim() {
        "nodesByType" => Ok(Step::AnyOfType(unquoted())),
        "nodesByName" => Ok(Step::AnyOfName(unquoted())),
        "ofType" | "as" => Ok(Step::OfType(unquoted())),
        "descendants" => Ok(Step::Descendants),
        "where" => Expression::parse(argument).map(Step::Where),
        other => Err(format!("unknown function `{other}`")),
    }
}

/// Splits at a character outside parentheses and quotes.
fn split(text: &str, at: char) -> Result<Vec<&str>, String> {
    let (mut parts, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0usize, false);
    for (index, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or("`)` without `(`")?,
            _ if c == at && depth == 0 => {
                parts.extend(text.get(start..index));
                start = index + c.len_utf8();
            }
            _ => {}
        }
    }
    if depth > 0 || quoted {
        return Err("an unclosed parenthesis or quote".to_owned());
    }
    parts.extend(text.get(start..));
    Ok(parts)
}
