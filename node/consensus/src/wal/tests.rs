#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use super::*;
use medshare_ledger::id::Height;
use std::fs::{self, File};
use std::time::UNIX_EPOCH;

fn entries(height: u64, entries: &[&[u8]]) -> Contents {
    let entries = entries.iter().map(|entry| entry.to_vec()).collect();
    Contents::Entries { height: Height(height), entries, ends_in_zeros: false }
}

#[test]
fn entries_of_the_height_come_back_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("votes.log");
    assert_eq!(WalFile::inspect(&path).unwrap(), Contents::Missing);
    let (mut wal, contents) = WalFile::open(&path).unwrap();
    assert_eq!(contents, Contents::Empty);
    wal.start(Height(7)).unwrap();
    wal.append(b"one").unwrap();
    wal.append(b"two").unwrap();
    wal.flush().unwrap();
    drop(wal);
    let (mut wal, contents) = WalFile::open(&path).unwrap();
    assert_eq!(contents, entries(7, &[b"one", b"two"]));
    assert_eq!(wal.height(), Height(7));
    wal.append(b"three").unwrap();
    wal.flush().unwrap();
    assert_eq!(WalFile::inspect(&path).unwrap(), entries(7, &[b"one", b"two", b"three"]));
    wal.start(Height(8)).unwrap();
    assert_eq!(WalFile::inspect(&path).unwrap(), Contents::Empty);
    wal.append(b"four").unwrap();
    assert_eq!(WalFile::inspect(&path).unwrap(), entries(8, &[b"four"]));
}

#[test]
fn a_crash_at_any_byte_keeps_the_entries_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("votes.log");
    let (mut wal, _) = WalFile::open(&path).unwrap();
    wal.start(Height(7)).unwrap();
    wal.append(b"one").unwrap();
    let flushed = fs::read(&path).unwrap().len();
    wal.append(b"two").unwrap();
    drop(wal);
    let whole = fs::read(&path).unwrap();
    for end in 0..whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        let (mut wal, contents) = WalFile::open(&path).unwrap();
        if end >= flushed {
            assert_eq!(contents, entries(7, &[b"one"]));
            wal.append(b"two").unwrap();
            drop(wal);
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
    }
}

/// Which ended before the flush that a vote waits for, or because that failed: nothing but a further write brings it onto the disk.
#[test]
fn what_the_run_before_logged_is_written_anew_before_anybody_acts_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    let (mut log, _) = VoteLog::open(&paths).unwrap();
    log.start(Height(7)).unwrap();
    log.append(b"vote").unwrap();
    drop(log);
    let [path, _] = &paths;
    File::open(path).unwrap().set_modified(UNIX_EPOCH).unwrap();
    let (mut log, found) = VoteLog::open(&paths).unwrap();
    assert_eq!((log.height(), found), (Height(7), vec![b"vote".to_vec()]));
    assert!(fs::metadata(path).unwrap().modified().unwrap() > UNIX_EPOCH);
    // It counts as kept: the next height takes the other file.
    log.start(Height(8)).unwrap();
    assert_eq!(WalFile::inspect(path).unwrap(), entries(7, &[b"vote"]));
}

#[test]
fn zeros_behind_the_entries_are_told_and_not_written_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("votes.log");
    let (mut wal, _) = WalFile::open(&path).unwrap();
    wal.start(Height(7)).unwrap();
    wal.append(b"one").unwrap();
    wal.flush().unwrap();
    let flushed = fs::read(&path).unwrap();
    drop(wal);
    for zeros in [8, 100, 10_000] {
        fs::write(&path, [&flushed[..], &vec![0; zeros]].concat()).unwrap();
        let Contents::Entries { height, entries, ends_in_zeros } = WalFile::open(&path).unwrap().1 else {
            panic!("{zeros} zeros");
        };
        assert_eq!((height, entries, ends_in_zeros), (Height(7), vec![b"one".to_vec()], true));
        assert_eq!(fs::read(&path).unwrap(), flushed);
        // nor is a file without a sound entry one that was never written
        for sound in [0, 20] {
            fs::write(&path, [&flushed[..sound], &vec![0; 28 + zeros]].concat()).unwrap();
            assert!(matches!(WalFile::inspect(&path).unwrap(), Contents::Damaged { .. }), "{sound}, {zeros}");
        }
    }
    fs::write(&path, [&flushed[..], &[0; 100], b"more"].concat()).unwrap();
    assert!(matches!(WalFile::inspect(&path).unwrap(), Contents::Damaged { .. }));
}

