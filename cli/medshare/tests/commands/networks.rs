//! `medshare network` where there is none, and where names or ports do not fit.

use crate::binary::{Folder, HEARING, MEDSHARE, medshare, send};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

#[test]
fn a_folder_that_is_no_networks_is_named_once_and_without_numbers() {
    let folder = Folder::new();
    folder.write("file", "");
    for verb in ["start", "stop", "status"] {
        for nope in ["nope", "file"] {
            let said = folder.error(&format!("network {verb} {nope}"));
            let expected =
                format!("error: {nope} is no network's folder\nhint: `medshare network create` founds a network\n");
            assert_eq!(said, expected);
        }
    }
}

#[test]
fn homes_without_a_good_configuration_are_told_beside_the_others_and_nothing_is_started() {
    let folder = Folder::new();
    folder.done("network create net --patients 10 --base-port 32040");
    folder.delete("net/nodes/CLOUD-C/config.toml");
    folder.write("net/nodes/CLOUD-D/config.toml", "name = 3\n");
    let output = medshare(folder.path()).args(["network", "status", "net"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "CLOUD-C broken",
        "HOSPITAL-A stopped - - - - http://127.0.0.1:32042",
        "CLOUD-C: cannot read",
        "CLOUD-D: ",
        "config.toml is not valid: line 1",
    ] {
        assert!(words.contains(told), "{told}: {said}");
    }
    folder.refused("network start net", "nothing was started, because a node could not start: CLOUD-C: cannot read");
    folder.ends("network start net", 1, "broken-home");
    assert_eq!(folder.done("network stop net"), "no node was running\n");
}

#[test]
fn organisations_that_differ_in_capitals_only_and_ports_that_are_taken_are_told_together() {
    let folder = Folder::new();
    let create = "network create net --organisation NORTH --organisation north";
    folder.refused(create, "the organisations NORTH and north differ in capital letters only");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    folder.refused(&format!("network create net --base-port {port}"), &format!("the port {port}"));
    assert!(!folder.path().join("net").exists());
}

#[test]
fn nodes_whose_ports_are_taken_are_not_started_and_the_first_port_is_named() {
    let folder = Folder::new();
    folder.done("network create net --patients 10 --base-port 32340");
    let _taken = TcpListener::bind("127.0.0.1:32341").unwrap();
    folder.ends("network start net", 1, "port-taken");
    folder.refused("network start net", "nothing was started: the port 32341, which a node would take, is in use");
    assert_eq!(folder.done("network stop net"), "no node was running\n");
}

#[test]
fn what_cannot_be_founded_is_refused_with_what_can() {
    let folder = Folder::new();
    folder.write("patients.csv", "age\n30\n");
    let create = "network create net --base-port 31770";
    folder.refused(&format!("{create} --purpose HRESC"), "HRESC: unknown purpose; expected one of HRESCH, ");
    let unknown = "names the authority UNI, which is not listed; there are UNIVERSITY, ETHICS-BOARD";
    folder.refused(&format!("{create} --policy RESEARCHER@UNI"), unknown);
    let file = "patients.csv is a file; expected the folder with the file in it";
    folder.refused(&format!("{create} --source patients.csv"), file);
    folder.refused(&format!("{create} --source nowhere"), "nowhere is not there; expected the folder");
    let (otherwise, one) = ("its name ends in .csv, whatever separates", "put each table into a folder of its own");
    folder.write("patients.tsv", "age\n30\n");
    folder.refused(&format!("{create} --source patients.tsv"), otherwise);
    for (source, files, hint) in [("tsv", ["a.tsv", "b.tsv"], otherwise), ("several", ["a.csv", "b.csv"], one)] {
        std::fs::create_dir(folder.path().join(source)).unwrap();
        files.iter().for_each(|file| folder.write(&format!("{source}/{file}"), "age\n30\n"));
        folder.refused(&format!("{create} --source {source}"), hint);
    }
    folder.refused("man --out patients.csv", "cannot write patients.csv");
}

#[test]
fn what_the_columns_of_a_source_are_taken_for_is_told_whatever_separates_them() {
    let folder = Folder::new();
    folder.done("deid sample --table --patients 40 --out raw");
    let table = String::from_utf8(folder.read("raw/patients.csv")).unwrap();
    std::fs::create_dir(folder.path().join("semicolons")).unwrap();
    folder.write("semicolons/patients.csv", table.replace(',', ";"));
    let create = "network create net --base-port 31720 --source semicolons";
    let said = folder.done(create);
    for line in [
        "source    40 records of 40 subjects, table\n",
        "columns   removed      name, given, mrn, ssn, phone\n",
        "          generalised  birth_date, gender, zip, state, race, ethnicity\n",
        "          sensitive    diagnosis\n",
        "          kept         none\n          withheld     none\n",
    ] {
        assert!(said.contains(line), "{line} is missing in {said}");
    }
    folder.done("deid plan semicolons --out deid.toml");
    let said = folder.done("network create decided --base-port 31720 --source semicolons --deid deid.toml");
    assert!(!said.contains("columns"), "{said}");
}

#[test]
fn every_command_prints_json_in_one_form() {
    let folder = Folder::new();
    folder.done("key create --out alice.key --insecure-plaintext");
    folder.done("abe user create bob --insecure-plaintext");
    for command in [
        "key show alice.key",
        "abe user check bob.registration",
        "network create net --patients 10 --base-port 31690",
        "network stop net",
        "deid sample --out example --patients 20",
        "config show",
    ] {
        let said = folder.done(&format!("{command} --json"));
        let document: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said, format!("{document:#}\n"), "{command}");
    }
}

/// Founding a network, which has begun to write and takes longer than it is waited for.
fn founding(folder: &Folder) -> Child {
    let [env, default] = HEARING;
    let mut create = Command::new(env);
    create.args([default, MEDSHARE]).args("network create new/net --patients 20000 --base-port 31750".split(' '));
    let mut running = create.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !folder.path().join("new/net/.founding/genesis.toml").exists() {
        assert!(running.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(2));
    }
    running
}

#[test]
fn a_founding_that_is_interrupted_leaves_nothing_and_says_so() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let folder = Folder::new();
        let mut running = founding(&folder);
        send(signal, &running);
        assert_eq!(running.wait().unwrap().code(), Some(code));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{signal}");
        let said = std::io::read_to_string(running.stderr.take().unwrap()).unwrap();
        assert!(said.contains("interrupted; no network was founded, and nothing is left"), "{signal}: {said}");
    }
}

#[test]
fn a_founding_that_is_killed_leaves_no_network_to_start() {
    let folder = Folder::new();
    let mut running = founding(&folder);
    running.kill().unwrap();
    running.wait().unwrap();
    folder.refused("network start new/net", "new/net is no network's folder");
    folder.refused("network create new/net --patients 10 --base-port 31750", "is not empty");
}
