//! `medshare abe pool`: rows by several organisations, each set for one file.

use serde_json::json;

use super::abe_with_nodes::{BOB, DOCTOR, OWN, OWNER, world};
use crate::binary::Folder;

#[test]
fn rows_by_two_organisations_serve_one_file_each() {
    let folder = world();
    for party in ["north", "south"] {
        let made = folder.json(&format!(
            "abe pool contribute {DOCTOR} --sets 2 --party {party}.party.key --to owner.party --out {party}.rows"
        ));
        assert_eq!(made, json!({"policy": "DOCTOR@HOSPITAL", "sets": 2, "letter": format!("{party}.rows")}));
    }
    let fill = "abe pool fill --party owner.party.key --public HOSPITAL.public --pool pool";
    folder
        .refused(&format!("{fill} --from north.party north.rows south.rows"), "south.rows is from none of the --from");
    folder.refused(
        &format!("{fill} --from north.party --from south.party north.rows"),
        "there is no letter of south.party",
    );
    folder.refused(&format!("{fill} --from north.party north.rows north.rows"), "has contributed already");
    folder.refused(
        "abe pool fill --party north.party.key --public HOSPITAL.public --pool pool --from south.party south.rows",
        "the letter is for another party than you",
    );
    let filled = folder.json(&format!("{fill} --from north.party --from south.party south.rows north.rows"));
    assert_eq!(filled.get("sets"), Some(&json!(2)));
    let of = json!([{"policy": "DOCTOR@HOSPITAL", "sets": 2, "versions": [{"attribute": "DOCTOR@HOSPITAL", "generation": 0, "version": 0}]}]);
    let stock = json!({"sets": 2, "not_used": [], "of": of});
    assert_eq!(folder.json(&format!("{SHOW} --policy DOCTOR@HOSPITAL")), stock);

    // The letters were spent by that, whoever sends one again.
    folder.refused(
        &format!("{fill} --from north.party --from south.party south.rows north.rows"),
        "rows that you have, or had",
    );
    folder.refused(&format!("{fill} --from south.party --own south.rows"), "rows that you have, or had");
    assert_eq!(folder.json(&format!("{SHOW} --public HOSPITAL.public")), stock);
    let from_pool = "abe encrypt --pool pool --public HOSPITAL.public --party owner.party.key record --policy";
    for file in ["one.abe", "two.abe"] {
        folder.done(&format!("{from_pool} DOCTOR@HOSPITAL --out {file}"));
        folder.done(&format!("abe decrypt {BOB} {OWNER} {file} --out opened"));
        assert_eq!(folder.read("opened"), folder.read("record"));
        folder.delete("opened");
    }
    folder.refused(&format!("{from_pool} DOCTOR@HOSPITAL --out x"), "the pool pool has no rows for the policy");
    folder.refused(&format!("{from_pool} NURSE@HOSPITAL --out x"), "has no rows for the policy NURSE@HOSPITAL");
    folder.refused("abe encrypt --party owner.party.key --policy DOCTOR@HOSPITAL record --out x", "--public");
}

#[test]
fn two_who_take_from_a_pool_at_the_same_time_take_different_rows() {
    let folder = world();
    let rounds = 8;
    folder.done(&format!(
        "abe pool contribute {DOCTOR} --sets {rounds} --party north.party.key --to owner.party --out north.rows"
    ));
    fill(&folder);
    std::thread::scope(|scope| {
        for number in 0..rounds {
            let folder = &folder;
            scope.spawn(move || folder.done(&format!("{FROM_POOL} {number}.abe")));
        }
    });
    assert_eq!(sets(&folder, ""), 0);
    // Behind magic, version, record, owner, length, epoch, commitment, wrapped key, signature, head and policy stand the rows: the same ones would be the same bytes.
    let rows = |number: u32| folder.read(&format!("{number}.abe")).get(383..1_159).map(<[u8]>::to_vec);
    let distinct: std::collections::BTreeSet<_> = (0..rounds).map(rows).collect();
    assert_eq!(distinct.len(), 8);
}

