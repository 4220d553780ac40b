//! Revocations that end at any of their writes, killed or by a disk that fails.

use super::{OWNER, accept, does_not_open, encrypt, give, opens};
use crate::binary::Folder;

const KILLED: &str = "signal=KILL";
const FULL: &str = "error=ENOSPC";

const EXCHANGED: &str = "--policy emergency@alice";

const ENDED: &str = "the keys have ended; the letters are in first, and count: nothing is to be done again";
const GOES_ON: &str = "the revocation is under way: the same command, with another folder for --out, finishes it";

/// Dave has a key for history, and is to have one for emergency in its place.
fn before() -> Folder {
    let folder = Folder::new();
    folder.done("domain create alice --label history --label emergency --insecure-plaintext");
    for party in ["alice", "dave", "node"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    folder.write("record", "record");
    give(&folder, "dave", "history@alice");
    encrypt(&folder, "history", "before.dom");
    folder
}

fn copy(folder: &Folder) -> Folder {
    let copied = Folder::new();
    for entry in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), copied.path().join(entry.file_name())).unwrap();
        }
    }
    copied
}

fn revoke(more: &str, out: &str) -> String {
    format!("domain revoke {OWNER} --holder dave.party --to node.party {more} --out {out}")
}

fn has(folder: &Folder, name: &str) -> bool {
    folder.path().join(name).exists()
}

/// The names in the first folder.
fn letters(folder: &Folder) -> Vec<u8> {
    let names = std::fs::read_dir(folder.path().join("first")).into_iter().flatten();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_encoded_bytes()).collect();
    names.sort();
    names.concat()
}

fn is_under_way(folder: &Folder) -> bool {
    String::from_utf8(folder.read("alice.register")).unwrap().contains("\nending: ")
}

/// The folders as the command leaves them that ends at each of its writes in turn, with what it said.
fn ended(more: &str, how: &str) -> Vec<(Folder, String)> {
    let begin = before();
    let mut ended = Vec::new();
    for attempt in 1.. {
        let folder = copy(&begin);
        match folder.ended_at(attempt, how, &revoke(more, "first")) {
            None => break,
            Some((true, _)) => {
                assert!(ended.len() > 10, "it makes durable more than {} writes", ended.len());
                break;
            }
            Some((false, said)) => {
                let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
                let partial = left.filter(|path| path.extension().is_some_and(|extension| extension == "partial"));
                partial.for_each(|path| std::fs::remove_file(path).unwrap());
                ended.push((folder, said));
            }
        }
    }
    ended
}

fn apply(folder: &Folder, out: &str) {
    let apply = "domain apply --party node.party.key --from alice.party --public alice.public";
    for file in ["before.dom", "between.dom"] {
        folder.try_run(&format!("{apply} {out}/files.letter {file}"));
    }
}

/// The key that has ended, and whatever came in a letter of before, open nothing once the letters are applied that count.
fn nothing_is_left(folder: &Folder) {
    encrypt(folder, "history", "after.dom");
    for file in ["before.dom", "between.dom", "after.dom"] {
        does_not_open(folder, "dave", file, "in the record and 0 in the key");
    }
}

#[test]
fn wherever_a_revocation_ends_early_the_next_one_leaves_the_ended_key_nothing() {
    let mut known = Vec::new();
    for (folder, said) in ended(EXCHANGED, KILLED) {
        // Some attempts follow each other with nothing put in its place between them.
        let state = [folder.read("alice.register"), folder.read("alice.public"), letters(&folder)];
        if known.contains(&state) {
            continue;
        }
        known.push(state);
        let was_under_way = is_under_way(&folder);
        encrypt(&folder, "history", "between.dom");
        let again = folder.json(&revoke(EXCHANGED, "second"));
        assert_eq!(again.get("finished").is_some(), was_under_way, "{said}");
        if !was_under_way && has(&folder, "first/files.letter") {
            assert!(has(&folder, "first/key.letter"), "what is told as complete has all of its letters");
            apply(&folder, "first");
        }
        apply(&folder, "second");
        nothing_is_left(&folder);
        encrypt(&folder, "emergency", "emergency.dom");
        accept(&folder, "dave", "second/key.letter", "new.domain-key");
        opens(&folder, "new", "emergency.dom");
        if has(&folder, "first/key.letter") {
            accept(&folder, "dave", "first/key.letter", "first.domain-key");
            does_not_open(&folder, "first", "emergency.dom", "is at version");
        }
    }
}

#[test]
fn a_revocation_that_ends_early_says_whether_it_is_complete() {
    for more in [EXCHANGED, ""] {
        let mut complete = 0;
        for (folder, said) in ended(more, FULL) {
            let has_letters = has(&folder, "first/files.letter");
            assert_eq!(said.contains(GOES_ON), is_under_way(&folder), "{said}");
            assert_eq!(said.contains(ENDED), has_letters && !is_under_way(&folder), "{said}");
            if said.contains(ENDED) {
                complete += 1;
                assert!(has(&folder, "first/key.letter") == (more == EXCHANGED));
                encrypt(&folder, "history", "between.dom");
                if more.is_empty() {
                    folder.refused(&revoke(more, "second"), "its letters lie in the --out of then, and count");
                }
                apply(&folder, "first");
                nothing_is_left(&folder);
            }
        }
        assert!(complete > 0 || ended(more, FULL).is_empty());
    }
}
