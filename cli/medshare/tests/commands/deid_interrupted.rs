//! `medshare deid` that is stopped, or finds the disk full, leaves nothing under the names that were asked for.
#![cfg(unix)]

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::binary::{HEARING, MEDSHARE, send};

/// Runs it where no file may be longer than 4 KiB: the write beyond fails as on a full disk.
fn with_little_room(folder: &Path, arguments: &str) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f 8; exec {MEDSHARE} deid {arguments}");
    Command::new("sh").args(["-c", &script]).current_dir(folder).output().unwrap()
}

fn partial_results(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with(".deid-")).count()
}

#[test]
fn a_full_disk_leaves_no_result_and_no_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut sample = Command::new(MEDSHARE);
    sample.args(["deid", "sample", "--patients", "200", "--out", "raw"]).current_dir(path);
    assert!(sample.output().unwrap().status.success());
    let rows = "age,smoker\n".to_owned() + &"30,yes\n".repeat(10);
    fs::write(path.join("t.csv"), rows).unwrap();
    for (arguments, named) in [
        ("run raw --out out", "cannot write Condition.ndjson"),
        ("run t.csv --yes-propose --out out --report r.html", "cannot write r.html"),
        ("run t.csv --yes-propose --out out --report r.html --parquet", "cannot write r.html"),
        ("report t.csv t.csv --out r.html", "cannot write r.html"),
    ] {
        let output = with_little_room(path, arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments}: {said}");
        assert!(said.contains(named), "{arguments}: {said}");
        assert!(!path.join("out").exists() && !path.join("r.html").exists(), "{arguments}");
        assert_eq!(partial_results(path), 0, "{arguments}");
    }
}

/// A run in `folder` that waits for more records than it ever gets, and has begun to write.
fn waiting_run(path: &Path) -> (Child, File) {
    waiting_run_after(path, ":")
}

/// The same, started by a shell that did something before.
fn waiting_run_after(path: &Path, before: &str) -> (Child, File) {
    fs::write(path.join("r.json"), r#"{"fhirPathRules": [], "parameters": {}}"#).unwrap();
    assert!(Command::new("mkfifo").arg(path.join("P.ndjson")).status().unwrap().success());
    let [env, default] = HEARING;
    let mut run = Command::new(env);
    let command = format!("{before}; exec {MEDSHARE} deid run P.ndjson --rules r.json --out out");
    run.args([default, "sh", "-c", &command]).current_dir(path);
    let mut running = run.stderr(Stdio::null()).spawn().unwrap();
    let mut records = OpenOptions::new().write(true).open(path.join("P.ndjson")).unwrap();
    records.write_all(b"{\"resourceType\":\"Patient\",\"id\":\"a\"}\n").unwrap();
    while partial_results(path) == 0 {
        assert!(running.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(10));
    }
    (running, records)
}

#[test]
fn a_run_that_is_killed_leaves_nothing_under_the_name_that_was_asked_for_and_the_next_run_clears_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (mut running, _records) = waiting_run(path);
    let table = "age,smoker\n".to_owned() + &"30,yes\n".repeat(10);
    fs::write(path.join("t.csv"), table).unwrap();
    let mut other = Command::new(MEDSHARE);
    other.args(["deid", "run", "t.csv", "--yes-propose", "--out", "other"]).current_dir(path);
    // What another run works on right now is not taken for left behind.
    assert!(other.output().unwrap().status.success());
    assert_eq!(partial_results(path), 1);
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(!path.join("out").exists());
    assert_eq!(partial_results(path), 1);
    fs::remove_dir_all(path.join("other")).unwrap();
    let next = other.output().unwrap();
    assert!(next.status.success());
    assert!(String::from_utf8(next.stderr).unwrap().contains("which a run left that did not end by itself"));
    assert_eq!(partial_results(path), 0);
}

#[test]
fn what_somebody_laid_under_a_partial_results_name_is_neither_waited_for_nor_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, elsewhere) = (folder.path(), tempfile::tempdir().unwrap());
    let precious = elsewhere.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    assert!(Command::new("mkfifo").arg(path.join(".deid-abcdef")).status().unwrap().success());
    std::os::unix::fs::symlink(&precious, path.join(".deid-ghijkl")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), path.join(".deid-mnopqr")).unwrap();
    fs::write(path.join("t.csv"), "age,smoker\n".to_owned() + &"30,yes\n".repeat(10)).unwrap();
    let mut run = Command::new(MEDSHARE);
    let output =
        run.args(["deid", "run", "t.csv", "--yes-propose", "--out", "out"]).current_dir(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
    assert_eq!(partial_results(path), 3);
}

#[test]
fn a_run_that_is_interrupted_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (mut running, _records) = waiting_run(path);
    send("INT", &running);
    assert_eq!(running.wait().unwrap().code(), Some(130));
    assert_eq!(partial_results(path), 0);
    assert!(!path.join("out").exists());
}

#[test]
fn a_signal_that_whoever_started_it_ignores_does_not_end_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (mut running, mut records) = waiting_run_after(path, "trap '' HUP INT");
    for signal in ["HUP", "INT"] {
        send(signal, &running);
    }
    // It reads on, and ends when there is no more.
    records.write_all(b"{\"resourceType\":\"Patient\",\"id\":\"b\"}\n").unwrap();
    drop(records);
    assert!(running.wait().unwrap().success());
    assert!(path.join("out").exists());
}
