//! How the commands of the schemes end: the codes that `medshare --help` promises.

use super::bad_input::world;
use crate::binary::Folder;

const DECRYPT: &str = "abe decrypt --owner alice.party --key bob.key --issued bob.issued --out x";

#[test]
fn what_is_not_understood_ends_with_2() {
    let folder = world();
    for command in [
        "abe encrypt --party alice.party.key --policy DOCTOR --public HOSPITAL.public record --out x",
        "abe encrypt --party alice.party.key --policy NURSE@HOSPITAL --public HOSPITAL.public record --out x",
        "abe user create 'two\nlines' --insecure-plaintext",
        "abe issue --key HOSPITAL.key --registration bob.registration --out x NURSE",
        "abe share split --key HOSPITAL.key --registration bob.registration DOCTOR --division 1 --needed 3 --of 2 --out x",
        "domain encrypt --public alice.public --label allergies record --out x",
        "domain create 'two words' --insecure-plaintext",
        "aggregate encrypt --parameters common --owner zoe.public --class 9 record --out x",
        "aggregate issue --parameters common --key zoe.key --classes 2-1 --party alice.party.key --to bob.party --out x",
        "party create '' --insecure-plaintext",
    ] {
        folder.ends(command, 2, "usage");
    }
}

#[test]
fn what_rules_and_policies_refuse_ends_with_3() {
    let folder = world();
    folder.done("abe authority attribute --key HOSPITAL.key --public HOSPITAL.public CHIEF");
    folder.done(
        "abe encrypt --party alice.party.key --policy CHIEF@HOSPITAL --public HOSPITAL.public record --out chief.abe",
    );
    folder.ends(&format!("{DECRYPT} chief.abe"), 3, "not-satisfied");
    let issue = "abe issue --key HOSPITAL.key --registration bob.registration --out x";
    folder.ends(&format!("{issue} DOCTOR@ELSEWHERE"), 3, "foreign-attribute");
    folder.ends(&format!("{issue} DOCTOR --version 7"), 3, "refused");
    folder.done("domain label --key alice.key --public alice.public --register alice.register allergies");
    folder.done("domain encrypt --public alice.public --label allergies record --out other.dom");
    folder.ends("domain decrypt --key bob.dk other.dom --out x", 3, "not-satisfied");
    folder.done("aggregate encrypt --parameters common --owner zoe.public --class 2 record --out 2.cls");
    let open = "aggregate decrypt --parameters common --owner zoe.public --key zoe.ak --out x";
    folder.ends(&format!("{open} 2.cls"), 3, "not-satisfied");
    folder.done("abe revoke --issued bob.issued --all");
    folder.ends(&format!("{DECRYPT} a.abe"), 3, "refused");
}

#[test]
fn what_does_not_verify_ends_with_5() {
    let folder = world();
    folder.flip("a.abe", 100, "flipped.abe");
    folder.ends(&format!("{DECRYPT} flipped.abe"), 5, "damaged");
    folder.ends(&format!("{DECRYPT} record"), 5, "damaged");
    folder.ends(&format!("{} a.abe", DECRYPT.replace("alice", "bob")), 5, "not-verified");
    let widen =
        "abe policy widen --key bob.key --issued bob.issued --public HOSPITAL.public --policy DOCTOR@HOSPITAL --out x";
    folder.ends(&format!("{widen} --party bob.party.key a.abe"), 5, "not-verified");
    folder.write("wrong.public", "medshare-abe-public: 1\nauthority: zz\n");
    folder.ends(
        "abe encrypt --party alice.party.key --policy DOCTOR@HOSPITAL --public wrong.public record --out x",
        5,
        "not-verified",
    );
    folder.done("party create eve --insecure-plaintext");
    folder.ends("party accept --party bob.party.key --from eve.party bob.letter --out x", 5, "not-verified");
    let registration = String::from_utf8(folder.read("bob.registration")).unwrap();
    let last = registration.trim_end().chars().last().unwrap();
    let other = if last == '0' { '1' } else { '0' };
    folder.write("forged.registration", format!("{}{other}\n", registration.trim_end().strip_suffix(last).unwrap()));
    let output = folder.error("abe user check forged.registration --json");
    assert!(output.contains("not a valid registration") || output.contains("damaged"), "{output}");
    folder.done("signature create HOSPITAL --mediator ACTIVE@NORTH --insecure-plaintext");
    folder.ends("signature verify --public HOSPITAL.signing.public record record", 5, "not-verified");
}

