//! Data requests: signed here, sent, followed through their stages.

mod fetching;

pub use fetching::{FetchError, Fetched, Wanted, answered};

use crate::client::{ClientError, NodeClient, said};
use crate::clock;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_exchange::request::{DataRequest, SignedRequest};
use medshare_ledger::facts::{DataSet, NetworkFacts};
use medshare_ledger::id::OwnerId;
use medshare_ledger::purpose::Purpose;
use rand_core::{CryptoRng, RngCore};
use std::time::{Duration, Instant};

/// How long one question for news lasts, in milliseconds.
const POLL_MS: u64 = 1_000;
/// Pause before asking again where a node does not wait by itself.
const PAUSE: Duration = Duration::from_millis(50);
/// For so long a node may be away while a request is followed: it takes up what was under way when it starts again.
const OUTAGE: Duration = Duration::from_secs(30);
/// Pause before asking a node again that is away; also the first one where the network does not decide.
const OUTAGE_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause where the network does not decide: its node tries ever more seldom, too.
const UNDECIDED_PAUSE: Duration = Duration::from_secs(8);

/// Why a request did not lead to a package.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// A node could not be asked, or refused.
    #[error(transparent)]
    Node(#[from] ClientError),
    /// The request was refused while it was processed.
    #[error("the request was refused: {}", said(status.error.as_ref()))]
    Refused {
        /// Where it stands.
        status: Box<RequestStatus>,
    },
    /// The network did not decide about it in time.
    #[error("{}", said(status.error.as_ref()))]
    Undecided {
        /// Where it stands.
        status: Box<RequestStatus>,
    },
    /// It takes longer than one was willing to wait.
    #[error("the request {} is still being processed after {waited_ms} ms", status.request)]
    StillProcessing {
        /// Where it stands.
        status: Box<RequestStatus>,
        /// How long was waited, in milliseconds.
        waited_ms: u128,
    },
}

/// Signs a request for a data set, which may be answered for so long.
#[must_use]
pub fn sign_request(
    facts: &NetworkFacts,
    dataset: &DataSet,
    purpose: Purpose,
    answered_within: Duration,
    key: &SigningKey,
    rng: &mut (impl CryptoRng + RngCore),
) -> SignedRequest {
    let mut nonce = [0; 16];
    rng.fill_bytes(&mut nonce);
    let created = clock::now();
    let request = DataRequest {
        network: facts.network(),
        key: key.verifying_key(),
        owner: dataset.owner,
        dataset: dataset.id.clone(),
        terms_version: dataset.rules_version,
        record_type: dataset.record_type,
        purpose,
        created,
        deadline: created.plus_ms(u64::try_from(answered_within.as_millis()).unwrap_or(u64::MAX)),
        nonce,
    };
    SignedRequest::sign(request, key)
}

/// Sends a request that nobody else has seen. When a node took it in but its answer was lost, the next node calls it a replay:
/// then it is on its way.
///
/// # Errors
/// [`ClientError::Refused`] with the reason when it is not taken.
pub fn send_fresh(node: &NodeClient, request: &SignedRequest) -> Result<RequestStatus, ClientError> {
    match node.send_request(request) {
        Err(replay) if replay.code() == Some("replay") => {
            // what is not known now of a request that is there is no reason to call it refused
            node.request(&request.hash(), Some(request.request.owner), 0).map_err(|_| replay)
        }
        sent => sent,
    }
}

/// A request to follow, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Following<'a> {
    /// Who is asked.
    pub node: &'a NodeClient,
    /// Hash of the request.
    pub request: Hash32,
    /// Its owner; nodes other than the owner's need to know.
    pub owner: Option<OwnerId>,
    /// How long to wait.
    pub patience: Duration,
    /// Whether to wait on when the network did not decide in time: its node tries again as long as the request is fresh.
    pub through_indecision: bool,
}

impl<'a> Following<'a> {
    /// A request that is followed at the owner's own node.
    #[must_use]
    pub const fn at_owner(node: &'a NodeClient, request: Hash32, patience: Duration) -> Self {
        Self { node, request, owner: None, patience, through_indecision: false }
    }
}

/// Follows a request until it is delivered; `progress` hears of every answer, and of every failure to get one. A node that is away for a
/// moment is waited for; while the network does not decide, it is asked ever more seldom.
///
/// # Errors
/// [`RequestError::Refused`] with the reason, [`RequestError::Undecided`] when the network does not decide,
/// [`RequestError::StillProcessing`] when `patience` ends, [`RequestError::Node`] when the node stays away.
pub fn follow(
    following: &Following<'_>,
    mut status: RequestStatus,
    mut progress: impl FnMut(Result<&RequestStatus, &ClientError>),
) -> Result<RequestStatus, RequestError> {
    let start = Instant::now();
    let mut undecided = OUTAGE_PAUSE;
    loop {
        progress(Ok(&status));
        match status.state {
            RequestState::Delivered => return Ok(status),
            RequestState::Refused => {
                let status = Box::new(status);
                return Err(RequestError::Refused { status });
            }
            RequestState::Undecided if !following.through_indecision || start.elapsed() >= following.patience => {
                let status = Box::new(status);
                return Err(RequestError::Undecided { status });
            }
            RequestState::Processing if start.elapsed() >= following.patience => {
                return Err(RequestError::StillProcessing {
                    status: Box::new(status),
                    waited_ms: start.elapsed().as_millis(),
                });
            }
            RequestState::Undecided => {
                std::thread::sleep(undecided.min(following.patience.saturating_sub(start.elapsed())));
                undecided = undecided.saturating_mul(2).min(UNDECIDED_PAUSE);
                status = ask_through_outage(following, start, &mut progress)?;
            }
            RequestState::Processing => {
                std::thread::sleep(PAUSE);
                status = ask_through_outage(following, start, &mut progress)?;
            }
        }
    }
}

