//! Going through FHIR files resource by resource, in memory that does not grow with them.

use std::path::PathBuf;

use anyhow::Result;
use medshare_deid::{DeidConfig, Inspection, fhir};
use serde_json::Value;

use crate::input::holds_none;
use crate::resources::{Quarantine, for_each_resource};
use crate::unchanged::Seen;

/// Goes through FHIR files resource by resource: once for the year in which ages are counted, unless none can be later than the configured one, and once for
/// everything else. `open` takes bundles apart. Files without any resource are refused.
pub fn inspect<'a>(
    files: &[PathBuf],
    config: &'a DeidConfig,
    open: impl Fn(Value) -> Vec<Value>,
) -> Result<(Inspection<'a>, Quarantine)> {
    let seen = Seen::of(files)?;
    let mut latest_year = None;
    if config.reference_year.is_none_or(|year| year < config.last_plausible_year()) {
        for file in files {
            for_each_resource(file, &mut Quarantine::default(), |resource, _| {
                let year = |resource| fhir::event_year(resource, config.last_plausible_year());
                latest_year = latest_year.max(open(resource).iter().filter_map(year).max());
                Ok(())
            })?;
        }
    }
    let (mut inspection, mut quarantine) = (Inspection::new(config, latest_year), Quarantine::default());
    let mut is_empty = true;
    for file in files {
        for_each_resource(file, &mut quarantine, |resource, _| {
            is_empty = false;
            open(resource).iter().for_each(|resource| inspection.add(resource));
            Ok(())
        })?;
    }
    seen.confirm()?;
    if is_empty {
        quarantine.tell();
        return Err(holds_none(files));
    }
    Ok((inspection, quarantine))
}