/// One contributor alone knows all that a file's key follows from.
#[test]
fn one_organisation_alone_fills_no_pool() {
    let folder = world();
    folder.done(&format!(
        "abe pool contribute {DOCTOR} --sets 1 --party north.party.key --to owner.party --out north.rows"
    ));
    folder.refused(&FILL.replace(" --own", ""), "one organisation alone would know the key of every file");
    assert!(!folder.path().join("pool").exists());
    fill(&folder);
    folder.done(&format!("{FROM_POOL} a.abe"));
    folder.done(&format!("abe decrypt {BOB} {OWNER} a.abe --out opened"));
    assert_eq!(folder.read("opened"), folder.read("record"));
}

/// One that sends two letters under two names of itself would be counted twice.
#[test]
fn an_organisation_that_is_named_twice_is_not_two() {
    let folder = world();
    for letter in ["a", "b"] {
        folder.done(&format!(
            "abe pool contribute {DOCTOR} --sets 1 --party north.party.key --to owner.party --out {letter}.rows"
        ));
    }
    folder.done(&format!("abe pool contribute {DOCTOR} --sets 1 {OWN} --to owner.party --out own.rows"));
    let fill = "abe pool fill --party owner.party.key --public HOSPITAL.public --pool pool --from north.party --from";
    folder.write("again.party", folder.read("north.party"));
    for again in ["north.party", "again.party"] {
        folder.refused(&format!("{fill} {again} a.rows b.rows"), "two of the --from parties are one, or share a key");
    }
    folder.refused(&format!("{fill} owner.party a.rows own.rows"), "one of the --from parties is you");
    assert!(!folder.path().join("pool").exists());
    folder.done(&format!("{} --own a.rows", fill.trim_end_matches(" --from")));
}

#[test]
fn whose_letter_has_bad_rows_is_said() {
    let folder = world();
    folder.write("before.public", folder.read("HOSPITAL.public"));
    let contribute = |party: &str, public: &str| {
        folder.done(&format!(
            "abe pool contribute --policy DOCTOR@HOSPITAL --public {public} --sets 1 --party {party}.party.key --to owner.party --out {party}.rows"
        ));
    };
    contribute("north", "HOSPITAL.public");
    contribute("hospital", "HOSPITAL.public");
    folder.done(
        "abe version raise --key HOSPITAL.key --public HOSPITAL.public --party hospital.party.key --to north.party --out raise.letter DOCTOR",
    );
    contribute("south", "HOSPITAL.public");
    let fill = "abe pool fill --party owner.party.key --public before.public --pool pool --from hospital.party \
                --from north.party --from south.party north.rows south.rows hospital.rows";
    folder.refused(fill, "south.rows: the rows were made for another policy or other versions of the keys");
    assert!(!folder.path().join("pool").exists());
}

/// Fills the pool with rows by north, and the owner's own beside.
pub const FILL: &str =
    "abe pool fill --party owner.party.key --public HOSPITAL.public --own --pool pool --from north.party north.rows";
pub const FROM_POOL: &str =
    "abe encrypt --pool pool --public HOSPITAL.public --party owner.party.key --policy DOCTOR@HOSPITAL record --out";
pub const SHOW: &str = "abe pool show pool --party owner.party.key";

/// How many sets could be used.
pub fn sets(folder: &Folder, with: &str) -> u64 {
    folder.json(&format!("{SHOW} {with}")).get("sets").and_then(serde_json::Value::as_u64).unwrap()
}

pub fn fill(folder: &Folder) {
    folder.done(FILL);
}

/// A pool of so many sets.
pub fn filled(sets: u8) -> Folder {
    let folder = world();
    folder.done(&format!(
        "abe pool contribute {DOCTOR} --sets {sets} --party north.party.key --to owner.party --out north.rows"
    ));
    fill(&folder);
    folder
}

/// The files in the pool that are called so, by name.
pub fn named(folder: &Folder, extension: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path().join("pool")).unwrap();
    let names = entries.map(|entry| format!("pool/{}", entry.unwrap().file_name().to_string_lossy()));
    let mut names: Vec<_> = names.filter(|name| name.ends_with(extension)).collect();
    names.sort();
    names
}

