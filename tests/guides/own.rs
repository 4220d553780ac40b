//! That the reader of the guides is not too easily satisfied.

use crate::guide::{Guide, with_commands};
use crate::shape::{Ids, heights};
use libtest_mimic::{Failed, Trial};
use std::path::Path;

/// Tests of the tests.
pub fn trials(root: &'static Path, journeys: Vec<&'static [&'static str]>) -> Vec<Trial> {
    let followed: Vec<&str> = journeys.concat();
    vec![
        Trial::test("heights_of_a_journey_do_not_run_back", move || heights_go_on(root, &journeys)),
        Trial::test("every_guide_with_commands_is_followed", move || every_guide_is_followed(root, &followed)),
        Trial::test("what_differs_in_more_than_its_shape_is_found", shapes),
        Trial::test("an_id_stays_the_same_through_a_guide", ids),
        Trial::test("one_thing_has_one_id_through_a_journey", one_id),
        Trial::test("what_fits_is_renewed_with_times_and_heights_of_the_run", renewed),
        Trial::test("commands_outside_of_console_blocks_say_why", blocks),
    ]
}

fn every_guide_is_followed(root: &Path, followed: &[&str]) -> Result<(), Failed> {
    match with_commands(root)?.into_iter().find(|guide| !followed.contains(&guide.as_str())) {
        Some(guide) => Err(format!("{guide} has console blocks and is on no journey").into()),
        None => Ok(()),
    }
}

/// All heights that are printed on a journey are those of one network, in the order in which its reader sees them.
fn heights_go_on(root: &Path, journeys: &[&[&str]]) -> Result<(), Failed> {
    for guides in journeys {
        let mut last = 0;
        for path in *guides {
            for step in Guide::read(&root.join(path))?.steps {
                for height in step.shown.iter().flat_map(|line| heights(line)) {
                    if height < last {
                        let where_to = format!("{path}:{}: height {height} is shown after {last}", step.line);
                        return Err(format!("{where_to}; MEDSHARE_WRITE_GUIDES=1 writes those of one run").into());
                    }
                    last = height;
                }
            }
        }
    }
    Ok(())
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
    let (ids, _) = Ids::default().compare(&lines("block 0006464b…"), &lines("block 00ffaa12…")).ok_or("they fit")?;
    assert_eq!(ids.substitute("audit 0006464b --json")?, "audit 00ffaa12 --json");
    let unknown = ids.substitute("audit 0006464b1afecce9").err();
    assert_eq!(unknown.as_deref(), Some("nothing has shown the id 0006464b1afecce9 before"));
    let same = |printed: &str| ids.compare(&lines("of 0006464b1afecce9"), &lines(printed));
    assert!(same("of 00ffaa1377777777").is_none(), "another block's id begins otherwise");
    let (longer, _) = same("of 00ffaa1277777777").ok_or("it is this block's")?;
    assert_eq!(longer.substitute("audit 0006464b1afecce9")?, "audit 00ffaa1277777777");
    Ok(())
}

fn one_id() -> Result<(), Failed> {
    let (ids, _) = Ids::default().compare(&lines("block 0006464b…"), &lines("block 00ffaa12…")).ok_or("they fit")?;
    for (shown, printed) in [
        ("block 0091aa3c", "block 00ffaa12"),
        ("block 0091aa3c1afecce9", "block 00ffaa1277777777"),
        ("block 0091aa3c1afecce9 of 0091aa3c77777777", "block 0077aa3c1afecce9 of 0066aa3c77777777"),
        ("block 0091aa3c, again 0091aa3c", "block 0077aa3c, again 0066aa3c"),
        ("block 0091aa3c, again 0092bb4d", "block 0077aa3c, again 0077aa3c"),
    ] {
        if ids.compare(&lines(shown), &lines(printed)).is_some() {
            return Err(format!("“{shown}” and “{printed}” are not the same things").into());
        }
    }
    ids.compare(&lines("block 0091aa3c after 0006464b"), &lines("block 0077aa3c after 00ffaa12"))
        .ok_or("another one")?;
    Ok(())
}

fn renewed() -> Result<(), Failed> {
    let shown = "block 0006464b at height 53\n…\n5 files in 184 ms at 2026-11-21 17:25:59 UTC";
    let printed = "block 00ffaa12 at height 7\nmore\n5 files in 9 ms at 2027-01-02 03:04:05 UTC";
    let (_, renewed) = Ids::default().compare(&lines(shown), &lines(printed)).ok_or("they fit")?;
    let expected = "block 0006464b at height 7\n…\n5 files in 184 ms at 2027-01-02 03:04:05 UTC";
    assert_eq!(renewed, lines(expected));
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
