//! Two commands on the same files at once: what one of them reads before it looks for its passphrase is of before, when it writes.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::binary::{Folder, medshare};

pub const DOMAIN: &str = "--key alice.key --public alice.public --register alice.register";

pub fn started(folder: &Folder, command: &str) -> Child {
    let mut running = medshare(folder.path());
    running.args(command.split_whitespace()).env("MEDSHARE_PASSPHRASE", "a long sentence");
    running.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// A command that has begun, and has the passphrase of its key file still to come.
pub struct Asking {
    running: Child,
    pipe: File,
}

impl Asking {
    pub fn begun(folder: &Folder, command: &str) -> Self {
        let pipe = folder.path().join("pipe");
        drop(std::fs::remove_file(&pipe));
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let running = started(folder, &format!("{command} --passphrase-file pipe"));
        // It opens where the command looks into it.
        let pipe = OpenOptions::new().write(true).open(pipe).unwrap();
        Self { running, pipe }
    }

    /// How it ends with its passphrase, and what it says.
    pub fn told(mut self) -> (bool, String) {
        self.pipe.write_all(b"a long sentence\n").unwrap();
        drop(self.pipe);
        let output = self.running.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    }
}

/// Alice's domain with a key of bob's; her key file has a passphrase.
fn domain() -> Folder {
    let folder = Folder::new();
    folder.done("domain create alice --label allergies");
    for party in ["alice", "bob", "node"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    folder.done(&format!(
        "domain issue {DOMAIN} --party alice.party.key --policy allergies@alice --to bob.party --out bob.letter"
    ));
    folder.write("record", "record");
    folder
}

/// Register and public file, which nobody signs or whose copies are as good, are put back while the command asks.
fn revoked_while_it_asks(folder: &Folder, command: &str) -> (bool, String) {
    let before = ["alice.register", "alice.public"].map(|name| (name, folder.read(name)));
    let asking = Asking::begun(folder, command);
    folder.done(&format!(
        "domain revoke {DOMAIN} --party alice.party.key --holder bob.party --to node.party --out letters"
    ));
    before.iter().for_each(|(name, contents)| folder.write(name, contents));
    asking.told()
}

#[test]
fn a_revocation_while_another_command_asks_for_the_passphrase_is_not_undone() {
    let folder = domain();
    let (done, said) = revoked_while_it_asks(&folder, &format!("domain label {DOMAIN} emergency"));
    assert!(!done && said.contains("alice.register is older than the key"), "{said}");
    let encrypt = format!("domain encrypt {DOMAIN} --label allergies record --out x");
    folder.refused(&encrypt, "alice.register is older than the key");
}

#[test]
fn an_owner_encrypts_for_nobody_who_was_revoked_while_the_passphrase_was_asked_for() {
    let folder = domain();
    let encrypt = format!("domain encrypt {DOMAIN} --label allergies record --out x");
    let (done, said) = revoked_while_it_asks(&folder, &encrypt);
    assert!(!done && said.contains("register and public file are older than the key"), "{said}");
    assert!(!folder.path().join("x").exists());
}

/// DOCTOR and NURSE, and bob with both.
pub fn hospital() -> Folder {
    let folder = Folder::new();
    folder.done("abe authority create H --attribute DOCTOR --attribute NURSE");
    folder.done("abe user create bob --insecure-plaintext");
    folder.done("abe issue --key H.key --registration bob.registration --out bob.issued DOCTOR NURSE");
    for party in ["hospital", "node"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    folder
}

pub const RAISE: &str = "abe version raise --key H.key --public H.public --stay bob.registration --party hospital.party.key \
                     --to node.party --out letter DOCTOR";

#[test]
fn a_version_that_is_raised_while_an_attribute_is_added_stays_raised() {
    let folder = hospital();
    let lines = |name: &str| {
        let mut lines: Vec<_> = String::from_utf8(folder.read(name)).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let asking = Asking::begun(&folder, "abe authority attribute --key H.key --public H.public SURGERY");
    folder.done(RAISE);
    let (done, said) = asking.told();
    assert!(done, "{said}");
    folder.done("abe authority public --key H.key --out again");
    assert_eq!(lines("H.public"), lines("again"));
    assert_eq!(lines("again").len(), 6, "its first line, the authority, DOCTOR twice, NURSE and SURGERY");

    // A file that is put under another passphrase meanwhile is not put back.
    folder.write("new", "another long sentence\n");
    let asking = Asking::begun(&folder, "key passphrase H.key --new-passphrase-file new");
    folder.done("abe authority attribute --key H.key --public H.public RADIOLOGY");
    let key = folder.read("H.key");
    let (done, said) = asking.told();
    assert!(!done && said.contains("another command changed H.key meanwhile"), "{said}");
    assert!(folder.read("H.key") == key);
}

/// Until it says that it waits.
pub fn waits(running: &mut Child) -> BufReader<ChildStderr> {
    let mut said = BufReader::new(running.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("this one waits for it") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it waits for nobody");
    }
    said
}

#[test]
fn keys_that_are_taken_away_while_others_move_do_not_come_back() {
    let folder = hospital();
    folder.done(RAISE);
    let doctors = "abe revoke --issued bob.issued DOCTOR@H";
    let apply = "abe version apply --party node.party.key --from hospital.party --public H.public letter bob.issued";
    let before = folder.read("bob.issued");
    folder.done("abe revoke --issued bob.issued NURSE@H");
    let left = folder.read("bob.issued");
    let held = OpenOptions::new().write(true).open(folder.path().join(".bob.issued.lock")).unwrap();
    held.lock().unwrap();
    folder.write("bob.issued", before);
    for (command, becomes) in [(apply, Some(left)), (doctors, None)] {
        let mut running = started(&folder, command);
        let mut said = waits(&mut running);
        if let Some(contents) = becomes {
            folder.write("bob.issued", contents);
        }
        held.unlock().unwrap();
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        assert!(running.wait().unwrap().success(), "{rest}");
        held.lock().unwrap();
    }
    let left = String::from_utf8(folder.read("bob.issued")).unwrap();
    assert_eq!(left.lines().count(), 1, "neither of the two: {left}");
}

/// Whoever can write to the folder lays a link where the lock comes.
#[test]
fn a_lock_is_no_link_and_nobody_else_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = domain();
    let lock = folder.path().join(".alice.key.lock");
    assert_eq!(std::fs::metadata(&lock).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::remove_file(&lock).unwrap();
    symlink(folder.path().join("elsewhere"), &lock).unwrap();
    let label = format!("domain label {DOMAIN} emergency");
    folder.refused(&label, "cannot lock alice.key");
    folder.ends(&label, 1, "output");
    assert!(!folder.path().join("elsewhere").exists());
}
