//! What a second organisation's node checks on de-identified records, without seeing where they came from.

use serde::{Deserialize, Serialize};

use crate::category::Category;
use crate::config::DeidConfig;
use crate::fhir::{self, Scan};
use crate::sensitivity::{Reason, class_sizes, date_policy};
use crate::table;
use medshare_deid_records::Records;

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReport {
    /// Whether the records may leave.
    pub passed: bool,
    /// The size of the smallest class of subjects that are equal on their quasi-identifiers; 0 without subjects.
    pub k_found: u32,
    /// What is against it.
    pub findings: Vec<Finding>,
}

/// One thing that is against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "finding")]
pub enum Finding {
    /// The records are not what their type says.
    Structure {
        /// Where and what, in words.
        #[serde(rename = "message", alias = "problem")]
        problem: String,
    },
    /// Something identifying is left.
    Identifying(Reason),
    /// Classes are too small.
    NotAnonymous {
        /// The `k` that is required.
        required: u32,
        /// The sizes of the classes that are too small.
        found: Vec<u32>,
    },
    /// A privacy model does not hold in some classes.
    Model {
        /// The model in words.
        #[serde(rename = "message", alias = "model")]
        model: String,
        /// The number of classes.
        classes: usize,
    },
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Finding::Structure { problem } => f.write_str(problem),
            Finding::Identifying(reason) => {
                let times = counted(reason.count, "time", "times");
                write!(f, "{}: {} ({times}); remove or classify it", reason.place, reason.kind.label())
            }
            Finding::Model { model, classes } => {
                let classes = counted(*classes, "class", "classes");
                write!(f, "{model} does not hold in {classes}; generalise or leave out more")
            }
            Finding::NotAnonymous { required, found } => {
                let classes = counted(found.len(), "class is", "classes are");
                write!(f, "{classes} smaller than {required}; generalise or leave out more")
            }
        }
    }
}

fn counted<N: std::fmt::Display + PartialEq + From<u8>>(count: N, one: &str, several: &str) -> String {
    format!("{count} {}", if count == N::from(1) { one } else { several })
}

/// Checks de-identified records.
pub fn check(records: &Records, config: &DeidConfig) -> CheckReport {
    let scan = match records {
        Records::Fhir(files) => fhir::scan(files, config, date_policy(files, config)),
        Records::Table(own) => Scan { found: table::scan(own, config), ..Scan::default() },
    };
    let mut report = judge(scan, &class_sizes(records, config), config);
    if let Records::Table(own) = records {
        let failing = table::failing_models(own, config).into_iter();
        report.findings.extend(failing.map(|(model, classes)| Finding::Model { model, classes }));
    }
    report.passed = report.findings.is_empty();
    report
}

/// The check's result by what was found and how many subjects are alike, without privacy models.
pub(crate) fn judge(scan: Scan, sizes: &[u32], config: &DeidConfig) -> CheckReport {
    let mut findings = Vec::new();
    if sizes.is_empty() {
        findings.push(Finding::Structure { problem: "no subjects: expected at least one patient or row".to_owned() });
    }
    if scan.repeated > 0 {
        let problem = format!(
            "{} patients have the id of another one and would count as several people; expected each patient once",
            scan.repeated
        );
        findings.push(Finding::Structure { problem });
    }
    if scan.of_strangers > 0 {
        let problem = format!(
            "{} resources are of patients who are not among these records; expected each person's records with her",
            scan.of_strangers
        );
        findings.push(Finding::Structure { problem });
    }
    findings.extend(scan.malformed.into_iter().map(|(name, count)| Finding::Structure {
        problem: format!("{count} resources in the group {name} are of another type"),
    }));
    let harmless = |kind: Category| matches!(kind, Category::QuasiIdentifier | Category::Sensitive);
    let identifying = scan.found.into_iter().filter(|(_, kind, _)| !harmless(*kind));
    findings.extend(identifying.map(|(place, kind, count)| Finding::Identifying(Reason { place, kind, count })));
    let small: Vec<u32> = sizes.iter().copied().filter(|size| *size < config.k).collect();
    if !small.is_empty() {
        findings.push(Finding::NotAnonymous { required: config.k, found: small });
    }
    CheckReport { passed: findings.is_empty(), k_found: sizes.iter().copied().min().unwrap_or_default(), findings }
}
