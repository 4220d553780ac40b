//! The log as the engine talks to it.

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
    ractor::call!(wal, Msg::Append, height, vote()).unwrap().unwrap();
    assert!(ractor::call!(wal, Msg::Flush).unwrap().is_err(), "which is asked for before it is sent");
    let reason = watch.raised().await.to_string();
    assert!(reason.contains("writing the write-ahead log"), "{reason}");
}
