//! De-identified once, told apart for every package.
//!
//! What packages of the same records have in common is nearly everything: their texts differ only in pseudonyms and shifted dates.
//! [`prepare`] does the work that they share and leaves a slot for each such value; [`Prepared::values`] gives the values of one package,
//! and [`Template::render`] puts them in. The result is byte for byte what [`deidentify`](crate::deidentify) gives under the same key.

mod stand_ins;
mod template;

use crate::config::DeidConfig;
use crate::deidentify::{DeidError, DeidReport, under};
use medshare_deid_identifiers::{PackageKey, Pseudonyms};
use medshare_deid_records::Records;

use stand_ins::{Source, StandIns};
pub use template::{Rendered, Slot, SlotValue, Template, TemplateError, TemplateFile, are_distinct_pseudonyms};

/// De-identified records that lack only what a package's key decides.
///
/// Holds the originals of the identifiers that become pseudonyms: it stays with the owner. Its [`Template`] does not.
#[derive(Clone, Debug)]
pub struct Prepared {
    template: Template,
    sources: Vec<Source>,
    report: DeidReport,
}

/// De-identifies records as far as all their packages have it in common.
///
/// `key` is drawn anew for the preparation and never used for a package. It keeps the marks of slots apart from all that the records
/// can hold.
///
/// # Errors
/// As [`deidentify`](crate::deidentify).
pub fn prepare(records: &Records, config: &DeidConfig, key: &PackageKey) -> Result<Prepared, DeidError> {
    let stand_ins = StandIns::new(key);
    let deidentified = under(&stand_ins, records, config)?;
    let (template, sources) = stand_ins.cut(deidentified.records.to_files());
    Ok(Prepared { template, sources, report: deidentified.report })
}

impl Prepared {
    /// The text with its slots; holds nothing of the originals.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// What was done.
    #[must_use]
    pub fn report(&self) -> &DeidReport {
        &self.report
    }

    /// The values of all slots in the package with this key, and behind them the order of its records.
    #[must_use]
    pub fn values(&self, key: &PackageKey) -> Vec<SlotValue> {
        let pseudonyms = Pseudonyms::new(key);
        let values = self.sources.iter().map(|source| source.value(&pseudonyms));
        values.chain([SlotValue::Order(pseudonyms.order_seed())]).collect()
    }
}
