//! `medshare abe share`: keys divided among nodes, some of which open together.

use serde_json::json;

use super::abe_with_nodes::{OWN, OWNER, world};
use crate::binary::Folder;

#[test]
fn a_broken_glass_needs_the_nodes_together() {
    let folder = world();
    let policy = "--policy 'EMERGENCY@ED OR NURSE@HOSPITAL' --public ED.public --public HOSPITAL.public";
    folder.done(&format!("abe encrypt {policy} {OWN} record --out record.abe"));
    let split = "abe share split --key ED.key --registration bob.registration EMERGENCY --out glass";
    folder.refused(&format!("{split} --needed 2 --of 3"), "--division");
    folder.refused(&format!("{split} --division 1 --needed 4 --of 3"), "of 3 nodes, 4 cannot be the number needed");
    let shares = folder.json(&format!("{split} --division 1 --needed 2 --of 3"));
    assert_eq!(shares.get("shares"), Some(&json!(["glass-1.share", "glass-2.share", "glass-3.share"])));
    for node in 1..=3 {
        folder.done(&format!("party create {node} --insecure-plaintext"));
        folder.done(&format!(
            "abe transform {OWNER} --registration bob.registration --party {node}.party.key --share glass-{node}.share record.abe --out part-{node}"
        ));
    }
    let combine = "abe share combine --registration bob.registration --from";
    folder.refused(&format!("{combine} 2.party part-2 --out x"), "1 of 2 nodes have answered");
    folder.refused(&format!("{combine} 2.party part-2 part-2 --out x"), "or from one that has sent another part");
    folder
        .refused(&format!("{combine} 2.party --from 3.party part-2 part-1 --out x"), "from none of the --from parties");
    // Somebody exchanges what a node sent.
    let (part, other) = ["part-1", "part-2"].map(|part| String::from_utf8(folder.read(part)).unwrap()).into();
    let line = |part: &str, name: &str| part.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let (part_line, other_line) = (line(&part, "part: "), line(&other, "part: "));
    // Behind the node's key and its signature.
    let (kept, put) = (&part_line["part: ".len()..][..192], &other_line["part: ".len()..][192..]);
    folder.write("forged", part.replace(&part_line, &format!("part: {kept}{put}")));
    let altered = "was made for another user, or altered on its way";
    folder.refused(&format!("{combine} 1.party --from 3.party forged part-3 --out x"), altered);
    let carols = combine.replace("bob.registration", "carol.registration");
    folder.refused(&format!("{carols} 1.party --from 3.party part-1 part-3 --out x"), altered);
    // Another division: its shares and those of the first make nothing together.
    folder.done(&format!("{} --division 2 --needed 2 --of 3", split.replace("glass", "second")));
    folder.done(
        "abe transform --owner owner.party --registration bob.registration --party 2.party.key --share second-2.share record.abe --out second-part-2",
    );
    folder.refused(
        &format!("{combine} 1.party --from 2.party part-1 second-part-2 --out x"),
        "of divisions 1 and 2, which do not join",
    );
    // One that says it is of another's share.
    let carols = split.replace("bob.registration", "carol.registration").replace("glass", "carols");
    folder.done(&format!("{carols} --division 1 --needed 2 --of 3"));
    folder.done(
        "abe transform --owner owner.party --registration bob.registration --party 2.party.key --share carols-1.share record.abe --out again",
    );
    let combined =
        folder.json(&format!("{combine} 1.party --from 2.party --from 3.party again part-1 part-3 --out three"));
    assert_eq!(combined.get("parts"), Some(&json!(3)), "which is right shows when the file is opened");
    let decrypt = format!("abe decrypt {OWNER} --key bob.key --from 1.party --from 2.party --from 3.party record.abe");
    folder.done(&format!("{decrypt} --transform three --out opened"));
    assert_eq!(folder.read("opened"), folder.read("record"));
    folder.delete("opened");
    // Two nodes that were given the same share.
    folder.done(
        "abe transform --owner owner.party --registration bob.registration --party 2.party.key --share glass-1.share record.abe --out same",
    );
    folder.refused(
        &format!("{combine} 1.party --from 2.party part-1 same --out x"),
        "part-1 and same are of share 1, and count once: 1 of 2 nodes have answered\nhint: ask nodes that hold other shares",
    );
    folder.done(&format!("{combine} 1.party --from 3.party part-3 part-1 --out answer"));
    let decrypt = "abe decrypt --owner owner.party --key bob.key --transform answer record.abe --from 3.party --from 1.party --out";
    folder.done(&format!("{decrypt} opened"));
    assert_eq!(folder.read("opened"), folder.read("record"));
    folder.refused(&format!("{decrypt} x").replace("bob.key", "carol.key"), altered);
    folder.refused(&format!("{decrypt} x").replace("--from 1.party", ""), "from none of the --from parties");
    folder.refused(
        "abe dispute factors --owner owner.party --registration bob.registration --transform answer --issued bob.issued --party 1.party.key record.abe --out x",
        "no single node answers for it",
    );
    folder.refused(
        "abe dispute factors --owner owner.party --registration bob.registration --transform part-1 --issued bob.issued --party 1.party.key record.abe --out x",
        "part-1 is a node's part of an answer, and a node's answer is expected",
    );
}

