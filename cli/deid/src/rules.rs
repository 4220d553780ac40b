//! `run --rules`: FHIR path rules, resource by resource, in memory that does not grow with the input.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use medshare_cli_terminal::{Failure, counted};
use medshare_deid::PackageKey;
use medshare_deid::records::fhir::Numbers;
use medshare_deid_pathrules::{PathRules, RuleEngine};

use crate::configuration::today;
use crate::file_kind::{bare_name, is_fhir};
use crate::input::holds_none;
use crate::output::write_folder;
use crate::resources::{Quarantine, for_each_resource};
use crate::unchanged::Seen;
use crate::words::{note, warn};

/// What was done.
#[derive(Debug, serde::Serialize)]
pub struct Done {
    resources: u64,
    quarantined: u64,
}

/// Applies the rules at `path` to every line of every file.
pub fn run(inputs: &[PathBuf], path: &Path, out: &Path, key: &PackageKey) -> Result<Done> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let rules = PathRules::parse(&text).with_context(|| path.display().to_string())?;
    rules.warnings().iter().for_each(|warning| warn(warning));
    let engine = RuleEngine::new(rules, key, Some(today())).context("the keys in the rules cannot be used")?;
    let seen = Seen::of(inputs)?;
    let files = seen.files();
    if files.is_empty() || !files.iter().all(|file| is_fhir(file)) {
        let message = "path rules are for FHIR; expected files that end in .ndjson or .json (or these with .gz)";
        bail!(Failure::argument(message));
    }
    let names: Vec<String> = files.iter().map(|file| bare_name(file)).collect();
    if let Some((_, twice)) =
        names.iter().enumerate().find(|(index, name)| names.iter().take(*index).any(|other| other == *name))
    {
        let message = format!("two files are named {twice}; expected different names, because the result keeps them");
        bail!(Failure::argument(message));
    }
    let (mut resources, mut quarantine) = (0, Quarantine::default());
    write_folder(out, |folder| {
        for (file, name) in files.iter().zip(&names) {
            let problem = || format!("cannot write {name}");
            let mut lines = BufWriter::new(std::fs::File::create(folder.join(name)).with_context(problem)?);
            for_each_resource(file, &mut quarantine, |resource, line| {
                let (resource, numbers) = Numbers::of(line, resource);
                numbers.write(&engine.apply(&resource)?, &mut lines).with_context(problem)?;
                resources += 1;
                lines.write_all(b"\n").with_context(problem)
            })?;
            lines.flush().with_context(problem)?;
        }
        if resources == 0 {
            quarantine.tell();
            return Err(holds_none(&files));
        }
        seen.confirm()
    })?;
    quarantine.tell();
    let written = counted(resources, "resource", "resources");
    note(&format!("{written} written; path rules were applied, k-anonymity was not looked at"));
    Ok(Done { resources, quarantined: quarantine.count })
}
