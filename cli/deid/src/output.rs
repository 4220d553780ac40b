//! Writes results whole or not at all.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use medshare_cli_terminal::Failure;
use medshare_deid::Records;
use tempfile::NamedTempFile;

use crate::parquet_file;
use crate::partial::Partial;

/// Refuses a folder that holds anything.
pub fn check_vacant(folder: &Path) -> Result<()> {
    if folder.exists()
        && std::fs::read_dir(folder).with_context(|| format!("{} is no folder", folder.display()))?.next().is_some()
    {
        bail!(Failure::output(format!("{} is not empty; choose a new folder with --out", folder.display())));
    }
    Ok(())
}

/// Writes to a folder beside the target and renames it when all is there.
pub fn write_folder<T>(folder: &Path, write: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    let parent = parent_of(folder);
    std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let partial = Partial::folder(parent).with_context(|| format!("cannot write to {}", parent.display()))?;
    let written = write(partial.path())?;
    if folder.exists() {
        std::fs::remove_dir(folder).with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    partial.rename(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(written)
}

fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file that is whole on the disk and has not got its name yet.
pub struct Staged {
    file: Partial<NamedTempFile>,
    path: PathBuf,
}

/// Writes a file beside its place; [`Staged::publish`] gives it its name. Without that, nothing is left of it.
pub fn stage(path: &Path, bytes: &[u8]) -> Result<Staged> {
    let problem = || format!("cannot write {}", path.display());
    let file = Partial::file(parent_of(path)).with_context(problem)?;
    let mut writer = file.writer();
    writer.write_all(bytes).with_context(problem)?;
    writer.sync_all().with_context(problem)?;
    Ok(Staged { file, path: path.to_owned() })
}

impl Staged {
    /// Gives the file its name.
    pub fn publish(self) -> Result<()> {
        let path = self.path;
        self.file.rename(&path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(())
    }
}

/// Writes a text into a folder.
pub fn write_text(folder: &Path, name: &str, text: &str) -> Result<()> {
    std::fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))
}

/// Writes records as their canonical files, or a table as Parquet.
pub fn write_records(folder: &Path, records: &Records, as_parquet: bool) -> Result<()> {
    match records {
        Records::Table(table) if as_parquet => {
            parquet_file::write(&folder.join(format!("{}.parquet", table.name)), table)
        }
        _ => {
            for (name, bytes) in records.to_files() {
                std::fs::write(folder.join(&name), bytes).with_context(|| format!("cannot write {name}"))?;
            }
            Ok(())
        }
    }
}
