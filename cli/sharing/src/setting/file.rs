//! The configuration file: TOML, a line for each setting.

use super::{Name, Setting, Source};
use medshare_cli_terminal::lock::Lock;
use medshare_cli_terminal::whole_file::{make_folder, write_over};
use medshare_cli_terminal::{Exit, Failure, io_words};
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Names the file, where it is not in its usual place. Empty: there is none.
const VARIABLE: &str = "MEDSHARE_CONFIG";

/// The configuration file, read.
#[derive(Debug)]
pub struct ConfigFile {
    path: PathBuf,
    text: String,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    name: Name,
    value: String,
    line: usize,
    /// Of the value, with its quotes.
    bytes: Range<usize>,
}

impl ConfigFile {
    /// Where it is, or would be; `None` where there is no home to look in, or `MEDSHARE_CONFIG` is empty.
    pub fn place() -> Option<PathBuf> {
        if let Some(path) = std::env::var_os(VARIABLE) {
            return Some(PathBuf::from(path)).filter(|path| !path.as_os_str().is_empty());
        }
        // The XDG specification has relative paths ignored.
        let configured = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = configured.or_else(|| std::env::home_dir().map(|home| home.join(".config")))?;
        Some(folder.join("medshare").join("config.toml"))
    }

    /// The file, where there is one.
    ///
    /// # Errors
    /// When it cannot be read or understood, or `MEDSHARE_CONFIG` names none.
    pub fn read() -> Result<Option<Self>, Failure> {
        let Some(path) = Self::place() else { return Ok(None) };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(path, text).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && std::env::var_os(VARIABLE).is_none() => {
                Ok(None)
            }
            Err(error) => {
                let message = format!("cannot read the configuration file {}: {}", path.display(), io_words(&error));
                let failure = Failure::new(Exit::Failure, "config", message);
                Err(failure.hint(format!("{VARIABLE} names it; `medshare config set` makes one")))
            }
        }
    }

    /// The file, or an empty one in its place.
    ///
    /// # Errors
    /// As [`ConfigFile::read`].
    fn read_or_new(path: PathBuf) -> Result<Self, Failure> {
        if path.exists() { Ok(Self::read()?.unwrap_or(Self::empty(path))) } else { Ok(Self::empty(path)) }
    }

    const fn empty(path: PathBuf) -> Self {
        Self { path, text: String::new(), entries: Vec::new() }
    }

    fn parse(path: PathBuf, text: String) -> Result<Self, Failure> {
        let wrong = |at: usize, what: &str| {
            let place = format!("{}, line {}", path.display(), line_of(&text, at));
            let failure = Failure::new(Exit::Failure, "config", format!("{place}: {what}"));
            failure.hint("each line is NAME = \"VALUE\", with a name of: genesis, node, key, ca")
        };
        let table = DeTable::parse(&text).map_err(|error| {
            let at = error.span().map_or(text.len(), |span| span.start);
            wrong(at, error.message())
        })?;
        let mut entries = Vec::new();
        for (key, value) in table.get_ref() {
            let word: &str = key.get_ref();
            let name = Name::ALL.into_iter().find(|name| name.word() == word);
            let name = name.ok_or_else(|| wrong(key.span().start, &format!("there is no setting {word:?}")))?;
            let bytes = value.span();
            let DeValue::String(value) = value.get_ref() else {
                return Err(wrong(bytes.start, &format!("{name}: expected text between quotes")));
            };
            if value.is_empty() {
                return Err(wrong(bytes.start, &format!("{name}: expected {}, and this is empty", name.what())));
            }
            entries.push(Entry { name, value: value.clone().into_owned(), line: line_of(&text, bytes.start), bytes });
        }
        Ok(Self { path, text, entries })
    }

    fn entry(&self, name: Name) -> Option<(&Entry, Source)> {
        let entry = self.entries.iter().find(|entry| entry.name == name)?;
        Some((entry, Source::File { path: self.path.clone(), line: entry.line }))
    }

    /// A setting as it stands there.
    pub fn text_of(&self, name: Name) -> Option<Setting<String>> {
        self.entry(name).map(|(entry, source)| Setting { value: entry.value.clone(), source })
    }

    /// A setting that names a file; `~/` is the home, and what is relative is relative to this file.
    pub fn path_of(&self, name: Name) -> Option<Setting<PathBuf>> {
        let (entry, source) = self.entry(name)?;
        let home = || entry.value.strip_prefix("~/").and_then(|inside| Some(std::env::home_dir()?.join(inside)));
        let beside = || self.path.parent().unwrap_or(Path::new("")).join(&entry.value);
        Some(Setting { value: home().unwrap_or_else(beside), source })
    }

    /// Writes the file in its place with another value of a setting. Everything else stays: comments, order, what people wrote, and what another command
    /// sets at the same time.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn set(place: PathBuf, name: Name, value: &str) -> Result<(), Failure> {
        if let Some(folder) = place.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_folder(folder).map_err(|e| {
                let message = format!("cannot make the folder {}: {}", folder.display(), io_words(&e));
                Failure::output(message)
            })?;
        }
        let lock = Lock::of(&place)?;
        Self::read_or_new(place)?.write(name, value, &lock)
    }

    fn write(mut self, name: Name, value: &str, lock: &Lock) -> Result<(), Failure> {
        let quoted = toml::Value::from(value).to_string();
        if let Some(entry) = self.entries.iter().find(|entry| entry.name == name) {
            self.text.replace_range(entry.bytes.clone(), &quoted);
        } else {
            if !self.text.is_empty() && !self.text.ends_with('\n') {
                self.text.push('\n');
            }
            self.text.push_str(&format!("{name} = {quoted}\n"));
        }
        Ok(write_over(&self.path, &self.text, lock)?)
    }
}

