//! What an operator gives up.

use super::*;

#[test]
fn an_operator_can_give_up_what_nobody_knows_any_more() {
    let (_home, files) = home();
    assert_eq!(role(&files, 4), Role::Observer);
    fs::write(files.given_up(), "4\n").unwrap();
    for _ in 0..2 {
        assert_eq!(role(&files, 4), Role::Validator);
        assert!(!files.given_up().exists(), "it counts once");
    }
    fs::write(files.given_up(), "all\n").unwrap();
    assert!(matches!(examine(&files, Height(4)), Err(StoreFault::Damaged { .. })));
}

#[test]
fn what_an_operator_gives_up_holds_also_where_a_batch_that_was_voted_on_is_gone() {
    let (_home, files) = home();
    propose_in(&files, 5, &Bytes::from_static(b"batch"));
    fs::remove_file(files.undecided()).unwrap();
    assert_eq!(role(&files, 4), THROUGH_5);
    fs::write(files.given_up(), "4\n").unwrap();
    for _ in 0..2 {
        assert_eq!(role(&files, 4), Role::Validator);
    }
    let (votes, _) = VoteLog::open(&files.votes()).unwrap();
    assert_eq!(votes.height(), Height(4), "votes for what is gone are not taken up again");
}

#[test]
fn what_an_operator_gives_up_is_above_the_height_that_is_named_and_nothing_later() {
    for (given_up, tip) in [(0, 1), (4, 7)] {
        let (_home, files) = new_home();
        fs::write(files.given_up(), format!("{given_up}\n")).unwrap();
        if given_up == 0 {
            assert_eq!(role(&files, 0), Role::Founder);
            assert!(!files.given_up().exists(), "it waits for no later stall");
        }
        vote_in(&files, tip + 1);
        assert_eq!(role(&files, tip), Role::Validator);
        assert!(!files.given_up().exists());
        let (votes, entries) = VoteLog::open(&files.votes()).unwrap();
        assert_eq!((votes.height(), entries.len()), (Height(tip + 1), 1), "what it signed there counts");
    }
    // neither does it end an abstention that it was not given for
    let (_home, files) = home();
    abstain_through(&files, Height(9)).unwrap();
    fs::write(files.given_up(), "4\n").unwrap();
    assert_eq!(role(&files, 7), Role::ObserverThrough(Height(9)));
}

#[test]
fn what_an_operator_gives_up_holds_until_the_ledger_was_fetched() {
    let (_home, files) = home();
    assert_eq!(role(&files, 0), Role::Observer);
    fs::write(files.given_up(), "6\n").unwrap();
    let through_6 = Role::ObserverThrough(Height(6));
    assert_eq!(role(&files, 0), through_6);
    abstain_behind(&files, Height(0), Height(6)).unwrap();
    for tip in [0, 3, 5] {
        assert_eq!(role(&files, tip), through_6, "and not two heights more");
    }
    for _ in 0..2 {
        assert_eq!(role(&files, 6), Role::Validator);
    }
}

#[test]
fn what_an_operator_gives_up_begins_no_ledger() {
    let (home, files) = new_home();
    vote_in(&files, 7);
    assert_eq!(role(&files, 6), Role::Validator);
    fs::remove_dir_all(home.path().join("wal")).unwrap();
    let files = Files::below(home.path()).unwrap();
    for _ in 0..2 {
        fs::write(files.given_up(), "0\n").unwrap();
        assert_eq!(role(&files, 0), Role::Observer);
    }
    abstain_behind(&files, Height(0), Height(6)).unwrap();
    assert_eq!(role(&files, 0), Role::ObserverThrough(Height(8)), "what the others prove is known");
}
