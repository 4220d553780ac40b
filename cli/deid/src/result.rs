//! A result beside what it was made from, as a page that can be signed.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use medshare_deid::account::account;
use medshare_deid::report::{ReleasedFile, ReportParts, html};
use medshare_deid::risk::risk;
use medshare_deid::sensitive::sensitive_attributes;
use medshare_deid::{DeidConfig, DeidReport, Records, SensitivityReport};

use crate::file_kind::files_of;

/// What is compared.
pub struct Compared<'a> {
    pub before: &'a Records,
    pub after: &'a Records,
    pub config: &'a DeidConfig,
    pub sensitivity: SensitivityReport,
    pub done: &'a DeidReport,
    pub released: Vec<ReleasedFile>,
}

/// The report as HTML.
pub fn page(compared: &Compared<'_>, fraction: f64, date: &str) -> String {
    let title = match compared.before {
        Records::Table(table) => table.name.clone(),
        Records::Fhir(_) => "FHIR R4 records".to_owned(),
    };
    let account = account(compared.before, compared.after, compared.config, compared.done);
    html(&ReportParts {
        account: &account,
        sensitive: &sensitive_attributes(compared.after, compared.config),
        title: &title,
        date,
        config: compared.config,
        sensitivity: &compared.sensitivity,
        done: compared.done,
        before: &risk(compared.before, compared.config, fraction),
        after: &risk(compared.after, compared.config, fraction),
        checked: &medshare_deid::check(compared.after, compared.config),
        released: &compared.released,
        sampling_fraction: fraction,
    })
}

/// The files of a result with their digests, which a signature is about.
pub fn released_files(path: &Path) -> Result<Vec<ReleasedFile>> {
    let files = files_of(&[path.to_owned()])?;
    let read = |file: &PathBuf| {
        let reading = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        ReleasedFile::read(name, reading).with_context(|| format!("cannot read {}", file.display()))
    };
    files.iter().map(read).collect()
}
