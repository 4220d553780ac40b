//! What became of every place: of each column of a table, of each element of FHIR resources. For the people who sign a release.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::category::Category;
use crate::config::{DeidConfig, Role};
use crate::deidentify::DeidReport;
use medshare_deid_records::{Column, FhirFile, Records, Table};

/// Distinct values of an element that are told apart.
pub const MOST_DISTINCT: usize = 10_000;
/// Characters of an example.
const EXAMPLE: usize = 40;

/// What became of one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceAccount {
    /// A column, or an element such as `Observation.code`.
    pub place: String,
    /// What became of it.
    pub fate: Fate,
    /// What it was taken for, and what was found in it.
    pub why: Vec<Why>,
    /// Values before: rows, or elements.
    pub before: u64,
    /// Values after.
    pub after: u64,
    /// Distinct values before, [`MOST_DISTINCT`] at most.
    pub distinct_before: usize,
    /// Distinct values after, [`MOST_DISTINCT`] at most.
    pub distinct_after: usize,
    /// The value that most of the result has, if `k` people or more have it.
    pub example: Option<String>,
}

/// What became of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is not in the result, by what is known of it.
    Removed,
    /// It is not in the result because nobody said what it is.
    Withheld,
    /// Its values are coarser, or some are gone.
    Changed,
    /// As it was, for everybody who stayed.
    Kept,
}

/// Why a place was treated as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum Why {
    /// What the column was said, or proposed, to be.
    Role {
        /// The role.
        role: Role,
    },
    /// What was found in it and removed or coarsened.
    Found {
        /// The kind.
        kind: Category,
        /// How often.
        count: u64,
    },
    /// How far it was generalised, of how many levels; none where it differs from class to class.
    Generalised {
        /// The level.
        level: Option<usize>,
        /// The coarsest level.
        highest: usize,
    },
}

impl Why {
    /// The rule behind it, in words.
    #[must_use]
    pub fn rule(&self) -> String {
        match self {
            Why::Role { role } => match role {
                Role::DirectIdentifier => "identifies on its own: removed (45 CFR 164.514(b)(2)(i))".to_owned(),
                Role::QuasiIdentifier => "identifies in combination: generalised until k holds".to_owned(),
                Role::Sensitive => "must not be learnt about a person: kept, looked at within classes".to_owned(),
                Role::Keep => "neither identifies nor harms: kept".to_owned(),
                Role::Person => "tells people apart: told by a pseudonym of this result".to_owned(),
                Role::Unclassified => "nobody said what it is: withheld until somebody does".to_owned(),
            },
            Why::Found { kind, count } => {
                let letter = kind.safe_harbor().map(|letter| format!(", 45 CFR 164.514(b)(2)(i)({letter})"));
                format!("{} ({count}{})", kind.label(), letter.unwrap_or_default())
            }
            Why::Generalised { level: Some(level), highest } => format!("generalised to level {level} of {highest}"),
            Why::Generalised { level: None, .. } => "generalised class by class".to_owned(),
        }
    }
}

/// What became of all places, those that are gone first.
pub fn account(before: &Records, after: &Records, config: &DeidConfig, done: &DeidReport) -> Vec<PlaceAccount> {
    let mut places = match (before, after) {
        (Records::Table(before), Records::Table(after)) => of_table(before, after, config),
        (Records::Fhir(before), Records::Fhir(after)) => of_resources(before, after, config),
        _ => Vec::new(),
    };
    for account in &mut places {
        let is_of = |place: &str| {
            let rest = place.strip_prefix(account.place.as_str());
            rest.is_some_and(|rest| rest.is_empty() || (account.place.contains('.') && rest.starts_with(['.', '['])))
        };
        let found = done.removed.iter().filter(|reason| is_of(&reason.place));
        account.why.extend(found.map(|reason| Why::Found { kind: reason.kind, count: reason.count }));
        let level = done.generalised.iter().find(|one| one.attribute == account.place);
        let level = level.filter(|one| one.level != Some(0));
        account.why.extend(level.map(|one| Why::Generalised { level: one.level, highest: one.highest }));
        let is_unclassified = |why: &Why| {
            matches!(why, Why::Role { role: Role::Unclassified } | Why::Found { kind: Category::Unclassified, .. })
        };
        account.fate = match account.after {
            0 if account.why.iter().any(is_unclassified) => Fate::Withheld,
            0 => Fate::Removed,
            _ if account.why.iter().all(|why| matches!(why, Why::Role { .. })) => Fate::Kept,
            _ => Fate::Changed,
        };
    }
    places.sort_by_key(|account| (account.fate as u8, account.place.clone()));
    places
}

fn of_table(before: &Table, after: &Table, config: &DeidConfig) -> Vec<PlaceAccount> {
    let distinct = |column: &Column| column.frequencies().iter().filter(|count| **count > 0).count().min(MOST_DISTINCT);
    let place = |column: &Column| {
        let left = after.column(column.name());
        PlaceAccount {
            place: column.name().to_owned(),
            fate: Fate::Kept,
            why: vec![Why::Role { role: config.table.role(column.name()) }],
            before: column.codes().len() as u64,
            after: left.map_or(0, |left| left.codes().len() as u64),
            distinct_before: distinct(column),
            distinct_after: left.map_or(0, distinct),
            example: left.and_then(|left| {
                let counted = left.dictionary().iter().zip(left.frequencies());
                example(counted.map(|(value, count)| (value.as_str(), count)), config)
            }),
        }
    };
    before.columns().iter().map(place).collect()
}

/// The value that most have, if there are enough of them.
fn example<'a>(counted: impl Iterator<Item = (&'a str, usize)>, config: &DeidConfig) -> Option<String> {
    let (value, count) = counted.max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)))?;
    (count >= config.k as usize && !value.is_empty()).then(|| match value.char_indices().nth(EXAMPLE) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    })
}

/// Values of one element.
#[derive(Default)]
struct Values {
    count: u64,
    distinct: HashMap<u64, (usize, String)>,
}

impl Values {
    fn add(&mut self, value: &Value) {
        self.count += 1;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(&text);
        if self.distinct.len() < MOST_DISTINCT || self.distinct.contains_key(&hash) {
            let shown = || if value.is_object() || value.is_array() { String::new() } else { text };
            self.distinct.entry(hash).or_insert_with(|| (0, shown())).0 += 1;
        }
    }
}

/// Elements of the types of resources, each of their own.
fn elements(files: &[FhirFile]) -> BTreeMap<String, Values> {
    let mut found: BTreeMap<String, Values> = BTreeMap::new();
    for file in files {
        for resource in file.resources() {
            for (name, value) in resource.as_object().into_iter().flatten().filter(|(name, _)| *name != "resourceType")
            {
                let place = format!("{}.{}", file.resource_type(), name.trim_start_matches('_'));
                found.entry(place).or_default().add(value);
            }
        }
    }
    found
}

fn of_resources(before: &[FhirFile], after: &[FhirFile], config: &DeidConfig) -> Vec<PlaceAccount> {
    let (before, mut left) = (elements(before), elements(after));
    let place = |(place, values): (String, Values)| {
        let after = left.remove(&place).unwrap_or_default();
        // Ids are of the package and of one resource each.
        let shown = !place.ends_with(".id");
        let counted = after.distinct.values().map(|(count, text)| (text.as_str(), *count));
        PlaceAccount {
            fate: Fate::Kept,
            why: Vec::new(),
            before: values.count,
            after: after.count,
            distinct_before: values.distinct.len(),
            distinct_after: after.distinct.len(),
            example: if shown { example(counted, config) } else { None },
            place,
        }
    };
    before.into_iter().map(place).collect()
}
