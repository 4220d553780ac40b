//! `medshare config`, and where a setting comes from: option, environment, file.

use std::fs;
use std::process::{Command, Output};

use crate::binary::{Folder, medshare};
use crate::fake_node::FakeNode;
use medshare_loopback::Answer;

/// Runs with a configuration file `c.toml`.
fn run(folder: &Folder, args: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command: Command = medshare(folder.path());
    command.env("MEDSHARE_CONFIG", folder.path().join("conf/c.toml")).args(args);
    command.envs(env.iter().copied());
    command.output().unwrap()
}

#[track_caller]
fn done(folder: &Folder, args: &[&str]) -> String {
    let output = run(folder, args, &[]);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn fails(folder: &Folder, args: &[&str], env: &[(&str, &str)], code: i32, words: &str) {
    let output = run(folder, args, env);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    assert!(said.contains(words), "{args:?}: expected {words:?} in {said:?}");
}

#[test]
fn what_is_set_once_holds_for_every_command() {
    let folder = Folder::new();
    folder.done("network create 'my net' --patients 10");
    folder.done("key create --kind owner --out owner.key --insecure-plaintext");
    done(&folder, &["config", "set", "genesis", "my net/genesis.toml"]);
    done(&folder, &["config", "set", "key", "owner.key"]);
    done(&folder, &["config", "set", "node", "http://127.0.0.1:1"]);
    let place = folder.path().join("conf/c.toml");
    assert_eq!(done(&folder, &["config", "path"]).trim_end(), place.to_str().unwrap());
    let shown = done(&folder, &["config", "show", "--wide"]);
    assert!(shown.contains("my net/genesis.toml  named in") && shown.contains("c.toml, line 2"), "{shown}");
    assert!(shown.contains("ca       not set"), "{shown}");
    // Genesis and key are found: the node, which nothing answers for, is the first thing that is missing, and it is said who named it.
    let list = ["request", "list"];
    fails(&folder, &list, &[], 7, "holds a key of kind \"owner\", and a requestor's is needed (named in ");
    fails(&folder, &["owner", "requests"], &[], 6, "http://127.0.0.1:1 (nothing listens there) (named in ");
    let other = [("MEDSHARE_NODE", "http://127.0.0.1:2")];
    fails(&folder, &["owner", "requests"], &other, 6, "127.0.0.1:2 (nothing listens there) (named by MEDSHARE_NODE)");
    let output = run(&folder, &["owner", "requests", "--node", "http://127.0.0.1:3"], &other);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("127.0.0.1:3 (nothing listens there)\n"), "{said}");
}

#[test]
fn paths_in_the_file_are_relative_to_it() {
    let folder = Folder::new();
    folder.done("key create --out me.key --insecure-plaintext");
    fs::create_dir(folder.path().join("conf")).unwrap();
    fs::rename(folder.path().join("me.key"), folder.path().join("conf/me.key")).unwrap();
    folder.write("conf/c.toml", "key = 'me.key'\ngenesis = 'nowhere.toml'\n");
    let node = ["--node", "http://127.0.0.1:1"];
    fails(
        &folder,
        &[&["request", "list"][..], &node].concat(),
        &[],
        1,
        "conf/nowhere.toml: there is no such file or folder",
    );
    fails(&folder, &[&["request", "list"][..], &node].concat(), &[], 1, "c.toml, line 2)");
}

#[test]
fn what_is_wrong_in_it_is_told_with_file_line_and_name() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join("conf")).unwrap();
    folder.write("conf/c.toml", "# mine\nnodes = 'http://127.0.0.1:1'\n");
    fails(&folder, &["audit", "thread", "0000"], &[], 1, "c.toml, line 2: there is no setting \"nodes\"");
    folder.write("conf/c.toml", "node = 'ftp://x'\n");
    fails(&folder, &["audit", "thread", "0000"], &[], 2, "\"ftp://x\" is no node: expected a node's address");
    // What a command does not need does not stop it.
    folder.write("conf/c.toml", "broken");
    assert!(run(&folder, &["key", "--help"], &[]).status.success());
    done(&folder, &["key", "create", "--out", "k.key", "--insecure-plaintext"]);
    folder.refused("config path", "there is no place for a configuration file");
    folder.refused("audit thread 0000", "no node is named");
}

#[test]
fn an_empty_variable_is_told_and_not_taken() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join("conf")).unwrap();
    folder.write("conf/c.toml", "# nothing is set\n");
    for name in ["GENESIS", "NODE", "KEY", "CA", "PASSPHRASE"] {
        let name = format!("MEDSHARE_{name}");
        let all = [("MEDSHARE_GENESIS", "g"), ("MEDSHARE_NODE", "http://127.0.0.1:1"), ("MEDSHARE_KEY", "k")];
        let mut env: Vec<(&str, &str)> = all.into_iter().filter(|(other, _)| *other != name).collect();
        // a genesis that is named is read wherever a node is asked
        env.retain(|(other, _)| name != "MEDSHARE_KEY" || *other != "MEDSHARE_GENESIS");
        env.push((&name, ""));
        let args: &[&str] = match name.as_str() {
            "MEDSHARE_GENESIS" => &["package", "info", "p"],
            "MEDSHARE_PASSPHRASE" => &["key", "create", "--out", "new.key"],
            "MEDSHARE_KEY" => &["owner", "requests"],
            _ => &["audit", "thread", "00000000000000000000000000000000"],
        };
        let output = run(&folder, args, &env);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("{name} is set, and empty")), "{name}: {said}");
    }
}

