//! Who is among the records, and whose they are.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::fhir::patients::is_patient;

/// Bytes of a digest of a patient's id.
const DIGEST_BYTES: usize = 16;

/// Elements that name the patient of a resource.
const PERSONS: [&str; 5] = ["subject", "patient", "beneficiary", "for", "individual"];

/// Patients, and how many resources are of each.
#[derive(Default)]
pub(super) struct People {
    patients: HashSet<[u8; DIGEST_BYTES]>,
    /// Patients with the id of an earlier one.
    pub(super) repeated: u64,
    /// How many resources are of a patient, by the digest of her id.
    records: HashMap<[u8; DIGEST_BYTES], u64>,
}

impl People {
    /// Notes who a resource is, and whose.
    pub(super) fn add(&mut self, resource: &Value) {
        let id = resource.get("id").and_then(Value::as_str);
        if let (Some(id), true) = (id, resource.as_object().is_some_and(is_patient)) {
            self.repeated += u64::from(!self.patients.insert(digest(id)));
        }
        for id in PERSONS.iter().filter_map(|name| patient_of(resource.get(name)?)).take(1) {
            *self.records.entry(digest(id)).or_default() += 1;
        }
    }

    /// How many resources are of patients who are not here.
    pub(super) fn of_strangers(&self) -> u64 {
        let strangers = self.records.iter().filter(|(id, _)| !self.patients.contains(*id));
        strangers.map(|(_, count)| count).sum()
    }
}

/// The id of the patient that a reference names.
fn patient_of(reference: &Value) -> Option<&str> {
    reference.get("reference")?.as_str()?.strip_prefix("Patient/")
}

fn digest(text: &str) -> [u8; DIGEST_BYTES] {
    let mut digest = [0; DIGEST_BYTES];
    digest.iter_mut().zip(Sha256::digest(text.as_bytes())).for_each(|(slot, byte)| *slot = byte);
    digest
}
