//! Configurations: read from a file, or proposed from records.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use medshare_deid::date::PartialDate;
use medshare_deid::{DeidConfig, HierarchyConfig, Records};

use crate::words::{listed, warn};

/// The configuration that goes with a release.
pub const RELEASE: &str = "release.toml";

/// The configuration in a file, or one proposed from the records, of which people are told that it is no decision.
pub fn chosen(path: Option<&Path>, records: &Records) -> Result<DeidConfig> {
    match path {
        Some(path) => {
            let mut config = load(path)?;
            count_at_release(&mut config, records);
            Ok(config)
        }
        None => {
            let config = proposed(records);
            if let Records::Table(_) = records {
                warn(&format!(
                    "roles of columns are guesses (quasi-identifiers: {}; kept: {}); decide with `plan` and --config",
                    listed(&config.table.quasi_identifiers),
                    listed(&config.table.keep)
                ));
            }
            Ok(config)
        }
    }
}

/// Records are released today, and ages are counted then, unless an owner of resources says when.
pub fn count_at_release(config: &mut DeidConfig, records: &Records) {
    if matches!(records, Records::Table(_)) || config.reference_year.is_none() {
        config.release_year.get_or_insert_with(|| today().year);
    }
}

/// The configuration proposed from the records, for a release today.
pub fn proposed(records: &Records) -> DeidConfig {
    let mut config = DeidConfig::default_for(records);
    count_at_release(&mut config, records);
    config
}

/// Today in UTC.
pub fn today() -> PartialDate {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    PartialDate::from_days((now.as_secs() / 86_400) as i64)
}

/// The configuration of a release: in the file that is named, else in the one that lies beside its records.
pub fn of_release(named: Option<&Path>, paths: &[PathBuf]) -> Result<Option<DeidConfig>> {
    let beside = || {
        let [path] = paths else { return None };
        let folder = if path.is_dir() { path.as_path() } else { path.parent()? };
        Some(folder.join(RELEASE)).filter(|file| file.is_file())
    };
    named.map(Path::to_owned).or_else(beside).map(|path| load(&path)).transpose()
}

/// What [`of_release`] reads.
///
/// # Errors
/// When the configuration cannot be written as TOML.
pub fn release_text(config: &DeidConfig) -> Result<String> {
    let text = toml::to_string(config).context("the configuration cannot be written")?;
    Ok(format!(
        "# What was required of these records, and what their columns are: `medshare deid check` reads it.\n{text}"
    ))
}

/// The configuration in a file, its hierarchies loaded.
pub fn load(path: &Path) -> Result<DeidConfig> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut config: DeidConfig =
        toml::from_str(&text).with_context(|| format!("{} is no configuration", path.display()))?;
    for (column, hierarchy) in &mut config.table.hierarchies {
        let HierarchyConfig::File { path: file, delimiter } = hierarchy else { continue };
        let file = path.parent().unwrap_or(Path::new(".")).join(&*file);
        let problem = || format!("hierarchy of `{column}` in {}", file.display());
        let bytes = std::fs::read(&file).with_context(problem)?;
        let separator = u8::try_from(*delimiter).with_context(problem)?;
        let rows = medshare_deid::anon::Hierarchy::rows_from_csv(&bytes, separator).with_context(problem)?;
        *hierarchy = HierarchyConfig::Rows { rows };
    }
    Ok(config)
}
