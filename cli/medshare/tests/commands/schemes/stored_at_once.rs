//! Two commands that change one stored file at once: what one of them says that it did stays done.

use std::fs::OpenOptions;
use std::process::Child;

use super::abe_pool::{filled, named};
use super::abe_with_nodes::{BOB, OWN, encrypt, world};
use super::at_once::{DOMAIN, started, waits};
use crate::binary::{Folder, medshare};

/// How a command ends that waited for another one, and what it says; by then the other one has done what `meanwhile` does, which has the lock.
fn ends_after(
    folder: &Folder,
    lock: &str,
    running: impl FnOnce() -> Child,
    meanwhile: impl FnOnce(),
) -> (bool, String) {
    let held = OpenOptions::new().write(true).create(true).truncate(false).open(folder.path().join(lock)).unwrap();
    held.lock().unwrap();
    let mut running = running();
    let mut said = waits(&mut running);
    meanwhile();
    held.unlock().unwrap();
    let mut told = String::new();
    std::io::Read::read_to_string(&mut said, &mut told).unwrap();
    let output = running.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap() + &told)
}

/// Alice's domain; bob and carol have keys with these policies.
fn domain(bobs: &str, carols: &str) -> Folder {
    let folder = Folder::new();
    folder.done("domain create alice --label allergies --label history --insecure-plaintext");
    for party in ["alice", "bob", "carol", "node"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    for (who, policy) in [("bob", bobs), ("carol", carols)] {
        let owner = format!("{DOMAIN} --party alice.party.key");
        folder.done(&format!("domain issue {owner} --policy '{policy}' --to {who}.party --out {who}.letter"));
        let accept = format!("party accept --party {who}.party.key --from alice.party {who}.letter");
        folder.done(&format!("{accept} --out {who}.domain-key"));
    }
    folder.write("record", "record");
    folder
}

fn revoke(folder: &Folder, who: &str) {
    let owner = format!("{DOMAIN} --party alice.party.key");
    folder.done(&format!("domain revoke {owner} --holder {who}.party --to node.party --out {who}-ends"));
}

fn apply(who: &str, file: &str) -> String {
    let letter = format!("{who}-ends/files.letter");
    format!("domain apply --party node.party.key --from alice.party --public alice.public {letter} {file}")
}

#[test]
fn two_letters_that_move_one_file_at_once_both_move_it() {
    let folder = domain("allergies@alice", "history@alice");
    folder.done("domain encrypt --public alice.public --label allergies --label history record --out x.dom");
    ["bob", "carol"].iter().for_each(|who| revoke(&folder, who));
    folder.write("bobs.dom", folder.read("x.dom"));
    folder.done(&apply("bob", "bobs.dom"));
    let (carols, lock) = (apply("carol", "x.dom"), ".x.dom.lock");
    let moved = || folder.write("x.dom", folder.read("bobs.dom"));
    let (done, said) = ends_after(&folder, lock, || started(&folder, &carols), moved);
    assert!(done && said.contains("moved:\n  x.dom"), "{said}");
    for who in ["bob", "carol"] {
        let decrypt = format!("domain decrypt --key {who}.domain-key x.dom --out x");
        folder.refused(&decrypt, "is at version 1 in the record and 0 in the key");
    }
    // What is told is what came of it, and not what an earlier look saw.
    folder.write("carols.dom", folder.read("x.dom"));
    folder.write("x.dom", folder.read("bobs.dom"));
    let moved = || folder.write("x.dom", folder.read("carols.dom"));
    let (done, said) = ends_after(&folder, lock, || started(&folder, &carols), moved);
    assert!(done && said.contains("moved: none"), "{said}");
    assert!(folder.read("x.dom") == folder.read("carols.dom"));
}

#[test]
fn a_policy_is_not_put_back_by_a_letter_that_moves_the_file_nor_the_other_way_round() {
    let folder = world();
    encrypt(&folder, "x.abe");
    folder.done(&format!("abe policy widen --policy EMERGENCY@ED --public ED.public {OWN} {BOB} x.abe --out change"));
    folder.done(
        "abe version raise --key HOSPITAL.key --public HOSPITAL.public --stay bob.registration --party hospital.party.key \
         --to north.party --out letter DOCTOR",
    );
    let version = |file: &str| {
        format!(
            "abe version apply --party north.party.key --from hospital.party --public HOSPITAL.public letter {file}"
        )
    };
    let policy = |file: &str| format!("abe policy apply {file} change");
    let before = folder.read("x.abe");
    for (name, first, second) in
        [("moved.abe", version("moved.abe"), policy("x.abe")), ("widened.abe", policy("widened.abe"), version("x.abe"))]
    {
        folder.write(name, &before);
        folder.done(&first);
        folder.write("x.abe", &before);
        let meanwhile = || folder.write("x.abe", folder.read(name));
        let (done, said) = ends_after(&folder, ".x.abe.lock", || started(&folder, &second), meanwhile);
        assert!(done, "{said}");
        assert_eq!(folder.json("abe inspect x.abe")["policy"], "DOCTOR@HOSPITAL OR EMERGENCY@ED");
        assert_eq!(folder.json(&version("x.abe"))["moved"], serde_json::json!([]), "it moved before");
    }
}

#[test]
fn a_set_that_goes_into_a_file_while_a_letter_moves_it_does_not_come_back() {
    let folder = filled(1);
    folder.done(
        "abe version raise --key HOSPITAL.key --public HOSPITAL.public --stay bob.registration --party hospital.party.key \
         --to owner.party --out letter DOCTOR",
    );
    let [set] = named(&folder, ".rows").try_into().unwrap();
    let apply = "abe version apply --party owner.party.key --from hospital.party --public HOSPITAL.public letter";
    let running = || started(&folder, &format!("{apply} {set}"));
    let (_, said) = ends_after(&folder, "owner.party.key.spent/lock", running, || folder.delete(&set));
    assert!(!folder.path().join(&set).exists(), "{said}");
}

#[test]
fn a_set_that_goes_into_a_file_while_a_letter_moves_others_keeps_none_of_them_back() {
    let folder = filled(3);
    folder.done(
        "abe version raise --key HOSPITAL.key --public HOSPITAL.public --stay bob.registration --party hospital.party.key \
         --to owner.party --out letter DOCTOR",
    );
    let [first, taken, last] = named(&folder, ".rows").try_into().unwrap();
    let apply = "abe version apply --party owner.party.key --from hospital.party --public HOSPITAL.public letter";
    let running = || started(&folder, &format!("{apply} {first} {taken} {last}"));
    let (done, said) = ends_after(&folder, "owner.party.key.spent/lock", running, || folder.delete(&taken));
    assert!(done && said.contains(&format!("moved:\n  {first}\n  {last}")), "{said}");
}

#[test]
fn a_new_passphrase_is_not_undone_by_an_update_of_the_key() {
    let folder = domain("allergies@alice", "allergies@alice");
    revoke(&folder, "carol");
    let letters = std::fs::read_dir(folder.path().join("carol-ends")).unwrap();
    let mut letters = letters.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let letter = letters.find(|name| name.starts_with("update-")).unwrap();
    let update =
        format!("domain update --party bob.party.key --from alice.party --key bob.domain-key carol-ends/{letter}");
    folder.write("other.domain-key", folder.read("bob.domain-key"));
    folder.write("new", "another long sentence\n");
    folder.done("key passphrase other.domain-key --new-passphrase-file new");
    let other = folder.read("other.domain-key");
    let changed = || folder.write("bob.domain-key", &other);
    let (done, said) = ends_after(&folder, ".bob.domain-key.lock", || started(&folder, &update), changed);
    assert!(!done && said.contains("does not fit this key file"), "{said}");
    assert!(folder.read("bob.domain-key") == other);
    folder.done(&format!("{update} --passphrase-file new"));
}

#[test]
fn a_setting_that_another_command_makes_at_the_same_time_stays() {
    let folder = Folder::new();
    folder.write("c.toml", "# mine\n");
    let set = || {
        let mut set = medshare(folder.path());
        set.args(["config", "set", "node", "http://127.0.0.1:1"]).env("MEDSHARE_CONFIG", "c.toml");
        set.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let meanwhile = || folder.write("c.toml", "# mine\nkey = \"/k\"\n");
    let (done, said) = ends_after(&folder, ".c.toml.lock", set, meanwhile);
    assert!(done, "{said}");
    let text = String::from_utf8(folder.read("c.toml")).unwrap();
    assert_eq!(text, "# mine\nkey = \"/k\"\nnode = \"http://127.0.0.1:1\"\n");
}
