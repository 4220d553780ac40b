//! FHIR resources from files, one by one.
//!
//! What is no FHIR resource is set aside: counted and named, never passed on.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use medshare_deid::records::read_resource;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::file_kind::{bare_name, is_document};
use crate::words::warn;

/// Most lines that are named one by one.
const NAMED_LINES: usize = 20;

/// Longest line of NDJSON, so that a file without line ends does not fill the memory.
const MAX_LINE_BYTES: u64 = 64 << 20;

/// Longest file with one resource, such as a bundle.
const MAX_DOCUMENT_BYTES: u64 = 256 << 20;

/// Lines and files that are no FHIR resource: all counted, the first ones named.
#[derive(Debug, Default)]
pub struct Quarantine {
    named: Vec<String>,
    pub count: u64,
}

/// Opens a file, undoing gzip, with a bar for progress through it.
pub fn open(path: &Path) -> Result<(Box<dyn BufRead>, ProgressBar)> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let bar = ProgressBar::new(file.metadata()?.len());
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {bytes}/{total_bytes}") {
        bar.set_style(style);
    }
    bar.set_message(bare_name(path));
    let tracked = bar.wrap_read(file);
    let reader: Box<dyn BufRead> = if path.extension().is_some_and(|end| end == "gz") {
        Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(tracked)))
    } else {
        Box::new(BufReader::new(tracked))
    };
    Ok((reader, bar))
}

/// Why a file that is open cannot be read to its end: what its name promises may be what is wrong.
pub fn unreadable(path: &Path, error: io::Error) -> anyhow::Error {
    let file = path.display();
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            anyhow!("cannot read {file}: it is not packed with gzip as its name says, or damaged")
        }
        io::ErrorKind::UnexpectedEof => anyhow!("cannot read {file}: it ends too early; it was cut off, or is empty"),
        _ => anyhow::Error::new(error).context(format!("cannot read {file}")),
    }
}

/// Hands on the resources of a file one by one, each with its line; lines that are none are set aside. Memory does not grow with the file.
pub fn for_each_resource(
    path: &Path,
    quarantine: &mut Quarantine,
    mut take: impl FnMut(Value, &[u8]) -> Result<()>,
) -> Result<()> {
    let (mut reader, bar) = open(path)?;
    if is_document(path) {
        document(path, reader, quarantine, take)?;
        bar.finish_and_clear();
        return Ok(());
    }
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = reader.by_ref().take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut line);
        if read.map_err(|error| unreadable(path, error))? == 0 {
            break;
        }
        if line.len() as u64 > MAX_LINE_BYTES {
            bail!(
                "{}, line {number}: longer than {} MiB; expected one FHIR resource per line",
                path.display(),
                MAX_LINE_BYTES >> 20
            );
        }
        let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match read_resource(text) {
            Ok(resource) => take(resource, text).with_context(|| format!("{}, line {number}", path.display()))?,
            Err(problem) => quarantine.add(format!("{}, line {number}: {problem}", path.display())),
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// Hands on the one resource of a file.
fn document(
    path: &Path,
    reader: impl Read,
    quarantine: &mut Quarantine,
    mut take: impl FnMut(Value, &[u8]) -> Result<()>,
) -> Result<()> {
    let mut bytes = Vec::new();
    reader.take(MAX_DOCUMENT_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, error))?;
    if bytes.len() as u64 > MAX_DOCUMENT_BYTES {
        bail!(
            "{}: longer than {} MiB; split it, or write a resource per line",
            path.display(),
            MAX_DOCUMENT_BYTES >> 20
        );
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    match read_resource(text) {
        Ok(resource) => take(resource, text).with_context(|| path.display().to_string())?,
        Err(problem) => {
            let line = serde_json::from_slice::<IgnoredAny>(text).map_or_else(|error| error.line(), |_| 1);
            quarantine.add(format!("{}, line {line}: {problem}", path.display()));
        }
    }
    Ok(())
}

impl Quarantine {
    fn add(&mut self, problem: String) {
        self.count += 1;
        if self.named.len() < NAMED_LINES {
            self.named.push(problem);
        }
    }

    /// Says on standard error what was set aside.
    pub fn tell(&self) {
        self.named.iter().for_each(|line| warn(line));
        if self.count > 0 {
            let lines = if self.count == 1 { "1 line was" } else { &format!("{} lines were", self.count) };
            warn(&format!(
                "{lines} set aside and {} not part of the result",
                if self.count == 1 { "is" } else { "are" }
            ));
        }
    }
}