#[test]
fn divided_keys_and_whole_ones_open_a_file_together() {
    let folder = world();
    let policy = "--policy 'EMERGENCY@ED AND DOCTOR@HOSPITAL' --public ED.public --public HOSPITAL.public";
    folder.done(&format!("abe encrypt {policy} {OWN} record --out record.abe"));
    folder.done("abe share split --key ED.key --registration bob.registration EMERGENCY --out glass --division 1 --needed 2 --of 2");
    let transform = |node: &str, number: u8| {
        format!(
            "abe transform {OWNER} --registration bob.registration --party {node}.party.key --share glass-{number}.share record.abe --out"
        )
    };
    folder.refused(&format!("{} x", transform("north", 1)), "do not satisfy the policy");
    folder.done(&format!("{} part-1 --issued bob.issued", transform("north", 1)));
    folder.done(&format!("{} part-2 --issued bob.issued", transform("south", 2)));
    let combine = "abe share combine --registration bob.registration --from north.party --from south.party";
    folder.done(&format!("{combine} part-1 part-2 --out answer"));
    folder.done(
        "abe decrypt --owner owner.party --key bob.key --transform answer --from north.party --from south.party record.abe --out opened",
    );
    assert_eq!(folder.read("opened"), folder.read("record"));
}

/// The keys of bob for EMERGENCY@ED, divided among the parties north, south, hospital and owner, two of whom open; and what each made of `record.abe`.
fn divided() -> Folder {
    let folder = world();
    folder.done(&format!("abe encrypt --policy EMERGENCY@ED --public ED.public {OWN} record --out record.abe"));
    let split = "abe share split --key ED.key --registration bob.registration EMERGENCY --needed 2 --of 4";
    folder.done(&format!("{split} --division 1 --out glass"));
    folder.done(&format!("{split} --division 2 --out other"));
    folder
}

fn part(folder: &Folder, node: &str, share: &str, out: &str) {
    folder.done(&format!(
        "abe transform {OWNER} --registration bob.registration --party {node}.party.key --share {share} record.abe --out {out}"
    ));
}

/// A share that calls itself another than it is: its number, how many are needed, its division.
fn relabelled(folder: &Folder, share: &str, [node, needed, division]: [u8; 3], out: &str) {
    let text = String::from_utf8(folder.read(share)).unwrap();
    let start = text.find("\nshare: ").unwrap() + "\nshare: ".len();
    let place = format!("{node:02x}{needed:02x}000000{division:02x}");
    folder.write(out, format!("{}{place}{}", &text[..start], &text[start + place.len()..]));
}

const COMBINE: &str = "abe share combine --registration bob.registration --from north.party --from south.party --from hospital.party --from owner.party";
const OPEN: &str = "abe decrypt --owner owner.party --key bob.key --from north.party --from south.party --from hospital.party --from owner.party record.abe";

#[test]
fn a_part_that_its_node_made_wrongly_is_left_out_and_named_where_that_is_sure() {
    let folder = divided();
    // North holds a share of another division, and says that it is of this one.
    relabelled(&folder, "other-1.share", [1, 2, 1], "wrong.share");
    part(&folder, "north", "wrong.share", "part-1");
    for (number, node) in (2..).zip(["south", "hospital", "owner"]) {
        part(&folder, node, &format!("glass-{number}.share"), &format!("part-{number}"));
    }
    folder.done(&format!("{COMBINE} part-1 part-2 --out two"));
    let opens_nothing = folder.error(&format!("{OPEN} --transform two --out x"));
    assert!(opens_nothing.contains("too few of the parts are right: ask more nodes for theirs"), "{opens_nothing}");
    assert!(!opens_nothing.contains("dispute"), "no single node answers for it: {opens_nothing}");
    // One more opens, and does not show which two are right.
    let combined = folder.json(&format!("{COMBINE} part-1 part-2 part-3 --out three"));
    assert_eq!((combined.get("parts"), combined.get("left_out")), (Some(&json!(3)), Some(&json!([]))));
    folder.told(
        &format!("{OPEN} --transform three --out opened"),
        "of 3 parts, 2 fit to each other and open the file, and the rest does not fit to them: which are wrong, or made with wrong shares, is not known, and would be with 3",
    );
    assert_eq!(folder.read("opened"), folder.read("record"));
    folder.delete("opened");
    folder.done(&format!("{COMBINE} part-1 part-2 part-3 part-4 --out four"));
    let norths = folder.json("party show north.party");
    let key = norths["verifying_key"].as_str().unwrap();
    let whose = format!(
        "the part of share 1, by the node with the key {key}, is left out: it does not fit to those that open the file and fit to each other (3). That part, or \
         the share that it was made with, is wrong, unless 3 of those or their shares are"
    );
    folder.told(&format!("{OPEN} --transform four --out opened"), &whose);
    assert_eq!(folder.read("opened"), folder.read("record"));
}

