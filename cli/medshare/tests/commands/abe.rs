//! `medshare abe` as the guide describes it: what it prints, what it refuses, and with which words.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::binary::{medshare, printed};

/// Runs `medshare abe …` in `folder`.
fn abe(folder: &Path, arguments: &[&str]) -> Output {
    medshare(folder).arg("abe").args(arguments).env("MEDSHARE_PASSPHRASE", "a long sentence").output().unwrap()
}

/// What it prints when it succeeds.
#[track_caller]
fn done(folder: &Path, arguments: &[&str]) -> String {
    printed(abe(folder, arguments))
}

/// What it says when it refuses; it leaves no half-written file behind.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = abe(folder, arguments);
    assert!(!output.status.success(), "{arguments:?} should be refused");
    let partial = fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        path.extension().is_some_and(|extension| extension == "partial")
    });
    assert!(!partial, "{arguments:?} left a partial file");
    String::from_utf8(output.stderr).unwrap()
}

/// A hospital with two attributes, an emergency department, and a doctor.
fn world() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let created = done(path, &["authority", "create", "HOSPITAL", "--attribute", "DOCTOR", "--attribute", "NURSE"]);
    assert_eq!(
        created,
        "authority: HOSPITAL\nkey file: ./HOSPITAL.key\npublic file: ./HOSPITAL.public\nattributes:\n  DOCTOR@HOSPITAL\n  NURSE@HOSPITAL\n"
    );
    done(path, &["authority", "create", "ED", "--attribute", "EMERGENCY"]);
    printed(medshare(path).args(["party", "create", "owner", "--insecure-plaintext"]).output().unwrap());
    let created = done(path, &["user", "create", "bob"]);
    assert_eq!(created, "user: bob\nkey file: ./bob.key\nregistration: ./bob.registration\n");
    let issue =
        ["issue", "--key", "HOSPITAL.key", "--registration", "bob.registration", "--out", "bob.issued", "DOCTOR"];
    assert_eq!(done(path, &issue), "user: bob\nfile: bob.issued\nissued:\n  DOCTOR@HOSPITAL version 0\n");
    folder
}

fn encrypt<'a>(policy: &'a str, input: &'a str, out: &'a str) -> Vec<&'a str> {
    let mut encrypt = vec!["encrypt", "--policy", policy, "--public", "HOSPITAL.public", "--public", "ED.public"];
    encrypt.extend(["--party", "owner.party.key", input, "--out", out]);
    encrypt
}

fn decrypt<'a>(input: &'a str, out: &'a str) -> Vec<&'a str> {
    vec!["decrypt", "--key", "bob.key", "--issued", "bob.issued", "--owner", "owner.party", input, "--out", out]
}

#[test]
fn files_are_encrypted_opened_inspected_and_rekeyed() {
    let folder = world();
    let path = folder.path();
    for (name, len) in [("empty", 0), ("small", 5), ("large", 300_000)] {
        let plaintext = vec![7; len];
        fs::write(path.join(name), &plaintext).unwrap();
        let (sealed, opened) = (format!("{name}.abe"), format!("{name}.opened"));
        let policy = "doctor@x or DOCTOR@HOSPITAL".replace("doctor@x", "EMERGENCY@ED");
        let printed = done(path, &encrypt(&policy, name, &sealed));
        let policy = "EMERGENCY@ED OR DOCTOR@HOSPITAL";
        assert_eq!(printed, format!("file: {sealed}\npolicy: {policy}\nbytes: {len}\n"));
        done(path, &decrypt(&sealed, &opened));
        assert_eq!(fs::read(path.join(&opened)).unwrap(), plaintext);
        let inspected = done(path, &["inspect", &sealed, "--json"]);
        let inspected: serde_json::Value = serde_json::from_str(&inspected).unwrap();
        assert_eq!(inspected.get("bytes_inside"), Some(&len.into()));
        assert_eq!(inspected.get("policy"), Some(&policy.into()));
    }
    for strict in [&[][..], &["--strict"]] {
        let mut rekey = vec!["rekey", "--key", "bob.key", "--issued", "bob.issued", "--policy", "NURSE@HOSPITAL"];
        rekey.extend([
            "--public",
            "HOSPITAL.public",
            "--party",
            "owner.party.key",
            "large.abe",
            "--out",
            "rekeyed.abe",
        ]);
        rekey.extend(strict);
        assert_eq!(done(path, &rekey), "file: rekeyed.abe\npolicy: NURSE@HOSPITAL\n");
        let error = refused(path, &decrypt("rekeyed.abe", "x"));
        assert!(error.contains("the attributes do not satisfy the policy NURSE@HOSPITAL"), "{error}");
        fs::remove_file(path.join("rekeyed.abe")).unwrap();
    }
}

