//! Data requests: signed here, followed through their stages, their package fetched.

use crate::client::{ClientError, NodeClient, said};
use crate::clock;
use crate::vault::durable::create_new;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_exchange::request::{DataRequest, SignedRequest};
use medshare_ledger::facts::{DataSet, NetworkFacts};
use medshare_ledger::id::{OwnerId, RequestorId};
use medshare_ledger::purpose::Purpose;
use rand_core::{CryptoRng, RngCore};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long one question for news lasts, in milliseconds.
const POLL_MS: u64 = 1_000;
/// Pause before asking again where a node does not wait by itself.
const PAUSE: Duration = Duration::from_millis(50);

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
    #[error("the request {} is not decided: {}", status.request, said(status.error.as_ref()))]
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
    /// The package cannot be stored.
    #[error("cannot store the package as {}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
}

/// Signs a request for a data set.
#[must_use]
pub fn sign_request(
    facts: &NetworkFacts,
    dataset: &DataSet,
    purpose: Purpose,
    key: &SigningKey,
    rng: &mut (impl CryptoRng + RngCore),
) -> SignedRequest {
    let mut nonce = [0; 16];
    rng.fill_bytes(&mut nonce);
    let request = DataRequest {
        network: facts.network(),
        requestor: RequestorId::of_key(&key.verifying_key()),
        owner: dataset.owner,
        dataset: dataset.id.clone(),
        record_type: dataset.record_type,
        purpose,
        created: clock::now(),
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
        Err(error) if error.code() == Some("replay") => node.request(&request.hash(), Some(request.request.owner), 0),
        sent => sent,
    }
}

/// Follows a request until it is delivered; `progress` hears of every answer.
///
/// # Errors
/// [`RequestError::Refused`] with the reason, [`RequestError::Undecided`] when the network does not decide,
/// [`RequestError::StillProcessing`] when `patience` ends.
pub fn follow(
    node: &NodeClient,
    request: &Hash32,
    owner: Option<OwnerId>,
    mut status: RequestStatus,
    patience: Duration,
    mut progress: impl FnMut(&RequestStatus),
) -> Result<RequestStatus, RequestError> {
    let start = Instant::now();
    loop {
        progress(&status);
        match status.state {
            RequestState::Delivered => return Ok(status),
            RequestState::Refused => {
                let status = Box::new(status);
                return Err(RequestError::Refused { status });
            }
            RequestState::Undecided => {
                let status = Box::new(status);
                return Err(RequestError::Undecided { status });
            }
            RequestState::Processing if start.elapsed() >= patience => {
                return Err(RequestError::StillProcessing {
                    status: Box::new(status),
                    waited_ms: start.elapsed().as_millis(),
                });
            }
            RequestState::Processing => {
                std::thread::sleep(PAUSE);
                status = node.request(request, owner, POLL_MS)?;
            }
        }
    }
}

/// Stores the package of a delivered request as a new file; returns its length in bytes.
///
/// # Errors
/// [`RequestError::Store`] when the file exists or cannot be written, [`RequestError::Node`] when it cannot be had.
pub fn fetch_package(
    node: &NodeClient,
    request: &Hash32,
    owner: Option<OwnerId>,
    path: &Path,
) -> Result<u64, RequestError> {
    create_new(path, |file| node.download_package(request, owner, file)).map_err(|error| match error {
        ClientError::Store(source) => RequestError::Store { path: path.to_owned(), source },
        other => RequestError::Node(other),
    })
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

    #[test]
    fn a_request_is_followed_through_its_stages() {
        let mut answers = [status(RequestState::Processing, 3), status(RequestState::Delivered, 7)].into_iter();
        let node = FakeNode::start(move |_| Answer::json(&answers.next().unwrap()));
        let mut seen = Vec::new();
        let first = status(RequestState::Processing, 1);
        let patience = Duration::from_secs(60);
        let last = follow(&node.client(), &Hash32::ZERO, None, first, patience, |status| {
            seen.push(status.stages.len());
        });
        assert_eq!(last.unwrap().state, RequestState::Delivered);
        assert_eq!(seen, [1, 3, 7]);
    }

    #[test]
    fn a_request_that_is_refused_on_the_way_says_why() {
        let node = FakeNode::start(|_| Answer::error(500, "unused"));
        let refused = status(RequestState::Refused, 1);
        let refused = follow(&node.client(), &Hash32::ZERO, None, refused, Duration::ZERO, |_| ());
        assert_eq!(refused.unwrap_err().to_string(), "the request was refused: the purpose is not allowed");
    }

    #[test]
    fn a_request_that_the_network_does_not_decide_says_so() {
        let node = FakeNode::start(|_| Answer::error(500, "unused"));
        let undecided = RequestStatus {
            error: Some(ApiError::new("undecided", "too few validators")),
            ..status(RequestState::Undecided, 7)
        };
        let ended = follow(&node.client(), &Hash32::ZERO, None, undecided, Duration::ZERO, |_| ());
        assert_eq!(ended.unwrap_err().to_string(), "the request r is not decided: too few validators");
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
            requestor: RequestorId::of_key(&key.verifying_key()),
            owner: OwnerId::from_bytes([2; 16]),
            dataset: "records".parse().unwrap(),
            record_type: RecordType::FhirR4,
            purpose: Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: vec![] },
            created: clock::now(),
            nonce: [0; 16],
        };
        let signed = SignedRequest::sign(request, &key);
        assert_eq!(send_fresh(&node.client(), &signed).unwrap().state, RequestState::Delivered);
    }

    #[test]
    fn patience_ends() {
        let node = FakeNode::start(|_| Answer::error(500, "unused"));
        let slow = status(RequestState::Processing, 1);
        let ended = follow(&node.client(), &Hash32::ZERO, None, slow, Duration::ZERO, |_| ());
        assert!(matches!(ended, Err(RequestError::StillProcessing { .. })));
    }

    #[test]
    fn a_package_never_replaces_a_file_and_a_failed_download_leaves_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p");
        let node = FakeNode::start(|_| Answer::error(404, "not-delivered"));
        let missing = fetch_package(&node.client(), &Hash32::ZERO, None, &path);
        assert!(matches!(missing, Err(RequestError::Node(_))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        std::fs::write(&path, b"mine").unwrap();
        let exists = fetch_package(&node.client(), &Hash32::ZERO, None, &path);
        assert!(matches!(exists, Err(RequestError::Store { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    }
}