/// Lines are counted from 1.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<ConfigFile, String> {
        ConfigFile::parse(PathBuf::from("/etc/c.toml"), text.to_owned()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn paths_are_relative_to_the_file_and_its_lines_are_told() {
        let file = parsed("# mine\ngenesis = 'net/genesis.toml'\nkey = \"/keys/me.key\"\n").unwrap();
        let genesis = file.path_of(Name::Genesis).unwrap();
        assert_eq!(genesis.value, Path::new("/etc/net/genesis.toml"));
        assert_eq!(genesis.source.to_string(), "named in /etc/c.toml, line 2");
        assert_eq!(file.path_of(Name::Key).unwrap().value, Path::new("/keys/me.key"));
        assert!(file.text_of(Name::Node).is_none());
    }

    #[test]
    fn what_is_wrong_is_told_with_line_and_name() {
        for (text, told) in [
            ("genesis = 'a'\nnodes = 'b'\n", "/etc/c.toml, line 2: there is no setting \"nodes\""),
            ("\nnode = 3\n", "/etc/c.toml, line 2: node: expected text between quotes"),
            ("node = ['a']\n", "/etc/c.toml, line 1: node: expected text between quotes"),
            ("\n\nkey = ''\n", "/etc/c.toml, line 3: key: expected your key file, and this is empty"),
            ("[node]\nurl = 'x'\n", "/etc/c.toml, line 1: node: expected text between quotes"),
        ] {
            assert_eq!(parsed(text).unwrap_err(), told);
        }
        for broken in ["genesis = a\n", "genesis = 'a'\ngenesis = 'b'\n", "genesis\n"] {
            assert!(parsed(broken).unwrap_err().starts_with("/etc/c.toml, line "), "{broken}");
        }
    }

    #[test]
    fn setting_one_leaves_everything_else_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a").join("config.toml");
        ConfigFile::set(path.clone(), Name::Node, "http://127.0.0.1:1").unwrap();
        let lock = Lock::of(&path).unwrap();
        let text = "# mine\ngenesis = 'old' # by hand\nnode = \"http://127.0.0.1:1\"";
        let file = ConfigFile::parse(path.clone(), text.to_owned()).unwrap();
        file.write(Name::Genesis, "/a \"quoted\" place", &lock).unwrap();
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written, "# mine\ngenesis = '/a \"quoted\" place' # by hand\nnode = \"http://127.0.0.1:1\"");
        ConfigFile::parse(path.clone(), written).unwrap().write(Name::Key, "/me.key", &lock).unwrap();
        let file = ConfigFile::parse(path.clone(), std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(file.text_of(Name::Genesis).unwrap().value, "/a \"quoted\" place");
        assert_eq!(file.text_of(Name::Key).unwrap().value, "/me.key");
    }
}
