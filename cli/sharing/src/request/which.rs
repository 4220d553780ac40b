//! Which request a command is about, and where it stands.

use crate::Context;
use crate::key_file::{KeyFileArgs, of_own};
use crate::known;
use crate::names;
use crate::remembered::{self, Ended, Sent};
use crate::told::Told;
use crate::typed_id::{TypedId, UNKNOWN_ID};
use medshare_agent::client::NodeClient;
use medshare_cli_terminal::{Exit, Failure, shell};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_exchange::request::SignedRequest;
use medshare_ledger::id::OwnerId;

/// What to do where nothing says whose request it is.
const NAME_KEY: &str = "type the whole hash, or name the key that it was sent with, with --key or MEDSHARE_KEY";

/// A request, and what is known here of it.
pub struct Which {
    pub request: Hash32,
    /// Its owner, where that was typed, is remembered, or stands in the signed request or on the ledger.
    pub owner: Option<OwnerId>,
    sent: Option<Sent>,
}

/// The owner with this name or OID. A whole OID needs no genesis.
///
/// # Errors
/// When the network has no such owner.
pub fn owner_id(name: &str, context: &Context) -> Result<OwnerId, Failure> {
    match (context.facts_if_named()?, name.parse()) {
        (None, Ok(whole)) => Ok(whole),
        (Some(facts), _) => Ok(names::owner(&facts, name)?.id),
        (None, Err(_)) => Ok(names::owner(&context.facts()?, name)?.id),
    }
}

/// How a command names a request of this owner: by its name, where the genesis that tells it is at hand.
pub fn named(request: &Hash32, owner: Option<OwnerId>, context: &Context) -> String {
    let Some(owner) = owner else { return request.to_string() };
    let facts = context.facts_if_named().ok().flatten();
    let owner = facts.map_or_else(|| owner.to_string(), |facts| names::owner_name(&facts, owner));
    format!("{request} --owner {}", shell::word(&owner))
}

impl Which {
    /// The request with this hash, of which the first digits are enough where it was sent from here, or the ledger has it of the
    /// requestor whose key is named; its owner by name or OID.
    ///
    /// # Errors
    /// When the digits fit none of them, or several; when the network has no such owner.
    pub fn typed(
        typed: &TypedId<Hash32>,
        owner: Option<&str>,
        (key, node): (&KeyFileArgs, &NodeClient),
        context: &Context,
    ) -> Result<Self, Failure> {
        let known = || Ok(remembered::all()?.iter().filter_map(|sent| sent.request.parse().ok()).collect());
        let (request, made) = match typed.among("the requests that were sent from here", known) {
            Err(failure) if failure.code() == UNKNOWN_ID => {
                let Some(own) = known::own(key, context)? else { return Err(failure.hint(NAME_KEY)) };
                let made = node.requests_of(own).map_err(of_own)?;
                let ids = || Ok(made.iter().filter_map(|one| one.request.parse().ok()).collect());
                (typed.among("the requests that were sent from here or with your key", ids)?, made)
            }
            found => (found?, Vec::new()),
        };
        let sent = sent(&request)?;
        let asked = || made.iter().find(|one| one.request.parse().ok() == Some(request)).map(|one| &one.owner);
        let owner = match owner {
            Some(name) => Some(owner_id(name, context)?),
            None => sent.as_ref().map(|sent| &sent.owner).or_else(asked).and_then(|owner| owner.parse().ok()),
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
