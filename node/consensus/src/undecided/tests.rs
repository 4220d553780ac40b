#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::*;
use medshare_crypto::hash::sha256;
use std::fs;

fn proposed(height: u64, round: u32, batch: &Bytes) -> Proposed {
    Proposed {
        height: Height(height),
        round,
        valid_round: None,
        made_in: round,
        proposer: NodeId::from_bytes([round as u8; 16]),
        hash: sha256(batch),
        made: Signature::from_bytes([0; 64]),
    }
}

#[test]
fn a_proposal_is_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proposals.log");
    let (one, two) = (Bytes::from_static(b"one"), Bytes::from_static(b"two"));
    let mut store = Undecided::open(&path, Height(4)).unwrap();
    store.add(proposed(5, 0, &one), one.clone()).unwrap();
    store.add(proposed(5, 1, &two), two.clone()).unwrap();
    store.add(proposed(5, 1, &two), two.clone()).unwrap();
    drop(store);
    let store = Undecided::open(&path, Height(4)).unwrap();
    let node = NodeId::from_bytes([1; 16]);
    assert_eq!(store.made_by(node, Height(5), 1), Some(&proposed(5, 1, &two)));
    assert_eq!(store.made_by(node, Height(5), 0), None);
    assert_eq!(store.of_round(Height(5), 0).count(), 1);
    assert_eq!(store.batch(sha256(&one)), Some(one));
}

/// Which ended before the sync that a vote or proposal waits for, or because that failed.
#[test]
fn what_the_run_before_stored_is_written_anew_before_anybody_acts_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proposals.log");
    let batch = Bytes::from_static(b"one");
    Undecided::open(&path, Height(4)).unwrap().add(proposed(5, 0, &batch), batch.clone()).unwrap();
    File::open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    let stored = fs::read(&path).unwrap();
    assert_eq!(Undecided::open(&path, Height(4)).unwrap().batch(sha256(&batch)), Some(batch));
    assert!(fs::metadata(&path).unwrap().modified().unwrap() > std::time::UNIX_EPOCH);
    assert_eq!(fs::read(&path).unwrap(), stored);
}

#[test]
fn a_batch_proposed_again_is_not_one_made_in_that_round() {
    let folder = tempfile::tempdir().unwrap();
    let batch = Bytes::from_static(b"one");
    let mut store = Undecided::open(&folder.path().join("proposals.log"), Height(4)).unwrap();
    let again = Proposed { made_in: 0, valid_round: Some(0), ..proposed(5, 1, &batch) };
    store.add(again.clone(), batch.clone()).unwrap();
    assert_eq!(store.made_by(again.proposer, Height(5), 1), None);
    assert_eq!(store.of_batch(again.hash), Some(&again));
}

#[test]
fn committed_heights_are_forgotten_and_the_file_shrinks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proposals.log");
    let batch = Bytes::from(vec![1; 1000]);
    let mut store = Undecided::open(&path, Height(4)).unwrap();
    store.add(proposed(5, 0, &batch), batch.clone()).unwrap();
    store.prune(Height(5)).unwrap();
    assert_eq!(store.batch(sha256(&batch)), None);
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    store.add(proposed(6, 0, &batch), batch).unwrap();
    drop(store);
    assert_eq!(Undecided::open(&path, Height(6)).unwrap().of_round(Height(6), 0).count(), 0);
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
}

#[test]
fn a_crash_at_any_byte_of_the_last_proposal_keeps_those_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proposals.log");
    let (one, two) = (Bytes::from_static(b"one"), Bytes::from_static(b"two"));
    let mut store = Undecided::open(&path, Height(4)).unwrap();
    store.add(proposed(5, 0, &one), one.clone()).unwrap();
    let first = fs::metadata(&path).unwrap().len() as usize;
    store.add(proposed(5, 1, &two), two.clone()).unwrap();
    drop(store);
    let whole = fs::read(&path).unwrap();
    for end in first..whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        assert_eq!(damage(&path).unwrap(), None);
        let mut store = Undecided::open(&path, Height(4)).unwrap();
        assert_eq!(store.batch(sha256(&one)), Some(one.clone()));
        assert_eq!(store.batch(sha256(&two)), None);
        store.add(proposed(5, 1, &two), two.clone()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn a_flipped_byte_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proposals.log");
    assert_eq!(damage(&path).unwrap(), None);
    let batch = Bytes::from_static(b"one");
    Undecided::open(&path, Height(4)).unwrap().add(proposed(5, 0, &batch), batch).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[20] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(damage(&path).unwrap().is_some());
    assert!(Undecided::open(&path, Height(4)).is_err());
}

