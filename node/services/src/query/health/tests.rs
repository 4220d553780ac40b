#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::services::testing::services;
use crate::troubles;
use medshare_ledger::id::Height;
use medshare_node_chain::testing::Parties;
use medshare_node_consensus::{Fault, Progress};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

async fn message(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_node_that_halted_is_neither_live_nor_ready() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    assert_eq!(live(State(Arc::clone(&services))).await.status(), StatusCode::OK);
    services.halt.raise(Fault::new("writing the batch log", "disk full"));
    for response in [live(State(Arc::clone(&services))).await, ready(State(services)).await] {
        let (status, said) = message(response).await;
        assert_eq!(status, 503);
        assert!(said.contains("had to halt"), "{said}");
    }
}

#[tokio::test]
async fn a_node_whose_heights_stand_still_is_not_ready() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let progress = |seconds_ago| Progress {
        tip: Height(2),
        round: 0,
        lost_rounds: 0,
        fetched: 0,
        committed_at: Instant::now().checked_sub(Duration::from_secs(seconds_ago)).unwrap(),
        abstains: false,
        renewals: 0,
    };
    let (sender, receiver) = watch::channel(progress(0));
    services.progress.set(receiver).unwrap();
    // it has no peers here; without them it is not ready either, for another reason
    let (status, said) = message(ready(State(Arc::clone(&services))).await).await;
    assert!(status == 503 && said.contains("too few validators"), "{said}");
    sender.send_replace(progress(20));
    let (status, said) = message(ready(State(Arc::clone(&services))).await).await;
    assert!(status == 503 && said.contains("no height has been decided"), "{said}");
    // whoever repairs or upgrades one node after the other waits until each votes
    sender.send_replace(Progress { abstains: true, ..progress(0) });
    let (status, said) = message(ready(State(Arc::clone(&services))).await).await;
    assert!(status == 503 && said.contains("does not vote"), "{said}");
    assert!(troubles::of(&services).iter().any(|trouble| trouble.code == "abstains"));
}
