//! A synthetic cohort of FHIR R4 patients for demonstrations: nobody in it exists.
//!
//! Deterministic: the same number of patients and the same seed give the same bytes. Each patient has a name, an address, a social
//! security number of the range that is never issued (9xx), a record number, and a handful of conditions, encounters, observations
//! and prescriptions that fit together.
#![forbid(unsafe_code)]

mod clinical;
mod draw;
mod person;

use medshare_deid_records::{FhirFile, Records};

use draw::Draw;

/// The year in which the cohort's records end.
pub const LAST_YEAR: i32 = 2024;

/// Generates a cohort.
pub fn generate(patients: usize, seed: u64) -> Records {
    let mut groups = ["Condition", "Encounter", "MedicationRequest", "Observation", "Patient"].map(FhirFile::new);
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
        for (group, resources) in groups.iter_mut().zip(own) {
            resources.iter().for_each(|resource| group.push(resource));
        }
    }
    Records::Fhir(groups.into_iter().filter(|file| !file.is_empty()).collect())
}