#[test]
fn a_file_of_another_kind_ends_with_5_whatever_takes_it() {
    let folder = world();
    for command in [
        "abe decrypt --owner alice.party --key bob.party --issued bob.issued a.abe --out x",
        "abe decrypt --owner alice.party --key bob.key --issued bob.party a.abe --out x",
        "party accept --party bob.party.key --from alice.party bob.issued --out x",
        "key show a.abe",
        // of another scheme
        "abe decrypt --owner alice.party --key bob.key --issued bob.issued a.dom --out x",
        "abe inspect a.cls",
        "domain inspect a.abe",
        "aggregate inspect a.abe",
        "abe rekey --party alice.party.key --key bob.key --issued bob.issued --policy DOCTOR@HOSPITAL --public HOSPITAL.public a.dom --out x",
    ] {
        folder.ends(command, 5, "wrong-kind");
    }
}

#[test]
fn a_key_file_or_passphrase_that_does_not_fit_ends_with_7() {
    let folder = world();
    folder.ends(
        "abe decrypt --owner alice.party --key HOSPITAL.key --issued bob.issued a.abe --out x",
        7,
        "wrong-kind",
    );
    folder.ends("abe decrypt --owner alice.party --key nowhere.key --issued bob.issued a.abe --out x", 1, "failed");
    folder.write("wrong", "a wrong sentence\n");
    folder.write("short", "word\n");
    folder.done("abe authority create X --attribute A");
    let issue = "abe issue --key X.key --registration bob.registration --out x A";
    folder.ends(&format!("{issue} --passphrase-file wrong"), 7, "wrong-passphrase");
    folder.ends("abe authority create Y --passphrase-file short", 7, "weak-passphrase");
    folder.ends("signature revoke --key bob.key", 7, "wrong-kind");
    folder.ends("abe authority public --key X.key --out x --passphrase-file nowhere", 1, "file");
}

#[test]
fn what_is_for_somebody_elses_key_ends_with_7() {
    let folder = world();
    folder.done("abe user create eve --insecure-plaintext");
    folder.ends("abe decrypt --owner alice.party --key eve.key --issued bob.issued a.abe --out x", 7, "not-yours");
    folder.done("party create eve --insecure-plaintext");
    folder.ends("party accept --party eve.party.key --from alice.party bob.letter --out x", 7, "not-yours");
}

#[test]
fn what_nobody_classified_ends_with_1() {
    let folder = world();
    folder.ends(&format!("{DECRYPT} nowhere.abe"), 1, "failed");
}

#[test]
fn an_output_that_exists_has_one_code_whatever_makes_it() {
    let folder = world();
    folder.write("t.csv", "age,smoker\n30,yes\n31,no\n");
    for command in [
        "abe decrypt --owner alice.party --key bob.key --issued bob.issued a.abe --out record",
        "abe user create bob --insecure-plaintext",
        "domain decrypt --key bob.dk a.dom --out record",
        "domain create alice --insecure-plaintext",
        "aggregate decrypt --parameters common --owner zoe.public --key zoe.ak a.cls --out record",
        "party create alice --insecure-plaintext",
        "key create --kind requestor --out bob.key --insecure-plaintext",
        "deid plan t.csv --out record",
        "deid run t.csv --out .",
        "network create .",
    ] {
        folder.ends(command, 1, "output");
    }
}

#[test]
fn wrong_arguments_of_network_create_end_with_2() {
    let folder = Folder::new();
    for arguments in [
        "--validators 3",
        "--validators 99",
        "--k 1",
        "--patients 2",
        "--source nowhere",
        "--name '?'",
        "--policy 'A@B AND'",
        "--purpose NOTHING",
    ] {
        // of ports where nobody on this machine has a network
        folder.ends(&format!("network create net --base-port 21300 {arguments}"), 2, "usage");
        assert!(!folder.path().join("net").exists(), "{arguments}");
    }
}

#[test]
fn wrong_arguments_of_deid_end_with_2_and_keys_with_7() {
    let folder = Folder::new();
    folder.write("t.csv", "age,smoker\n30,yes\n31,no\n");
    folder.write("p.ndjson", "{\"resourceType\":\"Patient\",\"id\":\"a\"}\n");
    folder.ends("deid check t.csv", 2, "usage");
    folder.ends("deid scan t.csv --delimiter '\u{e9}'", 2, "usage");
    folder.ends("deid scan t.csv p.ndjson", 2, "usage");
    folder.ends("deid report t.csv t.csv --out r.html --sampling-fraction 2", 2, "usage");
    folder.ends("deid report t.csv p.ndjson --out r.html", 2, "usage");
    folder.write("key", "short");
    folder.ends("deid run t.csv --out out --key-file key", 7, "key-damaged");
}
