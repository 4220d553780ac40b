//! Data sets as far as all their packages have them in common: retrieved, ranked and de-identified once for every state of a source, and
//! refused once.

use crate::package_key::fresh_key;
use crate::templates::template_digest;
use crate::validation::bounds::check_question;
use medshare_contract_abi::Sensitivity;
use medshare_crypto::hash::Hash32;
use medshare_deid::date::PartialDate;
use medshare_deid::{DeidConfig, Level, Prepared, Records, SensitivityReport, classify, prepare};
use medshare_ledger::id::{Label, OwnerId};
use medshare_node_refusal::{Class, Code, Refusal};
use medshare_node_sources::inspect::effective_config;
use medshare_node_sources::{Connector, ConnectorError, Retrieved, SourceState};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// A data set: names are unique under their owner only, and a node may serve several owners.
pub type DataSetKey = (OwnerId, Label);

/// A data set that is ready to be packed.
pub struct PreparedSet {
    /// Digest of the source's bytes.
    pub source: Hash32,
    /// How sensitive the originals are.
    pub ranking: SensitivityReport,
    /// How they were de-identified.
    pub config: DeidConfig,
    /// The de-identified records.
    pub prepared: Prepared,
    /// Digest of their template.
    pub template: Hash32,
    /// Bytes that a question about a package takes in memory at most, without its template.
    pub question_bytes: usize,
}

impl PreparedSet {
    /// The originals' sensitivity as contracts know it.
    #[must_use]
    pub fn sensitivity(&self) -> Sensitivity {
        match self.ranking.level {
            Level::High => Sensitivity::High,
            Level::Low => Sensitivity::Low,
        }
    }
}

/// What a set is prepared for.
pub struct Wanted<'a> {
    /// The data set.
    pub dataset: &'a DataSetKey,
    /// The records' type, as the ledger has it.
    pub record_type: &'static str,
    /// The `k` of the data set's terms.
    pub k: u32,
    /// De-identification as the operator configured it.
    pub config: Option<&'a DeidConfig>,
}

/// What a preparation follows from, beside the operator's configuration, which stays as it is while the node runs.
#[derive(PartialEq, Eq)]
struct Grounds {
    state: SourceState,
    k: u32,
    record_type: &'static str,
    /// The year of the release, in which ages are counted.
    year: i32,
}

type Made = Result<Arc<PreparedSet>, Refusal>;
type Entry = Arc<Mutex<Option<(Grounds, Made)>>>;

/// The prepared form of every data set that was asked for.
#[derive(Default)]
pub struct PreparedSets(Mutex<HashMap<DataSetKey, Entry>>);

impl PreparedSets {
    /// A data set in its source's present state. Blocks; of several callers one prepares and the others wait. What is refused for what the
    /// records are is not tried again before they change.
    ///
    /// # Errors
    /// [`Refusal`] when the source cannot be read, or its records may not leave.
    pub fn get(&self, connector: &dyn Connector, wanted: &Wanted<'_>) -> Made {
        let entry = {
            let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(entries.entry(wanted.dataset.clone()).or_default())
        };
        let mut entry = entry.lock().unwrap_or_else(PoisonError::into_inner);
        // The state is taken before the records: if they change in between, the next caller sees another state.
        let state = connector.state().map_err(|e| broken(&e))?;
        let year = this_year();
        let grounds = Grounds { state, k: wanted.k, record_type: wanted.record_type, year };
        if let Some((before, made)) = &*entry
            && *before == grounds
        {
            return made.clone();
        }
        let made = match connector.retrieve() {
            // The disk's trouble may pass, and so may this node's.
            Err(error @ ConnectorError::Io { .. }) => return Err(broken(&error)),
            Err(error) => Err(broken(&error)),
            Ok(retrieved) => match make(retrieved, wanted, year) {
                Err(refusal) if refusal.code.class() == Class::Fault => return Err(refusal),
                made => made.map(Arc::new),
            },
        };
        *entry = Some((grounds, made.clone()));
        made
    }
}

