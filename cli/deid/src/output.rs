//! Writes results whole or not at all.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use medshare_deid::Records;

use crate::parquet_file;

/// Refuses a folder that holds anything.
pub fn check_vacant(folder: &Path) -> Result<()> {
    if folder.exists()
        && std::fs::read_dir(folder).with_context(|| format!("{} is no folder", folder.display()))?.next().is_some()
    {
        bail!("{} is not empty; choose a new folder with --out", folder.display());
    }
    Ok(())
}

/// Writes to a folder beside the target and renames it when all is there.
pub fn write_folder<T>(folder: &Path, write: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let partial = tempfile::Builder::new()
        .prefix(".deid-")
        .tempdir_in(parent)
        .with_context(|| format!("cannot write to {}", parent.display()))?;
    let written = write(partial.path())?;
    if folder.exists() {
        std::fs::remove_dir(folder).with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    let partial = partial.keep();
    std::fs::rename(&partial, folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(written)
}

/// A file that is whole on the disk and has not got its name yet.
pub struct Staged {
    file: tempfile::NamedTempFile,
    path: PathBuf,
}

/// Writes a file beside its place; [`Staged::publish`] gives it its name. Without that, nothing is left of it.
pub fn stage(path: &Path, bytes: &[u8]) -> Result<Staged> {
    let problem = || format!("cannot write {}", path.display());
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As for any other new file, the user's mask takes away what others may not.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.prefix(".deid-").tempfile_in(parent).with_context(problem)?;
    file.write_all(bytes).with_context(problem)?;
    file.as_file().sync_all().with_context(problem)?;
    Ok(Staged { file, path: path.to_owned() })
}

impl Staged {
    /// Gives the file its name.
    pub fn publish(self) -> Result<()> {
        let path = self.path;
        self.file.persist(&path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(())
    }
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
