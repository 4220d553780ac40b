//! What is handed out follows from what a key file says when it is handed out, and nobody waits for a command that asks for a passphrase, nor for itself.

use std::fs::OpenOptions;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use super::at_once::{Asking, DOMAIN, RAISE, hospital};
use crate::binary::Folder;

fn lines(folder: &Folder, name: &str) -> Vec<String> {
    let text = String::from_utf8(folder.read(name)).unwrap();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn what_is_handed_out_has_what_was_raised_while_the_passphrase_was_asked_for() {
    let folder = hospital();
    let mut raises = 0;
    let mut raised_while = |command: &str| {
        let asking = Asking::begun(&folder, command);
        raises += 1;
        folder.done(&RAISE.replace("--out letter", &format!("--out {raises}.letter")));
        let (done, said) = asking.told();
        assert!(done, "{said}");
    };
    raised_while("abe authority public --key H.key --out again");
    assert_eq!(lines(&folder, "again"), lines(&folder, "H.public"));
    let issue = |out: &str| format!("abe issue --key H.key --registration bob.registration --out {out} DOCTOR");
    raised_while(&issue("asked"));
    folder.done(&issue("then"));
    assert!(folder.read("asked") == folder.read("then"));
    let split = |out: &str| {
        format!(
            "abe share split --key H.key --registration bob.registration --division 1 --needed 2 --of 2 --out {out} DOCTOR"
        )
    };
    raised_while(&split("asked"));
    folder.done(&split("then"));
    assert!(folder.read("asked-1.share") == folder.read("then-1.share"));
}

/// The old key may lie where nothing can be written, and another command may ask for its passphrase.
#[test]
fn keys_are_changed_without_a_lock_of_the_old_ones() {
    let folder = hospital();
    drop(std::fs::remove_file(folder.path().join(".H.key.lock")));
    folder.done_within(50, "abe authority rotate --key H.key --out new");
    assert!(!folder.path().join(".H.key.lock").exists());
    let lock = OpenOptions::new().write(true).create_new(true).open(folder.path().join(".H.key.lock")).unwrap();
    lock.lock().unwrap();
    folder.done_within(50, "abe authority rotate --key H.key --out newer");
}

#[test]
fn a_key_file_that_is_named_as_the_register_too_is_refused_at_once() {
    let folder = Folder::new();
    folder.done("domain create alice --label allergies --insecure-plaintext");
    symlink("alice.key", folder.path().join("link")).unwrap();
    for register in ["alice.key", "./alice.key", "link"] {
        let owner = DOMAIN.replace("alice.register", register);
        let begin = Instant::now();
        let says = "is a key file, and the register of a personal domain is expected";
        folder.refused(&format!("domain label {owner} emergency"), says);
        assert!(begin.elapsed() < Duration::from_secs(30), "it waited for itself");
    }
}
