//! A register that was restored from the middle of a revocation.

use super::by_hand::{authenticate, last_holder, lines};
use super::{OWNER, does_not_open, encrypt, give, opens, world};

/// She was given another key since the copy, of the versions to which the revocation in it had raised.
#[test]
fn a_revocation_that_a_copy_has_under_way_ends_keys_that_were_given_out_since() {
    let folder = world();
    encrypt(&folder, "allergies", "old.dom");
    let carols = last_holder(&folder).strip_prefix("holder: ").unwrap().to_owned();
    let revoke = |out: &str| format!("domain revoke {OWNER} --holder carol.party --to node.party --out {out}");
    folder.done(&revoke("one"));
    let newest = folder.read("alice.register");
    let raised = hex::encode([&0_u32.to_be_bytes()[..], b"allergies@alice"].concat());
    let at = format!("key-at: {}{raised}", &carols[..64]);
    authenticate(
        &folder,
        lines(&folder).into_iter().chain([at, format!("ending: {carols}"), format!("raised: {raised}")]),
    );
    let copy = folder.read("alice.register");
    folder.write("alice.register", newest);
    for old in ["carol.letter", "carol.domain-key"] {
        folder.delete(old);
    }
    give(&folder, "carol", "allergies@alice");
    folder.write("alice.register", copy);
    let owner = OWNER.replace(" --party alice.party.key", "");
    folder.done(&format!("domain publish {owner} --own-register"));
    folder.done(&revoke("two"));
    encrypt(&folder, "allergies", "after.dom");
    does_not_open(&folder, "carol", "after.dom", "allergies@alice is at version 2 in the record and 1 in the key");
    // The node has every step on the way, also where nobody moved its files by the letter of before.
    folder
        .done("domain apply --party node.party.key --from alice.party --public alice.public two/files.letter old.dom");
    does_not_open(&folder, "carol", "old.dom", "allergies@alice is at version 2 in the record and 1 in the key");
    let updates = std::fs::read_dir(folder.path().join("two")).unwrap().map(|file| file.unwrap().path());
    let update =
        |letter: &str| format!("domain update --party bob.party.key --from alice.party --key bob.domain-key {letter}");
    updates.for_each(|letter| folder.try_run(&update(letter.to_str().unwrap())));
    opens(&folder, "bob", "old.dom");
}
