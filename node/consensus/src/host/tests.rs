#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use std::fs;
use std::ops::RangeInclusive;

use arc_malachitebft_app_channel::app::types::streaming::StreamMessage;
use arc_malachitebft_app_channel::app::types::{PeerId, ProposedValue};
use bytes::Bytes;
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::validator::ValidatorSet;

use super::*;
use crate::application::{Candidate, Reading, Verdict};
use crate::context::Round;
use crate::limits::{MAX_PROPOSALS_PER_ROUND, PART_BYTES};
use crate::part::{Announcement, Part};
use crate::testing::{NETWORK, key, peer, stream, validators};

const HEIGHT: Height = Height(5);

/// The node that the tests look from; nothing is proposed by it.
const SELF: u8 = 3;

/// Knows batches by their first byte, the number of their maker, and counts what it has to check. The second one is 1 in those that are
/// valid.
#[derive(Default)]
struct Toy {
    checks: usize,
}

impl Application for Toy {
    fn tip(&self) -> Height {
        Height(HEIGHT.0 - 1)
    }

    fn first_kept(&self) -> Height {
        Height(1)
    }

    fn validators(&self, _height: Height) -> ValidatorSet {
        validators(4)
    }

    fn recent_proposers(&self, _count: usize) -> Vec<NodeId> {
        Vec::new()
    }

    fn has_waiting(&self) -> bool {
        false
    }

    async fn propose(&mut self, _height: Height, _round: u32) -> Result<Candidate, Fault> {
        Err(Fault::new("proposing", "nothing is proposed here"))
    }

    async fn check(&mut self, _height: Height, _round: u32, proposer: NodeId, bytes: &Bytes) -> Result<Verdict, Fault> {
        self.checks += 1;
        Ok(match bytes[1] == 1 && node(bytes[0]) == proposer {
            true => Verdict::Valid(sha256(bytes)),
            false => Verdict::Invalid { reason: "it says so".to_owned() },
        })
    }

    fn identify(&mut self, _height: Height, bytes: &Bytes) -> Option<Hash32> {
        (bytes.len() >= 2).then(|| sha256(bytes))
    }

    async fn commit(&mut self, _bytes: Bytes, _certificate: CommitCertificate) -> Result<(), Fault> {
        Ok(())
    }

    fn decided(&self, _heights: RangeInclusive<Height>, _most_bytes: usize) -> Reading {
        Box::new(|| Ok(Vec::new()))
    }
}

fn node(index: u8) -> NodeId {
    NodeId::of_key(&key(index).verifying_key())
}

/// Index of the key of the member that proposes in `round`.
fn proposer(round: u32) -> u8 {
    let members = Members::of(&validators(4), HEIGHT, &[]).unwrap();
    (0..4).find(|index| node(*index) == members.proposer_id(round)).unwrap()
}

/// A batch that the proposer of `round` made.
fn batch(round: u32, is_valid: bool, length: usize) -> Bytes {
    let mut bytes = vec![7; length];
    (bytes[0], bytes[1]) = (proposer(round), u8::from(is_valid));
    bytes.into()
}

fn announcement(round: u32, batch: &Bytes) -> Announcement {
    Announcement {
        network: NETWORK,
        height: HEIGHT,
        round,
        valid_round: None,
        made_in: round,
        proposer: node(proposer(round)),
        hash: sha256(batch),
        bytes: batch.len() as u32,
    }
}

struct Home {
    folder: tempfile::TempDir,
    setup: Setup,
    progress: watch::Sender<Progress>,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup {
            network: NETWORK,
            node: node(SELF),
            key: Arc::new(key(SELF)),
            timing: Timing::default(),
            wake: Wake::new(),
            halt: Halt::channel().0,
            neighbours: Neighbours::default(),
            others_needed: 2,
            patience: Duration::from_secs(60),
            files: Files::below(folder.path()).unwrap(),
            role: Role::Validator,
        };
        Self { folder, setup, progress: watch::channel(Progress::at(Height(4))).0 }
    }

    fn stored_bytes(&self) -> u64 {
        fs::metadata(self.folder.path().join("wal/proposals.log")).unwrap().len()
    }

    /// A host in which `round` has begun.
    async fn host<'a>(&'a self, toy: &'a mut Toy, round: u32) -> Host<'a, Toy> {
        let undecided = Undecided::open(&self.setup.files.undecided(), toy.tip()).unwrap();
        let outbound = Outbound::new(mpsc::channel(1).0, 0);
        let mut host = Host::new(&self.setup, toy, undecided, outbound, None, &self.progress).unwrap();
        begin(&mut host, round).await;
        host
    }
}

async fn begin(host: &mut Host<'_, Toy>, round: u32) -> Vec<Hash32> {
    let told = host.begin_round(HEIGHT, Round::new(round)).await.unwrap();
    assert!(told.iter().all(|proposal| proposal.validity.is_valid()));
    told.into_iter().map(|proposal| proposal.value.0).collect()
}

