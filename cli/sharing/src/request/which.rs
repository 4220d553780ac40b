//! Which request a command is about, and where it stands.

use crate::Context;
use crate::names;
use crate::remembered::{self, Ended, Sent};
use crate::told::Told;
use crate::typed_id::TypedId;
use medshare_agent::client::NodeClient;
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_exchange::request::SignedRequest;
use medshare_ledger::id::OwnerId;

/// A request, and what is known here of it.
pub struct Which {
    pub request: Hash32,
    /// Its owner, where that was typed, is remembered, or stands in the signed request.
    pub owner: Option<OwnerId>,
    sent: Option<Sent>,
}

impl Which {
    /// The request with this hash, of which the first digits are enough where it was sent from here; its owner by name or OID.
    ///
    /// # Errors
    /// When the digits fit none that was sent from here, or several; when the network has no such owner.
    pub fn typed(typed: &TypedId<Hash32>, owner: Option<&str>, context: &Context) -> Result<Self, Failure> {
        let known = || Ok(remembered::all()?.iter().filter_map(|sent| sent.request.parse().ok()).collect());
        let request = typed.among("the requests that were sent from here", known)?;
        let sent = sent(&request)?;
        let owner = match owner {
            Some(name) => Some(names::owner(&context.facts()?, name)?.id),
            None => sent.as_ref().and_then(|sent| sent.owner.parse().ok()),
        };
        Ok(Self { request, owner, sent })
    }

    /// The request in a file.
    ///
    /// # Errors
    /// When what is remembered cannot be read.
    pub fn signed(signed: &SignedRequest) -> Result<Self, Failure> {
        let request = signed.hash();
        Ok(Self { request, owner: Some(signed.request.owner), sent: sent(&request)? })
    }

    /// Where it stands. Of a request that was refused at the door no node knows: how it ended is remembered here.
    ///
    /// # Errors
    /// When no node knows it, and it was not refused as far as is known here.
    pub fn status(&self, node: &NodeClient) -> Result<RequestStatus, Failure> {
        let status = node.request(&self.request, self.owner, 0);
        status.or_else(|error| match self.sent.as_ref().and_then(|sent| sent.ended.clone()) {
            Some(ended) if error.code() == Some("not-found") => remembered_end(&self.request, ended),
            _ => Err(error.told()),
        })
    }
}

/// What is remembered of a request, where it was sent from here.
fn sent(request: &Hash32) -> Result<Option<Sent>, Failure> {
    let request = request.to_string();
    Ok(remembered::all()?.into_iter().find(|sent| sent.request == request))
}

fn remembered_end(request: &Hash32, ended: Ended) -> Result<RequestStatus, Failure> {
    match ended {
        Ended::Refused(error) => Ok(RequestStatus {
            request: request.to_string(),
            state: RequestState::Refused,
            stages: Vec::new(),
            error: Some(error),
            block: None,
            height: None,
            package: None,
        }),
        Ended::NotSent(error) => {
            let message = format!("the request was not sent: {}", error.message);
            let failure = Failure::new(Exit::Failure, "not-sent", message).detail("reason", error.code);
            Err(failure.hint("no node took it: request the data again"))
        }
    }
}
