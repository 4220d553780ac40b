//! What reads a store or runs a contract does so beside the threads that the network is served with, whoever asks for it.

use super::*;
use crate::query::router;
use crate::{proxy_keys, trigger};
use axum::body::Body;
use axum::http::Request;
use medshare_exchange::http_signature::{CONTENT_DIGEST, MessageParts, SIGNATURE, SIGNATURE_INPUT, sign};
use medshare_exchange::opening::OpenRequest;
use medshare_exchange::request::SignedRequest;
use medshare_ledger::codec;
use medshare_ledger::side_block::Lease;
use medshare_node_processing::progress::Progress;
use medshare_node_processing::validation::until_asked;
use medshare_node_store::kv::hooked::{HookedStore, Operation};
use medshare_node_store::private::PrivateStore;
use std::backtrace::Backtrace;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, OnceLock};
use std::thread::{self, ThreadId};
use tower::ServiceExt as _;

/// Where the node of these tests is reached.
const HOST: &str = "127.0.0.1:0";

/// Looks who asks stores.
struct Watch {
    /// The thread that serves.
    serving: ThreadId,
    is_on: AtomicBool,
    /// The first operation that it did itself.
    seen: OnceLock<String>,
}

impl Watch {
    fn hook(self: &Arc<Self>) -> impl Fn(Operation<'_>) -> Result<(), StoreFault> + Send + Sync + use<> {
        let watch = Arc::clone(self);
        move |operation| {
            if watch.is_on.load(Ordering::SeqCst) && thread::current().id() == watch.serving {
                watch.seen.get_or_init(|| format!("{operation:?} at {}", Backtrace::force_capture()));
            }
            Ok(())
        }
    }
}

impl Opened {
    /// What its requestor sends to open the package, of which something was changed.
    pub(super) fn opens_changed(&self) -> OpenRequest {
        let lease = Lease {
            id: LeaseId::from_bytes([9; 16]),
            parent: self.parent,
            node: self.parties.node(0),
            agent: self.agent.verifying_key(),
            created: now(),
            expires: now().plus_ms(30_000),
            previous: None,
        };
        OpenRequest {
            requestor_signature: self.parties.requestor.signing.sign(&lease),
            lease,
            payload_digest: Hash32::ZERO,
            manifest: codec::encode(&self.manifest),
        }
    }
}

fn signed_by(key: &SigningKey, path: &str) -> Request<Body> {
    let parts = MessageParts { method: "GET", authority: HOST, path, query: "", body: b"" };
    let headers = sign(&parts, now(), [1; 16], key).unwrap();
    let request = Request::get(path).header("host", HOST).header(SIGNATURE_INPUT, headers.signature_input);
    let request = request.header(SIGNATURE, headers.signature).header(CONTENT_DIGEST, headers.content_digest);
    request.body(Body::empty()).unwrap()
}

fn post(path: &str, body: Vec<u8>) -> Request<Body> {
    Request::post(path).body(Body::from(body)).unwrap()
}

