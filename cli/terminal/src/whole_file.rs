//! Files that appear whole or not at all.

mod folders;
mod room;
mod small;
mod together;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::interrupt::{HalfDone, undo_if_interrupted};
use crate::lock::Lock;
use anyhow::{Context as _, bail};
use rand_core::{OsRng, RngCore as _};

use folders::keep_names;
pub use folders::{make_folder, make_new_folder};
pub use room::{Room, make_room};
pub use small::{hand_out, hand_out_at, hand_out_over, write_beside, write_each, write_new, write_over};
pub use together::NewFiles;

/// Most links that are followed, as by the system.
const MAX_LINKS: usize = 40;

/// A file that is written beside its place and moved there when it is complete. Dropped before that, or when the process is
/// interrupted, it disappears.
#[derive(Debug)]
pub struct NewFile {
    target: PathBuf,
    partial: PathBuf,
    replaces: bool,
    /// Until the file is in its place.
    writer: Option<BufWriter<File>>,
    _half_done: HalfDone,
}

impl NewFile {
    /// Starts a file at `target`, which must not exist.
    ///
    /// # Errors
    /// When there is one, or none can be written there.
    pub fn create(target: &Path) -> anyhow::Result<Self> {
        if target == Path::new("-") {
            bail!(Failure::output(
                "the output appears when it is complete, so it is a file and not standard output: name one"
            ));
        }
        must_be_new(&[target])?;
        let mut file = Self::replace(target)?;
        file.replaces = false;
        Ok(file)
    }

    /// Starts another version of a file, which takes its place when it is complete. Where `target` is a link, the file is what it leads to,
    /// and the link stays. The lock is the file's own, or that of the file with which it is changed, and was there before the file was read: what another command
    /// made of it meanwhile would be gone.
    ///
    /// # Errors
    /// When none can be written there.
    pub fn rewrite(target: &Path, _lock: &Lock) -> anyhow::Result<Self> {
        let led_to = led_to(target).with_context(|| Failure::output(format!("cannot follow {}", target.display())))?;
        Self::replace(&led_to)
    }

    /// Starts a file that takes the name `target` when it is complete, whatever had it.
    ///
    /// # Errors
    /// When none can be written there.
    fn replace(target: &Path) -> anyhow::Result<Self> {
        // A name of its own: two commands that write the same file do not write into each other's, and nobody lays a link in the way.
        let mut partial = target.as_os_str().to_owned();
        partial.push(format!(".{:08x}.partial", OsRng.next_u32()));
        let partial = PathBuf::from(partial);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let half_done = removed_if_interrupted(&partial);
        let file = options.open(&partial).with_context(|| unwritten(target))?;
        let target = target.to_owned();
        let writer = Some(BufWriter::with_capacity(1 << 20, file));
        Ok(Self { target, partial, replaces: true, writer, _half_done: half_done })
    }

    /// Lets everybody read it, whatever the mask: it is made to be handed out.
    ///
    /// # Errors
    /// When the file system cannot say so.
    pub fn for_everybody(self) -> anyhow::Result<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let readable = fs::Permissions::from_mode(0o644);
            fs::set_permissions(&self.partial, readable).with_context(|| unwritten(&self.target))?;
        }
        Ok(self)
    }

    /// Where to write.
    ///
    /// # Errors
    /// When the file is finished.
    pub fn writer(&mut self) -> anyhow::Result<&mut BufWriter<File>> {
        self.writer.as_mut().context("the file is closed already")
    }

    /// Where it is written meanwhile, and the file: what is written to that is not buffered.
    ///
    /// # Errors
    /// When the file is finished, or cannot be written.
    pub fn unfinished(&mut self) -> anyhow::Result<(&Path, &mut File)> {
        let context = unwritten(&self.target);
        let writer = self.writer.as_mut().context("the file is closed already")?;
        writer.flush().context(context)?;
        Ok((&self.partial, writer.get_mut()))
    }

    /// Puts the file in its place, where a loss of power leaves it.
    ///
    /// # Errors
    /// When it cannot be written whole, or something has taken its place meanwhile.
    pub fn finish(self) -> anyhow::Result<()> {
        keep_names(&[self.place()?])
    }

    /// Puts the file in its place, until [`keep_names`] for the time that the machine runs; where that is.
    fn place(mut self) -> anyhow::Result<PathBuf> {
        let context = || unwritten(&self.target);
        let writer = self.writer.as_mut().context("the file is closed already")?;
        writer.flush().with_context(context)?;
        writer.get_ref().sync_all().with_context(context)?;
        if !self.replaces && fs::hard_link(&self.partial, &self.target).is_ok() {
            // It had no file in its place, and cannot have taken one that came meanwhile.
            fs::remove_file(&self.partial).with_context(context)?;
        } else {
            if !self.replaces {
                must_be_new(&[&self.target])?;
            }
            fs::rename(&self.partial, &self.target).with_context(context)?;
        }
        self.writer = None;
        Ok(std::mem::take(&mut self.target))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            // The command has failed already, and says why; what is left of the file is worth nothing.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Promises to remove a file that was written just now, if the process is interrupted before what belongs to it is.
pub fn removed_if_interrupted(path: &Path) -> HalfDone {
    let path = path.to_owned();
    undo_if_interrupted(move || drop(fs::remove_file(path)))
}

fn unwritten(target: &Path) -> Failure {
    Failure::output(format!("cannot write {}", target.display()))
}

/// What a name leads to, link by link; the last may lead to nothing yet.
fn led_to(target: &Path) -> io::Result<PathBuf> {
    let mut path = target.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            Ok(next) => path = path.parent().unwrap_or(Path::new("")).join(next),
            // no link, or nothing at all
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => return Ok(path),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "its links lead on and on"))
}

/// Refuses names that are taken, before work is done for them.
///
/// # Errors
/// When one is there.
pub fn must_be_new(targets: &[&Path]) -> anyhow::Result<()> {
    for target in targets {
        let why = if target.is_dir() {
            "is a folder, which exists already; choose another name"
        } else if target.file_name().is_none() {
            "is no name for a file; name a file in a folder that is there"
        } else if target.exists() {
            "exists already; move it away or choose another name"
        } else {
            continue;
        };
        bail!(Failure::output(format!("{} {why}", target.display())));
    }
    Ok(())
}

/// Reads a small text file.
///
/// # Errors
/// When it is not there, or no text.
pub fn read_text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests;
