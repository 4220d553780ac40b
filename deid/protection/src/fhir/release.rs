//! Resources that may leave: each protected, patients generalised together, and everything with its person.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use crate::category::Category;
use crate::config::DeidConfig;
use crate::naming::Names;
use crate::outcome::{Failure, Outcome};
use medshare_deid_records::FhirFile;
use medshare_deid_records::fhir::PATIENT;

use super::dates::DatePolicy;
use super::keys::Key;
use super::links::Links;
use super::patients::{Anonymised, anonymise, distinct_patients};
use super::protect::Protector;
use super::standings::{Standing, Standings};

/// Resources below which one thread is quicker than several.
const MIN_PARALLEL: usize = 2_000;

/// What leaves.
pub(crate) struct Released {
    pub(crate) files: Vec<FhirFile>,
    pub(crate) outcome: Outcome,
    /// Patients before, each once.
    pub(crate) patients: usize,
    /// What was removed: place, kind, how often.
    pub(crate) removed: Vec<(String, Category, u64)>,
}

/// Protects resources and generalises their patients.
pub(crate) fn release(
    files: &[FhirFile],
    config: &DeidConfig,
    dates: DatePolicy,
    names: &dyn Names,
) -> Result<Released, Failure> {
    let looked_through: Vec<FhirFile>;
    let files = if files.iter().all(FhirFile::is_looked_through) {
        files
    } else {
        looked_through = files.iter().map(FhirFile::looked_through).collect();
        &looked_through
    };
    let (everybody, repeated) = distinct_patients(files);
    let mut protection = Protection { config, dates, names, removed: BTreeMap::new() };
    let (patients, told) = protection.patients(&everybody);
    let Anonymised { kept, left_out, problem, solution } = anonymise(&patients, config, dates.cap_year)?;
    let told = told.iter().filter_map(|row| everybody.facts().get(*row));
    let leaving: HashSet<Key<'_>> = told
        .zip(&left_out)
        .filter(|(_, left_out)| !**left_out)
        .filter_map(|(facts, _)| Some(Key::of(PATIENT, facts.id.as_deref()?)))
        .collect();
    let links = Links::new(files);
    let standings = Standings::new(&links, |key| leaving.contains(&key));
    let others = files.iter().enumerate().filter(|(_, file)| file.resource_type() != PATIENT);
    let seed = names.order_seed();
    let in_order = |file: &FhirFile, parts: &[FhirFile]| FhirFile::in_order(file.resource_type(), parts, seed);
    let mut released: Vec<FhirFile> =
        others.map(|(index, file)| in_order(file, &protection.parts(file, index, &standings))).collect();
    released.push(in_order(&everybody, &[kept]));
    released.retain(|file| !file.is_empty());
    released.sort_by(|a, b| a.resource_type().cmp(b.resource_type()));
    let mut removed: Vec<(String, Category, u64)> =
        protection.removed.into_iter().map(|((place, kind), count)| (place, kind, count)).collect();
    if repeated > 0 {
        removed.push(("Patient with the id of another one".to_owned(), Category::Identifier, repeated));
    }
    let outcome = Outcome::of(&problem, &solution);
    Ok(Released { files: released, outcome, patients: everybody.len(), removed })
}

/// Protects files, resource by resource.
struct Protection<'a> {
    config: &'a DeidConfig,
    dates: DatePolicy,
    names: &'a dyn Names,
    removed: BTreeMap<(String, Category), u64>,
}

impl Protection<'_> {
    /// Protected copies of patients, and which of them could be told. Nothing in them refers to anything.
    fn patients(&mut self, everybody: &FhirFile) -> (FhirFile, Vec<usize>) {
        let links = Links::new(&[]);
        let standings = Standings::new(&links, |_| false);
        let mut protector = Protector::new(self.config, self.dates, self.names, &standings);
        let (mut copies, mut told) = (FhirFile::new(PATIENT), Vec::new());
        for (row, (patient, numbers)) in everybody.part_as_written(0..everybody.len()).enumerate() {
            let id = patient.get("id").and_then(serde_json::Value::as_str).unwrap_or_default();
            if let Some(copy) = protector.resource(&patient, &Key::of(PATIENT, id).to_string(), None) {
                copies.push_as_written(&copy, &numbers);
                told.push(row);
            }
        }
        self.count(protector.removed());
        (copies, told)
    }

    /// A protected copy of a file in parts, with what leaves of it.
    fn parts(&mut self, file: &FhirFile, index: usize, standings: &Standings<'_, '_>) -> Vec<FhirFile> {
        let protect = |places: Range<usize>| {
            let mut protector = Protector::new(self.config, self.dates, self.names, standings);
            let mut copies = FhirFile::new(file.resource_type());
            let mut of_nobody = 0;
            for row in places {
                match standings.get((index, row)) {
                    Standing::LeftOut => continue,
                    Standing::OfNobody => {
                        of_nobody += 1;
                        continue;
                    }
                    Standing::Leaves(_) => {}
                }
                let person = standings.person((index, row)).map(|key| key.to_string());
                let own = standings.links.key((index, row)).map(|key| key.to_string()).unwrap_or_default();
                for (resource, numbers) in file.part_as_written(row..row + 1) {
                    if let Some(copy) = protector.resource(&resource, &own, person.as_deref()) {
                        copies.push_told(&copy, &numbers);
                    }
                }
            }
            copies.tell_years(protector.years());
            let mut removed = protector.removed();
            if of_nobody > 0 {
                removed.push((file.resource_type().to_owned(), Category::NobodyKnown, of_nobody));
            }
            (copies, removed)
        };
        let count = file.len();
        let parts = if count < MIN_PARALLEL {
            vec![Ok(protect(0..count))]
        } else {
            let part = count.div_ceil(self.config.threads.max(1)).max(1);
            std::thread::scope(|scope| {
                let starts = (0..count).step_by(part);
                let running: Vec<_> =
                    starts.map(|start| scope.spawn(move || protect(start..(start + part).min(count)))).collect();
                running.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
            })
        };
        let mut whole = Vec::with_capacity(parts.len());
        for part in parts {
            let (copies, removed) = part.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            whole.push(copies);
            self.count(removed);
        }
        whole
    }

    fn count(&mut self, removed: Vec<(String, Category, u64)>) {
        for (place, kind, count) in removed {
            *self.removed.entry((place, kind)).or_default() += count;
        }
    }
}
