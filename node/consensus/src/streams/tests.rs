#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::*;
use crate::part::{Announcement, cut};
use crate::testing::{NETWORK, key, peer, stream as messages, validators};
use medshare_crypto::hash::sha256;
use proptest::prelude::*;

const HEIGHT: Height = Height(5);

fn members() -> Members {
    Members::of(&validators(4), HEIGHT, &[]).unwrap()
}

/// Index of the key of the member that proposes in `round`.
fn proposer(round: u32) -> u8 {
    let id = members().proposer_id(round);
    (0..4).find(|index| NodeId::of_key(&key(*index).verifying_key()) == id).unwrap()
}

fn announcement(batch: &Bytes) -> Announcement {
    Announcement {
        network: NETWORK,
        height: HEIGHT,
        round: 0,
        valid_round: None,
        made_in: 0,
        proposer: members().proposer_id(0),
        hash: sha256(batch),
        bytes: batch.len() as u32,
    }
}

struct Receiver {
    streams: Streams,
    members: Members,
    peer: PeerId,
}

impl Receiver {
    fn new() -> Self {
        Self { streams: Streams::new(NETWORK), members: members(), peer: peer() }
    }

    fn take(&mut self, message: StreamMessage<Part>) -> Result<Option<Whole>, PartRefused> {
        let standing = Standing { height: HEIGHT, round: 0, members: &self.members };
        self.streams.take(self.peer, message, &standing)
    }

