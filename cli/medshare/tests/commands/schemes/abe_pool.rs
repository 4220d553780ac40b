//! `medshare abe pool`: rows by several organisations, each set for one file.

use serde_json::json;

use super::abe_with_nodes::{BOB, DOCTOR, OWNER, world};

#[test]
fn rows_by_two_organisations_serve_one_file_each() {
    let folder = world();
    for party in ["north", "south"] {
        let made = folder.json(&format!(
            "abe pool contribute {DOCTOR} --sets 2 --party {party}.party.key --to owner.party --out {party}.rows"
        ));
        assert_eq!(made, json!({"policy": "DOCTOR@HOSPITAL", "sets": 2, "letter": format!("{party}.rows")}));
    }
    let fill = "abe pool fill --party owner.party.key --pool pool";
    folder
        .refused(&format!("{fill} --from north.party north.rows south.rows"), "south.rows is from none of the --from");
    folder.refused(&format!("{fill} --from north.party --from south.party north.rows"), "1 of the --from parties");
    folder.refused(&format!("{fill} --from north.party north.rows north.rows"), "has contributed already");
    folder.refused(
        "abe pool fill --party north.party.key --pool pool --from south.party south.rows",
        "the letter is for another party than you",
    );
    let filled = folder.json(&format!("{fill} --from north.party --from south.party south.rows north.rows"));
    assert_eq!(filled.get("sets"), Some(&json!(2)));
    assert_eq!(folder.json("abe pool show pool --policy DOCTOR@HOSPITAL"), json!({"sets": 2}));

    // The letters were spent by that, whoever sends one again.
    folder.refused(
        &format!("{fill} --from north.party --from south.party south.rows north.rows"),
        "rows that this pool has, or had",
    );
    folder.refused(
        &format!("{fill} --from south.party --own HOSPITAL.public south.rows"),
        "rows that this pool has, or had",
    );
    assert_eq!(folder.json("abe pool show pool"), json!({"sets": 2}));
    let from_pool = "abe encrypt --pool pool --party owner.party.key record --policy";
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
    folder
        .done("abe pool fill --party owner.party.key --pool pool --from north.party --own HOSPITAL.public north.rows");
    std::thread::scope(|scope| {
        for number in 0..rounds {
            let folder = &folder;
            scope.spawn(move || {
                folder.done(&format!(
                    "abe encrypt --pool pool --party owner.party.key --policy DOCTOR@HOSPITAL record --out {number}.abe"
                ))
            });
        }
    });
    assert_eq!(folder.json("abe pool show pool"), json!({"sets": 0}));
    // Behind magic, version, record, owner, length, epoch, commitment, wrapped key, signature, head and policy stand the rows: the same ones would be the same bytes.
    let rows = |number: u32| folder.read(&format!("{number}.abe")).get(382..1_158).map(<[u8]>::to_vec);
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
    let fill = "abe pool fill --party owner.party.key --pool pool --from north.party north.rows";
    folder.refused(fill, "one organisation alone would know the key of every file");
    assert!(!folder.path().join("pool").exists());
    folder.done(&format!("{fill} --own HOSPITAL.public"));
    folder.done("abe encrypt --pool pool --party owner.party.key --policy DOCTOR@HOSPITAL record --out a.abe");
    folder.done(&format!("abe decrypt {BOB} {OWNER} a.abe --out opened"));
    assert_eq!(folder.read("opened"), folder.read("record"));
}

#[test]
fn a_set_that_comes_back_from_a_copy_serves_no_second_file() {
    let folder = world();
    folder.done(&format!(
        "abe pool contribute {DOCTOR} --sets 1 --party north.party.key --to owner.party --out north.rows"
    ));
    folder
        .done("abe pool fill --party owner.party.key --pool pool --from north.party --own HOSPITAL.public north.rows");
    let set = std::fs::read_dir(folder.path().join("pool")).unwrap().map(|entry| entry.unwrap().file_name());
    let set = set.map(|name| format!("pool/{}", name.to_string_lossy())).find(|name| name.ends_with(".rows")).unwrap();
    let copy = folder.read(&set);
    let encrypt = "abe encrypt --pool pool --party owner.party.key --policy DOCTOR@HOSPITAL record --out";
    folder.done(&format!("{encrypt} a.abe"));
    folder.write(&set, copy);
    folder.refused(&format!("{encrypt} b.abe"), "the pool was restored from a copy");
}
