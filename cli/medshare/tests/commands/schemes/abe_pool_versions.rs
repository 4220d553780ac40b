//! Which sets of a pool may be used: those of the versions in force, and what is told of the others.

use serde_json::json;

use super::abe_pool::{FILL, FROM_POOL, SHOW, filled, named, sets};
use super::abe_with_nodes::{BOB, DOCTOR, OWN, OWNER, world};

const RAISE: &str = "abe version raise --key HOSPITAL.key --public HOSPITAL.public --stay bob.registration --party hospital.party.key DOCTOR --out";
const CONTRIBUTE: &str = "abe pool contribute --policy DOCTOR@HOSPITAL --party north.party.key --to owner.party";

/// Sets are of versions of attributes, as rows that are made on the spot; with those of before, a file would open for whoever was left behind.
#[test]
fn sets_of_a_version_before_a_revocation_go_into_no_file() {
    let folder = filled(2);
    folder.write("before.public", folder.read("HOSPITAL.public"));
    let before = folder.read("bob.issued");
    folder.done(&format!("{RAISE} doctor.letter --to owner.party"));
    let left_behind = "would open for whoever was left behind: its rows for DOCTOR@HOSPITAL are of version 0, and the public file has version 1";
    folder.refused(&format!("{FROM_POOL} x"), left_behind);
    folder.ends(&format!("{FROM_POOL} x"), 3, "other-version");
    assert_eq!((sets(&folder, ""), sets(&folder, "--public HOSPITAL.public")), (2, 0), "they stay where they are");
    let shown = folder.done(&format!("{SHOW} --public before.public"));
    assert_eq!(shown, "sets: 2\nnot used: none\nof:\n  DOCTOR@HOSPITAL: 2, with DOCTOR@HOSPITAL version 0\n");
    folder.refused(
        &FROM_POOL.replace("HOSPITAL.public", "ED.public").replace("--out", "--out x"),
        "hint: --public names the public file of HOSPITAL",
    );

    // New rows beside them: those are taken, whatever the order of their names.
    folder.done(&format!("{CONTRIBUTE} --public HOSPITAL.public --sets 3 --out new.rows"));
    folder.done(&FILL.replace("north.rows", "new.rows"));
    for file in ["a.abe", "b.abe", "c.abe"] {
        folder.done(&format!("{FROM_POOL} {file}"));
        let carols = format!("abe decrypt {OWNER} --key carol.key --issued carol.issued {file} --out x");
        folder.refused(&carols, "is of version 0, the ciphertext of version 1");
    }
    folder.refused(&format!("{FROM_POOL} x"), left_behind);
    // The authority wrote to the owner: then its letter moves them.
    let apply =
        "abe version apply --party owner.party.key --from hospital.party --public HOSPITAL.public doctor.letter";
    folder.done(&format!("{apply} bob.issued {}", named(&folder, ".rows").join(" ")));
    assert_eq!(sets(&folder, "--public HOSPITAL.public"), 2);
    folder.refused(
        &FROM_POOL.replace("HOSPITAL.public", "before.public").replace("--out", "--out x"),
        "is newer than the public file",
    );
    folder.done(&format!("{FROM_POOL} d.abe"));
    folder.done(&format!("abe decrypt {BOB} {OWNER} d.abe --out opened"));
    assert!(folder.read("bob.issued") != before && folder.read("opened") == folder.read("record"));
}

/// Nor do sets of keys that the authority has changed; every command that makes a header asks the same of a pool.
#[test]
fn sets_of_other_keys_of_an_authority_go_into_no_file() {
    let folder = filled(1);
    folder.done(&format!("abe encrypt {DOCTOR} {OWN} record --out old.abe"));
    folder.done("abe authority rotate --key HOSPITAL.key --out new --insecure-plaintext");
    let other_keys = "are of other keys of HOSPITAL than its public file, which changed them";
    let public = "--pool pool --policy DOCTOR@HOSPITAL --public new/HOSPITAL.public --party owner.party.key";
    folder.refused(&format!("abe encrypt {public} record --out x"), other_keys);
    for verb in ["rekey", "policy replace"] {
        folder.refused(&format!("abe {verb} {public} {BOB} old.abe --out x"), other_keys);
    }
    folder.refused(&format!("abe encrypt --pool pool --policy DOCTOR@HOSPITAL {OWN} record --out x"), "--public");
    assert_eq!(sets(&folder, ""), 1);
}

/// Who takes rows out of a pool looks at no point in the authorities' files, and who makes rows at those of their policy: the others may be a thousand.
#[test]
fn points_in_a_public_file_are_looked_at_where_rows_are_made_with_them() {
    let folder = filled(1);
    let name = b"SPOILT@HOSPITAL";
    let head = [&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, name.len() as u8], name.as_slice()].concat();
    let public = String::from_utf8(folder.read("HOSPITAL.public")).unwrap();
    let digits: String = head.iter().map(|byte| format!("{byte:02x}")).collect();
    folder.write("HOSPITAL.public", format!("{public}attribute: {digits}{}\n", "ee".repeat(96)));
    assert_eq!(sets(&folder, "--public HOSPITAL.public"), 1);
    folder.done(&format!("{FROM_POOL} a.abe"));
    folder.done(&format!("abe encrypt {DOCTOR} {OWN} record --out b.abe"));
    folder.refused(
        &format!("abe encrypt {} {OWN} record --out c.abe", DOCTOR.replace("DOCTOR@HOSPITAL", "SPOILT@HOSPITAL")),
        "P_u is not a valid group element",
    );
    // What is no key at all is refused by all.
    folder.write("HOSPITAL.public", format!("{public}attribute: {digits}ee\n"));
    folder.refused(&format!("{FROM_POOL} d.abe"), "HOSPITAL.public");
}

