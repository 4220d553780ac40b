//! Pools in which a command was cut off.

use super::abe_pool::{FILL, FROM_POOL, fill, filled, named};
use super::abe_with_nodes::{BOB, DOCTOR, OWNER};
use serde_json::json;

#[test]
fn a_fill_that_was_cut_off_is_finished_and_its_letters_can_come_again() {
    let folder = filled(3);
    let stock = || named(&folder, ".rows");
    let come_in = |set: &str| {
        let filling = set.replace(".rows", ".filling");
        std::fs::rename(folder.path().join(set), folder.path().join(filling)).unwrap();
    };
    // Behind the list: all of them are in stock then, and the letter has done what it was for.
    stock().iter().skip(1).for_each(|set| come_in(set));
    assert_eq!(folder.json(FILL).get("sets"), Some(&json!(3)));
    assert_eq!((stock().len(), named(&folder, ".filling").len()), (3, 0));
    folder.refused(FILL, "rows that you have, or had");
    // Before the list: nothing came in, and the same letter does. What lay there is no other set of it.
    stock().iter().for_each(|set| come_in(set));
    std::fs::remove_dir_all(folder.path().join("owner.party.key.spent")).unwrap();
    assert_eq!(folder.json(FILL).get("sets"), Some(&json!(3)));
    assert_eq!((stock().len(), named(&folder, ".filling").len(), named(&folder, ".aside").len()), (3, 0, 3));
    // Whoever takes a set finishes it, too. Only the fill was noted, and none of its secrets.
    std::fs::remove_dir_all(folder.path().join("owner.party.key.spent/filled")).unwrap();
    stock().iter().for_each(|set| come_in(set));
    folder.told(&format!("{FROM_POOL} a.abe"), "note: 3 sets of a fill that was cut off are in stock now");
    assert_eq!(stock().len(), 2);
    folder.done(&format!("abe decrypt {BOB} {OWNER} a.abe --out opened"));
}

/// What a set's file is called, whoever can write to the pool chooses.
#[test]
fn a_set_that_was_used_under_another_list_comes_in_with_no_fill_that_was_cut_off() {
    let folder = filled(1);
    let [used] = named(&folder, ".rows").try_into().unwrap();
    let copy = folder.read(&used);
    folder.done(&format!("{FROM_POOL} a.abe"));
    // The key goes on without its list.
    std::fs::rename(folder.path().join("owner.party.key.spent"), folder.path().join("away")).unwrap();
    folder.write(&used, &copy);
    folder.refused(&format!("{FROM_POOL} x"), "it may be used already");
    folder.delete(&used);
    folder.delete("north.rows");
    folder.done(&format!(
        "abe pool contribute {DOCTOR} --sets 1 --party north.party.key --to owner.party --out north.rows"
    ));
    fill(&folder);
    let [new] = named(&folder, ".rows").try_into().unwrap();
    let filling = |set: &str| set.replace(".rows", ".filling");
    std::fs::rename(folder.path().join(&new), folder.path().join(filling(&new))).unwrap();
    folder.write(&filling(&used), &copy);
    let aside = format!("warning: {} is not used, and lies aside as", filling(&used));
    folder.told(&format!("{FROM_POOL} b.abe"), &aside);
    folder.refused(&format!("{FROM_POOL} x"), "has no rows for the policy");
    folder.done(&format!("abe decrypt {BOB} {OWNER} b.abe --out opened"));
    // Nor does it come in where it is laid into the stock, or among what goes out.
    for extension in [".rows", ".taken", ".filling"] {
        folder.write(&used.replace(".rows", extension), &copy);
        folder.error(&format!("{FROM_POOL} x"));
        named(&folder, "").iter().for_each(|set| folder.delete(set));
    }
}

#[test]
fn a_set_that_was_being_taken_when_a_command_was_cut_off_is_used_or_goes() {
    let folder = filled(2);
    let taken = |set: &str| folder.path().join(set.replace(".rows", ".taken"));
    // Before the list: it is good.
    for set in named(&folder, ".rows") {
        std::fs::rename(folder.path().join(&set), taken(&set)).unwrap();
    }
    let [first, second] = named(&folder, ".taken").try_into().unwrap();
    let copies = [&first, &second].map(|set| (set.clone(), folder.read(set)));
    folder.done(&format!("{FROM_POOL} a.abe"));
    assert_eq!((named(&folder, ".rows").len(), named(&folder, ".taken").len()), (1, 0));
    // Behind it: it went into a file, and goes.
    copies.into_iter().for_each(|(set, bytes)| folder.write(&set, bytes));
    folder.done(&format!("{FROM_POOL} b.abe"));
    assert_eq!((named(&folder, ".rows").len(), named(&folder, ".taken").len()), (0, 0));
    folder.refused(&format!("{FROM_POOL} x"), "has no rows for the policy");
}
