//! Heights and rounds as they begin and end, and batches that were decided elsewhere.

use arc_malachitebft_app_channel::app::engine::host::SyncedValueOutcome;
use arc_malachitebft_app_channel::app::engine::network::NetworkMsg;
use arc_malachitebft_app_channel::app::types::core::{Timeout, Timeouts as _};
use ractor::concurrency::oneshot;
use ractor::{Actor, ActorProcessingErr, ActorRef, async_trait};

use super::*;
use crate::certificate;
use crate::neighbours::Decision;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_proposed_ahead_is_checked_and_told_when_its_round_begins() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 0).await;
    let batches = [1, 2].map(|round| batch(round, VALID, 100));
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
async fn what_is_served_as_decided_is_neither_stored_nor_taken_for_checked() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 0).await;
    let bad = batch(0, INVALID, 100);
    let outcome = host.take_fetched(HEIGHT, Round::new(0), node(proposer(0)), bad.clone());
    assert!(matches!(outcome, SyncedValueOutcome::Verdict(said) if said.value.0 == sha256(&bad)));
    assert_eq!(home.stored_bytes(), 0);
    assert_eq!(begin(&mut host, 0).await, []);
    let parts = stream(announcement(0, &bad), proposer(0), &bad, b"bad");
    assert_eq!(take(&mut host, peer(), parts).await, None);
    assert_eq!(host.app.checks, 1, "it is checked like any other");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_is_committed_when_it_is_what_was_decided() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let mut host = home.host(&mut toy, 0).await;
    let [served, decided, other] = [1, 2, 3].map(|round| batch(round, VALID, 100));
    for bytes in [&served, &decided] {
        host.take_fetched(HEIGHT, Round::new(0), node(proposer(0)), bytes.clone());
    }
    let certificate = |batch: &Bytes| {
        let (value, signatures) = (sha256(batch), Vec::new());
        certificate::to_engine(CommitCertificate { height: HEIGHT, round: 0, value, signatures }).trim_vote_extensions()
    };
    assert_eq!(host.commit(certificate(&other)).await.unwrap(), ControlFlow::Break(Ended::BatchLost(HEIGHT)));
    assert_eq!(host.commit(certificate(&decided)).await.unwrap(), ControlFlow::Continue(()));
    assert_eq!(home.progress.borrow().fetched, 1);
    // Nothing of it stays for the next height.
    assert_eq!(host.commit(certificate(&served)).await.unwrap(), ControlFlow::Break(Ended::BatchLost(HEIGHT)));
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_of_whom_the_neighbours_are_told_to_be_away_are_given_up_early() {
    let (home, mut toy) = (Home::new(), Toy::default());
    let host = home.host(&mut toy, 0).await;
    let waits = |round| host.params().timeouts.duration_for(Timeout::propose(Round::new(round)));
    let usual = [0, 1, 2].map(waits);
    home.setup.neighbours.set_away(node(proposer(1)), true);
    assert_eq!([0, 1, 2].map(waits), [usual[0], home.setup.timing.target / 2, usual[2]]);
    home.setup.neighbours.set_away(node(proposer(1)), false);
    assert_eq!([0, 1, 2].map(waits), usual);
}

/// A network on which nobody is heard.
struct Silence;

#[async_trait]
impl Actor for Silence {
    type Msg = NetworkMsg<Context>;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _myself: ActorRef<Self::Msg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }
}

fn decision(height: Height) -> Option<Decision> {
    Some(Decision { height, batch: sha256(b"decided") })
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nobody_listens_yet_questions_are_answered_and_a_height_that_others_have_begins() {
    let (mut home, mut toy) = (Home::new(), Toy::default());
    home.setup.timing.propose = Duration::from_secs(3600);
    let (network, _) = Actor::spawn(None, Silence, ()).await.unwrap();
    let mut host = home.new_host(&mut toy, Some(Audience::of(&network).await.unwrap()));
    let (sender, mut questions) = mpsc::channel(8);
    let asking = async {
        let (reply, mut first) = oneshot();
        sender.send(HostMsg::ConsensusReady { reply_to: reply.into() }).await.unwrap();
        let (reply, served) = oneshot();
        let range = EngineHeight(Height(1))..=EngineHeight(Height(4));
        sender.send(HostMsg::GetDecidedValues { range, reply_to: reply.into() }).await.unwrap();
        assert_eq!(served.await.unwrap(), []);
        home.setup.neighbours.set_proven(node(0), decision(Height(HEIGHT.0 - 1)));
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(first.try_recv().is_err(), "it waits until the others listen");
        home.setup.neighbours.set_proven(node(1), decision(HEIGHT));
        assert_eq!(first.await.unwrap().0, EngineHeight(HEIGHT));
    };
    tokio::select! {
        ended = host.run(&mut questions) => assert_eq!(ended, Ended::EngineGone),
        () = asking => {}
    }
    network.stop(None);
}
