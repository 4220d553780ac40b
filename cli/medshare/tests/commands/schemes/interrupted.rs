//! Commands on files that are told to end while they write, and passphrases that a terminal is asked for.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::bad_input::world;
use crate::binary::{Folder, HEARING, MEDSHARE, send};

/// Files that are being written.
fn partial(folder: &Folder) -> usize {
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().ends_with(".partial")).count()
}

#[test]
fn a_signal_leaves_nothing_half_written() {
    let folder = world();
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let [env, default] = HEARING;
        let mut encrypt = Command::new(env);
        encrypt.args([default, MEDSHARE]).current_dir(folder.path());
        encrypt.args(["abe", "encrypt", "--policy", "DOCTOR@HOSPITAL", "--public", "HOSPITAL.public"]);
        let mut running = encrypt
            .args(["--party", "alice.party.key", "pipe", "--out", "x.abe"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It gets more than it keeps in memory, and waits for the rest.
        let mut pipe = OpenOptions::new().write(true).open(folder.path().join("pipe")).unwrap();
        pipe.write_all(&vec![7; 3_000_000]).unwrap();
        while partial(&folder) == 0 {
            assert!(running.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::sleep(Duration::from_millis(10));
        }
        send(signal, &running);
        assert_eq!(running.wait().unwrap().code(), Some(code), "{signal}");
        assert_eq!(partial(&folder), 0, "{signal}");
        assert!(!folder.path().join("x.abe").exists());
    }
}

/// Runs a command in a terminal, which `script` of util-linux makes, and types an answer to each question when it stands there. What
/// `after` does comes behind the command, in the same terminal.
fn in_a_terminal(folder: &Folder, command: &str, questions: &[&str], typed: &str, after: &str) -> Option<String> {
    let mut script = Command::new("script");
    // Ctrl-C is the command's, and the shell goes on.
    let [env, default] = HEARING;
    let line = format!("tty > tty; trap : INT; {env} {default} {MEDSHARE} {command}; {after}");
    script.args(["-qec", &line, "/dev/null"]).current_dir(folder.path());
    script.env_remove("MEDSHARE_PASSPHRASE").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = script.spawn().ok()?;
    let (mut keys, mut shown) = (running.stdin.take().unwrap(), running.stdout.take().unwrap());
    let mut said = Vec::new();
    for question in questions {
        let mut byte = [0];
        while !said.ends_with(question.as_bytes()) {
            assert_eq!(
                shown.read(&mut byte).unwrap(),
                1,
                "{question:?} was not asked: {}",
                String::from_utf8_lossy(&said)
            );
            said.extend_from_slice(&byte);
        }
        // It asks first, and then stops showing what is typed: what comes before that, it throws away.
        let terminal = String::from_utf8(folder.read("tty")).unwrap();
        let state = || Command::new("stty").args(["-a", "-F", terminal.trim()]).output().unwrap().stdout;
        while !String::from_utf8_lossy(&state()).contains(" -echo ") {
            std::thread::sleep(Duration::from_millis(10));
        }
        keys.write_all(typed.as_bytes()).unwrap();
    }
    shown.read_to_end(&mut said).unwrap();
    running.wait().unwrap();
    Some(String::from_utf8(said).unwrap())
}

/// What a terminal sends for Ctrl-C.
const CTRL_C: &str = "\u{3}";

#[test]
fn a_terminal_shows_what_is_typed_again_where_a_passphrase_is_not_given_but_interrupted() {
    let folder = Folder::new();
    let create = "abe authority create X --attribute A";
    let after = "echo \"ended with $?\"; stty -a";
    let Some(said) = in_a_terminal(&folder, create, &["new passphrase: "], CTRL_C, after) else {
        eprintln!("there is no `script` here, which makes a terminal: not looked at");
        return;
    };
    assert!(said.contains("ended with 130"), "{said}");
    assert!(said.contains(" echo ") && !said.contains(" -echo "), "{said}");
}

#[test]
fn a_terminal_is_asked_for_passphrases() {
    let folder = Folder::new();
    let sentence = "another long sentence";
    let (twice, typed) = (["new passphrase: ", "once more: "], format!("{sentence}\n"));
    let Some(said) = in_a_terminal(&folder, "abe authority create X --attribute A", &twice, &typed, "") else {
        eprintln!("there is no `script` here, which makes a terminal: not looked at");
        return;
    };
    assert!(!said.contains(sentence), "{said}");
    folder.write("right", format!("{sentence}\n"));
    folder.done("abe authority public --key X.key --out again --passphrase-file right");
    // It opens the key file and writes it anew, and asks once.
    let add = "abe authority attribute --key X.key --public X.public B";
    let said = in_a_terminal(&folder, add, &["passphrase of X.key: "], &typed, "").unwrap();
    assert_eq!(said.matches("passphrase of X.key: ").count(), 1, "{said}");
    assert!(said.contains("attributes:") && !said.contains(sentence), "{said}");
}
