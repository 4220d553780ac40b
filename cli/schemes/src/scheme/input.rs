//! Reading a file of any size, or standard input, with progress.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use super::output::Output;

/// What standard input is called.
const STANDARD_INPUT: &str = "-";

/// The input with a progress bar, which shows on a terminal only.
pub fn open_input(path: &Path, output: Output) -> anyhow::Result<Box<dyn Read>> {
    let context = || format!("cannot read {}", path.display());
    let (file, len): (Box<dyn Read>, u64) = if path == Path::new(STANDARD_INPUT) {
        (Box::new(std::io::stdin()), 0)
    } else {
        let file = File::open(path).with_context(context)?;
        let len = file.metadata().with_context(context)?.len();
        (Box::new(file), len)
    };
    let bar = if output.json || len == 0 { ProgressBar::hidden() } else { ProgressBar::new(len) };
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec}")?;
    Ok(Box::new(bar.with_style(style).wrap_read(BufReader::with_capacity(1 << 20, file))))
}