/// One thread serves: whatever is read there holds everything up.
#[tokio::test]
async fn no_store_is_read_on_a_thread_that_serves_whoever_asks() {
    let (is_on, seen) = (AtomicBool::new(false), OnceLock::new());
    let watch = Arc::new(Watch { serving: thread::current().id(), is_on, seen });
    let mut opened = Opened::over(Parties::new(), |chain| chain.watched(watch.hook()));
    let services = Arc::get_mut(&mut opened.services).unwrap();
    services.private = Arc::new(PrivateStore::over(HookedStore::new(watch.hook())));
    let (private, chain) = (Arc::clone(&services.private), Arc::clone(&services.chain));
    Arc::get_mut(&mut services.processing).unwrap().progress = Progress::open(private, chain).unwrap();
    let (opened, is_over) = (Arc::new(opened), Arc::new(AtomicBool::new(false)));
    let (parties, services) = (&opened.parties, &opened.services);

    let asked = |change: fn(&Parties, &mut SignedRequest)| {
        let mut signed = SignedRequest::sign(parties.asked(20), &parties.requestor.signing);
        change(parties, &mut signed);
        SignedRequest::sign(signed.request, &parties.requestor.signing)
    };
    let (here, elsewhere) = (asked(|_, _| ()), asked(|parties, signed| signed.request.owner = parties.owner(2)));
    let unknown = asked(|parties, signed| signed.request.key = parties.owners[1].verifying_key());
    let opening = opened.opens_changed();
    let violation = opened.copied("on a stick");
    let made = parties.request(1).hash();
    watch.is_on.store(true, Ordering::SeqCst);
    let deciding = {
        let (opened, is_over) = (Arc::clone(&opened), Arc::clone(&is_over));
        thread::spawn(move || {
            while !is_over.load(Ordering::SeqCst) {
                let batch = opened.services.chain.propose(opened.parties.node(0), now()).unwrap();
                let entries: Vec<_> = batch.entries().iter().map(|entry| entry.entry().clone()).collect();
                if !entries.is_empty() {
                    opened.parties.decide(&opened.services.chain, entries);
                }
                thread::sleep(Duration::from_millis(10));
            }
        })
    };

    let router = router(Arc::clone(services));
    let (owner, elsewhere_owner) = (parties.owner(0), parties.owner(2));
    for (question, status) in [
        (post("/v1/requests", here.encode()), 202),
        (post("/v1/requests", elsewhere.encode()), 503),
        (post("/v1/requests", unknown.encode()), 401),
        (Request::get(format!("/v1/requests/{}?wait_ms=20000", here.hash())).body(Body::empty()).unwrap(), 200),
        (Request::get(format!("/v1/requests/{made}?owner={elsewhere_owner}")).body(Body::empty()).unwrap(), 200),
        (Request::get(format!("/v1/requests/{}?owner={owner}", unknown.hash())).body(Body::empty()).unwrap(), 404),
        (signed_by(&parties.owners[0], "/v1/owner/requests"), 200),
        (signed_by(&parties.requestor.signing, &format!("/v1/requests/{made}/package")), 404),
        (post("/v1/openings", opening.encode()), 400),
        (post("/v1/reports", codec::encode(&violation)), 200),
        (post("/v1/reports", codec::encode(&violation)), 409),
    ] {
        let path = question.uri().to_string();
        let answer = router.clone().oneshot(question).await.unwrap();
        assert_eq!((answer.status().as_u16(), watch.seen.get()), (status, None), "{path}");
    }
    for question in
        [trigger::tests::submitted(here), trigger::tests::reported(violation), trigger::tests::asked_about(owner, made)]
    {
        trigger::answer(services, parties.node(1), &question).await;
        assert_eq!(watch.seen.get(), None);
    }
    until_asked(&services.chain, made.as_bytes()).await.unwrap();
    proxy_keys::fetch(services, parties.requestor.id(), vec![ATTRIBUTE.to_owned()]).await;
    assert_eq!(watch.seen.get(), None);
    is_over.store(true, Ordering::SeqCst);
    deciding.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_disk_hangs_answers_that_it_lives_while_strangers_hand_in_requests() {
    /// For so long a store waits, should nobody let it go on.
    const HANGS: Duration = Duration::from_secs(20);
    // whether it hangs, and whether it was waited for in vain
    let state = Arc::new((Mutex::new((false, false)), Condvar::new()));
    let hanging = Arc::clone(&state);
    let parties = Parties::new();
    let chain = parties.ready_chain().watched(move |_| {
        let (lock, let_go) = &*hanging;
        let (mut state, waited) = let_go.wait_timeout_while(lock.lock().unwrap(), HANGS, |(hangs, _)| *hangs).unwrap();
        state.1 |= waited.timed_out();
        Ok(())
    });
    let router = router(services(&parties, chain));
    state.0.lock().unwrap().0 = true;
    let asked = |number: u8| {
        let stranger = SigningKey::generate(&mut OsRng);
        let mut asked = parties.asked(number);
        asked.key = stranger.verifying_key();
        let router = router.clone();
        let question = post("/v1/requests", SignedRequest::sign(asked, &stranger).encode());
        tokio::spawn(async move { router.oneshot(question).await.unwrap().status().as_u16() })
    };
    let strangers: Vec<_> = (0..16).map(asked).collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let live = Request::get("/v1/health/live").body(Body::empty()).unwrap();
    let asking = router.clone();
    let live = tokio::spawn(async move { asking.oneshot(live).await.unwrap().status().as_u16() });
    assert_eq!(live.await.unwrap(), 200);
    let (lock, let_go) = &*state;
    assert!(!lock.lock().unwrap().1, "it is answered while the store hangs");
    lock.lock().unwrap().0 = false;
    let_go.notify_all();
    for stranger in strangers {
        assert_eq!(stranger.await.unwrap(), 401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contract_is_run_again_in_its_requestors_turn() {
    let mut opened = Opened::new();
    let (gate, requestor) = (Gate::new(1, 8), opened.parties.requestor.id());
    let turn = gate.turn(requestor).await.unwrap();
    Arc::get_mut(&mut opened.services).unwrap().gates.contracts = gate;
    let (envelope, services) = (opened.copied("on a stick"), Arc::clone(&opened.services));
    let hash = envelope.report.hash();
    let taken = tokio::spawn(async move { take(&services, envelope).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(opened.services.private.words(&hash).unwrap(), None);
    drop(turn);
    assert_eq!(opened.listed().await.as_deref(), Some("on a stick"));
    taken.await.unwrap().unwrap();
}
