//! `medshare aggregate`: one short key for a set of classes.

use serde_json::json;

use crate::binary::Folder;

const COMMON: &str = "--parameters common";

/// Parameters of eight classes by three parties, and the owner Alice.
fn world() -> Folder {
    let folder = Folder::new();
    for party in ["north", "south", "west"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    folder.done("aggregate setup --classes 8 --party north.party.key --out first");
    folder.done("aggregate contribute first --party south.party.key --out second");
    folder.done("aggregate contribute second --party west.party.key --out common");
    let created =
        folder.json(&format!("aggregate create alice {COMMON} --contributor south.party --insecure-plaintext"));
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
    folder.refused("aggregate setup --classes 0 --party north.party.key --out x", "0 is not in 1..=1024");

    folder.done(&format!("{encrypt} {COMMON} --class 1 --out a.cls"));
    folder.done(&format!("{} --out letter", issue("1")));
    folder.done("party accept --party bob.party.key --from alice.party letter --out key --insecure-plaintext");
    folder.done(&format!("aggregate create eve {COMMON} --contributor north.party --insecure-plaintext"));
    let open = format!("aggregate decrypt {COMMON} --key key a.cls --out x --owner");
    folder.refused(&format!("{open} eve.public"), "the file does not open with this key");

    // The powers of two different numbers, in one file.
    let [one, two] = ["first", "second"].map(|name| String::from_utf8(folder.read(name)).unwrap());
    let [own, other] = [&two, &one].map(|text| text.lines().nth(1).unwrap());
    let mixed = format!("{}{}", &own[..own.len() - 192], &other[other.len() - 192..]);
    folder.write("mixed", two.replace(own, &mixed));
    folder.refused("aggregate check mixed", "do not use mixed: the parameters are not powers of one number");
    folder.refused("aggregate contribute mixed --party north.party.key --out x", "do not use mixed");
    folder.refused(
        "aggregate create zoe --parameters mixed --contributor north.party --insecure-plaintext",
        "do not use mixed",
    );
    assert_eq!(folder.json("aggregate check common").get("classes"), Some(&json!(8)));
}

/// Whoever contributes last throws away what there was, and hands on parameters of her own.
#[test]
fn the_last_contributor_cannot_hand_on_parameters_of_her_own() {
    let folder = world();
    folder.done("aggregate setup --classes 8 --party west.party.key --out own");
    folder.done("aggregate check own");
    folder
        .refused("aggregate check own --contributor north.party", "north.party has not contributed to the parameters");
    let create = "aggregate create zoe --insecure-plaintext --parameters";
    folder.refused(&format!("{create} own --contributor south.party"), "south.party has not contributed");
    folder.refused(&format!("{create} own"), "--contributor <FILE>");
    folder.done("aggregate check common --contributor north.party --contributor south.party --contributor west.party");
    // With the others' contributions in front of what she made alone.
    let [common, own] = ["common", "own"].map(|name| String::from_utf8(folder.read(name)).unwrap());
    let line = |text: &str, number: usize| text.lines().nth(number).unwrap().to_owned();
    folder.write("forged", own.replace(&line(&own, 2), &line(&common, 2)));
    folder.refused(
        &format!("{create} forged --contributor north.party"),
        "do not use forged: the parameters are not what their contributions make",
    );
    let parties: Vec<_> = ["north", "south", "west"]
        .map(|name| String::from_utf8(folder.read(&format!("{name}.party"))).unwrap())
        .map(|text| text.lines().find_map(|line| line.strip_prefix("verifying: ")).unwrap().to_owned())
        .into();
    assert_eq!(folder.json("aggregate check common")["contributors"], json!(parties));
}