#[test]
fn proposals_of_a_height_above_those_that_are_fetched_stay_and_the_file_stays_small() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proposals.log");
    let kept = Bytes::from_static(b"of the height under way");
    let mut store = Undecided::open(&path, Height(0)).unwrap();
    store.add(proposed(40, 0, &kept), kept.clone()).unwrap();
    for height in 1..40 {
        let fetched = Bytes::from(vec![height as u8; 1 << 20]);
        store.add(proposed(height, 0, &fetched), fetched).unwrap();
        store.prune(Height(height)).unwrap();
        assert!(fs::metadata(&path).unwrap().len() < 6 << 20);
    }
    drop(store);
    let store = Undecided::open(&path, Height(39)).unwrap();
    assert_eq!(store.of_round(Height(40), 0).count(), 1);
    assert_eq!(store.batch(sha256(&kept)), Some(kept));
}

#[test]
fn a_batch_that_is_proposed_again_and_again_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proposals.log");
    let batch = Bytes::from(vec![1; 1 << 20]);
    let mut store = Undecided::open(&path, Height(4)).unwrap();
    for round in 0..40 {
        store.add(proposed(5, round, &batch), batch.clone()).unwrap();
    }
    assert!(fs::metadata(&path).unwrap().len() < 2 << 20);
    drop(store);
    let mut store = Undecided::open(&path, Height(4)).unwrap();
    assert_eq!(store.of_round(Height(5), 39).count(), 1);
    assert_eq!(store.batch(sha256(&batch)), Some(batch.clone()));
    // The same when the file is written anew, as it is when a node catches up below.
    for height in 1..8 {
        let fetched = Bytes::from(vec![height; 1 << 20]);
        store.add(proposed(3, height.into(), &fetched), fetched).unwrap();
    }
    store.prune(Height(3)).unwrap();
    assert!(fs::metadata(&path).unwrap().len() < 2 << 20);
    drop(store);
    let store = Undecided::open(&path, Height(4)).unwrap();
    assert!((0..40).all(|round| store.of_round(Height(5), round).count() == 1));
    assert_eq!(store.batch(sha256(&batch)), Some(batch));
}

#[test]
fn a_proposal_whose_batch_is_missing_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proposals.log");
    let batch = Bytes::from_static(b"one");
    fs::write(&path, to_record(&proposed(5, 0, &batch), &[]).unwrap()).unwrap();
    assert!(damage(&path).unwrap().is_some_and(|reason| reason.contains("missing")));
}

/// The file of a build of before that holds this.
fn write_unsigned(path: &Path, of: &Proposed, batch: &Bytes) {
    let Proposed { height, round, valid_round, made_in, proposer, hash, .. } = *of;
    let header = codec::encode(&Unsigned { height, round, valid_round, made_in, proposer, hash });
    let length = (header.len() as u32).to_be_bytes();
    fs::write(path, record::frame(&[&length, &header[..], batch].concat()).unwrap()).unwrap();
}

#[test]
fn of_a_proposal_that_a_build_of_before_kept_the_makers_signature_counts_once_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proposals.log");
    let batch = Bytes::from_static(b"one");
    let unsigned = proposed(5, 1, &batch);
    let signed = |mark| Proposed { made: Signature::from_bytes([mark; 64]), ..unsigned.clone() };
    let again = Proposed { round: 6, valid_round: Some(1), ..signed(7) };
    let of_batch = |store: &Undecided| store.of_batch(unsigned.hash).cloned();
    // whether the same comes with it, or the batch in another round
    for with_it in [signed(7), again] {
        write_unsigned(&path, &unsigned, &batch);
        let mut store = Undecided::open(&path, Height(4)).unwrap();
        assert_eq!(of_batch(&store), Some(unsigned.clone()));
        store.add(with_it.clone(), batch.clone()).unwrap();
        for store in [store, Undecided::open(&path, Height(4)).unwrap()] {
            assert_eq!(of_batch(&store), Some(with_it.clone()));
            assert_eq!(store.of_round(Height(5), 1).count(), 1);
        }
    }
    // no other signature of it makes it another proposal, and none none
    write_unsigned(&path, &unsigned, &batch);
    let mut store = Undecided::open(&path, Height(4)).unwrap();
    for further in [signed(7), signed(8), unsigned.clone()] {
        store.add(further, batch.clone()).unwrap();
    }
    assert_eq!(store.of_round(Height(5), 1).collect::<Vec<_>>(), [&signed(7)]);
}

#[test]
fn a_proposal_that_a_build_of_before_kept_counts_as_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proposals.log");
    let batch = Bytes::from_static(b"one");
    let Proposed { height, proposer, hash, .. } = proposed(5, 1, &batch);
    write_unsigned(&path, &proposed(5, 1, &batch), &batch);
    assert_eq!((damage(&path).unwrap(), stored(&path).unwrap()), (None, vec![hash]));
    let store = Undecided::open(&path, Height(4)).unwrap();
    assert_eq!(store.made_by(proposer, height, 1), Some(&proposed(5, 1, &batch)));
}
