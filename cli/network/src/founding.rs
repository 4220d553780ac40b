//! A network's folder while it is being founded.
//!
//! Its parts are made in a folder of their own inside of it, and moved to their places when all are whole: last the homes of the nodes,
//! which make a folder a network. So one whose founder was killed is none, and is not started.

use crate::homes::homes;
use anyhow::{Context as _, Result};
use medshare_cli_terminal::interrupt::{HalfDone, undo_if_interrupted};
use medshare_cli_terminal::{Exit, Failure, shell};
use medshare_genesis::generate::{GenerateError, Layout};
use medshare_genesis::private;
use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where the parts are until they are moved.
const STAGE: &str = ".founding";

/// Dropped before it is finished, or when the process is interrupted, nothing of it is left.
pub struct Founding {
    folder: PathBuf,
    made: Arc<Made>,
    _half_done: HalfDone,
}

/// What goes again where it does not come to its end.
struct Made {
    /// What was written; locked by whoever writes, and for good by an interruption.
    parts: Mutex<Vec<PathBuf>>,
    /// Folders that were not there before, the innermost first.
    folders: Vec<PathBuf>,
}

impl Founding {
    /// Begins to found a network in a folder that is empty, or not there.
    ///
    /// # Errors
    /// When there is something in it, also another founding, or it cannot be made.
    pub fn begin(folder: &Path) -> Result<Self> {
        must_be_empty(folder)?;
        let folders = folder.ancestors().take_while(|place| !place.exists()).map(Path::to_owned).collect();
        let made = Arc::new(Made { parts: Mutex::default(), folders });
        let interrupted = Arc::clone(&made);
        // The lock is never given back: whoever still founds waits until the process has ended, and writes nothing any more.
        let half_done = undo_if_interrupted(move || std::mem::forget(interrupted.withdraw()));
        let founding = Self { folder: folder.to_owned(), made, _half_done: half_done };
        let cannot = || format!("cannot create {}", folder.display());
        let mut parts = founding.made.parts();
        private::create_shared_folder(folder).with_context(cannot)?;
        match DirBuilder::new().mode(private::FOLDER).create(founding.stage()) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(not_empty(folder)),
            stage => stage.with_context(cannot)?,
        }
        parts.push(founding.stage());
        drop(parts);
        Ok(founding)
    }

    /// Writes some of the parts; `write` is told the folder to write into. An interruption waits until it comes back, so it is short.
    pub fn part<T>(&self, write: impl FnOnce(&Path) -> T) -> T {
        let _parts = self.made.parts();
        write(&self.stage())
    }

    /// Moves the parts to their places.
    ///
    /// # Errors
    /// When one cannot be moved.
    pub fn finish(self) -> Result<()> {
        let mut parts = self.made.parts();
        let nodes = Layout::new(self.stage()).nodes();
        let cannot = || format!("cannot read {}", self.stage().display());
        let entries = fs::read_dir(self.stage()).with_context(cannot)?;
        let staged = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
        let others = staged.with_context(cannot)?.into_iter().filter(|part| *part != nodes);
        for part in others.chain([nodes.clone()]) {
            let place = self.folder.join(part.file_name().context("a part has no name")?);
            fs::rename(&part, &place).with_context(|| format!("cannot create {}", place.display()))?;
            parts.push(place);
        }
        fs::remove_dir(self.stage()).with_context(|| format!("cannot remove {}", self.stage().display()))?;
        // It is whole, and stays.
        parts.clear();
        Ok(())
    }

    fn stage(&self) -> PathBuf {
        self.folder.join(STAGE)
    }
}

impl Made {
    fn parts(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes away what was made, the homes of the nodes first. What cannot be removed stays: why it failed is told already.
    fn withdraw(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        let mut parts = self.parts();
        for part in parts.drain(..).rev() {
            drop(if part.is_dir() { fs::remove_dir_all(part) } else { fs::remove_file(part) });
        }
        // Only where nothing is in them.
        for folder in &self.folders {
            drop(fs::remove_dir(folder));
        }
        parts
    }
}

impl Drop for Founding {
    fn drop(&mut self) {
        drop(self.made.withdraw());
    }
}

/// What is told of a founding that was interrupted, when what it had made is withdrawn.
pub fn interrupted(folder: &Path) -> Failure {
    let failure = |left: String| Failure::new(Exit::Failure, "interrupted", format!("interrupted; {left}"));
    let (named, typed, stage) = (folder.display(), shell::path(folder), folder.join(STAGE));
    if homes(folder).is_ok() {
        failure(format!("the network in {named} is founded"))
            .hint(format!("`medshare network start {typed}` starts it"))
    } else if stage.exists() {
        let left =
            format!("no network was founded, and what could not be removed of it is left in {}", stage.display());
        failure(left).hint("remove that folder")
    } else {
        failure(format!("no network was founded, and nothing is left of it in {named}"))
    }
}

/// Refuses a folder that holds something.
///
/// # Errors
/// Then.
pub fn must_be_empty(folder: &Path) -> Result<()> {
    let is_empty = !fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if is_empty { Ok(()) } else { Err(not_empty(folder)) }
}

fn not_empty(folder: &Path) -> anyhow::Error {
    Failure::output(GenerateError::NotEmpty { path: folder.to_owned() }.to_string()).into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    fn half_founded(folder: &Path) -> Founding {
        let founding = Founding::begin(folder).unwrap();
        founding.part(|stage| {
            let home = Layout::new(stage).home("NORTH");
            fs::create_dir_all(&home).unwrap();
            fs::write(home.join("config.toml"), "").unwrap();
            fs::write(Layout::new(stage).genesis(), "").unwrap();
        });
        founding
    }

    #[test]
    fn a_folder_whose_founder_was_killed_is_no_network_and_is_not_founded_over() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("net");
        // A killed process drops nothing.
        std::mem::forget(half_founded(&folder));
        assert!(homes(&folder).unwrap_err().to_string().contains("is no network's folder"));
        assert!(Founding::begin(&folder).is_err_and(|error| error.to_string().contains("is not empty")));
        assert!(folder.join(STAGE).exists(), "another founding's parts stay");
        assert!(interrupted(&folder).to_string().contains("is left in "), "they are told");
    }

    #[test]
    fn what_is_not_finished_goes_with_every_folder_that_was_made_for_it() {
        let outer = tempfile::tempdir().unwrap();
        drop(half_founded(&outer.path().join("a/b/net")));
        assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 0);
        let there = outer.path().join("there");
        fs::create_dir(&there).unwrap();
        drop(half_founded(&there));
        assert_eq!(fs::read_dir(&there).unwrap().count(), 0);
        half_founded(&there).finish().unwrap();
        let names: Vec<_> = homes(&there).unwrap().into_iter().map(|home| home.name).collect();
        assert_eq!(names, ["NORTH"]);
        assert!(!there.join(STAGE).exists() && Layout::new(&there).genesis().exists());
        assert!(interrupted(&there).to_string().ends_with("is founded"));
    }
}
