//! Reads a table from a file.
//!
//! One with a broken row is refused whole, since columns may have slipped.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use medshare_cli_terminal::Failure;
use medshare_deid::Records;
use medshare_deid::records::{FillError, TableText, fill, read_own_table};

use crate::file_kind::bare_name;
use crate::parquet_file;
use crate::resources::{open, unreadable};

/// What is said of a table's text.
#[derive(Clone, Debug, Default, Args)]
pub struct TableArgs {
    /// What separates fields of a CSV file: comma, semicolon, tab or bar, or the character itself. Seen in its first line if not given.
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// Whether the first line of a CSV file names the columns: yes, or no for a table without names, whose columns are then called column_1,
    /// column_2 and so on. If not given, a first line that seems to be a row is refused.
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    pub header: Option<bool>,
}

/// A separator by its name, or itself.
fn delimiter(text: &str) -> Result<u8, String> {
    let named = [("comma", b','), ("semicolon", b';'), ("tab", b'\t'), ("\\t", b'\t'), ("bar", b'|')];
    let named = named.iter().find(|(name, _)| *name == text).map(|(_, byte)| *byte);
    let itself = || match text.as_bytes() {
        [byte] if !matches!(byte, b'"' | b'\n' | b'\r') => Some(*byte),
        _ => None,
    };
    named.or_else(itself).ok_or_else(|| {
        "expected comma, semicolon, tab or bar, or one ASCII character that is neither a quote nor a line end"
            .to_owned()
    })
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("expected yes or no".to_owned()),
    }
}

/// What to do with a table that is named otherwise, such as `.tsv` or `.txt`.
pub const OTHER_TABLES: &str = "a table of text is read where its name ends in .csv, whatever separates its fields";

/// Reads a table by its file's name.
pub fn read_one_table(path: &Path, args: &TableArgs) -> Result<Records> {
    let name = bare_name(path);
    if let Some(stem) = name.strip_suffix(".parquet") {
        return parquet_file::read(path, stem).map(Records::Table);
    }
    let Some(stem) = name.strip_suffix(".csv") else {
        let message = format!("{}: unknown kind of file; expected .csv, .parquet, .ndjson or .json", path.display());
        bail!(Failure::argument(message).hint(OTHER_TABLES));
    };
    let (reader, bar) = open(path)?;
    let named = || path.display().to_string();
    let mut bytes = Vec::new();
    fill(&mut bytes, reader).map_err(|error| match error {
        FillError::Io(error) => unreadable(path, error),
        FillError::Table(error) => anyhow::Error::new(error).context(named()),
    })?;
    bar.finish_and_clear();
    let form = TableText { delimiter: args.delimiter, has_header: args.header };
    read_own_table(stem, &bytes, &form).map(Records::Table).with_context(named)
}
