//! What others announce and stream, and what is checked of it.

use super::*;
use crate::limits::{MAX_PROPOSALS_PER_ROUND, PART_BYTES};

#[tokio::test(flavor = "multi_thread")]
async fn what_one_proposer_has_checked_keeps_nobody_from_being_checked() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 0).await;
    let dear = |round: u32, mark: u8| {
        let mut bytes = batch(round, DEAR, 100).to_vec();
        bytes[50] = mark;
        let bytes = Bytes::from(bytes);
        stream(announcement(round, &bytes), proposer(round), &bytes, b"dear")
    };
    // The proposer of round 0 spends its places late, when round 1 has begun; what waits for that round is a dear one as well.
    assert_eq!(take(&mut host, peer(), dear(0, 1)).await, None);
    assert_eq!(take(&mut host, peer(), dear(4, 1)).await, None);
    assert_eq!(begin(&mut host, 1).await, []);
    assert_eq!(take(&mut host, peer(), dear(0, 2)).await, None);
    let good = batch(1, VALID, 100);
    let parts = stream(announcement(1, &good), proposer(1), &good, b"good");
    assert_eq!(take(&mut host, peer(), parts).await, Some(sha256(&good)));
    // The engine is answered at once when a round begins for which one waits, and hears of what else is proposed.
    assert_eq!(host.begin_round(HEIGHT, Round::new(4)), []);
    assert_eq!(begin(&mut host, 4).await, []);
    let late = batch(2, VALID, 100);
    let parts = stream(announcement(2, &late), proposer(2), &late, b"late");
    assert_eq!(take(&mut host, peer(), parts).await, Some(sha256(&late)));
    assert_eq!(host.app.checks, 3, "the proposer of rounds 0 and 4 waits for itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_under_a_genuine_opening_say_nothing_of_the_batch_and_keep_it_from_nobody() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 0).await;
    let (honest, hostile) = (peer(), peer());
    let batch = batch(0, VALID, 2 * PART_BYTES);
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
    assert_eq!(take(&mut host, honest, end).await, Some(sha256(&batch)));
    assert_eq!(toy.checks, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_of_anothers_batch_with_other_bytes_says_nothing_of_it() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 1).await;
    let batch = batch(0, VALID, 100);
    // By the proposer of round 1, for that round and for one to come.
    for round in [1, 5] {
        let lie = Announcement { bytes: 1, hash: sha256(&batch), ..announcement(round, &batch) };
        let lie = stream(lie, proposer(1), &Bytes::from_static(b"x"), b"lie");
        assert_eq!(take(&mut host, peer(), lie).await, None);
    }
    assert_eq!(begin(&mut host, 5).await, []);
    let told = take(&mut host, peer(), stream(announcement(0, &batch), proposer(0), &batch, b"genuine")).await;
    assert_eq!(told, Some(sha256(&batch)));
    assert_eq!(toy.checks, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn however_much_a_proposer_streams_few_batches_of_a_round_are_checked() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let hostile = peer();
    for round in (0..9).filter(|round| proposer(*round) == proposer(0)) {
        toy.checks = 0;
        let mut host = home.host(&mut toy, round).await;
        let bad = batch(round, INVALID, 100);
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