#[test]
fn an_error_about_what_nobody_typed_names_where_it_came_from() {
    let folder = Folder::new();
    let founded = folder.json("network create net --patients 10 --base-port 31990");
    folder.done("key create --out alice.key --insecure-plaintext");
    folder.done("key create --out locked.key --kind owner");
    let network = founded["network"].as_str().unwrap();
    let node = FakeNode::start(network, |asked| match asked.last().unwrap() {
        question if question.contains("/v1/owner/") => Answer::error(409, "other-node"),
        question if question.starts_with("POST") => Answer::error(401, "unknown-key"),
        _ => Answer::error(404, "not-found"),
    });
    done(&folder, &["config", "set", "genesis", "net/genesis.toml"]);
    done(&folder, &["config", "set", "key", "alice.key"]);
    done(&folder, &["config", "set", "node", &node.url()]);
    for own in [&["audit", "block", "0093bbe3"][..], &["audit", "thread", "0093bbe3"], &["request", "list"]] {
        fails(&folder, own, &[], 3, "this network has no requestor with your key (the key is named in ");
    }
    fails(&folder, &["audit", "block", "0093bbe3"], &[], 3, "c.toml, line 2)");
    let submit = ["request", "submit", "--dataset", "records", "--purpose", "HRESCH", "--owner"];
    fails(&folder, &[&submit[..], &["HOSPITAL-A"]].concat(), &[], 3, "(the key is named in ");
    fails(&folder, &[&submit[..], &["nobody"]].concat(), &[], 2, "this network has no owner nobody (the genesis is ");
    let by_variable = [("MEDSHARE_GENESIS", "net/genesis.toml"), ("MEDSHARE_KEY", "net/keys/owners/HOSPITAL-B.key")];
    let by = "has no owner nobody (the genesis is named by MEDSHARE_GENESIS)";
    fails(&folder, &[&submit[..], &["nobody"]].concat(), &by_variable, 2, by);
    fails(&folder, &["owner", "requests"], &by_variable, 3, "(the key is named by MEDSHARE_KEY)");
    let typed = [&submit[..], &["nobody", "--genesis", "net/genesis.toml"]].concat();
    let output = run(&folder, &typed, &[]);
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: this network has no owner nobody\n"));
    // a node of another network, and a passphrase that does not fit
    folder.done("network create other --patients 10 --base-port 31995");
    let other = [("MEDSHARE_GENESIS", "other/genesis.toml")];
    fails(&folder, &["audit", "block", &"0".repeat(64)], &other, 3, "(the genesis is named by MEDSHARE_GENESIS)");
    fails(&folder, &["audit", "block", &"0".repeat(64)], &other, 3, "(the node is named in ");
    let phrase = [("MEDSHARE_PASSPHRASE", "another sentence")];
    let locked = ["owner", "requests", "--key", "locked.key"];
    fails(&folder, &locked, &phrase, 7, "(the passphrase is that of MEDSHARE_PASSPHRASE)");
    done(&folder, &["key", "card", "--organisation", "HOSPITAL-A", "--role", "researcher", "--out", "a.card"]);
    let register = ["owner", "register", "--requestor", "a.card"];
    fails(&folder, &register, &by_variable, 3, "the key is that of HOSPITAL-B (the key is named by MEDSHARE_KEY)");
    let elsewhere = "the card was made for another network (the genesis is named by MEDSHARE_GENESIS)";
    fails(&folder, &[&register[..], &["--key", "net/keys/owners/HOSPITAL-A.key"]].concat(), &other, 3, elsewhere);
}

#[test]
fn what_cannot_be_used_is_not_set() {
    let folder = Folder::new();
    fails(&folder, &["config", "set", "genesis", "nowhere.toml"], &[], 1, "there is no file nowhere.toml");
    fails(&folder, &["config", "set", "node", "127.0.0.1:1"], &[], 2, "\"127.0.0.1:1\" is no node");
    fails(&folder, &["config", "set", "colour", "red"], &[], 2, "invalid value 'colour'");
    folder.done("network create net --patients 10 --base-port 32020");
    folder.done("key create --out me.key --insecure-plaintext");
    folder.write("notes.txt", "nothing of the kind");
    for (name, file, code, words) in [
        ("genesis", "me.key", 5, "me.key is a key file, and a genesis file is expected"),
        ("genesis", "notes.txt", 1, "notes.txt is not valid"),
        ("key", "net/genesis.toml", 5, "genesis.toml is a genesis file, and a key file is expected"),
        ("key", "notes.txt", 7, "notes.txt"),
        ("ca", "me.key", 5, "me.key is a key file, and a certificate file is expected"),
        ("ca", "net/genesis.toml", 5, "genesis.toml is a genesis file, and a certificate file is expected"),
        ("ca", "notes.txt", 1, "holds no PEM certificate"),
    ] {
        fails(&folder, &["config", "set", name, file], &[], code, words);
    }
    assert!(!folder.path().join("conf").exists());
}
