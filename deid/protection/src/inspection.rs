//! Ranks or checks FHIR resources one at a time, so that memory does not grow with their number.
//!
//! The result is that of [`crate::classify`] and [`crate::check`] on all of them together. What is kept of each patient is a digest of the
//! quasi-identifiers.

use std::collections::HashMap;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::check::{CheckReport, judge};
use crate::config::DeidConfig;
use crate::fhir::{self, DatePolicy, Scanner};
use crate::sensitivity::{SensitivityReport, rank};

/// Bytes of a digest; two of as many patients as there are share one with a chance below 2^-60.
const DIGEST_BYTES: usize = 16;

/// What was seen of resources so far.
pub struct Inspection<'a> {
    config: &'a DeidConfig,
    scanner: Scanner<'a>,
    classes: HashMap<[u8; DIGEST_BYTES], u32>,
}

impl<'a> Inspection<'a> {
    /// Nothing seen yet. Ages are counted in the configuration's reference year, or in `latest_year`, which is the largest
    /// [`fhir::event_year`] of all resources up to the configuration's last plausible year.
    pub fn new(config: &'a DeidConfig, latest_year: Option<i32>) -> Self {
        let dates = DatePolicy::new(config, latest_year);
        Inspection { config, scanner: Scanner::new(config, dates), classes: HashMap::new() }
    }

    /// Looks at a resource.
    pub fn add(&mut self, resource: &Value) {
        self.scanner.add(resource);
        if resource.get("resourceType").and_then(Value::as_str) != Some("Patient") {
            return;
        }
        let mut hash = Sha256::new();
        for attribute in fhir::told_attributes_of(resource) {
            hash.update((attribute.len() as u64).to_le_bytes());
            hash.update(attribute.as_bytes());
        }
        let mut digest = [0; DIGEST_BYTES];
        digest.iter_mut().zip(hash.finalize()).for_each(|(slot, byte)| *slot = byte);
        *self.classes.entry(digest).or_default() += 1;
    }

    /// How sensitive the resources are.
    pub fn sensitivity(self) -> SensitivityReport {
        let sizes: Vec<u32> = self.classes.into_values().collect();
        rank(self.scanner.finish().found, &sizes, self.config)
    }

    /// Whether the resources may leave.
    pub fn check(self) -> CheckReport {
        let mut sizes: Vec<u32> = self.classes.into_values().collect();
        sizes.sort_unstable();
        judge(self.scanner.finish(), &sizes, self.config)
    }
}

#[cfg(test)]
#[expect(clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::{FhirFile, PackageKey, Records, check, classify, deidentify};
    use medshare_deid_cohort as cohort;

    #[test]
    fn one_at_a_time_gives_what_all_together_give() {
        let config = DeidConfig::default();
        let raw = cohort::generate(60, 5);
        let Ok(protected) = deidentify(&raw, &config, &PackageKey::new([1; 32])) else { panic!("60 patients suffice") };
        for records in [&raw, &protected.records] {
            let Records::Fhir(files) = records else { panic!("FHIR expected") };
            let resources = || files.iter().flat_map(FhirFile::resources);
            let year = resources().filter_map(|one| fhir::event_year(&one, config.last_plausible_year())).max();
            let inspected = || {
                let mut inspection = Inspection::new(&config, year);
                resources().for_each(|resource| inspection.add(&resource));
                inspection
            };
            assert_eq!(inspected().sensitivity(), classify(records, &config));
            assert_eq!(inspected().check(), check(records, &config));
        }
    }
}
