//! A disk so small that it can be filled: a tmpfs, which only root may mount.

use crate::network::Network;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A mounted small disk; unmounted when dropped.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Why no small disk can be mounted here, if none can.
    pub fn impossible() -> Option<String> {
        let folder = tempfile::tempdir().expect("a folder for a trial");
        match Self::mount(folder.path(), 64 * 1024) {
            Some(_) => None,
            None => Some("NOT RUN: mounting a small disk takes root".to_owned()),
        }
    }

    /// Mounts one of this size on a folder; none where that is not possible.
    pub fn mount(path: &Path, bytes: u64) -> Option<Self> {
        let options = format!("size={bytes},mode=700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(path).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(path.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // without it the folder stays mounted, which its removal will tell
        drop(Command::new("umount").arg("--lazy").arg(&self.0).output());
    }
}

/// Fills the disk that this new file is on, to the last byte.
pub fn fill(path: &Path) {
    let mut file = File::create(path).expect("room for a file's name");
    let mut part = vec![0; 1 << 20];
    while !part.is_empty() {
        if file.write_all(&part).is_err() {
            let half = part.len() / 2;
            part.truncate(half);
        }
    }
}

impl Network {
    /// Puts the home of a node that does not run yet on a disk of this size.
    pub fn put_on_small_disk(&mut self, node: usize, bytes: u64) {
        let home = self.home(node);
        let aside = home.with_extension("aside");
        std::fs::rename(&home, &aside).unwrap();
        std::fs::create_dir(&home).unwrap();
        self.disk = Some(SmallDisk::mount(&home, bytes).expect("root may mount"));
        let copied = Command::new("cp").arg("-a").arg(aside.join(".")).arg(&home).output().unwrap();
        assert!(copied.status.success(), "{copied:?}");
    }
}
