//! What became of a request that no block answers: what its owner's node says, else what is remembered here.

use crate::remembered::{self, Ended, Sent};
use crate::status;
use medshare_agent::client::{ClientError, NodeClient};
use medshare_agent::clock;
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{ApiError, RequestState, RequestStatus, RequestView};
use std::collections::BTreeMap;

/// How long a node is asked about a request from its deadline on, or from its date where the ledger does not have it, in milliseconds.
const ASKED_FOR_MS: u64 = 24 * 60 * 60 * 1000;

/// Where a request stands, and why.
pub struct Outcome {
    pub status: String,
    pub error: Option<ApiError>,
}

/// Questions to the owners' nodes. One that cannot be asked about the first request is not asked about the others.
pub struct Questions<'a> {
    node: &'a NodeClient,
    away: BTreeMap<String, ApiError>,
}

impl<'a> Questions<'a> {
    /// Questions by way of these nodes.
    pub const fn to(node: &'a NodeClient) -> Self {
        Self { node, away: BTreeMap::new() }
    }

    /// A request that the ledger has and no block answers. That it stands there counts, whatever its owner's node says or remembers.
    pub fn of_open(&mut self, view: &RequestView, sent: Option<&Sent>) -> Outcome {
        let now = clock::now().0;
        let word = status::without_answer(view.deadline, now);
        let refusal = || sent.and_then(|sent| sent.ended.clone()).and_then(Ended::refusal);
        if now > view.deadline.saturating_add(ASKED_FOR_MS) {
            return refused_or(refusal(), word, None);
        }
        match self.ask(&view.request, &view.owner) {
            Ok(told) => match told.state {
                RequestState::Refused => refused(sent, told),
                RequestState::Undecided if word == status::OPEN => Outcome::new(status::UNDECIDED, told.error),
                RequestState::Processing | RequestState::Delivered if word == status::OPEN => {
                    Outcome::new(status::PROCESSING, None)
                }
                _ => Outcome::new(word, None),
            },
            Err(error) => refused_or(refusal(), word, Some(error)),
        }
    }

    /// A request that was sent from here and is not on the ledger.
    pub fn of_sent(&mut self, sent: &Sent) -> Outcome {
        let or_remembered = |error| match sent.ended.clone() {
            Some(Ended::Refused(error)) => Outcome::new(status::REFUSED, Some(error)),
            Some(Ended::NotSent(error)) => Outcome::new(status::NOT_SENT, Some(error)),
            None => Outcome::new(status::UNKNOWN, Some(error)),
        };
        if clock::now().0.saturating_sub(sent.at) > ASKED_FOR_MS {
            return or_remembered(ApiError::new("not-taken", "the ledger did not take it"));
        }
        match self.ask(&sent.request, &sent.owner) {
            Ok(told) => match told.state {
                RequestState::Refused => refused(Some(sent), told),
                RequestState::Undecided => Outcome::new(status::UNDECIDED, told.error),
                RequestState::Processing | RequestState::Delivered => Outcome::new(status::PROCESSING, None),
            },
            Err(error) => or_remembered(error),
        }
    }

    fn ask(&mut self, request: &str, owner: &str) -> Result<RequestStatus, ApiError> {
        if let Some(error) = self.away.get(owner) {
            return Err(error.clone());
        }
        let damaged = |_| ApiError::new("damaged", "its hash is damaged in the list of your requests");
        let hash: Hash32 = request.parse().map_err(damaged)?;
        self.node.request(&hash, owner.parse().ok(), 0).map_err(|error| {
            let told = match &error {
                ClientError::Refused { error, .. } => (**error).clone(),
                _ => ApiError::new("unreachable", error.to_string()),
            };
            if error.is_unreachable() {
                self.away.insert(owner.to_owned(), told.clone());
            }
            told
        })
    }
}

impl Outcome {
    fn new(status: &str, error: Option<ApiError>) -> Self {
        Self { status: status.to_owned(), error }
    }
}

/// A refusal that a node told; it is remembered, because nodes forget.
fn refused(sent: Option<&Sent>, told: RequestStatus) -> Outcome {
    if let (Some(Sent { ended: None, request, .. }), Some(error)) = (sent, &told.error)
        && let Ok(request) = request.parse()
    {
        drop(remembered::ended(&request, Ended::Refused(error.clone())));
    }
    Outcome::new(status::REFUSED, told.error)
}

fn refused_or(refusal: Option<ApiError>, word: &str, error: Option<ApiError>) -> Outcome {
    match refusal {
        Some(refusal) => Outcome::new(status::REFUSED, Some(refusal)),
        None => Outcome::new(word, error),
    }
}
