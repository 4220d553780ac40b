//! Reading a file of any size, with progress.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use super::output::Output;

/// The input with a progress bar, which shows on a terminal only.
pub fn open_input(path: &Path, output: Output) -> anyhow::Result<impl Read> {
    let context = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(context)?;
    let len = file.metadata().with_context(context)?.len();
    let bar = if output.json { ProgressBar::hidden() } else { ProgressBar::new(len) };
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec}")?;
    Ok(bar.with_style(style).wrap_read(BufReader::with_capacity(1 << 20, file)))
}