/// Asks where the request stands, again and again while no node answers.
fn ask_through_outage(
    following: &Following<'_>,
    start: Instant,
    progress: &mut impl FnMut(Result<&RequestStatus, &ClientError>),
) -> Result<RequestStatus, ClientError> {
    let Following { node, request, owner, patience, .. } = following;
    let began = Instant::now();
    loop {
        match node.request(request, *owner, POLL_MS) {
            Err(error) if error.is_unreachable() && began.elapsed() < OUTAGE && start.elapsed() < *patience => {
                progress(Err(&error));
                std::thread::sleep(OUTAGE_PAUSE);
            }
            answer => return answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_node::{Answer, FakeNode};
    use medshare_exchange::api::ApiError;
    use medshare_ledger::facts::RecordType;
    use medshare_ledger::id::NetworkId;
    use medshare_ledger::purpose::ActReason;

    fn status(state: RequestState, stages: usize) -> RequestStatus {
        let stage = |n| medshare_exchange::api::StageState { stage: format!("stage {n}"), after_ms: 1 };
        RequestStatus {
            request: "r".to_owned(),
            state,
            stages: (0..stages).map(stage).collect(),
            error: Some(ApiError::new("purpose-forbidden", "the purpose is not allowed")),
            block: None,
            height: None,
            package: None,
        }
    }

    fn following(node: &NodeClient, patience: Duration) -> Following<'_> {
        Following::at_owner(node, Hash32::ZERO, patience)
    }

    #[test]
    fn a_request_is_followed_while_its_node_starts_again_and_the_network_decides() {
        let mut answers = [
            Answer::error(503, "owners-node-away"),
            Answer::json(&status(RequestState::Undecided, 7)),
            Answer::json(&status(RequestState::Delivered, 7)),
        ]
        .into_iter();
        let node = FakeNode::start(move |_| answers.next().unwrap());
        let mut outages = 0;
        let client = node.client();
        let patient = Following { through_indecision: true, ..following(&client, Duration::from_secs(60)) };
        let last = follow(&patient, status(RequestState::Processing, 1), |status| {
            outages += usize::from(status.is_err());
        });
        assert_eq!((last.unwrap().state, outages), (RequestState::Delivered, 1));
    }

    #[test]
    fn a_request_is_followed_through_its_stages() {
        let mut answers = [status(RequestState::Processing, 3), status(RequestState::Delivered, 7)].into_iter();
        let node = FakeNode::start(move |_| Answer::json(&answers.next().unwrap()));
        let mut seen = Vec::new();
        let first = status(RequestState::Processing, 1);
        let last = follow(&following(&node.client(), Duration::from_secs(60)), first, |status| {
            seen.extend(status.map(|status| status.stages.len()));
        });
        assert_eq!(last.unwrap().state, RequestState::Delivered);
        assert_eq!(seen, [1, 3, 7]);
    }

    #[test]
    fn a_request_that_is_refused_on_the_way_says_why() {
        let node = FakeNode::start(|_| Answer::error(500, "unused"));
        let refused = status(RequestState::Refused, 1);
        let refused = follow(&following(&node.client(), Duration::ZERO), refused, |_| ());
        assert_eq!(refused.unwrap_err().to_string(), "the request was refused: the purpose is not allowed");
    }

    #[test]
    fn a_request_that_the_network_does_not_decide_says_so() {
        let node = FakeNode::start(|_| Answer::error(500, "unused"));
        let undecided = RequestStatus {
            error: Some(ApiError::new("undecided", "too few validators")),
            ..status(RequestState::Undecided, 7)
        };
        let ended = follow(&following(&node.client(), Duration::ZERO), undecided, |_| ());
        assert_eq!(ended.unwrap_err().to_string(), "too few validators");
    }

    #[test]
    fn a_request_whose_first_answer_was_lost_goes_on_where_it_is() {
        let node = FakeNode::start(|asked| match asked.target.as_str() {
            "/v1/requests" => Answer::error(409, "replay"),
            _ => Answer::json(&status(RequestState::Delivered, 7)),
        });
        let key = SigningKey::generate(&mut rand_core::OsRng);
        let request = DataRequest {
            network: NetworkId::from_bytes([1; 32]),
            key: key.verifying_key(),
            owner: OwnerId::from_bytes([2; 16]),
            dataset: "records".parse().unwrap(),
            terms_version: 1,
            record_type: RecordType::FhirR4,
            purpose: Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: vec![] },
            created: clock::now(),
            deadline: clock::now().plus_ms(60_000),
            nonce: [0; 16],
        };
        let signed = SignedRequest::sign(request, &key);
        assert_eq!(send_fresh(&node.client(), &signed).unwrap().state, RequestState::Delivered);
    }

    #[test]
    fn patience_ends() {
        let node = FakeNode::start(|_| Answer::error(500, "unused"));
        let slow = status(RequestState::Processing, 1);
        let ended = follow(&following(&node.client(), Duration::ZERO), slow, |_| ());
        assert!(matches!(ended, Err(RequestError::StillProcessing { .. })));
    }
}