    fn held(&self) -> usize {
        self.streams.open.values().map(std::collections::VecDeque::len).sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn parts_in_any_order_make_the_batch(length in 1..4 * PART_BYTES, seed in any::<u64>()) {
        let batch: Bytes = (0..length).map(|byte| (byte % 251) as u8).collect();
        let mut messages = messages(announcement(&batch), proposer(0), &batch, b"id");
        let mut random = seed;
        for index in (1..messages.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            messages.swap(index, (random >> 33) as usize % (index + 1));
        }
        let mut receiver = Receiver::new();
        let last = messages.pop().unwrap();
        for message in messages {
            prop_assert_eq!(receiver.take(message), Ok(None));
        }
        let whole = receiver.take(last).unwrap().unwrap();
        prop_assert_eq!(whole.bytes, batch);
        prop_assert_eq!(receiver.held(), 0);
    }
}

fn first_refusal(announcement: Announcement, signer: u8, batch: &Bytes) -> Option<PartRefused> {
    let mut receiver = Receiver::new();
    messages(announcement, signer, batch, b"id").into_iter().find_map(|message| receiver.take(message).err())
}

#[test]
fn whoever_has_a_batch_may_stream_it_under_its_proposers_signature() {
    let batch = Bytes::from(vec![7; 2 * PART_BYTES]);
    let whole = |messages: Vec<StreamMessage<Part>>| {
        let mut receiver = Receiver::new();
        messages.into_iter().find_map(|message| receiver.take(message).unwrap())
    };
    let first = whole(messages(announcement(&batch), proposer(0), &batch, b"proposer")).unwrap();
    let contents = cut(first.opening.clone(), &first.bytes).into_iter().map(StreamContent::Data);
    let message =
        |(sequence, content)| StreamMessage::new(StreamId::new(Bytes::from_static(b"other")), sequence, content);
    let again = (0..).zip(contents.chain([StreamContent::Fin])).map(message).collect();
    assert_eq!(whole(again), Some(first.clone()));
    // and however often a proposer signs it, it is the same
    let signed_anew = Opening { signature: key(9).sign(&first.opening.announcement), ..first.opening.clone() };
    assert!(signed_anew != first.opening && signed_anew.is_of_the_same(&first.opening));
    let mut resting = first.opening.clone();
    resting.announcement.valid_round = Some(1);
    assert!(!resting.is_of_the_same(&first.opening));
}

#[test]
fn announcements_that_must_not_be_taken_are_refused() {
    let batch = Bytes::from_static(b"batch");
    let good = announcement(&batch);
    let (due, other) = (proposer(0), proposer(1));
    assert_eq!(first_refusal(good.clone(), due, &batch), None);
    let cases = [
        (Announcement { network: NetworkId::from_bytes([9; 32]), ..good.clone() }, due, PartRefused::Implausible),
        (Announcement { height: Height(4), ..good.clone() }, due, PartRefused::Implausible),
        (Announcement { height: Height(8), ..good.clone() }, due, PartRefused::Implausible),
        (Announcement { round: 99, made_in: 99, ..good.clone() }, due, PartRefused::Implausible),
        (Announcement { made_in: 1, ..good.clone() }, due, PartRefused::Implausible),
        (Announcement { valid_round: Some(0), ..good.clone() }, due, PartRefused::Implausible),
        (Announcement { bytes: 0, ..good.clone() }, due, PartRefused::Implausible),
        (Announcement { bytes: u32::MAX, ..good.clone() }, due, PartRefused::Implausible),
        (good.clone(), other, PartRefused::NotSigned),
        (Announcement { proposer: members().proposer_id(1), ..good.clone() }, other, PartRefused::NotProposer),
        (Announcement { bytes: 4, ..good.clone() }, due, PartRefused::WrongLength),
        (Announcement { bytes: 6, ..good }, due, PartRefused::WrongLength),
    ];
    for (announcement, signer, refusal) in cases {
        assert_eq!(first_refusal(announcement.clone(), signer, &batch), Some(refusal), "{announcement:?}");
    }
}

#[test]
fn a_repeated_part_ends_its_stream() {
    let batch = Bytes::from(vec![1; 2 * PART_BYTES]);
    let messages = messages(announcement(&batch), proposer(0), &batch, b"id");
    for repeated in &messages[..messages.len() - 1] {
        let mut receiver = Receiver::new();
        receiver.take(repeated.clone()).unwrap();
        assert_eq!(receiver.take(repeated.clone()), Err(PartRefused::Misplaced));
        assert_eq!(receiver.held(), 0);
    }
}

#[test]
fn parts_beyond_the_longest_stream_are_refused() {
    let piece = |sequence, length| {
        let content = StreamContent::Data(Part::Piece(vec![0; length]));
        StreamMessage::new(StreamId::new(Bytes::from_static(b"id")), sequence, content)
    };
    let mut receiver = Receiver::new();
    assert_eq!(receiver.take(piece(MAX_DATA_PARTS as u64 + 1, 1)), Err(PartRefused::Misplaced));
    assert_eq!(receiver.take(piece(0, 1)), Err(PartRefused::Misplaced));
    assert_eq!(receiver.take(piece(1, PART_BYTES + 1)), Err(PartRefused::WrongLength));
    assert_eq!(receiver.take(piece(1, 0)), Err(PartRefused::WrongLength));
    let long_id = StreamId::new(vec![0; MAX_STREAM_ID_BYTES + 1].into());
    assert_eq!(receiver.take(StreamMessage::new(long_id, 2, StreamContent::Fin)), Err(PartRefused::Implausible));
    assert_eq!(receiver.held(), 0);
}

#[test]
fn a_peer_cannot_keep_more_than_its_streams_open_and_old_ones_are_forgotten() {
    let batch = Bytes::from_static(b"batch");
    let mut receiver = Receiver::new();
    for id in [b"a", b"b", b"c", b"d", b"e"] {
        receiver.take(messages(announcement(&batch), proposer(0), &batch, id).remove(0)).unwrap();
    }
    assert_eq!(receiver.held(), MAX_STREAMS_PER_PEER);
    receiver.streams.forget(HEIGHT);
    assert_eq!(receiver.held(), 0);
    receiver.take(messages(announcement(&batch), proposer(0), &batch, b"f").remove(1)).unwrap();
    receiver.streams.forget(HEIGHT);
    assert_eq!(receiver.held(), 1, "its announcement may still come");
    receiver.streams.forget(HEIGHT.next());
    assert_eq!(receiver.held(), 0);
}

#[test]
fn unfinished_streams_of_many_peers_are_bounded_in_bytes() {
    let mut receiver = Receiver::new();
    let honest = receiver.peer;
    let batch = Bytes::from(vec![1; 2 * PART_BYTES]);
    let mut proposal = messages(announcement(&batch), proposer(0), &batch, b"honest");
    let rest = proposal.split_off(2);
    proposal.into_iter().for_each(|message| drop(receiver.take(message).unwrap()));
    // Pieces alone, which anybody may send.
    for peer in (0..8).map(|_| peer()) {
        receiver.peer = peer;
        for sequence in 1..=3 * MAX_DATA_PARTS as u64 {
            let id = StreamId::new(Bytes::from(vec![(sequence / MAX_DATA_PARTS as u64) as u8]));
            let piece = StreamContent::Data(Part::Piece(vec![0; PART_BYTES]));
            let sequence = 1 + sequence % MAX_DATA_PARTS as u64;
            receiver.take(StreamMessage::new(id, sequence, piece)).ok();
        }
    }
    assert!(receiver.streams.open.values().flatten().map(Stream::bytes).sum::<usize>() <= MAX_HELD_BYTES);
    receiver.peer = honest;
    let whole = rest.into_iter().find_map(|message| receiver.take(message).unwrap());
    assert_eq!(whole.map(|whole| whole.bytes), Some(batch));
}
