//! Several new files of one command: all of them appear, or none.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::small::write_text;
use super::{NewFile, keep_names, must_be_new, removed_if_interrupted};
use crate::failure::Failure;

/// New files that take their places together. Each is begun beside its place at once, so that a name that is taken, or cannot be written, is told
/// before anything is done.
#[derive(Debug)]
pub struct NewFiles(Vec<NewFile>);

impl NewFiles {
    /// Starts files at `targets`, which must not exist.
    ///
    /// # Errors
    /// When two of them are one, one exists, or none can be written there.
    pub fn create(targets: &[impl AsRef<Path>]) -> anyhow::Result<Self> {
        let targets: Vec<&Path> = targets.iter().map(AsRef::as_ref).collect();
        must_be_new(&targets)?;
        for (count, target) in targets.iter().enumerate() {
            if targets.iter().take(count).any(|earlier| place(earlier) == place(target)) {
                let message =
                    format!("{} is named for two files: choose another name for one of them", target.display());
                bail!(Failure::argument(message));
            }
        }
        targets.into_iter().map(NewFile::create).collect::<anyhow::Result<_>>().map(Self)
    }

    /// Writes the texts of the files, in their order; none is in its place by that.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn write(mut self, texts: &[&str]) -> anyhow::Result<Self> {
        for (file, text) in self.0.iter_mut().zip(texts) {
            write_text(file, text)?;
        }
        Ok(self)
    }

    /// Puts the files in their places. Where one cannot take its own, or the process is interrupted, those before it go again.
    ///
    /// # Errors
    /// When something has taken a place meanwhile, or the disk fails.
    pub fn finish(self) -> anyhow::Result<()> {
        let mut half_done = Vec::with_capacity(self.0.len());
        let mut placed: Vec<PathBuf> = Vec::with_capacity(self.0.len());
        let finish = || {
            for file in self.0 {
                let target = file.place()?;
                half_done.push(removed_if_interrupted(&target));
                placed.push(target);
            }
            keep_names(&placed)
        };
        finish().inspect_err(|_| placed.iter().for_each(|target| drop(fs::remove_file(target))))
    }
}

/// Where a name leads, for two that are written differently.
fn place(target: &Path) -> PathBuf {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    folder.join(target.file_name().unwrap_or_default())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn of_several_files_all_appear_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let names = || fs::read_dir(folder.path()).unwrap().count();
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        let elsewhere = folder.path().join("none/two");
        for wrong in [[&one, &one], [&one, &folder.path().join("./one")], [&one, &elsewhere]] {
            NewFiles::create(&wrong).unwrap_err();
            assert_eq!(names(), 0, "{wrong:?}");
        }
        // Somebody takes the second name meanwhile.
        let files = NewFiles::create(&[&one, &two]).unwrap().write(&["1", "2"]).unwrap();
        fs::write(&two, "theirs").unwrap();
        files.finish().unwrap_err();
        assert_eq!((names(), fs::read_to_string(&two).unwrap().as_str()), (1, "theirs"));
        fs::remove_file(&two).unwrap();
        drop(NewFiles::create(&[&one, &two]).unwrap().write(&["1", "2"]).unwrap());
        assert_eq!(names(), 0);
        NewFiles::create(&[&one, &two]).unwrap().write(&["1", "2"]).unwrap().finish().unwrap();
        assert_eq!([one, two].map(|file| fs::read_to_string(file).unwrap()), ["1", "2"]);
    }
}
