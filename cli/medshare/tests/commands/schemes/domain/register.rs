//! The register of a domain: whose it is, and what a revocation by it takes along.

use medshare_crypto::seal::SealingSecretKey;
use serde_json::json;

use super::by_hand::{as_before, authenticate, last_holder, lines};
use super::{OWNER, does_not_open, encrypt, opens, world};
use crate::binary::Folder;

/// A key that something can be sealed to.
fn sealing_key() -> [u8; 1216] {
    SealingSecretKey::from_bytes([9; 32].into()).public_key().to_bytes()
}

/// The bytes of an entry: `id (32) ‖ verifying key (32) ‖ sealing key (1216) ‖ policy`.
fn entry_of(line: &str) -> Vec<u8> {
    hex::decode(line.strip_prefix("holder: ").unwrap()).unwrap()
}

/// The register without the lines of this name.
fn without(folder: &Folder, name: &str) -> String {
    let text = String::from_utf8(folder.read("alice.register")).unwrap();
    text.lines().filter(|line| !line.starts_with(name)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_key_gets_into_no_register_but_the_domains() {
    let folder = world();
    folder.done("domain create zoe --label allergies --insecure-plaintext");
    let before = folder.read("alice.register");
    for (register, reason) in [
        ("alice.regsiter", "there is no register alice.regsiter"),
        ("zoe.register", "zoe.register is another domain's register than that of alice"),
    ] {
        let owner = OWNER.replace("alice.register", register);
        folder.refused(&format!("domain issue {owner} --policy allergies@alice --to bob.party --out x"), reason);
        folder.refused(&format!("domain revoke {owner} --holder bob.party --to node.party --out x"), reason);
        assert!(!folder.path().join("x").exists());
    }
    assert!(!folder.path().join("alice.regsiter").exists());
    assert_eq!(folder.read("alice.register"), before);
    // One that was made before registers named their domain is known by its keys.
    as_before(&folder);
    folder.write("alice.register", without(&folder, "domain: "));
    let own = "--own-register --policy allergies@alice --to bob.party --out second.letter";
    folder.done(&format!("domain issue {OWNER} {own}"));
    let zoes = OWNER.replace("alice.key", "zoe.key").replace("alice.public", "zoe.public");
    folder.refused(
        &format!("domain issue {zoes} --policy allergies@zoe --to bob.party --out x"),
        "alice.register is another domain's register than that of zoe",
    );
}

#[test]
fn a_domain_is_known_by_its_key_and_not_by_its_name() {
    let folder = world();
    folder.done("domain create alice --label allergies --out other --insecure-plaintext");
    let others = OWNER.replace("alice.register", "other/alice.register");
    let reason = "other/alice.register is another domain's register than that of alice";
    folder.refused(&format!("domain issue {others} --policy allergies@alice --to bob.party --out x"), reason);
    folder.refused(&format!("domain revoke {others} --holder bob.party --to node.party --out x"), reason);
}

#[test]
fn a_register_of_an_earlier_build_becomes_a_domains_on_its_owners_word_alone() {
    let folder = world();
    folder.done("domain create alice --label allergies --out other --insecure-plaintext");
    as_before(&folder);
    let name = hex::encode("alice");
    let line =
        |line: String| if line.starts_with("domain: ") { format!("domain: {name}\n") } else { format!("{line}\n") };
    folder.write("alice.register", lines(&folder).into_iter().map(line).collect::<String>());
    let before = folder.read("alice.register");
    // The other domain of that name comes first, by mistake.
    let others = OWNER.replace("alice.key", "other/alice.key").replace("alice.public", "other/alice.public");
    for (owner, reason) in [
        (others.as_str(), "alice.register is not as the key of alice left it"),
        (OWNER, "alice.register does not show that it is the domain alice's own"),
    ] {
        folder.refused(&format!("domain issue {owner} --policy allergies@alice --to bob.party --out x"), reason);
        folder.refused(&format!("domain revoke {owner} --holder bob.party --to node.party --out x"), reason);
    }
    assert_eq!(folder.read("alice.register"), before);
    let revoke = "--own-register --holder carol.party --to node.party --out letters";
    folder.done(&format!("domain revoke {OWNER} {revoke}"));
    // It has the key from then on.
    folder.done(&format!("domain issue {OWNER} --policy allergies@alice --to bob.party --out second.letter"));
    let reason = "alice.register is another domain's register than that of alice";
    let issue = "--own-register --policy allergies@alice --to bob.party --out x";
    folder.refused(&format!("domain issue {others} {issue}"), reason);
}

#[test]
fn parties_whose_keys_begin_alike_block_no_revocation() {
    let folder = world();
    // Any point of the curve is somebody's key; the four bytes in front are what a name of eight digits would show.
    let keys = (0..=u8::MAX).map(|last| [&[7; 4][..], &[1; 27], &[last]].concat().try_into().unwrap());
    let is_key = |key: &[u8; 32]| medshare_crypto::sign::VerifyingKey::from_bytes(*key).is_ok();
    let mut register = lines(&folder);
    for key in keys.filter(is_key).take(2) {
        let entry = [&[5; 32], key.as_slice(), &sealing_key(), b"allergies@alice"].concat();
        register.push(format!("holder: {}", hex::encode(entry)));
    }
    authenticate(&folder, register);
    let revoked = folder.json(&format!("domain revoke {OWNER} --holder carol.party --to node.party --out letters"));
    let letters = revoked.get("letters").and_then(|letters| letters.as_array()).unwrap();
    assert_eq!(letters.len(), 4, "the node's, bob's, and theirs");
}

#[test]
fn all_keys_of_a_party_end_whichever_key_it_was_written_to_with() {
    let folder = world();
    let mut entry = entry_of(&last_holder(&folder));
    entry[64..64 + 1216].copy_from_slice(&sealing_key());
    authenticate(&folder, lines(&folder).into_iter().chain([format!("holder: {}", hex::encode(entry))]));
    let revoked = folder.json(&format!("domain revoke {OWNER} --holder carol.party --to node.party --out letters"));
    assert_eq!(revoked.get("keys_ended"), Some(&json!(2)));
}

#[test]
fn a_party_that_stays_is_written_to_with_its_newest_key() {
    let folder = world();
    let mut lines = lines(&folder);
    let bobs = lines.iter().position(|line| line.starts_with("holder: ")).unwrap();
    let mut older = entry_of(&lines[bobs]);
    older[..32].copy_from_slice(&[5; 32]);
    older[64..64 + 1216].copy_from_slice(&sealing_key());
    let older = format!("holder: {}", hex::encode(older));
    lines.insert(bobs, older);
    authenticate(&folder, lines);
    let revoked = folder.json(&format!("domain revoke {OWNER} --holder carol.party --to node.party --out letters"));
    let letters = revoked.get("letters").and_then(|letters| letters.as_array()).unwrap();
    let bobs = letters.iter().find_map(|letter| letter.as_str().filter(|letter| letter.contains("update-"))).unwrap();
    folder.done(&format!("domain update --party bob.party.key --from alice.party --key bob.domain-key {bobs}"));
}

/// A build before entered holders with X25519 keys, which nothing is sealed to any more.
#[test]
fn a_party_that_stays_with_a_key_of_a_build_before_is_told_and_gets_its_key_anew() {
    let folder = world();
    let of_before = |line: &str| {
        let entry = entry_of(line);
        let (ids, policy) = (&entry[..64], &entry[64 + 1216..]);
        format!("key: {}", hex::encode([ids, &[9; 32], policy].concat()))
    };
    let line = |line: String| if line.starts_with("holder: ") { of_before(&line) } else { line };
    authenticate(&folder, lines(&folder).into_iter().map(line));
    let revoke =
        |who: &str, out: &str| format!("domain revoke {OWNER} --holder {who}.party --to node.party --out {out}");
    let revoked = folder.json(&revoke("carol", "letters"));
    assert_eq!(revoked["letters"], json!(["letters/files.letter"]));
    assert_eq!(revoked["not_written_to"].as_array().unwrap().len(), 1);
    let again = folder.done(&format!("domain issue {OWNER} --policy allergies@alice --to bob.party --out bob.again"));
    assert!(again.contains("bob.again"), "{again}");
    folder.done(&format!("domain issue {OWNER} --policy allergies@alice --to carol.party --out carol.again"));
    let revoked = folder.json(&revoke("carol", "more"));
    assert_eq!((revoked["letters"].as_array().unwrap().len(), revoked.get("not_written_to")), (2, None));
}

/// A copy of a file under so long a name that it is read, and that none can be written beside it.
fn unwritable(folder: &Folder, name: &str) -> String {
    let long = name.chars().next().unwrap().to_string().repeat(245);
    folder.write(&long, folder.read(name));
    long
}

#[test]
fn a_key_with_another_policy_is_in_the_register_before_it_is_in_a_letter() {
    let folder = world();
    let before = folder.read("alice.public");
    let owner = OWNER.replace("alice.register", &unwritable(&folder, "alice.register"));
    let revoke =
        format!("domain revoke {owner} --holder bob.party --to node.party --policy emergency@alice --out letters");
    folder.refused(&revoke, "cannot write the register");
    assert!(folder.read("alice.public") == before && !folder.path().join("letters").exists(), "nothing has changed");
    // What is wrong with the policy is told before anything changes.
    let often = ["allergies@alice"; 5].join(" AND ");
    let revoke = format!("domain revoke {OWNER} --holder bob.party --to node.party --policy '{often}' --out others");
    folder.refused(&revoke, "names allergies@alice more than 4 times");
    assert!(folder.read("alice.public") == before && !folder.path().join("others").exists());
}

#[test]
fn who_has_a_domain_of_an_earlier_build_with_a_raised_label_is_told_to_make_a_new_one() {
    let folder = world();
    let issue = |out: &str| format!("domain issue {OWNER} --policy history@alice --to bob.party --out {out}");
    let revoke =
        |who: &str, out: &str| format!("domain revoke {OWNER} --holder {who}.party --to node.party --out {out}");
    let warning = |command: &str| {
        let told = folder.json(command).get("warning").map(|warning| warning.as_str().unwrap().to_owned());
        told.inspect(|told| assert!(told.contains("`medshare domain create` makes a new one"), "{told}")).is_some()
    };
    assert_eq!([issue("one"), revoke("carol", "two"), issue("three")].map(|command| warning(&command)), [false; 3]);
    authenticate(&folder, without(&folder, "keys-update: ").lines().map(str::to_owned));
    assert!(warning(&issue("four")));
    folder.told(&revoke("bob", "five"), "warning: the domain alice is of an earlier build");
    assert!(warning(&issue("six")), "no later revocation mends it");
}

#[test]
fn a_revocation_that_breaks_off_is_finished_by_the_next_run_and_gives_an_ended_party_no_new_key() {
    let folder = world();
    let register = || String::from_utf8(folder.read("alice.register")).unwrap();
    let carols = last_holder(&folder).strip_prefix("holder: ").unwrap().to_owned();
    let revoke = |owner: &str, who: &str, out: &str| {
        format!("domain revoke {owner} --holder {who}.party --to node.party --out {out}")
    };
    // It breaks off before the public file has what it puts in force.
    let owner = OWNER.replace("alice.public", &unwritable(&folder, "alice.public"));
    folder.refused(&revoke(&owner, "carol", "first"), "the same command, with another folder for --out, finishes it");
    assert!(register().contains(&format!("\nending: {carols}\n")), "it is known that her key ends");
    folder.refused(&revoke(OWNER, "bob", "x"), "a revocation that broke off is under way");
    let issue = format!("domain issue {OWNER} --policy allergies@alice --to node.party --out given.letter");
    folder.refused(&issue, "a revocation that broke off is under way");
    let finish = |out: &str| {
        let finished = folder.json(&revoke(OWNER, "carol", out));
        assert_eq!((&finished["keys_ended"], &finished["labels"]), (&json!(1), &json!(["allergies@alice"])));
        let letters = finished["letters"].as_array().unwrap().len();
        assert_eq!(letters, 2, "the node's and bob's: none is hers");
        assert!(!register().contains("ending: ") && !register().contains(&carols));
    };
    finish("second");
    // It breaks off behind that: no label is raised twice.
    let in_force = folder.read("alice.public");
    let raised = hex::encode([&0_u32.to_be_bytes()[..], b"allergies@alice"].concat());
    let at = format!("key-at: {}{raised}", &carols[..64]);
    let more = [at, format!("ending: {carols}"), format!("raised: {raised}")];
    authenticate(&folder, lines(&folder).into_iter().chain(more));
    finish("third");
    assert!(folder.read("alice.public") == in_force);
    encrypt(&folder, "allergies", "after.dom");
    does_not_open(&folder, "carol", "after.dom", "is at version 1 in the record and 0 in the key");
    let updates = std::fs::read_dir(folder.path().join("third")).unwrap().map(|file| file.unwrap().path());
    let update =
        |letter: &str| format!("domain update --party bob.party.key --from alice.party --key bob.domain-key {letter}");
    updates.for_each(|letter| folder.try_run(&update(letter.to_str().unwrap())));
    opens(&folder, "bob", "after.dom");
}