#[test]
fn a_pool_that_is_restored_as_a_whole_serves_no_set_twice() {
    let folder = filled(3);
    let sets = named(&folder, ".rows");
    let backup: Vec<_> = sets.iter().map(|set| folder.read(set)).collect();
    folder.done(&format!("{FROM_POOL} a.abe"));
    std::fs::remove_dir_all(folder.path().join("pool")).unwrap();
    std::fs::create_dir(folder.path().join("pool")).unwrap();
    sets.iter().zip(backup).for_each(|(set, bytes)| folder.write(set, bytes));
    // What went into a file lies aside, and what did not is still good.
    folder.told(&format!("{FROM_POOL} b.abe"), "it went into a file before, so that the pool was restored from a copy");
    assert_eq!((named(&folder, ".rows").len(), named(&folder, ".aside").len()), (1, 1));
    folder.done(&format!("{FROM_POOL} c.abe"));
    folder.refused(&format!("{FROM_POOL} d.abe"), "the pool pool has no rows for the policy");
    for file in ["b.abe", "c.abe"] {
        folder.done(&format!("abe decrypt {BOB} {OWNER} {file} --out {file}.opened"));
    }
}

#[test]
fn a_key_without_its_list_of_used_rows_takes_nothing_and_the_list_may_lie_elsewhere() {
    let folder = filled(1);
    let (list, away) = (folder.path().join("owner.party.key.spent"), folder.path().join("away"));
    std::fs::rename(&list, &away).unwrap();
    folder.refused(&format!("{FROM_POOL} a.abe"), "did not come in under the list of used rows");
    assert_eq!(named(&folder, ".rows").len(), 1, "it is not lost by that");
    folder.done(&format!("{FROM_POOL} a.abe --spent away"));
    assert!(!list.exists());
}

#[test]
fn a_set_that_cannot_be_read_is_set_aside_and_the_next_one_taken() {
    let folder = filled(2);
    let [first, second] = named(&folder, ".rows").try_into().unwrap();
    let whole = String::from_utf8(folder.read(&first)).unwrap();
    folder.write(&first, &whole[..whole.len() - 9]);
    // What somebody else laid there is left where it is.
    let stray = second.replace(".rows", "-stray.rows");
    folder.write(&stray, folder.read("north.rows"));
    folder.told(&format!("{FROM_POOL} a.abe"), &format!("warning: {first} is not used, and lies aside as"));
    assert_eq!((named(&folder, ".rows"), named(&folder, ".aside").len()), (vec![stray], 1));
    folder.done(&format!("abe decrypt {BOB} {OWNER} a.abe --out opened"));
    folder.refused(&format!("{FROM_POOL} x"), "is another party's than yours, and there is no other");
    // Somebody else's key takes nothing, and sets nothing aside.
    let folder = filled(1);
    folder.refused(
        &format!("{FROM_POOL} x").replace("owner.party.key", "south.party.key"),
        "is another party's than yours",
    );
    assert_eq!(named(&folder, ".rows").len(), 1);
}

#[test]
fn a_pool_that_cannot_be_written_is_not_told_as_empty() {
    let folder = filled(1);
    let [set] = named(&folder, ".rows").try_into().unwrap();
    // A set of so long a name is read, and cannot be given the longer one with which it goes out.
    let long = format!("{}{}.rows", &set[..22], "0".repeat(255 - 17 - 5));
    std::fs::rename(folder.path().join(&set), folder.path().join(&long)).unwrap();
    folder.refused(&format!("{FROM_POOL} x"), "out of the pool: its name is too long");
    assert_eq!(named(&folder, ".rows"), [long], "nothing is spent by that");
}

#[test]
fn a_file_from_a_pool_takes_its_owners_key_file_once() {
    let folder = filled(1);
    // What is read once comes through a pipe.
    let (pipe, key) = (folder.path().join("pipe"), folder.read("owner.party.key"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writing = std::thread::spawn(move || std::fs::write(pipe, key).unwrap());
    let command = FROM_POOL.replace("owner.party.key", "pipe --spent owner.party.key.spent");
    folder.done_within(20, &format!("{command} a.abe"));
    writing.join().unwrap();
}
