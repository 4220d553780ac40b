//! What another node proves, and what that leaves to this one.

use super::*;
use crate::neighbours::Decision;

#[tokio::test(flavor = "multi_thread")]
async fn where_a_certificate_keeps_a_height_from_being_decided_it_is_said_once_and_of_whom_it_is() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let decision = Decision { height: HEIGHT, batch: sha256(b"hidden") };
    home.setup.neighbours.set_proven(node(2), Some(decision));
    let mut host = home.host(&mut toy, 0).await;
    let other = batch(1, VALID, 100);
    assert!(host.is_ruled_out(HEIGHT, Some(sha256(&other))));
    assert_eq!(host.ruled_out_at, None, "what others have decided comes within a round");
    assert_eq!(begin(&mut host, 1).await, []);
    assert!(!host.is_ruled_out(HEIGHT, Some(decision.batch)));
    assert_eq!(host.ruled_out_at, None, "that one may be voted for");
    let parts = stream(announcement(1, &other), proposer(1), &other, b"other");
    assert_eq!(take(&mut host, peer(), parts).await, None);
    assert_eq!(host.ruled_out_at, Some(HEIGHT));
    let shown = home.setup.neighbours.rule_out(HEIGHT, Some(sha256(&other))).unwrap().to_string();
    assert!(shown.contains(&node(2).to_string()) && shown.contains(&decision.batch.to_string()), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_proves_not_to_be_decided_is_not_streamed_again_though_the_engine_holds_to_it() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 0).await;
    let batch = batch(0, VALID, 100);
    let parts = stream(announcement(0, &batch), proposer(0), &batch, b"known");
    assert!(take(&mut host, peer(), parts).await.is_some());
    let (sender, mut sent) = mpsc::channel(64);
    host.outbound = Outbound::new(sender, 0);
    home.setup.neighbours.set_proven(node(2), Some(Decision { height: HEIGHT, batch: sha256(b"decided") }));
    for proposer in [node(SELF), node(proposer(0))] {
        host.stream_again(HEIGHT, Round::new(3), Round::new(0), proposer, sha256(&batch)).await;
    }
    let valid_round = Round::Nil;
    host.stream_again(HEIGHT, Round::new(0), valid_round, node(proposer(0)), sha256(&batch)).await;
    assert!(sent.try_recv().is_err());
}