fn make(Retrieved { records, digest }: Retrieved, wanted: &Wanted<'_>, year: i32) -> Result<PreparedSet, Refusal> {
    let (found, expected) = (records.type_label(), wanted.record_type);
    if found != expected {
        let message = format!("the records are of type {found}, the request asks for {expected}");
        return Err(Refusal::new(Code::WrongType, message));
    }
    let mut config = effective_config(&records, wanted.config, wanted.k);
    // It travels to the second node with the rest of the configuration, which counts the same, and takes none that is long past.
    config.release_year = config.release_year.max(Some(year));
    let ranking = classify(&records, &config);
    let prepared = prepared(&records, &config)?;
    let question_bytes = check_question(&prepared, &config)?;
    let template = template_digest(prepared.template());
    Ok(PreparedSet { source: digest, ranking, config, prepared, template, question_bytes })
}

/// This year in UTC.
pub(crate) fn this_year() -> i32 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    PartialDate::from_days((now.as_secs() / 86_400) as i64).year
}

fn prepared(records: &Records, config: &DeidConfig) -> Result<Prepared, Refusal> {
    prepare(records, config, &fresh_key())
        .map_err(|e| Refusal::new(Code::NotAnonymous, format!("the records cannot leave: {e}")))
}

fn broken(error: &ConnectorError) -> Refusal {
    let reason = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    tracing::error!(%error, reason, "the owner's records cannot be retrieved: mend what [[sources]] in config.toml names");
    let public = error.public_reason();
    Refusal::new(Code::SourceBroken, format!("the owner's records cannot be retrieved: {public}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use medshare_deid::DateHandling;
    use medshare_node_sources::folder::FolderConnector;
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A folder, and how often its records were retrieved.
    struct Counting(FolderConnector, AtomicUsize);

    impl Connector for Counting {
        fn state(&self) -> Result<SourceState, ConnectorError> {
            self.0.state()
        }

        fn retrieve(&self) -> Result<Retrieved, ConnectorError> {
            self.1.fetch_add(1, Ordering::SeqCst);
            self.0.retrieve()
        }
    }

    /// What becomes of a folder that is asked for twice, and how often its records were retrieved.
    fn twice(folder: &Path, record_type: &'static str) -> (Made, usize) {
        let dataset = (OwnerId::from_bytes([1; 16]), "records".parse().unwrap());
        let shift = DeidConfig { dates: DateHandling::Shift, ..DeidConfig::default() };
        let config = Some(&shift).filter(|_| record_type == "fhir-r4");
        let wanted = Wanted { dataset: &dataset, record_type, k: 2, config };
        let (sets, source) = (PreparedSets::default(), Counting(FolderConnector::new(folder.to_owned()), 0.into()));
        let first = sets.get(&source, &wanted);
        let second = sets.get(&source, &wanted);
        assert_eq!(first.is_ok(), second.is_ok());
        (second, source.1.into_inner())
    }

    /// 60 patients, each with so many dates of a medication.
    fn write_dates(folder: &Path, dates: i64) {
        let (mut patients, mut requests) = (String::new(), String::new());
        let from = 20_000 - dates;
        let days: Vec<String> =
            (from..from + dates).map(|day| format!("{:?}", PartialDate::from_days(day).to_string())).collect();
        for n in 0..60 {
            patients.push_str(&format!("{{\"resourceType\":\"Patient\",\"id\":\"p{n}\",\"gender\":\"female\"}}\n"));
            requests.push_str(&format!(
                "{{\"resourceType\":\"MedicationRequest\",\"id\":\"m{n}\",\"subject\":{{\"reference\":\"Patient/p{n}\"}},\"dosageInstruction\":[{{\"timing\":{{\"event\":[{}]}}}}]}}\n",
                days.join(",")
            ));
        }
        std::fs::write(folder.join("Patient.ndjson"), patients).unwrap();
        std::fs::write(folder.join("MedicationRequest.ndjson"), requests).unwrap();
    }

    #[test]
    fn records_with_more_identifiers_and_dates_than_a_question_holds_are_refused_once() {
        let folder = tempfile::tempdir().unwrap();
        write_dates(folder.path(), 24_000);
        let (made, retrieved) = twice(folder.path(), "fhir-r4");
        let refusal = made.map(drop).unwrap_err();
        assert_eq!((refusal.code, retrieved), (Code::TooLarge, 1), "{refusal}");
        assert!(refusal.message.contains("1440120 different identifiers and dates"), "{refusal}");
        write_dates(folder.path(), 100);
        let (made, retrieved) = twice(folder.path(), "fhir-r4");
        assert_eq!((made.unwrap().prepared.values(&fresh_key()).len(), retrieved), (6_121, 1));
    }

    #[test]
    fn what_cannot_be_prepared_is_retrieved_again_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("table.csv");
        std::fs::write(&table, "age,disease\n40,flu\n").unwrap();
        let dataset = (OwnerId::from_bytes([1; 16]), "records".parse().unwrap());
        let (sets, source) =
            (PreparedSets::default(), Counting(FolderConnector::new(folder.path().to_owned()), 0.into()));
        let get = |record_type, k| {
            let made = sets.get(&source, &Wanted { dataset: &dataset, record_type, k, config: None });
            (made.err().map(|refusal| refusal.code), source.1.load(Ordering::SeqCst))
        };
        assert_eq!((get("table", 2), get("table", 2)), ((Some(Code::NotAnonymous), 1), (Some(Code::NotAnonymous), 1)));
        assert_eq!(get("fhir-r4", 2), (Some(Code::WrongType), 2));
        std::fs::write(&table, format!("age,disease\n{}", "40,flu\n".repeat(40))).unwrap();
        assert_eq!((get("table", 2), get("table", 2)), ((None, 3), (None, 3)));
        std::fs::write(folder.path().join("Patient.ndjson"), "{").unwrap();
        assert_eq!((get("table", 2), get("table", 2)), ((Some(Code::SourceBroken), 4), (Some(Code::SourceBroken), 4)));
    }

    fn source(folder: &Path, disease: &str) -> FolderConnector {
        std::fs::create_dir(folder).unwrap();
        let rows: String = (0..40).map(|row| format!("{},{disease}\n", 40 + row % 2)).collect();
        std::fs::write(folder.join("table.csv"), format!("age,disease\n{rows}")).unwrap();
        FolderConnector::new(folder.to_owned())
    }

    #[test]
    fn records_that_no_other_node_would_read_are_refused_when_they_are_prepared() {
        let folder = tempfile::tempdir().unwrap();
        let columns = 20_000;
        let heads: Vec<String> = (0..columns).map(|column| format!("hb{column}")).collect();
        let row = vec!["1"; columns].join(",");
        let table = format!("{}\n{row}\n{row}\n", heads.join(","));
        std::fs::write(folder.path().join("table.csv"), table).unwrap();
        let (made, retrieved) = twice(folder.path(), "table");
        let refusal = made.map(drop).unwrap_err();
        assert_eq!((refusal.code, retrieved), (Code::TooLarge, 1), "{refusal}");
        assert!(refusal.message.contains("20000 columns"), "{refusal}");
    }

    #[test]
    fn two_owners_with_data_sets_of_one_name_share_no_records() {
        let folder = tempfile::tempdir().unwrap();
        let (north, south) = (source(&folder.path().join("n"), "flu"), source(&folder.path().join("s"), "gout"));
        let sets = PreparedSets::default();
        let get = |owner: u8, source: &FolderConnector| {
            let dataset = (OwnerId::from_bytes([owner; 16]), "records".parse().unwrap());
            sets.get(source, &Wanted { dataset: &dataset, record_type: "table", k: 2, config: None }).unwrap()
        };
        let (of_north, of_south) = (get(1, &north), get(2, &south));
        assert_ne!(of_north.source, of_south.source);
        assert!(Arc::ptr_eq(&get(1, &north), &of_north) && Arc::ptr_eq(&get(2, &south), &of_south));
    }
}
