//! `medshare aggregate`: one short key for a set of classes.

use serde_json::json;

use crate::binary::Folder;

const COMMON: &str = "--parameters common";

/// Parameters of eight classes by three parties, and the owner Alice.
fn world() -> Folder {
    let folder = Folder::new();
    folder.done("aggregate setup --classes 8 --out first");
    folder.done("aggregate contribute first --out second");
    folder.done("aggregate contribute second --out common");
    let created = folder.json(&format!("aggregate create alice {COMMON} --insecure-plaintext"));
    assert_eq!(created.get("public_file"), Some(&json!("./alice.public")));
    for party in ["alice", "bob"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    folder.write("record", vec![7; 200_000]);
    folder
}

fn issue(classes: &str) -> String {
    format!("aggregate issue {COMMON} --key alice.key --party alice.party.key --to bob.party --classes {classes}")
}

#[test]
fn one_key_opens_its_classes_and_is_as_short_as_any_other() {
    let folder = world();
    let mut lengths = Vec::new();
    for (name, classes) in [("one", "2"), ("many", "1-3,7")] {
        let issued = folder.json(&format!("{} --out {name}.letter", issue(classes)));
        assert_eq!(issued.get("classes"), Some(&json!(classes)));
        let accept = "party accept --party bob.party.key --from alice.party --insecure-plaintext";
        let accepted = folder.json(&format!("{accept} {name}.letter --out {name}.key"));
        assert_eq!(accepted.get("about"), Some(&json!(format!("classes {classes}"))));
        let key = String::from_utf8(folder.read(&format!("{name}.key"))).unwrap();
        let secret = key.lines().find_map(|line| line.strip_prefix("secret: ")).unwrap();
        lengths.push(secret.len() / 2);
    }
    // The group element is the same; each class costs two bytes of its number.
    assert_eq!(lengths, [1 + 2 + 2 + 96, 1 + 2 + 4 * 2 + 96]);
    for class in 1..=8 {
        let file = format!("{class}.cls");
        folder.done(&format!("aggregate encrypt {COMMON} --owner alice.public --class {class} record --out {file}"));
        let open = format!("aggregate decrypt {COMMON} --owner alice.public --key many.key {file}");
        if [1, 2, 3, 7].contains(&class) {
            folder.done(&format!("{open} --out {class}.opened"));
            assert_eq!(folder.read(&format!("{class}.opened")), folder.read("record"));
        } else {
            folder.refused(&format!("{open} --out x"), &format!("the key does not cover class {class}"));
        }
    }
    let inspected = folder.json("aggregate inspect 7.cls");
    assert_eq!((inspected.get("class"), inspected.get("bytes_inside")), (Some(&json!(7)), Some(&json!(200_000))));
}

#[test]
fn unknown_classes_and_other_owners_or_parameters_are_refused() {
    let folder = world();
    let encrypt = "aggregate encrypt --owner alice.public record";
    folder
        .refused(&format!("{encrypt} {COMMON} --class 9 --out x"), "there is no class 9; the parameters have classes");
    folder.refused(&format!("{encrypt} {COMMON} --class 0 --out x"), "there is no class 0");
    folder.refused(&format!("{encrypt} --parameters first --class 1 --out x"), "was made for other parameters");
    folder.refused(&format!("{} --out x", issue("7-9")), "there is no class 9");
    folder.refused(&format!("{} --out x", issue("5-3")), "\"5-3\" is no range of classes");
    folder.refused(&format!("{} --out x", issue("'a few'")), "\"a few\" is no class; expected numbers and ranges");
    folder.refused("aggregate setup --classes 0 --out x", "0 is not in 1..=1024");

    folder.done(&format!("{encrypt} {COMMON} --class 1 --out a.cls"));
    folder.done(&format!("{} --out letter", issue("1")));
    folder.done("party accept --party bob.party.key --from alice.party letter --out key --insecure-plaintext");
    folder.done(&format!("aggregate create eve {COMMON} --insecure-plaintext"));
    let open = format!("aggregate decrypt {COMMON} --key key a.cls --out x --owner");
    folder.refused(&format!("{open} eve.public"), "the file does not open with this key");

    // The powers of two different numbers, in one file.
    let (one, two) = (folder.read("first"), folder.read("second"));
    let (front, _) = one.split_at(one.len() - 193);
    let (_, back) = two.split_at(two.len() - 193);
    folder.write("mixed", [front, back].concat());
    folder.refused("aggregate check mixed", "do not use mixed: the parameters are not powers of one number");
    folder.refused("aggregate contribute mixed --out x", "do not use mixed");
    folder.refused("aggregate create zoe --parameters mixed --insecure-plaintext", "do not use mixed");
    assert_eq!(folder.json("aggregate check common").get("classes"), Some(&json!(8)));
}
