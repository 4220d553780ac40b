//! The register counts where the domain's key authenticates it: who can write to it gives himself no key, and nobody else's away.

use super::by_hand::{as_before, lines};
use super::{OWNER, encrypt, opens, world};
use crate::binary::Folder;

const NOT_AUTHENTIC: &str = "alice.register is not as the key of alice left it: somebody else wrote to it";

fn owner() -> String {
    OWNER.replace(" --party alice.party.key", "")
}

/// Everything that uses the register beside the key.
fn commands() -> [String; 6] {
    let owner = owner();
    [
        format!("domain revoke {OWNER} --holder carol.party --to node.party --out x"),
        format!("domain revoke {OWNER} --holder carol.party --to node.party --out x --own-register"),
        format!("domain issue {OWNER} --policy allergies@alice --to carol.party --out x"),
        format!("domain label {owner} genome"),
        format!("domain publish {owner} --own-register"),
        "domain encrypt --public alice.public --register alice.register --key alice.key --label allergies record --out x"
            .to_owned(),
    ]
}

fn write(folder: &Folder, lines: impl IntoIterator<Item = String>) {
    folder.write("alice.register", lines.into_iter().map(|line| line + "\n").collect::<String>());
}

/// Carol makes a domain of the same name, and takes the line from there with which she has a key to everything.
#[test]
fn whoever_writes_a_line_into_the_register_gets_no_key_and_takes_nobody_out_of_it() {
    let folder = world();
    let own = OWNER.replace("alice.key", "carols/alice.key").replace("alice.public", "carols/alice.public");
    let own = own.replace("alice.register", "carols/alice.register");
    folder.done("domain create alice --label history --label emergency --out carols --insecure-plaintext");
    folder.done(&format!("domain issue {own} --policy 'history@alice OR emergency@alice' --to carol.party --out y"));
    let carols = String::from_utf8(folder.read("carols/alice.register")).unwrap();
    let carols = carols.lines().find(|line| line.starts_with("holder: ")).unwrap().to_owned();
    let register = lines(&folder);
    let holders: Vec<usize> = (0..register.len()).filter(|line| register[*line].starts_with("holder: ")).collect();
    let without = |line: usize| {
        let others = register.iter().enumerate().filter(move |(number, _)| *number != line);
        others.map(|(_, line)| line.clone()).collect::<Vec<_>>()
    };
    let mut exchanged = register.clone();
    exchanged.swap(holders[0], holders[1]);
    let mut redirected = register.clone();
    let sealing = |line: &str| "holder: ".len() + 128..line.len().min("holder: ".len() + 128 + 2432);
    let of_carol = register[holders[1]].clone();
    redirected[holders[0]].replace_range(sealing(&register[holders[0]]), &of_carol[sealing(&of_carol)]);
    let mut added = register.clone();
    added.insert(holders[0], carols);
    let mut twice = register.clone();
    twice.extend(register.last().cloned());
    let altered = [added, exchanged, redirected, twice, without(holders[1]), without(register.len() - 1)];
    let public = folder.read("alice.public");
    for altered in altered {
        write(&folder, altered);
        let before = folder.read("alice.register");
        for command in commands() {
            folder.refused(&command, NOT_AUTHENTIC);
        }
        assert!(folder.read("alice.register") == before && folder.read("alice.public") == public);
        assert!(!folder.path().join("x").exists());
    }
    // What an earlier build would have made is none that this key knows, whatever its owner says.
    let of_before = ["authentic: ", "written: ", "in-force: ", "key-at: "];
    write(&folder, register.iter().filter(|line| !of_before.iter().any(|name| line.starts_with(name))).cloned());
    for command in commands() {
        folder.refused(&command, NOT_AUTHENTIC);
    }
    let encrypt = "domain encrypt --public alice.public --register alice.register --label allergies record --out x";
    folder.refused(encrypt, "does not show that it is the domain alice's own");
    write(&folder, register);
    folder.done(&commands()[0]);
}

#[test]
fn register_and_public_file_that_are_restored_together_are_older_than_the_key() {
    let folder = world();
    let copies = ["alice.register", "alice.public"].map(|name| (name, folder.read(name)));
    folder.done(&format!("domain revoke {OWNER} --holder bob.party --to node.party --out letters"));
    for (name, copy) in copies {
        folder.write(name, copy);
    }
    for command in commands().iter().filter(|command| !command.contains("--own-register")) {
        folder.refused(command, "alice.register is older than the key: it was written 3 times, and the key knows of 5");
    }
    for command in commands().iter().filter(|command| command.contains("--own-register")) {
        folder.refused(
            command,
            "register and public file are older than the key: labels were raised 0 times, and the key knows of 3",
        );
    }
}

/// A build before wrote no code: whose the register is, its owner says once.
#[test]
fn a_register_of_an_earlier_build_is_authenticated_once_its_owner_says_that_it_is_hers() {
    let folder = world();
    as_before(&folder);
    let [revoke, _, issue, label, publish, encrypt_by_key] = commands();
    for command in [&revoke, &issue, &label, &publish.replace(" --own-register", ""), &encrypt_by_key] {
        folder.refused(command, "alice.register does not show that it is the domain alice's own");
        folder.refused(command, "--own-register of `medshare domain publish` says so, once");
    }
    folder.done(&publish);
    folder.done(&encrypt_by_key);
    folder.delete("x");
    encrypt(&folder, "allergies", "record.dom");
    opens(&folder, "bob", "record.dom");
    // From then on there is no way back.
    write(&folder, lines(&folder).into_iter().filter(|line| !line.starts_with("authentic: ")));
    folder.refused(&revoke, NOT_AUTHENTIC);
    folder.refused(&publish, NOT_AUTHENTIC);
}

/// Each reads the register, and writes it with one key more: none is lost.
#[test]
fn commands_that_change_a_register_at_once_come_one_after_the_other() {
    let folder = world();
    std::thread::scope(|scope| {
        for number in 0..6 {
            let folder = &folder;
            let out = format!("given.{number}");
            let issue = format!("domain issue {OWNER} --policy history@alice --to node.party --out {out}");
            scope.spawn(move || folder.done(&issue));
        }
    });
    let revoked = folder.json(&format!("domain revoke {OWNER} --holder node.party --to alice.party --out letters"));
    assert_eq!(revoked["keys_ended"], 6);
}
