//! FHIR path rules in the configuration format of Microsoft's Tools for Health Data Anonymization (MIT), for those who have such a
//! configuration already.
//!
//! The rules' meaning is that tool's: for every value, the first rule in the file that matches it or anything around it decides;
//! what no rule matches is kept. Differences: dates are shifted by a keyed HMAC per patient instead of an unkeyed polynomial per resource
//! (which anybody can invert; `"dateShiftAlgorithm": "microsoft"` asks for it); a year is never written where FHIR demands an instant;
//! encryption takes its initialisation vector from a keyed hash of place and value, noise likewise, so that a run can be repeated.
//! The built-in protection (`medshare_deid::deidentify`) is an allow-list and stronger; a rule file is only as good as its author.
#![forbid(unsafe_code)]

mod engine;
mod expression;
mod labels;
mod lenient_json;
mod matching;
mod methods;
mod parser;
mod path;
mod settings;
mod treatment;

pub use engine::{RuleEngine, RuleError};
pub use settings::{PathRules, RulesError};
