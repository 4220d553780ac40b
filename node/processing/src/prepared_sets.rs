//! Data sets as far as all their packages have them in common: retrieved, ranked and de-identified once for every state of a source.

use medshare_contract_abi::Sensitivity;
use medshare_crypto::hash::Hash32;
use medshare_deid::{DeidConfig, Level, PackageKey, Prepared, Records, SensitivityReport, classify, prepare};
use medshare_node_refusal::{Code, Refusal};
use medshare_node_sources::inspect::effective_config;
use medshare_node_sources::{Connector, Retrieved, SourceState};
use rand_core::{OsRng, RngCore};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::processing_node::DataSetKey;
use super::template_bounds::{check_bounds, check_records};
use super::templates::template_digest;

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

type Entry = Arc<Mutex<Option<(SourceState, u32, Arc<PreparedSet>)>>>;

/// The prepared form of every data set that was asked for.
#[derive(Default)]
pub struct PreparedSets(Mutex<HashMap<DataSetKey, Entry>>);

impl PreparedSets {
    /// A data set in its source's present state. Blocks; of several callers one prepares and the others wait.
    ///
    /// # Errors
    /// [`Refusal`] when the source cannot be read, or its records may not leave.
    pub fn get(&self, connector: &dyn Connector, wanted: &Wanted<'_>) -> Result<Arc<PreparedSet>, Refusal> {
        let entry = {
            let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(entries.entry(wanted.dataset.clone()).or_default())
        };
        let mut entry = entry.lock().unwrap_or_else(PoisonError::into_inner);
        // The state is taken before the records: if they change in between, the next caller sees another state.
        let state = connector.state().map_err(|e| broken(&e))?;
        if let Some((seen, k, set)) = &*entry
            && *seen == state
            && *k == wanted.k
        {
            return Ok(Arc::clone(set));
        }
        let set = Arc::new(make(connector.retrieve().map_err(|e| broken(&e))?, wanted)?);
        *entry = Some((state, wanted.k, Arc::clone(&set)));
        Ok(set)
    }
}

fn make(Retrieved { records, digest }: Retrieved, wanted: &Wanted<'_>) -> Result<PreparedSet, Refusal> {
    let (found, expected) = (records.type_label(), wanted.record_type);
    if found != expected {
        let message = format!("the records are of type {found}, the request asks for {expected}");
        return Err(Refusal::new(Code::WrongType, message));
    }
    let config = effective_config(&records, wanted.config, wanted.k);
    let ranking = classify(&records, &config);
    let prepared = prepared(&records, &config)?;
    check_bounds(prepared.template())?;
    // Some values stand for those of any package: they differ in what they say, not in how many there are.
    let rendered = prepared.template().render(&prepared.values(&fresh_key())).map_err(|e| Refusal::fault(&e))?;
    check_records(&rendered)?;
    let template = template_digest(prepared.template());
    Ok(PreparedSet { source: digest, ranking, config, prepared, template })
}

fn prepared(records: &Records, config: &DeidConfig) -> Result<Prepared, Refusal> {
    prepare(records, config, &fresh_key())
        .map_err(|e| Refusal::new(Code::NotAnonymous, format!("the records cannot leave: {e}")))
}

/// A key for pseudonyms and shifts that nobody has used.
#[must_use]
pub fn fresh_key() -> PackageKey {
    let mut secret = [0; 32];
    OsRng.fill_bytes(&mut secret);
    PackageKey::new(secret)
}

fn broken(error: &medshare_node_sources::ConnectorError) -> Refusal {
    let reason = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    tracing::error!(%error, reason, "the owner's records cannot be retrieved");
    let public = error.public_reason();
    Refusal::new(Code::SourceBroken, format!("the owner's records cannot be retrieved: {public}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use medshare_ledger::id::OwnerId;
    use medshare_node_sources::folder::FolderConnector;
    use std::path::Path;

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
        let heads: Vec<String> = (0..columns).map(|column| format!("c{column}")).collect();
        let row = vec!["1"; columns].join(",");
        let table = format!("{}\n{row}\n{row}\n", heads.join(","));
        std::fs::write(folder.path().join("table.csv"), table).unwrap();
        let dataset = (OwnerId::from_bytes([1; 16]), "records".parse().unwrap());
        let wanted = Wanted { dataset: &dataset, record_type: "table", k: 2, config: None };
        let source = FolderConnector::new(folder.path().to_owned());
        let refusal = PreparedSets::default().get(&source, &wanted).map(drop).unwrap_err();
        assert_eq!(refusal.code, Code::TooLarge, "{refusal}");
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
