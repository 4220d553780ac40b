#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
use std::fs;
use std::ops::RangeInclusive;
use std::sync::Mutex;

use arc_malachitebft_app_channel::app::types::streaming::StreamMessage;
use bytes::Bytes;
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::validator::ValidatorSet;

use super::*;
use crate::application::{Candidate, Checking, Reading, Verdict};
use crate::context::Round;
use crate::part::{Announcement, Part};
use crate::testing::{NETWORK, key, peer, stream, validators};

mod again;
mod heights;
mod judging;
mod ruling;

const HEIGHT: Height = Height(5);

/// The node that the tests look from; nothing is proposed by it.
const SELF: u8 = 3;

/// What the second byte of a batch says of it.
const VALID: u8 = 1;
const INVALID: u8 = 0;
/// Its check takes longer than any test.
const DEAR: u8 = 2;

/// Knows batches by their first byte, the number of their maker, and counts what it has to check.
#[derive(Default)]
struct Toy {
    checks: usize,
    /// What the engine was told.
    told: Arc<Mutex<Vec<Hash32>>>,
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

    fn check(&mut self, _height: Height, _round: u32, proposer: NodeId, bytes: &Bytes) -> Checking {
        self.checks += 1;
        let verdict = match bytes[1] {
            DEAR => return Box::pin(std::future::pending()),
            VALID if node(bytes[0]) == proposer => Verdict::Valid(sha256(bytes)),
            _ => Verdict::Invalid { reason: "it says so".to_owned() },
        };
        Box::pin(std::future::ready(Ok(verdict)))
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
fn batch(round: u32, kind: u8, length: usize) -> Bytes {
    let mut bytes = vec![7; length];
    (bytes[0], bytes[1]) = (proposer(round), kind);
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
        let mut host = self.new_host(toy, None);
        begin(&mut host, round).await;
        host
    }

    fn new_host<'a>(&'a self, toy: &'a mut Toy, audience: Option<Audience>) -> Host<'a, Toy> {
        let undecided = Undecided::open(&self.setup.files.undecided(), toy.tip()).unwrap();
        let outbound = Outbound::new(mpsc::channel(1).0, 0);
        let told = toy.told.clone();
        let tell = Box::new(move |proposal: ProposedValue<Context>| {
            assert!(proposal.validity.is_valid());
            told.lock().unwrap().push(proposal.value.0);
        });
        Host::new(&self.setup, toy, undecided, outbound, tell, audience, &self.progress).unwrap()
    }
}

/// What the engine is told of when a round begins, at once and as far as checks end.
async fn begin(host: &mut Host<'_, Toy>, round: u32) -> Vec<Hash32> {
    let at_once = host.begin_round(HEIGHT, Round::new(round));
    assert!(at_once.iter().all(|proposal| proposal.validity.is_valid()));
    let at_once: Vec<_> = at_once.into_iter().map(|proposal| proposal.value.0).collect();
    host.begin_checks().unwrap();
    while !host.due.is_empty() {
        host.consider_due().unwrap();
    }
    [at_once, told(host).await].concat()
}

/// What the engine is told once the checks that end have ended.
async fn told(host: &mut Host<'_, Toy>) -> Vec<Hash32> {
    loop {
        tokio::select! {
            biased;
            (case, checked) = host.docket.ended() => host.end_check(case, checked).unwrap(),
            () = std::future::ready(()) => return std::mem::take(&mut *host.app.told.lock().unwrap()),
        }
    }
}

/// What the engine is told once these parts of a stream of `peer` are taken.
async fn take(
    host: &mut Host<'_, Toy>,
    peer: PeerId,
    parts: impl IntoIterator<Item = StreamMessage<Part>>,
) -> Option<Hash32> {
    let mut last = None;
    for part in parts {
        assert_eq!(last, None, "the last part completes the stream");
        host.take_part(peer, part).unwrap();
        last = told(host).await.pop();
    }
    last
}
