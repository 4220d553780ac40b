#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use std::os::unix::fs::symlink;

#[test]
fn another_version_of_a_file_goes_where_its_links_lead_and_they_stay() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("dotfiles")).unwrap();
    fs::write(at("dotfiles/real"), "old").unwrap();
    symlink("dotfiles/second", at("first")).unwrap();
    symlink("real", at("dotfiles/second")).unwrap();
    symlink("dotfiles/later", at("dangling")).unwrap();
    let lock = Lock::of(&at("first")).unwrap();
    write_over(&at("first"), "new", &lock).unwrap();
    hand_out_over(&at("dangling"), "made", &lock).unwrap();
    assert_eq!(fs::read_to_string(at("dotfiles/real")).unwrap(), "new");
    assert_eq!(fs::read_to_string(at("dotfiles/later")).unwrap(), "made");
    for link in ["first", "dotfiles/second", "dangling"] {
        assert!(at(link).is_symlink(), "{link}");
    }
    symlink("round", at("round")).unwrap();
    assert!(format!("{:#}", write_over(&at("round"), "x", &lock).unwrap_err()).contains("lead on and on"));
}

#[test]
fn what_cannot_be_written_has_one_word_for_programs_and_its_cause_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    fs::write(&taken, "").unwrap();
    let nowhere = taken.join("file");
    let lock = Lock::of(&taken).unwrap();
    for (told, says) in [
        (write_new(&taken, "x"), "exists already"),
        (write_new(folder.path(), "x"), "is a folder, which exists already"),
        (write_new(Path::new("-"), "x"), "not standard output"),
        (write_new(&nowhere, "x"), "something on the way to it is no folder"),
        (write_over(&nowhere, "x", &lock), "cannot follow"),
    ] {
        let failure = Failure::from(told.context("not made").unwrap_err());
        assert_eq!(failure.code(), "output");
        assert!(failure.to_string().contains(says), "{failure}");
    }
}

#[test]
fn of_several_files_none_takes_its_place_before_all_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first.1");
    fs::write(&first, "old").unwrap();
    let files = [(first.clone(), b"new".to_vec()), (folder.path().join("missing/second.1"), Vec::new())];
    hand_out_at(&files).unwrap_err();
    assert_eq!(fs::read_to_string(&first).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_put_at_a_name_takes_a_links_place_and_not_its_targets() {
    let folder = tempfile::tempdir().unwrap();
    let (precious, link) = (folder.path().join("precious"), folder.path().join("page.1"));
    fs::write(&precious, "precious").unwrap();
    symlink(&precious, &link).unwrap();
    hand_out_at(&[(link.clone(), b"page".to_vec())]).unwrap();
    assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
    assert_eq!(fs::read_to_string(&link).unwrap(), "page");
    assert!(!link.is_symlink());
}
