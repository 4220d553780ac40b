//! A synthetic cohort of FHIR R4 patients for demonstrations: nobody in it exists.
//!
//! Deterministic: the same number of patients and the same seed give the same bytes. Each patient has a name, an address, a social
//! security number of the range that is never issued (9xx), a record number, and a handful of conditions, encounters, observations
//! and prescriptions that fit together.

mod clinical;
mod draw;
mod person;

use serde_json::Value;

use crate::records::{FhirFile, Records};

use draw::Draw;

/// The year in which the cohort's records end.
pub const LAST_YEAR: i32 = 2024;

/// Generates a cohort.
pub fn generate(patients: usize, seed: u64) -> Records {
    let mut groups: [(&str, Vec<Value>); 5] = [
        ("Condition", Vec::new()),
        ("Encounter", Vec::new()),
        ("MedicationRequest", Vec::new()),
        ("Observation", Vec::new()),
        ("Patient", Vec::with_capacity(patients)),
    ];
    for index in 0..patients {
        let mut draw = Draw::new(seed, index as u64);
        let person = person::draw(&mut draw);
        let history = clinical::history(&person, &mut draw);
        let own = [
            history.conditions,
            history.encounters,
            history.prescriptions,
            history.observations,
            vec![person.resource],
        ];
        for ((_, group), resources) in groups.iter_mut().zip(own) {
            group.extend(resources);
        }
    }
    let files = groups.into_iter().map(|(name, resources)| FhirFile { resource_type: name.to_owned(), resources });
    Records::Fhir(files.filter(|file| !file.resources.is_empty()).collect())
}
