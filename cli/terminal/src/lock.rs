//! Files that commands read, change and write anew: by one command at a time.
//!
//! The lock is a file of its own, since what is written anew is another file afterwards. Nobody but its user can open it, so that nobody who may
//! only look into the folder holds a command up; it stays where it is, which keeps two commands from having one lock each.

use std::ffi::OsString;
use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use medshare_node_causes::io_words;
use medshare_own_files::{Access, is_own, open};
use zeroize::Zeroizing;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::note::note;

/// How long a command waits for another one.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long until it looks again.
const PAUSE: Duration = Duration::from_millis(100);
/// The rights of a lock's file.
const RIGHTS: u32 = 0o600;

/// What keeps other commands away, until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// The lock of a file, `.NAME.lock` beside it, also where a link leads to it.
    ///
    /// # Errors
    /// When there can be none, or another command has it for more than a minute.
    pub fn of(file: &Path) -> Result<Self, Failure> {
        let itself = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        let mut name = OsString::from(".");
        name.push(itself.file_name().unwrap_or_default());
        name.push(".lock");
        Self::at(&itself.with_file_name(name), file)
    }

    /// The lock of what `of` names, with its place.
    ///
    /// # Errors
    /// As [`Lock::of`].
    pub fn at(lock: &Path, of: &Path) -> Result<Self, Failure> {
        Self::within(PATIENCE, lock, of)
    }

    fn within(patience: Duration, lock: &Path, of: &Path) -> Result<Self, Failure> {
        let unlocked = |error: io::Error| {
            let message = format!("cannot lock {}: {}: {}", of.display(), lock.display(), io_words(&error));
            Failure::output(message)
        };
        let mut file = open(lock, Access::Keep(RIGHTS)).map_err(unlocked)?;
        let found = file.metadata().map_err(unlocked)?;
        // Builds before let others read it, who could hold it by that.
        if is_own(&found) && found.permissions().mode() & 0o077 != 0 {
            file.set_permissions(Permissions::from_mode(RIGHTS)).map_err(unlocked)?;
        }
        let begin = Instant::now();
        let mut is_told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(unlocked(error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let has_it = format!("another command{} works on {}", its_id(&file), of.display());
            if begin.elapsed() >= patience {
                let message = format!("{has_it}, and after {} seconds it still does", patience.as_secs());
                let hint = format!("let it end, or end it, and do this again; it holds {}", lock.display());
                return Err(Failure::new(Exit::Failure, "locked", message).hint(hint));
            }
            if !is_told {
                note(&format!("{has_it}: this one waits for it"));
                is_told = true;
            }
            std::thread::sleep(PAUSE);
        }
        // For whoever waits; without it, the lock is as good.
        drop(file.rewind().and_then(|()| file.set_len(0)).and_then(|()| writeln!(file, "{}", std::process::id())));
        Ok(Self { _file: file })
    }
}

/// Which process wrote that it has the lock.
fn its_id(mut lock: &File) -> String {
    let mut said = String::new();
    let read = lock.rewind().and_then(|()| lock.take(16).read_to_string(&mut said));
    let id = read.ok().and_then(|_| said.trim().parse::<u32>().ok());
    id.map_or_else(String::new, |id| format!(" (its process id is {id})"))
}

/// A file's text when it was read, from before a lock was there.
///
/// Nobody holds a lock while somebody looks for a passphrase: so a key file is opened first, and under the lock it is seen whether that is still what it says.
pub struct AsRead {
    text: Option<Zeroizing<String>>,
    /// What comes through a pipe is read once, and changed by nobody.
    is_pipe: bool,
}

impl AsRead {
    /// The text now, before the file is opened.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let is_pipe = fs::metadata(path).is_ok_and(|found| !found.is_file());
        let text = if is_pipe { None } else { fs::read_to_string(path).ok().map(Zeroizing::new) };
        Self { text, is_pipe }
    }

    /// Whether the file still says this.
    #[must_use]
    pub fn is_still_in(&self, path: &Path) -> bool {
        self.is_pipe || self.text.is_some() && self.text == Self::of(path).text
    }

    /// The same, where nothing is done with what is of before.
    ///
    /// # Errors
    /// When another command changed the file.
    pub fn must_still_be_in(&self, path: &Path) -> Result<(), Failure> {
        if self.is_still_in(path) {
            return Ok(());
        }
        let message = format!("another command changed {} meanwhile", path.display());
        Err(Failure::new(Exit::Failure, "changed", message).hint("do it again"))
    }
}

