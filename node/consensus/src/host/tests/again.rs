//! Batches of others that are proposed again, or passed off as somebody's own.

use arc_malachitebft_app_channel::NetworkMsg;
use medshare_crypto::sign::Signature;

use super::*;
use crate::limits::MAX_PROPOSALS_PER_ROUND;
use crate::testing::{again as again_of, stream_under};
use crate::undecided::Proposed;

#[tokio::test(flavor = "multi_thread")]
async fn who_passes_anothers_batch_off_as_its_own_says_nothing_of_it_whether_or_not_it_is_known() {
    let batch = batch(0, VALID, 100);
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
        let again = stream_under(again_of(again, proposer(1), proposer(0)), &batch, b"again");
        assert!(take(&mut host, peer(), again).await.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_proposes_again_what_its_maker_did_not_announce() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 1).await;
    // It names the proposer of round 0 as its maker, who is kept in turn by it.
    let batch = batch(0, VALID, 100);
    let announced = Announcement { valid_round: Some(0), made_in: 0, ..announcement(1, &batch) };
    let signed_by_itself = again_of(announced.clone(), proposer(1), proposer(1));
    let unsigned = Opening::sign(announced.clone(), &key(proposer(1)));
    let of_another_round = Announcement { made_in: 4, ..announced.clone() };
    let of_another_round = again_of(of_another_round, proposer(1), proposer(0)).made();
    let of_another_round = Opening::sign_again(announced.clone(), of_another_round, &key(proposer(1)));
    for lie in [signed_by_itself, unsigned, of_another_round] {
        assert_eq!(take(&mut host, peer(), stream_under(lie, &batch, b"lie")).await, None);
    }
    assert_eq!((host.app.checks, host.undecided.of_round(HEIGHT, 1).count()), (0, 0));
    let genuine = stream_under(again_of(announced, proposer(1), proposer(0)), &batch, b"genuine");
    assert_eq!(take(&mut host, peer(), genuine).await, Some(sha256(&batch)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_proposed_again_is_vouched_for_by_its_maker_also_after_a_restart() {
    let (home, batch) = (Home::new(), batch(0, VALID, 100));
    let mut toy = Toy::default();
    let mut host = home.host(&mut toy, 0).await;
    let genuine = stream(announcement(0, &batch), proposer(0), &batch, b"genuine");
    assert!(take(&mut host, peer(), genuine).await.is_some());
    drop(host);
    let mut host = home.host(&mut toy, 3).await;
    let (sender, mut sent) = mpsc::channel(8);
    host.outbound = Outbound::new(sender, 0);
    host.stream_again(HEIGHT, Round::new(3), Round::new(0), node(SELF), sha256(&batch)).await;
    let NetworkMsg::PublishProposalPart(message) = sent.recv().await.unwrap();
    let Some(Part::Again(opening, made)) = message.content.into_data() else { panic!("the opening comes first") };
    let opening = Opening::received(*opening, Some(made));
    assert!(opening.is_made_by(node(proposer(0)), &key(proposer(0)).verifying_key()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_batch_that_a_build_of_before_kept_is_vouched_for_when_it_is_proposed_again() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 7).await;
    let made_in = (0..4).find(|round| proposer(*round) == SELF).unwrap();
    let batch = batch(made_in, VALID, 100);
    let unsigned = Proposed {
        height: HEIGHT,
        round: made_in,
        valid_round: None,
        made_in,
        proposer: node(SELF),
        hash: sha256(&batch),
        made: Signature::from_bytes([0; 64]),
    };
    host.store(unsigned, batch.clone()).unwrap();
    let (sender, mut sent) = mpsc::channel(8);
    host.outbound = Outbound::new(sender, 0);
    host.stream_again(HEIGHT, Round::new(7), Round::new(made_in), node(SELF), sha256(&batch)).await;
    let NetworkMsg::PublishProposalPart(message) = sent.recv().await.unwrap();
    let Some(Part::Again(opening, made)) = message.content.into_data() else { panic!("the opening comes first") };
    assert!(Opening::received(*opening, Some(made)).is_made_by(node(SELF), &key(SELF).verifying_key()));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_batch_proposed_in_every_way_that_there_is_is_stored_once() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 8).await;
    let batch = batch(0, VALID, 1 << 20);
    let first = stream(announcement(0, &batch), proposer(0), &batch, b"first");
    assert!(take(&mut host, peer(), first).await.is_some());
    let mut told = 0;
    for valid_round in 0..8 {
        for made_in in (0..=valid_round).filter(|made_in| made_in % 4 == 0) {
            let again = Announcement { valid_round: Some(valid_round), made_in, ..announcement(8, &batch) };
            let parts = stream_under(again_of(again, proposer(8), proposer(0)), &batch, b"again");
            told += usize::from(take(&mut host, peer(), parts).await.is_some());
        }
    }
    assert_eq!((told, host.undecided.of_round(HEIGHT, 8).count()), (2, MAX_PROPOSALS_PER_ROUND));
    assert!(home.stored_bytes() < 2 << 20);
    assert_eq!(toy.checks, 1);
}
