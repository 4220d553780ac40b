//! `run --rules`: FHIR path rules, resource by resource, in memory that does not grow with the input.

use std::io::{BufRead, BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use medshare_deid::PackageKey;
use medshare_deid::date::PartialDate;
use medshare_deid::pathrules::{PathRules, RuleEngine};
use medshare_deid::records::read_resource;

use super::RunArgs;
use super::input::{files_of, is_ndjson, open};
use super::output::write_folder;
use super::words::{note, warn};

/// What was done.
#[derive(Debug, serde::Serialize)]
pub(super) struct Done {
    resources: u64,
    quarantined: u64,
}

/// Applies the rules to every line of every file.
pub(super) fn run(args: &RunArgs, path: &Path, key: &PackageKey) -> Result<Done> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let rules = PathRules::parse(&text).with_context(|| path.display().to_string())?;
    rules.warnings().iter().for_each(|warning| warn(warning));
    let engine = RuleEngine::new(rules, key, Some(today())).context("the keys in the rules cannot be used")?;
    let files = files_of(&args.input.paths)?;
    if files.is_empty() || !files.iter().all(|file| is_ndjson(file)) {
        bail!("path rules are for FHIR; expected files that end in .ndjson or .ndjson.gz");
    }
    let mut done = Done { resources: 0, quarantined: 0 };
    write_folder(&args.out, |folder| {
        for file in &files {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let out = std::fs::File::create(folder.join(name.trim_end_matches(".gz")))?;
            apply(&engine, file, BufWriter::new(out), &mut done)?;
        }
        Ok(())
    })?;
    note(&format!("{} resources written; path rules were applied, k-anonymity was not looked at", done.resources));
    Ok(done)
}

fn apply(engine: &RuleEngine, path: &Path, mut out: BufWriter<std::fs::File>, done: &mut Done) -> Result<()> {
    let (mut reader, bar) = open(path)?;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if reader.read_until(b'\n', &mut line).with_context(|| format!("cannot read {}", path.display()))? == 0 {
            break;
        }
        let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let result = read_resource(text).map_err(anyhow::Error::from).and_then(|resource| Ok(engine.apply(&resource)?));
        match result {
            Ok(resource) => {
                serde_json::to_writer(&mut out, &resource)?;
                out.write_all(b"\n")?;
                done.resources += 1;
            }
            Err(problem) if problem.is::<medshare_deid::records::ResourceError>() => {
                done.quarantined += 1;
                warn(&format!("{}, line {number}: {problem}; set aside", path.display()));
            }
            Err(problem) => return Err(problem.context(format!("{}, line {number}", path.display()))),
        }
    }
    bar.finish_and_clear();
    out.flush()?;
    Ok(())
}

/// Today in UTC.
fn today() -> PartialDate {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    PartialDate::from_days((now.as_secs() / 86_400) as i64)
}
