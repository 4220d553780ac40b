//! Which rules match a node: the paths of all rules are followed down a resource at once.

use medshare_deid_records::fhir::{Element, Model, TypeId};
use serde_json::Value;

use crate::path::{Step, Steps, filtered, is_type, names};

/// A path in progress: rule, alternative, next step.
pub(crate) type Progress = (u32, u16, u16);

/// What is known of a node.
#[derive(Default)]
pub(crate) struct Matched {
    /// The paths that may go on below it.
    active: Vec<Progress>,
    /// The first rule in the file that matched it or a node around it.
    pub(crate) winner: Option<u32>,
}

/// The paths of all rules.
pub(crate) struct Paths {
    /// The alternatives of each rule, in the order of the file.
    rules: Vec<Vec<Steps>>,
    /// Alternatives that may begin anywhere.
    anywhere: Vec<Progress>,
    /// Those that begin at each element of each type, in the order of the model.
    at_element: Vec<Vec<Vec<Progress>>>,
    from_root: Vec<Progress>,
}

impl Paths {
    pub(crate) fn new(rules: Vec<Vec<Steps>>) -> Self {
        let (mut anywhere, mut from_root) = (Vec::new(), Vec::new());
        for (rule, alternatives) in rules.iter().enumerate() {
            for (alternative, steps) in alternatives.iter().enumerate() {
                let start = (rule as u32, alternative as u16, 0);
                match steps.first() {
                    Some(Step::AnyOfType(_) | Step::AnyOfName(_)) => anywhere.push(start),
                    Some(_) => from_root.push(start),
                    None => {}
                }
            }
        }
        let mut paths = Paths { rules, anywhere, at_element: Vec::new(), from_root };
        let begins = |own: &Element| paths.beginning_at(own.name, own.type_name);
        let at_element = Model::r4().types().map(|owner| owner.elements().iter().map(begins).collect());
        paths.at_element = at_element.collect();
        paths
    }

    /// What is known of a resource of this type.
    pub(crate) fn at_resource(&self, name: &str, resource: &Value) -> Matched {
        let mut matched = Matched::default();
        for (rule, alternative, _) in &self.from_root {
            let matches = match self.steps(*rule, *alternative).first() {
                Some(Step::Resource(wanted)) => {
                    wanted == name || matches!(wanted.as_str(), "Resource" | "DomainResource")
                }
                _ => false,
            };
            if matches {
                self.advance((*rule, *alternative, 1), name, resource, &mut matched);
            } else if matches!(self.steps(*rule, *alternative).first(), Some(Step::Child(_) | Step::Descendants)) {
                matched.active.push((*rule, *alternative, 0));
            }
        }
        for (rule, alternative, _) in self.beginning_at(name, name) {
            self.advance((rule, alternative, 1), name, resource, &mut matched);
        }
        matched
    }

    /// What is known of a value of an element, inside a node of which `around` is known.
    pub(crate) fn below(
        &self,
        around: &Matched,
        begins: &[Progress],
        element: &Element,
        type_name: &str,
        value: &Value,
    ) -> Matched {
        let mut matched = Matched { active: Vec::new(), winner: around.winner };
        for progress in &around.active {
            let (rule, alternative, position) = *progress;
            match self.steps(rule, alternative).get(usize::from(position)) {
                Some(Step::Child(wanted)) if names(element.name, element.type_name, wanted) => {
                    self.advance((rule, alternative, position + 1), type_name, value, &mut matched);
                }
                Some(Step::Descendants) => {
                    matched.active.push(*progress);
                    self.advance((rule, alternative, position + 1), type_name, value, &mut matched);
                }
                _ => {}
            }
        }
        for (rule, alternative, _) in begins {
            self.advance((*rule, *alternative, 1), type_name, value, &mut matched);
        }
        matched
    }

    /// The alternatives that begin at an element of a type.
    pub(crate) fn beginning_at_element(&self, owner: TypeId, position: usize) -> &[Progress] {
        let elements = self.at_element.get(owner.index());
        elements.and_then(|elements| elements.get(position)).map_or(&[][..], Vec::as_slice)
    }

    /// The alternatives that begin at nodes of a name and type.
    fn beginning_at(&self, name: &str, type_name: &str) -> Vec<Progress> {
        let begins = |(rule, alternative, _): &&Progress| match self.steps(*rule, *alternative).first() {
            Some(Step::AnyOfType(wanted)) => is_type(type_name, wanted),
            Some(Step::AnyOfName(wanted)) => name == wanted,
            _ => false,
        };
        self.anywhere.iter().filter(begins).copied().collect()
    }

    /// Passes filters; then the path either ends here, and the rule matches, or goes on below.
    fn advance(&self, progress: Progress, type_name: &str, node: &Value, matched: &mut Matched) {
        let (rule, alternative, position) = progress;
        let steps = self.steps(rule, alternative);
        let Some(position) = filtered(steps, usize::from(position), type_name, node) else { return };
        if position == steps.len() {
            matched.winner = Some(matched.winner.map_or(rule, |known| known.min(rule)));
        } else {
            matched.active.push((rule, alternative, position as u16));
        }
    }

    fn steps(&self, rule: u32, alternative: u16) -> &[Step] {
        let alternatives = self.rules.get(rule as usize);
        alternatives.and_then(|all| all.get(usize::from(alternative))).map_or(&[], Vec::as_slice)
    }
}
