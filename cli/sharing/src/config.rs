//! `medshare config`: what need not be typed with every command.

use crate::context::{certificate_in, genesis_of};
use crate::setting::{ConfigFile, Name, Source, path, text, variable};
use crate::told::Told;
use clap::{Args, Subcommand};
use medshare_agent::client::NodeUrl;
use medshare_cli_terminal::{Answer, Cell, Exit, Failure, Table, TableArgs};
use medshare_genesis::key_files;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Set genesis, nodes and key once for all commands.
///
/// They stand in a file, $XDG_CONFIG_HOME/medshare/config.toml or where MEDSHARE_CONFIG says. An option goes before a variable of the
/// environment, and that before the file. Paths in the file may be relative to it. To take a setting away, delete its line.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare config set genesis genesis.toml
  medshare config set node http://127.0.0.1:27002
  medshare config set key alice.key
  medshare config show
From then on `medshare package open alice.package` knows network, node and key.")]
pub struct ConfigArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show what holds now, and where each setting comes from.
    Show(TableArgs),
    /// Write a setting to the file.
    Set {
        /// Which.
        name: Name,
        /// Its value: a file, which must be there and be one of that kind, or addresses of nodes with commas between them.
        value: String,
    },
    /// Show where the file is.
    Path,
}

#[derive(Serialize)]
struct Shown {
    name: &'static str,
    value: Option<String>,
    source: Option<Whence>,
}

/// Where a setting comes from.
#[derive(Serialize)]
struct Whence {
    /// `option`, `variable` or `file`.
    kind: &'static str,
    /// The variable's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    variable: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip)]
    words: String,
}

impl From<Source> for Whence {
    fn from(source: Source) -> Self {
        let words = source.to_string();
        let (kind, variable, file, line) = match source {
            Source::Option => ("option", None, None, None),
            Source::Variable(name) => ("variable", Some(name), None, None),
            Source::File { path, line } => ("file", None, Some(path), Some(line)),
        };
        Self { kind, variable, file, line, words }
    }
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`].
pub fn run(args: &ConfigArgs) -> Result<Answer, Failure> {
    match &args.verb {
        Verb::Show(table) => show(*table),
        Verb::Set { name, value } => set(*name, value),
        Verb::Path => {
            let place = ConfigFile::place().ok_or_else(nowhere)?;
            Answer::new(&serde_json::json!({"file": place}), place.display().to_string())
        }
    }
}

fn show(args: TableArgs) -> Result<Answer, Failure> {
    let shown = Name::ALL.map(|name| {
        let found = if name.is_path() {
            path(name, None)?.map(|found| (found.value.display().to_string(), found.source))
        } else {
            text(name)?.map(|found| (found.value, found.source))
        };
        let (value, source) = found.map(|(value, source)| (value, Whence::from(source))).unzip();
        Ok(Shown { name: name.word(), value, source })
    });
    let shown = shown.into_iter().collect::<Result<Vec<_>, Failure>>()?;
    let mut table = Table::new(&["setting", "value", "_where"]);
    shown.iter().for_each(|one| table.row(cells(one)));
    Answer::new(&shown, table.text(args, ""))
}

fn cells(shown: &Shown) -> Vec<Cell> {
    let (value, whence) = (shown.value.as_deref(), shown.source.as_ref().map(|source| source.words.as_str()));
    vec![shown.name.into(), value.unwrap_or("not set").into(), whence.unwrap_or_default().into()]
}

fn set(name: Name, value: &str) -> Result<Answer, Failure> {
    let value = if name.is_path() { file(value)? } else { nodes(value)? };
    must_be_one(name, &value)?;
    let place = ConfigFile::place().ok_or_else(nowhere)?;
    ConfigFile::set(place.clone(), name, &value)?;
    let before = variable(name)?.map(|found| found.source);
    let over = before.map(|source| match source {
        Source::Variable(variable) => format!("\nuntil {variable} is unset, that goes before it"),
        Source::Option | Source::File { .. } => String::new(),
    });
    let made = serde_json::json!({"name": name.word(), "value": value, "file": place});
    Answer::new(&made, format!("{name} is {value}, in {}{}", place.display(), over.unwrap_or_default()))
}

/// A file that is there, under a name that holds in every folder.
fn file(value: &str) -> Result<String, Failure> {
    let path = std::path::absolute(value).ok().filter(|path| path.is_file());
    let path = path.ok_or_else(|| Failure::new(Exit::Failure, "file", format!("there is no file {value}")))?;
    let text = path.into_os_string().into_string();
    text.map_err(|_| Failure::argument("the file's name is no text, and cannot stand in the configuration file"))
}

/// Refuses a file of another kind than the setting names.
fn must_be_one(name: Name, value: &str) -> Result<(), Failure> {
    let path = Path::new(value);
    match name {
        Name::Genesis => genesis_of(path).map(drop),
        Name::Key => key_files::read(path).map(drop).map_err(Told::told),
        Name::Ca => certificate_in(path).map(drop),
        Name::Node => Ok(()),
    }
}

fn nodes(value: &str) -> Result<String, Failure> {
    for url in value.split(',') {
        url.parse::<NodeUrl>().map_err(|error| Failure::argument(format!("{url:?} is no node: {error}")))?;
    }
    Ok(value.to_owned())
}

fn nowhere() -> Failure {
    Failure::new(Exit::Failure, "config", "there is no place for a configuration file")
        .hint("set MEDSHARE_CONFIG to one, such as medshare.toml")
}