/// What the engine is told once these parts of a stream of `peer` are taken.
async fn take(
    host: &mut Host<'_, Toy>,
    peer: PeerId,
    parts: impl IntoIterator<Item = StreamMessage<Part>>,
) -> Option<ProposedValue<Context>> {
    let mut told = None;
    for part in parts {
        assert_eq!(told, None, "the last part completes the stream");
        told = host.take_part(peer, part).await.unwrap();
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_under_a_genuine_opening_say_nothing_of_the_batch_and_keep_it_from_nobody() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 0).await;
    let (honest, hostile) = (peer(), peer());
    let batch = batch(0, true, 2 * PART_BYTES);
    let mut other = batch.to_vec();
    other[PART_BYTES] ^= 1;
    let announced = announcement(0, &batch);
    let mut genuine = stream(announced.clone(), proposer(0), &batch, b"genuine");
    let end = genuine.split_off(2);
    assert_eq!(take(&mut host, honest, genuine).await, None);
    for _ in 0..3 {
        let replayed = stream(announced.clone(), proposer(0), &other.clone().into(), b"replayed");
        assert_eq!(take(&mut host, hostile, replayed).await, None);
    }
    assert!(!host.considered.hears(&hostile), "once is enough");
    let told = take(&mut host, honest, end).await.unwrap();
    assert_eq!((told.value.0, told.validity.is_valid()), (sha256(&batch), true));
    assert_eq!(toy.checks, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_of_anothers_batch_with_other_bytes_says_nothing_of_it() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 1).await;
    let batch = batch(0, true, 100);
    // By the proposer of round 1, for that round and for one to come.
    for round in [1, 5] {
        let lie = Announcement { bytes: 1, hash: sha256(&batch), ..announcement(round, &batch) };
        let lie = stream(lie, proposer(1), &Bytes::from_static(b"x"), b"lie");
        assert_eq!(take(&mut host, peer(), lie).await, None);
    }
    assert_eq!(begin(&mut host, 5).await, []);
    let told = take(&mut host, peer(), stream(announcement(0, &batch), proposer(0), &batch, b"genuine")).await;
    assert_eq!(told.map(|told| told.value.0), Some(sha256(&batch)));
    assert_eq!(toy.checks, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_passes_anothers_batch_off_as_its_own_says_nothing_of_it_whether_or_not_it_is_known() {
    let batch = batch(0, true, 100);
    for is_known in [false, true] {
        let (home, mut toy) = (Home::new(), Toy::default());
        let mut host = home.host(&mut toy, 1).await;
        let genuine = || stream(announcement(0, &batch), proposer(0), &batch, b"genuine");
        if is_known {
            assert!(take(&mut host, peer(), genuine()).await.is_some());
        }
        let own = stream(announcement(1, &batch), proposer(1), &batch, b"own");
        assert_eq!(take(&mut host, peer(), own).await, None, "known: {is_known}");
        assert_eq!(host.undecided.of_round(HEIGHT, 1).count(), 0);
        if !is_known {
            assert!(take(&mut host, peer(), genuine()).await.is_some());
        }
        // Proposed again, as what the proposer of round 0 made, it is valid at both.
        let again = Announcement { valid_round: Some(0), made_in: 0, ..announcement(1, &batch) };
        assert!(take(&mut host, peer(), stream(again, proposer(1), &batch, b"again")).await.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_much_a_proposer_streams_few_batches_of_a_round_are_checked() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let hostile = peer();
    for round in (0..9).filter(|round| proposer(*round) == proposer(0)) {
        toy.checks = 0;
        let mut host = home.host(&mut toy, round).await;
        let bad = batch(round, false, 100);
        for count in 0..200_u8 {
            let mut other = bad.to_vec();
            other[50] = count.saturating_sub(100);
            for round in [round, round + 4, round + 8] {
                let announced = announcement(round, &other.clone().into());
                assert_eq!(
                    take(&mut host, hostile, stream(announced, proposer(0), &other.clone().into(), b"bad")).await,
                    None
                );
            }
        }
        assert_eq!(toy.checks, MAX_PROPOSALS_PER_ROUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_proposed_ahead_is_checked_and_told_when_its_round_begins() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 0).await;
    let batches = [1, 2].map(|round| batch(round, true, 100));
    for (round, batch) in (1..).zip(&batches) {
        let parts = stream(announcement(round, batch), proposer(round), batch, b"ahead");
        assert_eq!(take(&mut host, peer(), parts).await, None);
    }
    assert_eq!(host.app.checks, 0);
    // The round before may be passed over: its batch may be what is voted on all the same.
    assert_eq!(begin(&mut host, 2).await, [&batches[1], &batches[0]].map(|batch| sha256(batch)));
    assert_eq!(toy.checks, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_batch_proposed_in_every_way_that_there_is_is_stored_once() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 8).await;
    let batch = batch(0, true, 1 << 20);
    let first = stream(announcement(0, &batch), proposer(0), &batch, b"first");
    assert!(take(&mut host, peer(), first).await.is_some());
    let mut told = 0;
    for valid_round in 0..8 {
        for made_in in (0..=valid_round).filter(|made_in| made_in % 4 == 0) {
            let again = Announcement { valid_round: Some(valid_round), made_in, ..announcement(8, &batch) };
            let parts = stream(again, proposer(8), &batch, b"again");
            told += usize::from(take(&mut host, peer(), parts).await.is_some());
        }
    }
    assert_eq!((told, host.undecided.of_round(HEIGHT, 8).count()), (2, MAX_PROPOSALS_PER_ROUND));
    assert!(home.stored_bytes() < 2 << 20);
    assert_eq!(toy.checks, 1);
}
