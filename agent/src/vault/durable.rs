//! Files that are there whole or not at all, also after a power cut, and files that are wiped.

use medshare_own_files::{Access, Folder, is_own, is_same, open};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The unit in which the system counts what a file takes on disk, in bytes.
const BLOCK_BYTES: u64 = 512;

/// Rights of what is kept.
pub const PRIVATE: u32 = 0o600;

/// Takes the room on disk that [`replace`] needs for a file of at most so many bytes, unless it is taken already: given up, it may not be had
/// again. On file systems that write elsewhere than where they are told that is no promise.
///
/// # Errors
/// The system's, where there is none.
pub fn make_room(folder: &Folder, name: &str, most: u64) -> io::Result<()> {
    let new = new_of(name);
    if folder.look(&new)?.is_some_and(|found| is_room(&found, most)) {
        return Ok(());
    }
    wipe(folder, new.as_ref())?;
    let mut file = folder.open(&new, Access::New(PRIVATE))?;
    let taken = io::copy(&mut io::repeat(0).take(most), &mut file).and_then(|_| file.sync_all());
    if taken.is_err() {
        // what there is of it is better left to others
        drop(folder.remove(&new));
    }
    taken
}

/// Whether a file has room for so many bytes, on disk and not only by its length.
fn is_room(found: &fs::Metadata, most: u64) -> bool {
    let on_disk = found.blocks().saturating_mul(BLOCK_BYTES).min(found.len());
    found.is_file() && is_own(found) && on_disk >= most
}

/// Gives back what [`make_room`] took, and wipes what an interrupted [`replace`] left there.
///
/// # Errors
/// The system's.
pub fn give_room_back(folder: &Folder, name: &str) -> io::Result<()> {
    wipe(folder, new_of(name).as_ref())
}

/// Replaces a file as a whole: written beside it, synced, renamed over it. What was there before is overwritten, then removed.
///
/// # Errors
/// The system's. The file then holds either the bytes before or these.
pub fn replace(folder: &Folder, name: &str, bytes: &[u8]) -> io::Result<()> {
    let (new, old) = (new_of(name), old_of(name));
    write_new(folder, new.as_ref(), bytes)?;
    finish_wiping(folder, name)?;
    match folder.link(name, &old) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        linked => linked?,
    }
    folder.rename(&new, name)?;
    folder.sync()?;
    finish_wiping(folder, name)
}

/// Writes where room was made, else a new file. What an interrupted [`replace`] left there is overwritten.
fn write_new(folder: &Folder, new: &OsStr, bytes: &[u8]) -> io::Result<()> {
    let room = match folder.look(new)? {
        Some(found) if found.is_file() && is_own(&found) => Some(found.len()),
        _ => None,
    };
    let Some(room) = room else {
        wipe(folder, new)?;
        let mut file = folder.open(new, Access::New(PRIVATE))?;
        file.write_all(bytes)?;
        return file.sync_all();
    };
    let mut file = folder.open(new, Access::Overwrite)?;
    file.write_all(bytes)?;
    let length = bytes.len() as u64;
    io::copy(&mut io::repeat(0).take(room.saturating_sub(length)), &mut file)?;
    // what is cut off is to be overwritten on disk, too
    file.sync_all()?;
    file.set_len(length)?;
    file.sync_all()
}

/// Wipes what an interrupted [`replace`] left behind.
///
/// # Errors
/// The system's.
pub fn finish_wiping(folder: &Folder, name: &str) -> io::Result<()> {
    let old = old_of(name);
    let Some(left) = folder.look(&old)? else { return Ok(()) };
    match folder.look(name)? {
        Some(current) if is_same(&current, &left) => folder.remove(&old)?,
        _ => wipe(folder, old.as_ref())?,
    }
    folder.sync()
}

/// Overwrites and removes the files of a folder whose names are `chosen`.
///
/// # Errors
/// The system's.
pub fn wipe_files(folder: &Folder, chosen: impl Fn(&OsStr) -> bool) -> io::Result<()> {
    let names: Vec<_> = folder.names()?.into_iter().filter(|name| chosen(name)).collect();
    if names.is_empty() {
        return Ok(());
    }
    names.iter().try_for_each(|name| wipe(folder, name))?;
    folder.sync()
}

/// Whether files can be made in and removed from the folder of `path`, found out by doing so.
///
/// # Errors
/// The system's, where they cannot.
pub fn try_folder(path: &Path) -> io::Result<()> {
    let mut trial = path.as_os_str().to_owned();
    trial.push(format!(".{}.trial", std::process::id()));
    let trial = PathBuf::from(trial);
    open(&trial, Access::New(PRIVATE))?;
    fs::remove_file(trial)
}

