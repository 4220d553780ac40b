//! Vote logs that are missing, damaged, or never were.

use super::*;

#[test]
fn a_missing_vote_log_costs_what_may_have_been_signed_above_what_the_others_prove() {
    for (tip, proven, through) in [(4, 4, 6), (4, 9, 11), (9, 4, 11)] {
        let (_home, files) = home();
        assert_eq!(role(&files, tip), Role::Observer);
        assert_eq!(role(&files, tip + 1), Role::Observer, "what is fetched meanwhile tells nothing");
        abstain_behind(&files, Height(tip), Height(proven)).unwrap();
        assert_eq!(role(&files, tip), Role::ObserverThrough(Height(through)));
        assert_eq!(role(&files, through - 1), Role::ObserverThrough(Height(through)));
        assert_eq!(role(&files, through), Role::Validator);
        assert_eq!(role(&files, through), Role::Validator, "it knows from now on that it signed nothing");
        for tip in [through - 1, 0] {
            assert_eq!(role(&files, tip), Role::ObserverThrough(Height(through)), "a batch log that went back then");
            fs::remove_file(files.abstain()).unwrap();
        }
    }
}

#[test]
fn one_of_two_vote_logs_that_is_gone_costs_what_may_have_been_in_it() {
    for gone in [0, 1] {
        let (_home, files) = home();
        // an empty one is a height that begins
        vote_in(&files, 4);
        assert_eq!(role(&files, 4), Role::Validator);
        vote_in(&files, 5);
        assert_eq!(role(&files, 4), Role::Validator);
        fs::remove_file(&files.votes()[gone]).unwrap();
        assert_eq!(role(&files, 4), Role::Observer);
        // what is left is not the memory of both, whatever else is lost
        VoteLog::open(&files.votes()).unwrap();
        fs::remove_file(files.abstain()).unwrap();
        assert_eq!(role(&files, 4), Role::Observer);
    }
}

#[test]
fn a_vote_log_of_which_one_file_was_never_made_is_a_newcomers() {
    let (_home, files) = new_home();
    let [first, second] = files.votes();
    WalFile::open(&first).unwrap();
    assert!(!second.exists());
    assert_eq!(role(&files, 0), Role::Founder);
}

#[test]
fn a_vote_log_that_the_disk_does_not_give_back_says_what_to_do() {
    let (_home, files) = home();
    vote_in(&files, 5);
    let [first, _] = files.votes();
    fs::remove_file(&first).unwrap();
    // it opens, and cannot be read
    fs::create_dir(&first).unwrap();
    fs::write(first.join("of a name that gives the folder a length on any disk"), "").unwrap();
    let fault = examine(&files, Height(4)).unwrap_err().to_string();
    assert!(fault.contains("votes-a.log") && fault.contains("move it away"), "{fault}");
    fs::remove_dir_all(&first).unwrap();
    assert_eq!(role(&files, 4), Role::Observer);
}

#[test]
fn damage_is_remembered_before_the_file_has_another_name() {
    let (_home, files) = home();
    vote_in(&files, 4);
    vote_in(&files, 5);
    let [_, of_five] = files.votes();
    fs::write(of_five, [0x55; 100]).unwrap();
    let in_the_way = files.abstain().with_extension("new");
    fs::create_dir(&in_the_way).unwrap();
    assert!(examine(&files, Height(4)).is_err(), "the disk does not take it");
    fs::remove_dir(in_the_way).unwrap();
    assert_eq!(role(&files, 4), Role::Observer);
    assert_eq!(role(&files, 4), Role::Observer);
}

#[test]
fn a_damaged_vote_log_is_set_aside_and_its_heights_are_unknown() {
    let (home, files) = home();
    vote_in(&files, 4);
    vote_in(&files, 5);
    let [of_four, of_five] = files.votes();
    fs::write(&of_four, [0x55; 100]).unwrap();
    assert_eq!(role(&files, 4), Role::Observer);
    // the other one too: alone it would be taken for all that was signed
    for path in [of_four, of_five] {
        assert!(!path.exists());
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(home.path().join(format!("wal/{name}.corrupt-1")).exists());
    }
    fs::remove_file(files.abstain()).unwrap();
    assert_eq!(role(&files, 4), Role::Observer);
}

#[test]
fn entries_that_nobody_can_read_cost_their_height() {
    let (_home, files) = home();
    let (mut votes, _) = VoteLog::open(&files.votes()).unwrap();
    votes.start(Height(5)).unwrap();
    votes.append(b"of another version").unwrap();
    votes.flush().unwrap();
    assert_eq!(role(&files, 4), THROUGH_5);
}

/// The bytes of a file from one on, as a disk gives them back that lost them, though it had said that it has them.
fn zero(path: &Path, from: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[from..].fill(0);
    fs::write(path, bytes).unwrap();
}

#[test]
fn zeros_where_votes_may_have_been_cost_their_height() {
    let (_home, files) = home();
    vote_in(&files, 4);
    vote_in(&files, 5);
    let [_, of_five] = files.votes();
    let first = fs::read(&of_five).unwrap().len();
    vote_in(&files, 5);
    zero(&of_five, first);
    assert_eq!(role(&files, 4), THROUGH_5);
    // so it stays when they are cut off
    VoteLog::open(&files.votes()).unwrap();
    assert_eq!(fs::read(&of_five).unwrap().len(), first);
    assert_eq!(role(&files, 4), THROUGH_5);
    assert_eq!(role(&files, 5), Role::Validator);
}

/// As when the power of a room goes, and with it that of all nodes: whatever was written and not synced are zeros.
#[test]
fn a_loss_of_power_after_others_votes_came_costs_no_height() {
    let (_home, files) = home();
    vote_in(&files, 4);
    let [_, of_five] = files.votes();
    let (mut votes, _) = VoteLog::open(&files.votes()).unwrap();
    votes.start(Height(5)).unwrap();
    let mut received = Vec::new();
    encode_entry(Input::TimeoutElapsed(Timeout::propose(Round::new(0))), &WireCodec, &mut received).unwrap();
    for _ in 0..3 {
        let synced = fs::metadata(&of_five).unwrap().len() as usize;
        votes.append(&received).unwrap();
        zero(&of_five, synced);
        assert_eq!(role(&files, 4), Role::Validator, "{synced}");
        votes.flush().unwrap();
    }
}

#[test]
fn zeros_where_a_height_was_are_no_log_of_one_that_has_not_voted() {
    for tip in [0, 4] {
        let (_home, files) = new_home();
        vote_in(&files, tip);
        vote_in(&files, tip + 1);
        let [_, current] = files.votes();
        zero(&current, 0);
        // Which height it was nobody knows: the batch log may have lost its end on the same disk.
        assert_eq!(role(&files, tip), Role::Observer);
        VoteLog::open(&files.votes()).unwrap();
        assert_eq!(role(&files, tip), Role::Observer);
    }
}

#[test]
fn zeros_behind_the_votes_of_a_height_that_is_decided_cost_nothing() {
    let (_home, files) = home();
    vote_in(&files, 5);
    let [path, _] = files.votes();
    fs::write(&path, [fs::read(&path).unwrap(), vec![0; 100]].concat()).unwrap();
    assert_eq!(role(&files, 5), Role::Validator);
}
