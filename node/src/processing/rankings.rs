//! Sensitivity of what was retrieved, ranked once for every state of a source.

use medshare_crypto::hash::Hash32;
use medshare_deid::SensitivityReport;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Sources remembered.
const MAX_RANKINGS: usize = 64;

/// Rankings by digest of the source.
#[derive(Default)]
pub struct Rankings(Mutex<HashMap<Hash32, Arc<SensitivityReport>>>);

impl Rankings {
    /// The ranking of a source, made by `rank` when it is new.
    pub fn get_or_rank(&self, digest: Hash32, rank: impl FnOnce() -> SensitivityReport) -> Arc<SensitivityReport> {
        let mut rankings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(report) = rankings.get(&digest) {
            return Arc::clone(report);
        }
        if rankings.len() >= MAX_RANKINGS {
            rankings.clear();
        }
        let report = Arc::new(rank());
        rankings.insert(digest, Arc::clone(&report));
        report
    }
}
