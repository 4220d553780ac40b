//! Where a command finds its genesis, nodes and key: in its options, else the environment, else the configuration file.

mod file;
mod name;

pub use file::ConfigFile;
pub use name::Name;

use medshare_cli_terminal::Failure;
use medshare_cli_terminal::environment::empty_variable;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// What a command was told, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    pub value: T,
    pub source: Source,
}

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An option of the command: whoever typed it sees it.
    Option,
    /// A variable of the environment.
    Variable(&'static str),
    /// A line of the configuration file.
    File { path: PathBuf, line: usize },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option => f.write_str("named on the command line"),
            Self::Variable(name) => write!(f, "named by {name}"),
            Self::File { path, line } => write!(f, "named in {}, line {line}", path.display()),
        }
    }
}

impl Source {
    /// A failure that is about what was found here says where, unless it was typed just now.
    pub fn of(&self, failure: Failure) -> Failure {
        match self {
            Self::Option => failure,
            Self::Variable(_) | Self::File { .. } => failure.aside(&self.to_string()),
        }
    }
}

impl Source {
    /// The same where a failure may be about several settings: says which one this is.
    pub fn of_setting(&self, name: Name, failure: Failure) -> Failure {
        match self {
            Self::Option => failure,
            Self::Variable(_) | Self::File { .. } => failure.aside(&format!("the {name} is {self}")),
        }
    }
}

/// A setting that names a file. In the configuration file, a path is relative to that file.
///
/// # Errors
/// When the variable is empty, or the configuration file cannot be read.
pub fn path(name: Name, option: Option<&Path>) -> Result<Option<Setting<PathBuf>>, Failure> {
    if let Some(path) = option {
        return Ok(Some(Setting { value: path.to_owned(), source: Source::Option }));
    }
    if let Some(found) = variable(name)? {
        return Ok(Some(Setting { value: found.value.into(), source: found.source }));
    }
    Ok(ConfigFile::read()?.and_then(|file| file.path_of(name)))
}

/// A setting that is text.
///
/// # Errors
/// As [`path`].
pub fn text(name: Name) -> Result<Option<Setting<String>>, Failure> {
    if let Some(found) = variable(name)? {
        let value = found.value.to_string_lossy().into_owned();
        return Ok(Some(Setting { value, source: found.source }));
    }
    Ok(ConfigFile::read()?.and_then(|file| file.text_of(name)))
}

/// The variable of a setting, where it is set.
///
/// # Errors
/// When it is empty: nobody can tell what is meant by that.
pub fn variable(name: Name) -> Result<Option<Setting<OsString>>, Failure> {
    let variable = name.variable();
    match std::env::var_os(variable) {
        Some(value) if value.is_empty() => Err(empty_variable(variable)),
        value => Ok(value.map(|value| Setting { value, source: Source::Variable(variable) })),
    }
}

/// What to do where nothing names the key that is needed; whoever needs it knows where one of its kind is.
pub fn missing_key(whence: &str) -> Failure {
    unnamed(Name::Key, &format!("; {whence}"))
}

/// What to do where nothing else names what is needed.
pub fn missing(name: Name) -> Failure {
    unnamed(
        name,
        match name {
            Name::Genesis => {
                "; the network's founders hand it out, and where `medshare network create DIR` founded it, it is DIR/genesis.toml"
            }
            Name::Node => "; `medshare network status DIR` tells addresses",
            Name::Key | Name::Ca => "",
        },
    )
}

fn unnamed(name: Name, whence: &str) -> Failure {
    let (option, variable) = (name.option(), name.variable());
    let value = option.split(' ').next_back().unwrap_or_default();
    let once = format!("or once for all with `medshare config set {name} {value}`");
    Failure::argument(format!("no {name} is named"))
        .hint(format!("name it with {option} or {variable}, {once}{whence}"))
}