#[test]
fn nodes_that_lie_together_have_no_honest_one_named() {
    let folder = divided();
    for (number, node) in (1..).zip(["north", "south"]) {
        relabelled(&folder, &format!("other-{number}.share"), [number, 2, 1], "lie");
        part(&folder, node, "lie", &format!("part-{number}"));
        folder.delete("lie");
    }
    part(&folder, "hospital", "glass-3.share", "part-3");
    folder.done(&format!("{COMBINE} part-1 part-2 part-3 --out answer"));
    folder.told(
        &format!("{OPEN} --transform answer --out opened"),
        "which are wrong, or made with wrong shares, is not known",
    );
    assert_eq!(folder.read("opened"), folder.read("record"));
}

#[test]
fn one_node_that_says_otherwise_spoils_no_answer_of_enough_others() {
    let folder = divided();
    folder.done(&format!("abe encrypt --policy EMERGENCY@ED --public ED.public {OWN} record --out second.abe"));
    part(&folder, "south", "glass-2.share", "part-2");
    part(&folder, "hospital", "glass-3.share", "part-3");
    let places = [[1, 3, 1], [1, 1, 1], [1, 2, 2], [2, 2, 1], [3, 2, 1]];
    for (number, place) in (1..).zip(places) {
        relabelled(&folder, "glass-1.share", place, &format!("lie-{number}.share"));
        part(&folder, "north", &format!("lie-{number}.share"), &format!("lie-{number}"));
    }
    part(&folder, "north", "other-1.share", "lie-6");
    // Of another file.
    folder.done(
        "abe transform --owner owner.party --registration bob.registration --party north.party.key --share glass-1.share second.abe --out lie-7",
    );
    for lie in 1..=7 {
        for parts in [format!("lie-{lie} part-2 part-3"), format!("part-2 part-3 lie-{lie}")] {
            let combined = folder.json(&format!("{COMBINE} {parts} --out answer"));
            let is_apart = combined["left_out"][0]["file"] == format!("lie-{lie}");
            assert!(is_apart != [2, 4, 5].contains(&lie), "{parts}: {combined}");
            folder.done(&format!("{OPEN} --transform answer --out opened"));
            assert_eq!(folder.read("opened"), folder.read("record"));
            folder.delete("opened");
            folder.delete("answer");
        }
    }
    folder.refused(&format!("{COMBINE} lie-1 part-2 --out x"), "some say that 3 nodes are needed and some that 2");
    folder.refused(&format!("{COMBINE} lie-7 part-2 --out x"), "the parts are for different files");
}

#[test]
fn a_part_that_is_refused_is_left_out_and_named_where_there_are_enough_others() {
    let folder = divided();
    for (number, node) in (1..).zip(["north", "south", "hospital"]) {
        part(&folder, node, &format!("glass-{number}.share"), &format!("part-{number}"));
    }
    folder.flip("part-1", 9, "bad");
    // What only bears a node's name does not stand in the way of that node's own part.
    for parts in ["bad part-2 part-3", "part-2 bad part-3", "bad part-1 part-2"] {
        let combined = folder.json(&format!("{COMBINE} {parts} --out answer"));
        assert_eq!(combined.get("parts"), Some(&json!(2)), "{parts}");
        assert_eq!(combined["left_out"][0]["file"], "bad", "{parts}: {combined}");
        folder.done(&format!("{OPEN} --transform answer --out opened"));
        folder.delete("opened");
        folder.delete("answer");
    }
    folder.refused(&format!("{COMBINE} bad part-2 --out x"), "bad");
}

/// Shares are neither signed nor checked: who deals them, or carries them, can have an honest node make a part that does not fit.
#[test]
fn an_honest_node_with_a_wrong_share_is_not_told_to_have_made_its_part_wrongly() {
    let folder = divided();
    relabelled(&folder, "glass-3.share", [4, 2, 1], "wrong.share");
    for (number, node) in (1..).zip(["north", "south", "hospital"]) {
        part(&folder, node, &format!("glass-{number}.share"), &format!("part-{number}"));
    }
    part(&folder, "owner", "wrong.share", "part-4");
    folder.done(&format!("{COMBINE} part-1 part-2 part-3 part-4 --out four"));
    let told = "That part, or the share that it was made with, is wrong, unless 3 of those or their shares are\n";
    folder.told(&format!("{OPEN} --transform four --out opened"), told);
    // Where one part is needed, each that opens is right.
    folder.done("abe share split --key ED.key --registration bob.registration EMERGENCY --division 1 --needed 1 --of 2 --out one");
    relabelled(&folder, "other-2.share", [2, 1, 1], "wrong-one.share");
    part(&folder, "north", "one-1.share", "right");
    part(&folder, "south", "wrong-one.share", "wrong");
    folder.done(&format!("{COMBINE} right wrong --out two"));
    folder.delete("opened");
    let told = "it does not fit to those that open the file and fit to each other (1). That part, or the share that it was made with, is wrong\n";
    folder.told(&format!("{OPEN} --transform two --out opened"), told);
}
