//! Reads a configuration of path rules: JSON, with comments and trailing commas as that tool allows them.

use serde::Deserialize;
use serde_json::Value;

use medshare_deid_identifiers::RestrictedZips;

use crate::expression::Expression;
use crate::lenient_json::without_comments;
use crate::path::{self, Steps};

/// Most rules in a file.
const MAX_RULES: usize = 2_000;

/// A configuration that was understood.
#[derive(Clone, Debug)]
pub struct PathRules {
    pub(crate) rules: Vec<PathRule>,
    pub(crate) parameters: Parameters,
    pub(crate) skip_errors: bool,
    warnings: Vec<String>,
}

/// One rule.
#[derive(Clone, Debug)]
pub(crate) struct PathRule {
    pub(crate) alternatives: Vec<Steps>,
    pub(crate) method: Method,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Method {
    Keep,
    Redact,
    DateShift,
    CryptoHash,
    Encrypt,
    Substitute(Value),
    Perturb { span: f64, proportional: bool, round_to: Option<i32> },
    Generalize { cases: Vec<(Expression, Expression)>, keep_others: bool },
}

/// The `parameters` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Parameters {
    pub(crate) date_shift_key: String,
    date_shift_scope: String,
    date_shift_algorithm: String,
    pub(crate) crypto_hash_key: String,
    pub(crate) encrypt_key: String,
    pub(crate) enable_partial_ages_for_redact: bool,
    pub(crate) enable_partial_dates_for_redact: bool,
    pub(crate) enable_partial_zip_codes_for_redact: bool,
    restricted_zip_code_tabulation_areas: Vec<String>,
    #[serde(skip)]
    pub(crate) restricted: RestrictedZips,
    #[serde(skip)]
    pub(crate) microsoft_date_shift: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    #[serde(default)]
    fhir_version: Option<String>,
    #[serde(default, alias = "processingError")]
    processing_errors: Option<String>,
    fhir_path_rules: Vec<RawRule>,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRule {
    path: Option<String>,
    method: Option<String>,
    replace_with: Option<Value>,
    span: Option<Value>,
    range_type: Option<String>,
    round_to: Option<Value>,
    cases: Option<Cases>,
    other_values: Option<String>,
}

/// Conditions and their replacements in the order of the file: the first that holds is taken.
struct Cases(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Cases {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> serde::de::Visitor<'de> for InOrder {
            type Value = Cases;
            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("conditions with their replacements, as texts")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Cases, A::Error> {
                let mut cases = Vec::new();
                while let Some(case) = map.next_entry()? {
                    cases.push(case);
                }
                Ok(Cases(cases))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Cases, E> {
                serde_json::from_str(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(InOrder)
    }
}

/// Why a configuration was not understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RulesError {
    /// Not JSON of this form.
    #[error("line {line}: {problem}; expected a configuration with `fhirPathRules` and `parameters`")]
    Form {
        /// The line, counted from 1.
        line: usize,
        /// What was wrong.
        problem: String,
    },
    /// A setting has a value that is not known.
    #[error("`{setting}`: expected {expected}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// A rule was not understood.
    #[error("rule {rule}: {problem}")]
    Rule {
        /// The rule, counted from 1.
        rule: usize,
        /// What was wrong, and what was expected.
        problem: String,
    },
}

impl PathRules {
    /// Reads a configuration.
    ///
    /// # Errors
    /// The setting or rule that was not understood.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let file: File = serde_json::from_str(&without_comments(text))
            .map_err(|error| RulesError::Form { line: error.line(), problem: error.to_string() })?;
        if !matches!(file.fhir_version.as_deref(), None | Some("" | "R4")) {
            return Err(RulesError::Setting { setting: "fhirVersion", expected: "R4" });
        }
        let skip_errors = match file.processing_errors.as_deref() {
            None | Some("" | "raise") => false,
            Some("skip") => true,
            Some(_) => return Err(RulesError::Setting { setting: "processingErrors", expected: "raise or skip" }),
        };
        if file.fhir_path_rules.len() > MAX_RULES {
            return Err(RulesError::Setting { setting: "fhirPathRules", expected: "at most 2000 rules" });
        }
        let mut warnings = Vec::new();
        let mut rules = Vec::new();
        for (index, raw) in file.fhir_path_rules.iter().enumerate() {
            let rule = rule(raw).map_err(|problem| RulesError::Rule { rule: index + 1, problem })?;
            let unknown = rule.alternatives.iter().filter_map(|steps| path::unknown_element(steps));
            warnings.extend(unknown.map(|problem| format!("rule {}: {problem}; the rule matches nothing", index + 1)));
            rules.push(rule);
        }
        Ok(PathRules { rules, parameters: checked(file.parameters)?, skip_errors, warnings })
    }

    /// Rules that can match nothing, because FHIR R4 has no such element.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

fn checked(mut parameters: Parameters) -> Result<Parameters, RulesError> {
    parameters.microsoft_date_shift = match parameters.date_shift_algorithm.as_str() {
        "" | "hmac" => false,
        "microsoft" => true,
        _ => return Err(RulesError::Setting { setting: "dateShiftAlgorithm", expected: "hmac or microsoft" }),
    };
    if !matches!(parameters.date_shift_scope.as_str(), "" | "resource" | "file" | "folder") {
        return Err(RulesError::Setting { setting: "dateShiftScope", expected: "resource, file or folder" });
    }
    if parameters.microsoft_date_shift && !matches!(parameters.date_shift_scope.as_str(), "" | "resource") {
        return Err(RulesError::Setting {
            setting: "dateShiftScope",
            expected: "resource with the algorithm microsoft",
        });
    }
    if !matches!(parameters.encrypt_key.len(), 0 | 16 | 24 | 32) {
        return Err(RulesError::Setting { setting: "encryptKey", expected: "a key of 16, 24 or 32 bytes" });
    }
    let areas = &parameters.restricted_zip_code_tabulation_areas;
    if areas.iter().any(|area| area.len() != 3 || !area.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(RulesError::Setting {
            setting: "restrictedZipCodeTabulationAreas",
            expected: "texts of three digits",
        });
    }
    parameters.restricted = RestrictedZips::List(areas.clone());
    Ok(parameters)
}

fn rule(raw: &RawRule) -> Result<PathRule, String> {
    let path = raw.path.as_deref().ok_or("no `path`")?;
    let alternatives = path::parse(path).map_err(|problem| format!("path: {problem}"))?;
    let method = match raw.method.as_deref().ok_or("no `method`")?.to_ascii_lowercase().as_str() {
        "keep" => Method::Keep,
        "redact" => Method::Redact,
        "dateshift" => Method::DateShift,
        "cryptohash" => Method::CryptoHash,
        "encrypt" => Method::Encrypt,
        "substitute" => Method::Substitute(raw.replace_with.clone().ok_or("no `replaceWith`")?),
        "perturb" => perturb(raw)?,
        "generalize" => generalize(raw)?,
        other => {
            return Err(format!(
                "unknown method `{other}`; expected keep, redact, dateShift, cryptoHash, encrypt, substitute, perturb or generalize"
            ));
        }
    };
    Ok(PathRule { alternatives, method })
}

fn perturb(raw: &RawRule) -> Result<Method, String> {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let span = raw.span.as_ref().and_then(number).filter(|span| *span >= 0.0 && span.is_finite());
    let round_to = match &raw.round_to {
        None => None,
        Some(value) => {
            let places = number(value).filter(|places| (0.0..=28.0).contains(places) && places.fract() == 0.0);
            Some(places.ok_or("`roundTo`: expected a whole number from 0 to 28")? as i32)
        }
    };
    let proportional = match raw.range_type.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("fixed") => false,
        Some("proportional") => true,
        Some(_) => return Err("`rangeType`: expected fixed or proportional".to_owned()),
    };
    Ok(Method::Perturb { span: span.ok_or("`span`: expected a number that is not negative")?, proportional, round_to })
}

fn generalize(raw: &RawRule) -> Result<Method, String> {
    let cases = raw.cases.as_ref().ok_or("no `cases`")?.0.iter();
    let cases = cases.map(|(condition, target)| Ok((Expression::parse(condition)?, Expression::parse(target)?)));
    let keep_others = match raw.other_values.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("redact") => false,
        Some("keep") => true,
        Some(_) => return Err("`otherValues`: expected redact or keep".to_owned()),
    };
    Ok(Method::Generalize { cases: cases.collect::<Result<_, String>>()?, keep_others })
}