#[test]
fn every_flipped_byte_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("votes.log");
    let (mut wal, _) = WalFile::open(&path).unwrap();
    wal.start(Height(7)).unwrap();
    wal.append(b"one").unwrap();
    drop(wal);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, bytes).unwrap();
        assert!(matches!(WalFile::inspect(&path).unwrap(), Contents::Damaged { .. }), "byte {at}");
        assert!(WalFile::open(&path).is_err());
    }
}

/// What others say after this node's last vote is logged too, and nothing waits for it to be on disk.
#[test]
fn what_was_logged_behind_the_last_vote_does_not_take_the_vote_away() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    let (mut log, _) = VoteLog::open(&paths).unwrap();
    for height in 1..4 {
        log.start(Height(height)).unwrap();
        log.append(b"vote").unwrap();
        log.flush().unwrap();
        log.append(b"another's").unwrap();
    }
    // stopped before anything of the fourth height is on disk
    log.start(Height(4)).unwrap();
    drop(log);
    let (log, found) = VoteLog::open(&paths).unwrap();
    assert_eq!((log.height(), found.first().map(Vec::as_slice)), (Height(3), Some(b"vote".as_slice())));
}

#[test]
fn a_height_that_begins_leaves_the_last_one_voted_in_until_it_has_votes_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    let last = || {
        let [a, b] = paths.each_ref().map(|path| WalFile::inspect(path).unwrap());
        a.later(b)
    };
    let (mut log, _) = VoteLog::open(&paths).unwrap();
    for height in 1..6 {
        log.start(Height(height)).unwrap();
        if height > 1 {
            assert_eq!(last(), entries(height - 1, &[b"vote"]), "an empty log would be a newcomer's");
        }
        // a height that began twice, and one that was fetched without a vote
        log.start(Height(height)).unwrap();
        log.append(b"vote").unwrap();
        log.flush().unwrap();
        assert_eq!(last(), entries(height, &[b"vote"]));
    }
    for height in 6..9 {
        log.start(Height(height)).unwrap();
        assert_eq!(last(), entries(5, &[b"vote"]));
    }
    drop(log);
    let (log, found) = VoteLog::open(&paths).unwrap();
    assert_eq!((log.height(), found), (Height(5), vec![b"vote".to_vec()]));
}

mod actor {
    use super::*;
    use crate::context::{Address, BatchHash, Context, EngineHeight, NilOrVal, Round, Vote, VoteType};
    use crate::fault::Halt;
    use crate::testing::key;
    use arc_malachitebft_app_channel::app::consensus::Input;
    use arc_malachitebft_app_channel::app::engine::wal::{Msg, WalRef};
    use arc_malachitebft_app_channel::app::types::ProposedValue;
    use arc_malachitebft_app_channel::app::types::core::{SignedMessage, Validity, ValueOrigin};
    use medshare_crypto::hash::sha256;
    use medshare_crypto::sign::Signature;
    use medshare_ledger::id::NodeId;
    use std::path::PathBuf;

    fn vote() -> Input<Context> {
        let vote = Vote {
            kind: VoteType::Prevote,
            height: EngineHeight(Height(7)),
            round: Round::new(0),
            value: NilOrVal::Nil,
            voter: Address(NodeId::of_key(&key(1).verifying_key())),
        };
        Input::Vote(SignedMessage::new(vote, Signature::from_bytes([1; 64])))
    }

    async fn start(wal: &WalRef<Context>, height: u64) -> eyre::Result<usize> {
        let height = EngineHeight(Height(height));
        let found = ractor::call!(wal, Msg::StartedHeight, height).unwrap()?;
        Ok(found.into_iter().filter(Result::is_ok).count())
    }

