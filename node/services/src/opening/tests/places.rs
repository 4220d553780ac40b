//! What is refused before anything is computed for it.

use super::*;
use crate::gates::Gate;
use crate::under_way::OPENINGS_OF_ONE;
use futures::StreamExt as _;
use futures::future::select_all;
use futures::stream::FuturesUnordered;
use medshare_ledger::rejection::Rejection;
use medshare_node_submission::refused;
use tokio::task::JoinHandle;

/// What is changed of a lease.
type Change = fn(&mut Lease);

/// What it is refused with that could not be recorded, where this is changed of its lease.
async fn refused_for(parties: &Parties, services: &Arc<Services>, request: &OpenRequest, change: Change) -> Refusal {
    let mut request = request.clone();
    change(&mut request.lease);
    request.requestor_signature = parties.requestor.signing.sign(&request.lease);
    let opening = tokio::time::timeout(Duration::from_secs(60), open(services, request));
    opening.await.unwrap().unwrap_err()
}

#[tokio::test]
async fn what_could_not_be_recorded_is_refused_before_anything_is_computed() {
    let founded = Parties::founding(|facts| {
        facts.parameters.max_side_blocks = 1;
        facts.parameters.max_lease_ms = 24 * 3_600_000;
    });
    let parties = Parties { at: Timestamp(now().0 - 4_000), ..founded };
    let mut services = services(&parties, parties.ready_chain());
    // Nobody has a turn to compute: whoever gets so far waits for ever.
    Arc::get_mut(&mut services).unwrap().gates.openings = Gate::new(0, 8);
    let (request, block) = asked_of(&parties, &services, 1, &manifest(&parties, 1));
    let changes: [(Change, Code); 4] = [
        (|lease| lease.expires = lease.created.plus_ms(366 * 24 * 3_600_000), Code::Rejected),
        (|lease| lease.expires = lease.created.plus_ms(1), Code::LeaseExpired),
        (|lease| lease.created = Timestamp(lease.created.0 - 3_600_000), Code::Expired),
        (
            |lease| {
                (lease.created, lease.expires) = (lease.created.plus_ms(3_600_000), lease.expires.plus_ms(3_600_000))
            },
            Code::FromTheFuture,
        ),
    ];
    for (change, code) in changes {
        assert_eq!(refused_for(&parties, &services, &request, change).await.code, code);
    }
    let details = parties.opening_details(&block, 2, request.lease.created, 60_000);
    let first = parties.side_block(&block, details, block.id.as_hash(), request.lease.created);
    parties.decide(&services.chain, vec![Entry::SideBlock(Box::new(first))]);
    let full = refused_for(&parties, &services, &request, |_| ()).await;
    assert_eq!(full, refused(Rejection::TooManySideBlocks));
}

#[tokio::test]
async fn of_copies_of_one_opening_one_is_worked_on_and_in_its_turn() {
    let parties = of_now();
    let mut services = services(&parties, parties.ready_chain());
    let (gate, requestor) = (Gate::new(1, 8), parties.requestor.id());
    let turn = gate.turn(requestor).await.unwrap();
    Arc::get_mut(&mut services).unwrap().gates.openings = gate;
    let request = asked(&parties, &services, 1, &manifest(&parties, 1));
    let copies = (0..64).map(|_| open(&services, request.clone()));
    let copies = tokio::time::timeout(Duration::from_secs(60), async {
        let mut copies: FuturesUnordered<_> = copies.collect();
        for _ in 0..63 {
            assert_eq!(copies.next().await.unwrap().unwrap_err().code, Code::TooManyRequests, "one waits");
        }
        drop(turn);
        copies.next().await.unwrap().unwrap_err().code
    });
    assert_eq!(copies.await.unwrap(), Code::ProxyKeyLacking);
    // It has its place no longer.
    assert_eq!(open(&services, request).await.unwrap_err().code, Code::ProxyKeyLacking);
}

#[tokio::test]
async fn of_a_requestors_openings_few_wait_and_the_next_is_refused_at_once() {
    let parties = of_now();
    let mut services = services(&parties, parties.ready_chain());
    // Nobody has a turn: whoever gets so far waits.
    Arc::get_mut(&mut services).unwrap().gates.openings = Gate::new(0, 1024);
    let request = asked(&parties, &services, 1, &manifest(&parties, 1));
    let under = |lease: usize| {
        let mut request = request.clone();
        request.lease.id = LeaseId::from_bytes([u8::try_from(lease).unwrap(); 16]);
        request.requestor_signature = parties.requestor.signing.sign(&request.lease);
        let services = Arc::clone(&services);
        tokio::spawn(async move { open(&services, request).await })
    };
    let first_of = async |openings: Vec<JoinHandle<Result<OpenAnswer, Refusal>>>| {
        let (ended, _, waiting) = tokio::time::timeout(Duration::from_secs(60), select_all(openings)).await.unwrap();
        (ended.unwrap().map(|_| ()).unwrap_err().code, waiting)
    };
    let (refused, mut waiting) = first_of((0..=OPENINGS_OF_ONE).map(under).collect()).await;
    assert_eq!(refused, Code::TooManyRequests);
    let gone = waiting.pop().unwrap();
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    // one of two more has its place
    waiting.extend([OPENINGS_OF_ONE + 1, OPENINGS_OF_ONE + 2].map(under));
    let (refused, waiting) = first_of(waiting).await;
    assert_eq!((refused, waiting.len()), (Code::TooManyRequests, OPENINGS_OF_ONE));
    assert!(waiting.iter().all(|opening| !opening.is_finished()));
}