#[test]
fn what_counts_as_a_set_is_what_could_be_used() {
    let folder = filled(4);
    let [first, second, third, fourth] = named(&folder, ".rows").try_into().unwrap();
    let used = folder.read(&first);
    // A letter and another's set that somebody laid there, one that was used before, one under another policy's name, one that is cut off.
    folder.write("pool/north.rows", folder.read("north.rows"));
    folder.write(&second.replace(".rows", "0.rows"), folder.read("north.rows"));
    folder.done(&format!("{FROM_POOL} a.abe"));
    folder.write(&first, used);
    std::fs::rename(folder.path().join(&second), folder.path().join("pool/0000000000000000-1.rows")).unwrap();
    folder.cut(&third, 9, &third);
    let shown = folder.json(SHOW);
    assert_eq!(shown.get("sets"), Some(&json!(1)), "{shown}");
    let not_used: Vec<&str> = shown["not_used"].as_array().unwrap().iter().map(|why| why.as_str().unwrap()).collect();
    assert_eq!(not_used.len(), 5, "{not_used:?}");
    for why in [
        "pool/north.rows: it is another party's set, or a letter",
        "it went into a file before",
        "it is for another policy than its name says",
    ] {
        assert!(not_used.iter().any(|told| told.contains(why)), "{why}: {not_used:?}");
    }
    assert!(folder.path().join(&fourth).exists() && named(&folder, ".aside").is_empty(), "who looks, moves nothing");
    folder.refused(&SHOW.replace("--party owner.party.key", ""), "--party");
    assert_eq!(folder.json(&SHOW.replace("owner.party.key", "south.party.key")).get("sets"), Some(&json!(0)));
    assert_eq!(sets(&folder, "--spent elsewhere"), 0, "they came in under another list");
}

#[test]
fn what_a_letter_has_more_than_the_others_is_told() {
    let folder = world();
    for (party, sets) in [("north", 2), ("south", 3)] {
        folder.done(&format!(
            "abe pool contribute {DOCTOR} --sets {sets} --party {party}.party.key --to owner.party --out {party}.rows"
        ));
    }
    let fill = "abe pool fill --party owner.party.key --public HOSPITAL.public --pool pool --from north.party --from south.party north.rows south.rows";
    let filled = folder.json(fill);
    assert_eq!(
        (filled.get("sets"), filled.get("left_over")),
        (Some(&json!(2)), Some(&json!(["south.rows: 1 more than the letter with the fewest, which serve no file"])))
    );
}

/// Of several public files, and of several lines in one, the greatest version counts for sets as it does for rows that are made on the spot.
#[test]
fn a_public_file_of_before_beside_the_newest_brings_no_set_of_before_back() {
    let folder = filled(1);
    let text = |file: &str| String::from_utf8(folder.read(file)).unwrap();
    folder.write("before.public", text("HOSPITAL.public"));
    folder.done(&format!("{RAISE} doctor.letter --to owner.party"));
    let lines = |file: &str| -> String {
        text(file).split_inclusive('\n').filter(|line| line.starts_with("attribute")).collect()
    };
    folder.write("behind.public", text("HOSPITAL.public") + &lines("before.public"));
    for public in ["HOSPITAL.public --public before.public", "before.public --public HOSPITAL.public", "behind.public"]
    {
        let command = |name: &str| FROM_POOL.replace("HOSPITAL.public", public).replace("--out", name);
        folder.ends(&command("--out x"), 3, "other-version");
        assert_eq!(sets(&folder, &format!("--public {public}")), 0, "{public}");
        // Without the pool.
        folder.done(&command("--out new.abe").replace("--pool pool", ""));
        let carols = format!("abe decrypt {OWNER} --key carol.key --issued carol.issued new.abe --out x");
        folder.refused(&carols, "is of version 0, the ciphertext of version 1");
        folder.delete("new.abe");
    }
    // Of two keys of one version nobody can tell which is the authority's.
    let doctor = hex::encode("DOCTOR@HOSPITAL");
    let of_nurses: String = lines("before.public").lines().filter(|line| !line.contains(&doctor)).collect();
    let point = &of_nurses[of_nurses.len() - 192..];
    let forged = |line: &str| {
        if line.contains(&doctor) { format!("{}{point}\n", &line[..line.len() - 192]) } else { String::new() }
    };
    folder.write(
        "forged.public",
        text("HOSPITAL.public") + &lines("HOSPITAL.public").lines().map(forged).collect::<String>(),
    );
    let beside: String = text("HOSPITAL.public")
        .lines()
        .map(|line| if line.contains(&doctor) { forged(line) } else { format!("{line}\n") })
        .collect();
    folder.write("beside.public", beside);
    for public in ["forged.public", "HOSPITAL.public --public beside.public", "beside.public --public HOSPITAL.public"]
    {
        for pool in ["--pool pool", ""] {
            let command = FROM_POOL.replace("HOSPITAL.public", public).replace("--pool pool", pool);
            folder.refused(&format!("{command} x"), "two different keys of version");
            folder.ends(&format!("{command} x"), 5, "not-verified");
        }
    }
}