    /// The log once the actor that has it is gone.
    async fn open_after(wal: WalRef<Context>, paths: &[PathBuf; 2]) -> (VoteLog, Vec<Vec<u8>>) {
        wal.stop_and_wait(None, None).await.unwrap();
        loop {
            match VoteLog::open(paths) {
                Err(fault) if fault.is_in_use() => tokio::task::yield_now().await,
                opened => return opened.unwrap(),
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_engine_gets_back_what_it_logged_in_the_same_height_only() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| folder.path().join(name));
        let (file, _) = VoteLog::open(&paths).unwrap();
        let (halt, _watch) = Halt::channel();
        let wal = spawn(file, Vec::new(), false, halt.clone()).await.unwrap();
        let height = EngineHeight(Height(7));
        assert_eq!(start(&wal, 7).await.unwrap(), 0);
        ractor::call!(wal, Msg::Append, height, vote()).unwrap().unwrap();
        ractor::call!(wal, Msg::Append, EngineHeight(Height(6)), vote()).unwrap().unwrap();
        ractor::call!(wal, Msg::Flush).unwrap().unwrap();
        assert!(VoteLog::open(&paths).is_err_and(|fault| fault.is_in_use()), "two would write over each other");
        let (file, entries) = open_after(wal, &paths).await;
        assert_eq!(entries.len(), 1);
        let again = spawn(file, entries, false, halt.clone()).await.unwrap();
        assert_eq!(start(&again, 7).await.unwrap(), 1);
        assert_eq!(start(&again, 8).await.unwrap(), 0);
        assert!(!halt.is_raised());
        assert!(start(&again, 7).await.is_err(), "below a height that it voted in");
        assert!(halt.is_raised());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_fetched_is_not_taken_for_what_was_found_good_here() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| folder.path().join(name));
        let (file, _) = VoteLog::open(&paths).unwrap();
        let wal = spawn(file, Vec::new(), false, Halt::channel().0).await.unwrap();
        let height = EngineHeight(Height(7));
        assert_eq!(start(&wal, 7).await.unwrap(), 0);
        let proposed = |batch: &[u8], origin| {
            let proposal = ProposedValue {
                height,
                round: Round::new(0),
                valid_round: Round::Nil,
                proposer: Address(NodeId::of_key(&key(1).verifying_key())),
                value: BatchHash(sha256(batch)),
                validity: Validity::Valid,
            };
            Input::ProposedValue(proposal, origin)
        };
        for entry in [proposed(b"fetched", ValueOrigin::Sync), proposed(b"proposed", ValueOrigin::Consensus)] {
            ractor::call!(wal, Msg::Append, height, entry).unwrap().unwrap();
        }
        ractor::call!(wal, Msg::Flush).unwrap().unwrap();
        let (_, entries) = open_after(wal, &paths).await;
        assert_eq!(accepted(&entries).unwrap(), [sha256(b"proposed")]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_node_that_observes_leaves_what_it_logged() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| folder.path().join(name));
        let (mut file, _) = VoteLog::open(&paths).unwrap();
        file.start(Height(7)).unwrap();
        file.append(b"vote").unwrap();
        file.flush().unwrap();
        let (halt, _watch) = Halt::channel();
        let wal = spawn(file, vec![b"vote".to_vec()], true, halt.clone()).await.unwrap();
        for height in 1..=7 {
            ractor::call!(wal, Msg::Reset, EngineHeight(Height(height))).unwrap().unwrap();
        }
        let (file, found) = open_after(wal, &paths).await;
        assert_eq!((file.height(), found), (Height(7), vec![b"vote".to_vec()]));
        assert!(!halt.is_raised());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_vote_that_cannot_be_written_halts_the_node() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("votes.log");
        let (mut file, _) = WalFile::open(&path).unwrap();
        file.start(Height(7)).unwrap();
        file.append(b"before").unwrap();
        drop(file);
        let (halt, mut watch) = Halt::channel();
        let [file, before] = [(); 2].map(|()| WalFile::open_read_only(&path, Height(7)));
        let wal = spawn(VoteLog::of(file, before), Vec::new(), false, halt).await.unwrap();
        let height = EngineHeight(Height(7));
        assert_eq!(start(&wal, 7).await.unwrap(), 0);
        assert!(ractor::call!(wal, Msg::Append, height, vote()).unwrap().is_err());
        let reason = watch.raised().await.to_string();
        assert!(reason.contains("writing the write-ahead log"), "{reason}");
    }
}
