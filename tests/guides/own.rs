//! That the reader of the guides is not too easily satisfied.

use crate::guide::{Guide, with_commands};
use crate::shape::Ids;
use libtest_mimic::{Failed, Trial};
use std::path::Path;

/// Tests of the tests.
pub fn trials(root: &'static Path, followed: Vec<&'static str>) -> Vec<Trial> {
    vec![
        Trial::test("every_guide_with_commands_is_followed", move || every_guide_is_followed(root, &followed)),
        Trial::test("what_differs_in_more_than_its_shape_is_found", shapes),
        Trial::test("an_id_stays_the_same_through_a_guide", ids),
        Trial::test("commands_outside_of_console_blocks_say_why", blocks),
    ]
}

fn every_guide_is_followed(root: &Path, followed: &[&str]) -> Result<(), Failed> {
    match with_commands(root)?.into_iter().find(|guide| !followed.contains(&guide.as_str())) {
        Some(guide) => Err(format!("{guide} has console blocks and is on no journey").into()),
        None => Ok(()),
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn shapes() -> Result<(), Failed> {
    let cases = [
        ("file: a.abe", "file: a.abe", true),
        ("file: a.abe", "file: b.abe", false),
        ("file: a.abe", "file: a.abe and more", false),
        ("one", "one\ntwo", false),
        ("one\n…", "one\ntwo\nthree", true),
        ("…\nlast", "one\nlast", true),
        ("…\nlast", "last\none", false),
        ("stored … bytes", "stored anything, 5 bytes", true),
        ("delivered a (1391405 bytes) in 184 ms", "delivered a (9 bytes) in 2071 ms", true),
        ("delivered a (1391405 bytes) in 184 ms", "delivered a (9 bytes) in ? ms", false),
        ("at height 53", "at height 7", true),
        ("at height 53", "at heights 7", false),
        ("5 files", "6 files", false),
        ("57  read  0", "1203  read   0", true),
        ("57  read  0", "1203  read   6", false),
        ("node  height\nA          7\nB          7", "node  height\nA          9\nB         13", true),
        ("node  height\nA          7  5", "node  height\nA          9  6", false),
        ("http://127.0.0.1:27002", "http://127.0.0.1:27005", false),
        ("at 2026-11-21 17:25:59 UTC", "at 2027-01-02 03:04:05 UTC", true),
        ("at 2026-11-21 17:25:59 UTC", "at 03:04:05 UTC", false),
        ("block 0006464b…", "block 00ffaa12…", true),
        ("block 0006464b", "block 00ffaa1", false),
        ("72381d7f-a913-8c3f-a023-179ea4ab5469", "00000000-0000-0000-0000-000000000000", true),
    ];
    for (shown, printed, same) in cases {
        if Ids::default().compare(&lines(shown), &lines(printed)).is_some() != same {
            return Err(format!("“{shown}” and “{printed}”: expected {same}").into());
        }
    }
    Ok(())
}

fn ids() -> Result<(), Failed> {
    let ids = Ids::default().compare(&lines("block 0006464b…"), &lines("block 00ffaa12…")).ok_or("they fit")?;
    assert_eq!(ids.substitute("audit 0006464b --json")?, "audit 00ffaa12 --json");
    let unknown = ids.substitute("audit 0006464b1afecce9").err();
    assert_eq!(unknown.as_deref(), Some("nothing has shown the id 0006464b1afecce9 before"));
    let same = |printed: &str| ids.compare(&lines("of 0006464b1afecce9"), &lines(printed));
    assert!(same("of 00ffaa1377777777").is_none(), "another block's id begins otherwise");
    let longer = same("of 00ffaa1277777777").ok_or("it is this block's")?;
    assert_eq!(longer.substitute("audit 0006464b1afecce9")?, "audit 00ffaa1277777777");
    Ok(())
}

fn blocks() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("guide.md");
    let read = |text: &str| std::fs::write(&path, text).map_err(|e| e.to_string()).and_then(|()| Guide::read(&path));
    let guide = read(
        "```console\n$ one\nshown\n\n$ two \\\n    more\n$ cat <<'END'\n> text\n> END\n```\n```sh not run: as root\n$ three\n```\n",
    )?;
    let commands: Vec<&str> = guide.steps.iter().map(|step| step.command.as_str()).collect();
    assert_eq!(commands, ["one", "two \\\n    more", "cat <<'END'\ntext\nEND"]);
    assert_eq!(guide.steps[0].shown, ["shown"]);
    assert!(guide.steps[1..].iter().all(|step| step.shown.is_empty()));
    for silent in ["```sh\n$ three\n```\n", "```\nmedshare demo\n```\n", "    medshare demo\n"] {
        assert!(read(silent).is_err(), "{silent}");
    }
    Ok(())
}