#[test]
fn what_is_refused_says_why() {
    let folder = world();
    let path = folder.path();
    fs::write(path.join("record"), b"record").unwrap();
    done(path, &encrypt("DOCTOR@HOSPITAL", "record", "record.abe"));

    let error = refused(path, &encrypt("DOCTOR@HOSPITAL AND", "record", "x"));
    assert!(error.contains("character 20 of the policy"), "{error}");
    assert!(error.contains("DOCTOR@HOSPITAL AND\n                       ^"), "{error}");
    let error = refused(path, &encrypt("DOCTOR@NOWHERE", "record", "x"));
    assert!(error.contains("authority NOWHERE, whose public key is not known"), "{error}");
    let error = refused(path, &encrypt("SURGEON@HOSPITAL", "record", "x"));
    assert!(error.contains("SURGEON@HOSPITAL, whose public key is not known"), "{error}");
    let error = refused(path, &encrypt("DOCTOR@HOSPITAL", "record", "record.abe"));
    assert!(error.contains("record.abe exists already"), "{error}");
    let error = refused(path, &encrypt("DOCTOR@HOSPITAL", "missing", "x"));
    assert!(error.contains("cannot read missing"), "{error}");
    let error = refused(path, &["inspect", "record"]);
    assert!(error.contains("not a file that was encrypted with medshare abe"), "{error}");
    let owner = ["--owner", "owner.party", "record.abe", "--out", "x"];
    let of = |key, issued| [["decrypt", "--key", key, "--issued", issued].as_slice(), &owner].concat();
    let error = refused(path, &of("ED.key", "bob.issued"));
    assert!(error.contains("\"abe-authority\", and one of kind \"abe-user\" is needed"), "{error}");
    let error = refused(path, &of("bob.key", "HOSPITAL.public"));
    assert!(
        error.contains(
            "HOSPITAL.public is an authority's public file for `medshare abe`, and a file of issued keys is expected"
        ),
        "{error}"
    );

    fs::write(path.join("wrong"), "wrong\n").unwrap();
    let mut wrong = decrypt("record.abe", "x");
    wrong.extend(["--passphrase-file", "wrong"]);
    let error = refused(path, &wrong);
    assert!(error.contains("the passphrase does not fit this key file"), "{error}");
}

#[test]
fn other_peoples_keys_and_altered_files_do_not_open() {
    let folder = world();
    let path = folder.path();
    fs::write(path.join("record"), b"record").unwrap();
    done(path, &encrypt("DOCTOR@HOSPITAL", "record", "record.abe"));
    done(path, &["user", "create", "eve"]);
    let mut stolen = decrypt("record.abe", "x");
    stolen.extend(["--key", "eve.key"]);
    stolen.drain(1..3);
    let error = refused(path, &stolen);
    assert!(error.contains("the file does not open: the issued keys are not for this key"), "{error}");

    let mut bytes = fs::read(path.join("record.abe")).unwrap();
    let last = bytes.len() - 1;
    if let Some(byte) = bytes.get_mut(last) {
        *byte ^= 1;
    }
    fs::write(path.join("altered.abe"), &bytes).unwrap();
    let error = refused(path, &decrypt("altered.abe", "x"));
    assert!(error.contains("segment 0 of the payload is damaged"), "{error}");
    // In the rows, behind the head: who computes with them sees it.
    if let Some(byte) = bytes.get_mut(500) {
        *byte ^= 1;
    }
    fs::write(path.join("altered.abe"), &bytes).unwrap();
    let error = refused(path, &decrypt("altered.abe", "x"));
    assert!(error.contains("the rows are not those that the header names"), "{error}");
    bytes.truncate(last);
    fs::write(path.join("cut.abe"), &bytes).unwrap();
    refused(path, &decrypt("cut.abe", "x"));
}
