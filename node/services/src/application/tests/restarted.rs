//! What an application knows again after a restart.

use super::*;

#[tokio::test]
async fn as_many_proposers_are_remembered_after_a_restart_as_before() {
    let mut node = node();
    for _ in 0..PROPOSERS_REMEMBERED + 3 {
        node.commit_next().await;
    }
    assert_eq!(node.application.recent_proposers(1_000).len(), PROPOSERS_REMEMBERED);
    node.application.executed.clone().await.unwrap();
    let restarted = ChainApplication::new(Arc::clone(&node.chain), node.parties.node(0), threads()).unwrap();
    assert_eq!(restarted.recent_proposers(1_000), node.application.recent_proposers(1_000));
}

#[tokio::test]
async fn a_restarted_application_remembers_height_history_and_proposers() {
    let mut node = node();
    node.wait_for_order(node.parties.identity());
    node.commit_next().await;
    node.commit_next().await;
    node.application.executed.clone().await.unwrap();
    let restarted = ChainApplication::new(Arc::clone(&node.chain), node.parties.node(1), threads()).unwrap();
    assert_eq!(restarted.tip(), Height(2));
    assert_eq!(restarted.history, node.application.history);
    assert_eq!(restarted.recent_proposers(9), node.application.recent_proposers(9));
}
