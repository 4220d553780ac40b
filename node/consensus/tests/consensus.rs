//! Four engines in one process, over loopback, with an application that orders numbered texts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod toy;

use medshare_ledger::id::Height;
use medshare_node_consensus::{Halt, StartError, Timing, start};
use medshare_node_net::address::AddressError;
use std::time::Duration;
use toy::{Cluster, Toy};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_proposal_waits_for_those_who_should_hear_it() {
    let mut cluster = Cluster::new(4, Timing { propose: Duration::from_secs(8), ..Timing::default() });
    cluster.start_all().await;
    cluster.reach(Height(3)).await;
    assert!((0..4).all(|index| cluster.progress(index).lost_rounds == 0));
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_validator_restarts_and_catches_up_to_the_same_chain() {
    let mut cluster = Cluster::new(4, Timing::default());
    cluster.start_all().await;
    cluster.reach(Height(20)).await;
    cluster.stop(3).await;
    let tip = cluster.tip(0);
    cluster.reach_at(0, Height(tip.0 + 15)).await;
    cluster.start(3).await;
    let tip = cluster.tip(0);
    cluster.reach(Height(tip.0 + 3)).await;
    cluster.assert_same_chain();
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_whose_log_was_wiped_abstains_then_votes_again() {
    let mut cluster = Cluster::new(4, Timing::default());
    cluster.start_all().await;
    cluster.reach(Height(5)).await;
    cluster.stop(2).await;
    cluster.wipe_chain(2);
    cluster.start(2).await;
    assert!(cluster.progress(2).abstains);
    let tip = cluster.tip(0);
    cluster.reach(Height(tip.0 + 3)).await;
    // Without it the other two are no quorum: so it votes when heights go on.
    cluster.stop(1).await;
    let tip = cluster.tip(0);
    cluster.reach_at(0, Height(tip.0 + 3)).await;
    assert!(!cluster.progress(2).abstains);
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_with_a_damaged_vote_log_sets_it_aside_and_abstains() {
    let mut cluster = Cluster::new(4, Timing::default());
    cluster.start_all().await;
    cluster.reach(Height(5)).await;
    cluster.stop(2).await;
    let log = cluster.home(2).join("wal/votes-a.log");
    std::fs::write(&log, [0x55; 64]).unwrap();
    cluster.start(2).await;
    assert!(cluster.progress(2).abstains);
    assert!(log.with_file_name("votes-a.log.corrupt-1").exists());
    let tip = cluster.tip(0);
    cluster.reach(Height(tip.0 + 3)).await;
    assert!(!cluster.progress(2).abstains);
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quorum_that_lost_its_logs_and_votes_founds_no_second_ledger() {
    let mut cluster = Cluster::new(4, Timing::default());
    cluster.start_all().await;
    cluster.reach(Height(5)).await;
    cluster.stop_all().await;
    let decided = cluster.tip(3);
    (0..3).for_each(|index| cluster.wipe(index));
    for (index, other) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
        cluster.tell(index, other, Height(0));
    }
    for index in 0..3 {
        cluster.start_alone(index).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!((0..3).all(|index| cluster.tip(index) == Height(0) && cluster.progress(index).abstains));
    // the one that has the ledger comes back: they fetch it, and nothing is voted on in its heights again
    cluster.start(3).await;
    for index in 0..3 {
        cluster.tell(index, 3, decided);
        cluster.reach_at(index, decided).await;
    }
    assert!((0..3).all(|index| cluster.progress(index).abstains));
    cluster.assert_same_chain();
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quorum_whose_homes_went_back_together_signs_nothing_in_heights_that_another_proves() {
    // so long that they stop between two heights, as far as that goes
    let timing = Timing { target: Duration::from_secs(1), propose: Duration::from_secs(2), ..Timing::default() };
    let mut cluster = Cluster::new(4, timing);
    cluster.start_all().await;
    cluster.reach(Height(5)).await;
    cluster.stop_all().await;
    let highest = |cluster: &Cluster| (0..3).map(|index| cluster.tip(index)).max().unwrap();
    // what their logs hold of the height under way they go on with
    let under_way = highest(&cluster).next();
    let snapshots = [0, 1, 2].map(|index| cluster.snapshot(index));
    cluster.start_all().await;
    // they decide the same again when nothing is different
    cluster.submit("not there when the homes were copied");
    cluster.reach(Height(10)).await;
    cluster.stop_all().await;
    let decided = cluster.tip(3);
    (0..3).for_each(|index| cluster.put_back(index, snapshots[index].path()));
    // the one that was not put back is heard of at once, and its engine later
    for index in 0..3 {
        cluster.start(index).await;
    }
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert!(highest(&cluster) <= under_way, "heights that were decided are decided again");
    cluster.start(3).await;
    cluster.reach(Height(decided.0 + 3)).await;
    cluster.assert_same_chain();
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_whose_log_lost_its_last_record_fetches_it() {
    let mut cluster = Cluster::new(
        4,
        Timing { target: Duration::from_secs(2), propose: Duration::from_secs(4), ..Timing::default() },
    );
    cluster.start_all().await;
    cluster.reach(Height(4)).await;
    cluster.stop(2).await;
    cluster.cut_log(2);
    cluster.start(2).await;
    let tip = cluster.tip(0);
    cluster.reach(Height(tip.0 + 3)).await;
    assert!(!cluster.progress(2).abstains, "it votes again");
    cluster.assert_same_chain();
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_four_that_lost_their_batch_logs_in_one_height_go_on_from_their_vote_logs() {
    let timing = Timing { target: Duration::from_secs(1), propose: Duration::from_secs(2), ..Timing::default() };
    let mut cluster = Cluster::new(4, timing);
    cluster.start_all().await;
    cluster.reach(Height(4)).await;
    cluster.stop(3).await;
    // the other two begin the next height, which they cannot decide, and fall in it
    let mut tip = cluster.tip(0);
    for attempt in 1.. {
        tip = tip.next();
        cluster.reach(tip).await;
        cluster.stop(2).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
        tip = cluster.tip(0);
        if cluster.tip(2) == tip {
            break;
        }
        // it fell after its vote and before the batch: it has to have that, and the others to begin another height without it
        assert!(attempt < 5, "the one that stays never has every batch");
        cluster.start(2).await;
    }
    for index in [0, 1] {
        cluster.stop(index).await;
        cluster.wipe_chain(index);
    }
    for index in [2, 3, 0, 1] {
        cluster.start(index).await;
    }
    assert!(cluster.progress(0).abstains && cluster.progress(1).abstains);
    cluster.reach(Height(tip.0 + 3)).await;
    assert!(!cluster.progress(0).abstains && !cluster.progress(1).abstains);
    cluster.assert_same_chain();
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_entry_is_ordered_long_before_the_target_time() {
    let timing = Timing { target: Duration::from_secs(4), propose: Duration::from_secs(8), ..Timing::default() };
    let mut cluster = Cluster::new(4, timing);
    cluster.start_all().await;
    cluster.reach(Height(2)).await;
    let slow = tokio::time::timeout(Duration::from_secs(2), cluster.reach(Height(4))).await;
    assert!(slow.is_err(), "idle heights keep to the target time");
    for text in ["one", "two", "three"] {
        cluster.submit(text);
        let ordered = cluster.ordered(text);
        tokio::time::timeout(Duration::from_secs(3), ordered).await.unwrap();
    }
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_many_parts_is_decided() {
    let mut cluster = Cluster::new(4, Timing::default());
    cluster.start_all().await;
    cluster.reach(Height(2)).await;
    let text = "large ".repeat(500_000);
    cluster.submit(&text);
    let ordered = cluster.ordered(&text);
    tokio::time::timeout(Duration::from_secs(60), ordered).await.unwrap();
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_proposer_does_not_stop_heights() {
    let mut cluster = Cluster::new(4, Timing::default());
    cluster.start_all().await;
    cluster.reach(Height(10)).await;
    cluster.stop(1).await;
    [0, 2, 3].into_iter().for_each(|index| cluster.lose(index, 1));
    let tip = cluster.tip(0);
    cluster.reach_at(0, Height(tip.0 + 24)).await;
    // Two turns until it counts as absent, then one trial in sixteen heights.
    assert!(cluster.progress(0).lost_rounds <= 8, "{:?}", cluster.progress(0));
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_whose_heights_stand_still_connect_anew_and_go_on() {
    let mut cluster = Cluster::new(4, Timing::default());
    cluster.stalled_after = Duration::from_secs(1);
    cluster.start_all().await;
    cluster.reach(Height(3)).await;
    cluster.stop(3).await;
    cluster.stop(2).await;
    // they do not know that the others are gone, so they try
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert!([0, 1].into_iter().all(|index| (1..=3).contains(&cluster.progress(index).renewals)));
    let tip = cluster.tip(0);
    cluster.start(2).await;
    cluster.reach(Height(tip.0 + 5)).await;
    // and what is known to be gone is not looked for
    [0, 1].into_iter().for_each(|index| [2, 3].into_iter().for_each(|other| cluster.lose(index, other)));
    let before = [0, 1].map(|index| cluster.progress(index).renewals);
    cluster.stop(2).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!([0, 1].map(|index| cluster.progress(index).renewals), before);
    cluster.assert_same_chain();
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_commit_halts_the_node_that_it_fails_at() {
    let mut cluster = Cluster::new(4, Timing::default());
    cluster.fail_commit_at(0, Height(4));
    cluster.start_all().await;
    let reason = tokio::time::timeout(Duration::from_secs(60), cluster.halted(0)).await.unwrap();
    assert!(reason.to_string().contains("disk full"), "{reason}");
    assert_eq!(cluster.tip(0), Height(3));
    cluster.reach_at(1, Height(8)).await;
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_port_is_named() {
    let cluster = Cluster::new(4, Timing::default());
    let taken = std::net::TcpListener::bind(("127.0.0.1", cluster.port(0))).unwrap();
    let (halt, _watch) = Halt::channel();
    let error = start(cluster.config(0, halt), Toy::new(&cluster, 0)).await.unwrap_err();
    assert!(matches!(error, StartError::Address(AddressError::Taken { .. })), "{error}");
    assert!(error.to_string().contains(&taken.local_addr().unwrap().to_string()), "{error}");
}
