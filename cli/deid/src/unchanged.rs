//! Whether files stay as they are while they are read: what was half read of one state and half of another was looked at in neither.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

use crate::file_kind::files_of;

/// Files as they are before they are read.
pub struct Seen {
    paths: Vec<PathBuf>,
    files: Vec<(PathBuf, Option<State>)>,
}

/// Size and time of change; nothing for pipes, which are read once.
type State = (u64, Option<SystemTime>);

impl Seen {
    /// Looks at files and folders.
    pub fn of(paths: &[PathBuf]) -> Result<Self> {
        let files = files_of(paths)?;
        let files = files.into_iter().map(|file| state(&file).map(|state| (file, state))).collect::<Result<_>>()?;
        Ok(Self { paths: paths.to_vec(), files })
    }

    /// The files, folders opened.
    pub fn files(&self) -> Vec<PathBuf> {
        self.files.iter().map(|(file, _)| file.clone()).collect()
    }

    /// Looks again, now that they were read.
    pub fn confirm(&self) -> Result<()> {
        let again = Self::of(&self.paths).context(CHANGED)?;
        let differs = |(one, other): (&(PathBuf, _), &(PathBuf, _))| (one != other).then(|| one.0.clone());
        let changed = self.files.iter().zip(&again.files).find_map(differs);
        match (changed, self.files.len() == again.files.len()) {
            (None, true) => Ok(()),
            (Some(file), true) => bail!("{} changed: {CHANGED}", file.display()),
            (_, false) => bail!("files came or went: {CHANGED}"),
        }
    }
}

const CHANGED: &str =
    "the records changed while they were read; wait until whoever writes them is done, and run this again";

fn state(file: &Path) -> Result<Option<State>> {
    let found = file.metadata().with_context(|| format!("cannot open {}", file.display()))?;
    Ok(found.is_file().then(|| (found.len(), found.modified().ok())))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn files_that_change_come_or_go_while_they_are_read_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        fs::write(file("a.ndjson"), "1").unwrap();
        let changes: [&dyn Fn(); 4] = [
            &|| fs::write(file("a.ndjson"), "12").unwrap(),
            &|| fs::write(file("b.ndjson"), "1").unwrap(),
            &|| fs::rename(file("b.ndjson"), file("c.ndjson")).unwrap(),
            &|| fs::remove_file(file("a.ndjson")).unwrap(),
        ];
        for change in changes {
            let seen = Seen::of(&[folder.path().to_owned()]).unwrap();
            seen.confirm().unwrap();
            change();
            let said = format!("{:#}", seen.confirm().unwrap_err());
            assert!(said.contains("run this again"), "{said}");
        }
        let seen = Seen::of(&[file("c.ndjson")]).unwrap();
        fs::remove_file(file("c.ndjson")).unwrap();
        assert!(format!("{:#}", seen.confirm().unwrap_err()).contains("run this again"));
    }
}