/// Overwrites and removes what has this name. Of what is no file of the user's own, as of a link, only the name goes; folders stay.
fn wipe(folder: &Folder, name: &OsStr) -> io::Result<()> {
    match folder.look(name)? {
        None => return Ok(()),
        Some(found) if found.is_dir() => return Ok(()),
        Some(found) if found.is_file() && is_own(&found) => {
            let mut file = folder.open(name, Access::Overwrite)?;
            io::copy(&mut io::repeat(0).take(found.len()), &mut file)?;
            file.sync_all()?;
        }
        Some(_) => {}
    }
    folder.remove(name)
}

/// Where a file is written before it takes its place. How it begins no name of what is kept does, whatever that ends with.
pub fn new_of(name: &str) -> String {
    format!("new.{name}")
}

/// What is wiped after another file took its place.
pub fn old_of(name: &str) -> String {
    format!("old.{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn replacing_wipes_what_was_there_and_leaves_one_file() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::own(place.path()).unwrap();
        let path = place.path().join("session");
        replace(&folder, "session", b"first secret").unwrap();
        let witness = place.path().join("witness");
        fs::hard_link(&path, &witness).unwrap();
        replace(&folder, "session", b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read(&witness).unwrap(), [0; 12]);
        assert_eq!(names(place.path()), ["session", "witness"]);
    }

    #[test]
    fn room_that_was_made_is_not_given_up_to_be_made_again() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::own(place.path()).unwrap();
        let room = place.path().join("new.session");
        let made = |most: u64| {
            make_room(&folder, "session", most).unwrap();
            fs::metadata(&room).unwrap()
        };
        let first = made(4096);
        // another file cannot come by its number while this one holds it
        let held = fs::File::open(&room).unwrap();
        assert!(is_same(&first, &made(4096)) && is_same(&first, &made(100)));
        let more = made(8192);
        assert!(!is_same(&first, &more) && more.len() == 8192);
        drop(held);
        // a hole is no room
        fs::File::create(&room).unwrap().set_len(8192).unwrap();
        assert!(made(8192).blocks() > 0);
        symlink("elsewhere", place.path().join("new.other")).unwrap();
        make_room(&folder, "other", 1).unwrap();
        assert!(fs::symlink_metadata(place.path().join("new.other")).unwrap().is_file());
    }

    #[test]
    fn what_is_written_into_the_room_that_was_made_is_the_file_and_nothing_more() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::own(place.path()).unwrap();
        let path = place.path().join("session");
        let room = place.path().join("new.session");
        make_room(&folder, "session", 4096).unwrap();
        assert_eq!(fs::metadata(&room).unwrap().len(), 4096);
        let witness = place.path().join("witness");
        fs::hard_link(&room, &witness).unwrap();
        replace(&folder, "session", b"first").unwrap();
        assert_eq!((fs::read(&path).unwrap(), fs::read(&witness).unwrap()), (b"first".to_vec(), b"first".to_vec()));
        make_room(&folder, "session", 2).unwrap();
        replace(&folder, "session", b"longer than its room").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"longer than its room");
        make_room(&folder, "session", 2).unwrap();
        give_room_back(&folder, "session").unwrap();
        assert_eq!(names(place.path()), ["session", "witness"]);
    }

    #[test]
    fn an_interrupted_replacement_is_wiped_by_the_next_one_who_looks() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("session");
        fs::write(&path, b"new").unwrap();
        fs::write(place.path().join("old.session"), b"old secret").unwrap();
        finish_wiping(&Folder::own(place.path()).unwrap(), "session").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(place.path()), ["session"]);
    }

    #[test]
    fn a_replacement_interrupted_before_the_rename_loses_nothing() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("session");
        fs::write(&path, b"current").unwrap();
        fs::hard_link(&path, place.path().join("old.session")).unwrap();
        finish_wiping(&Folder::own(place.path()).unwrap(), "session").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"current");
    }

    #[test]
    fn what_a_link_leads_to_is_neither_wiped_nor_written() {
        let (place, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let precious = elsewhere.path().join("precious");
        fs::write(&precious, b"precious").unwrap();
        let folder = Folder::own(place.path()).unwrap();
        let plant = |name: &str| symlink(&precious, place.path().join(name)).unwrap();
        fs::write(place.path().join("session"), b"current").unwrap();
        ["old.session", "new.session"].iter().copied().for_each(plant);
        finish_wiping(&folder, "session").unwrap();
        replace(&folder, "session", b"next").unwrap();
        plant("written.a");
        wipe_files(&folder, |name| name == "written.a").unwrap();
        assert_eq!(names(place.path()), ["session"]);
        assert_eq!(fs::read(place.path().join("session")).unwrap(), b"next");
        assert_eq!(fs::read(&precious).unwrap(), b"precious");
    }

    #[test]
    fn a_folder_is_tried_without_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("package");
        try_folder(&path).unwrap();
        assert!(names(folder.path()).is_empty());
        try_folder(&folder.path().join("missing/package")).unwrap_err();
    }
}
