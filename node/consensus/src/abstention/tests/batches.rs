//! Batch logs that went back, and proposals that are not all there.

use super::*;

#[test]
fn a_batch_log_that_went_back_costs_the_heights_before_the_one_under_way() {
    let (_home, files) = home();
    vote_in(&files, 9);
    assert_eq!(role(&files, 0), Role::ObserverThrough(Height(8)));
    // Observing starts lower heights; the height stays known.
    VoteLog::open(&files.votes()).unwrap().0.start(Height(1)).unwrap();
    fs::remove_file(files.abstain()).unwrap();
    assert_eq!(role(&files, 0), Role::ObserverThrough(Height(8)));
    assert_eq!(role(&files, 7), Role::ObserverThrough(Height(8)));
    assert_eq!(role(&files, 8), Role::Validator, "it takes the height up where it left it");
    let (_, entries) = VoteLog::open(&files.votes()).unwrap();
    assert_eq!(entries.len(), 1);
}

#[test]
fn a_batch_log_that_went_back_costs_the_height_under_way_too_where_a_batch_of_it_is_gone() {
    let (_home, files) = home();
    propose_in(&files, 9, &Bytes::from_static(b"batch"));
    assert_eq!(role(&files, 0), Role::ObserverThrough(Height(8)));
    // what is fetched meanwhile does not take the place of what was proposed in that height
    let mut undecided = Undecided::open(&files.undecided(), Height(0)).unwrap();
    (1..9).for_each(|height| undecided.prune(Height(height)).unwrap());
    assert_eq!(role(&files, 8), Role::Validator);
    fs::remove_file(files.undecided()).unwrap();
    assert_eq!(role(&files, 0), Role::ObserverThrough(Height(9)));
    assert_eq!(role(&files, 8), Role::ObserverThrough(Height(9)));
}

#[test]
fn a_batch_log_that_lost_its_last_record_costs_that_height() {
    let (_home, files) = home();
    propose_in(&files, 5, &Bytes::from_static(b"batch"));
    assert_eq!(role(&files, 4), Role::Validator, "it fell before it was decided");
    // it was committed, the stored proposals were emptied, and then the record was lost
    Undecided::open(&files.undecided(), Height(5)).unwrap();
    assert_eq!(role(&files, 5), Role::Validator);
    assert_eq!(role(&files, 4), THROUGH_5);
}

#[test]
fn stored_proposals_that_were_cut_off_cost_the_height_that_votes_refer_to() {
    let (_home, files) = home();
    propose_in(&files, 5, &Bytes::from_static(b"batch"));
    let bytes = fs::read(files.undecided()).unwrap();
    fs::write(files.undecided(), &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(role(&files, 4), THROUGH_5);
}

#[test]
fn damaged_proposals_cost_the_height_that_votes_refer_to() {
    let (_home, files) = new_home();
    fs::write(files.undecided(), [0x55; 100]).unwrap();
    assert_eq!(role(&files, 0), Role::Founder);
    assert!(!files.undecided().exists());
    fs::write(files.undecided(), [0x55; 100]).unwrap();
    vote_in(&files, 5);
    assert_eq!(role(&files, 4), THROUGH_5);
    assert_eq!(role(&files, 4), THROUGH_5, "also after a restart meanwhile");
}