/// Opens a key file, and then locks it: what it says by then is what counts, also where another command changed it meanwhile. A file that is not there
/// is told before there is a lock of it.
///
/// # Errors
/// Those of `open`, and as [`Lock::of`].
pub fn opened_and_locked<Key>(
    path: &Path,
    open: impl Fn() -> anyhow::Result<Key>,
) -> anyhow::Result<(Key, AsRead, Lock)> {
    opened(path, open, || Ok(Lock::of(path)?))
}

/// Opens a key file of which something is handed out, and which stays as it is: without a lock, since it may lie where nothing can be written. So it is looked
/// at once more before anything is handed out, by [`AsRead::must_still_be_in`].
///
/// # Errors
/// Those of `open`.
pub fn opened_to_hand_out<Key>(path: &Path, open: impl Fn() -> anyhow::Result<Key>) -> anyhow::Result<(Key, AsRead)> {
    opened(path, open, || Ok(())).map(|(key, as_read, ())| (key, as_read))
}

fn opened<Key, Held>(
    path: &Path,
    open: impl Fn() -> anyhow::Result<Key>,
    hold: impl FnOnce() -> anyhow::Result<Held>,
) -> anyhow::Result<(Key, AsRead, Held)> {
    let as_read = AsRead::of(path);
    let key = open()?;
    let held = hold()?;
    if as_read.is_still_in(path) {
        return Ok((key, as_read, held));
    }
    let as_read = AsRead::of(path);
    Ok((open()?, as_read, held))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_lock_is_one_at_a_time_and_nobody_is_waited_for_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        fs::write(&key, "key").unwrap();
        let first = Lock::of(&key).unwrap();
        let lock = folder.path().join(".key.lock");
        let refused = Lock::within(Duration::from_millis(1), &lock, &key).unwrap_err();
        assert_eq!((refused.exit(), refused.code()), (Exit::Failure, "locked"));
        let who = format!("another command (its process id is {}) works on {}", std::process::id(), key.display());
        assert!(refused.to_string().starts_with(&who), "{refused}");
        // Under another name of it, too.
        symlink(&key, folder.path().join("link")).unwrap();
        let waiting = std::thread::spawn({
            let link = folder.path().join("link");
            move || Lock::of(&link).map(drop)
        });
        std::thread::sleep(Duration::from_millis(50));
        assert!(!waiting.is_finished());
        drop(first);
        waiting.join().unwrap().unwrap();
    }

    #[test]
    fn a_locks_file_is_its_users_alone_and_nothing_else_than_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join(".key.lock");
        let rights = || fs::metadata(&lock).unwrap().permissions().mode() & 0o777;
        let take = || Lock::of(&folder.path().join("key")).map(drop);
        take().unwrap();
        assert_eq!(rights(), 0o600);
        // As builds before left it.
        fs::set_permissions(&lock, Permissions::from_mode(0o644)).unwrap();
        take().unwrap();
        assert_eq!(rights(), 0o600);
        fs::remove_file(&lock).unwrap();
        symlink(folder.path().join("elsewhere"), &lock).unwrap();
        let refused = take().unwrap_err();
        assert!(refused.to_string().contains("a link"), "{refused}");
        assert!(!folder.path().join("elsewhere").exists());
        fs::remove_file(&lock).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&lock).status().unwrap().success());
        let refused = take().unwrap_err();
        assert!(refused.to_string().contains("a pipe"), "{refused}");
    }

    /// Another command writes it while the passphrase is looked for.
    #[test]
    fn what_a_key_file_says_under_its_lock_is_what_counts() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        fs::write(&key, "1").unwrap();
        let opened = std::cell::Cell::new(0);
        let open = || {
            let text = fs::read_to_string(&key)?;
            if opened.replace(opened.get() + 1) == 0 {
                fs::write(&key, "2")?;
            }
            Ok(text)
        };
        let (found, as_read, _lock) = opened_and_locked(&key, open).unwrap();
        assert_eq!((found.as_str(), as_read.is_still_in(&key), opened.get()), ("2", true, 2));
        fs::write(&key, "3").unwrap();
        assert!(!as_read.is_still_in(&key));
    }
}
