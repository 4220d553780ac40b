//! Checks of a signed data request, from its bytes to the data set's terms; each failure has its own reason.

use super::admission::{Admission, Asked};
use super::standing::standing;
use medshare_crypto::hash::Hash32;
use medshare_exchange::request::{MAX_REQUEST_BYTES, SignedRequest};
use medshare_ledger::codec::CodecError;
use medshare_ledger::facts::{DataSet, Owner};
use medshare_ledger::id::{DAY_MS, Timestamp};
use medshare_ledger::rejection::Rejection;
use medshare_ledger::request::{MAX_REQUEST_LIFETIME_MS, Quota, Request};
use medshare_ledger::state::{IdentityRecord, RequestRecord};
use medshare_ledger::window::{ENTRY_WINDOW_MS, is_outdated};
use medshare_node_chain::Chain;
use medshare_node_refusal::{Code, Refusal};

/// A request that passed every check.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// The request.
    pub signed: SignedRequest,
    /// Its hash.
    pub hash: Hash32,
    /// Who asks.
    pub identity: IdentityRecord,
    /// What for.
    pub dataset: DataSet,
    /// Whose it is.
    pub owner: Owner,
    /// When it was received (TTR).
    pub received: Timestamp,
}

/// Reads a request's bytes.
///
/// # Errors
/// [`Refusal`] when they are too long or no request.
pub fn decode(bytes: &[u8]) -> Result<SignedRequest, Refusal> {
    SignedRequest::decode(bytes).map_err(|error| match error {
        CodecError::TooLong { actual, .. } => Refusal::new(
            Code::TooLarge,
            format!("the request has {actual} bytes, at most {MAX_REQUEST_BYTES} are accepted"),
        ),
        error => Refusal::new(Code::Malformed, format!("not a data request: {error}")),
    })
}

/// Who signed a request that is for this network and still to be answered: what any node can tell before it does more about it.
///
/// # Errors
/// [`Refusal`] with the first check that fails.
pub fn signer(signed: &SignedRequest, chain: &Chain, now: Timestamp) -> Result<IdentityRecord, Refusal> {
    if signed.request.network != chain.facts().network() {
        return Err(Refusal::new(Code::OtherNetwork, "the request was signed for another network"));
    }
    in_time(signed, chain, now)?;
    who_signed(signed, chain)
}

/// Whether a request, made or not, is still to be answered, by its times and the ledger's.
///
/// # Errors
/// [`Refusal`] when it is not: for ever, but where it is dated in the future.
pub fn in_time(signed: &SignedRequest, chain: &Chain, now: Timestamp) -> Result<(), Refusal> {
    match chain.state().request(signed.hash())? {
        Some(made) => still_open(&made, chain),
        None => may_be_made(&signed.request.made(), chain, now),
    }
}

/// The registered requestor whose key signed a request, of whatever time.
///
/// # Errors
/// [`Refusal`] when she is not registered, or did not.
pub fn who_signed(signed: &SignedRequest, chain: &Chain) -> Result<IdentityRecord, Refusal> {
    let request = &signed.request;
    let identity = chain.state().identity(request.requestor())?.ok_or_else(|| {
        Refusal::new(
            Code::UnknownKey,
            "the requestor's key is not registered; an organisation of this network registers it with `medshare owner register`",
        )
    })?;
    signed.verify().map_err(|_| {
        Refusal::new(
            Code::BadSignature,
            "the signature does not belong to this request; it was changed after signing or signed with another key",
        )
    })?;
    Ok(identity)
}

/// Checks a request against the ledger: who asks, then replay, access, owner, data set, type, terms, purpose, admission.
///
/// # Errors
/// [`Refusal`] with the first check that fails.
pub fn authenticate(
    signed: SignedRequest,
    chain: &Chain,
    admission: &Admission,
    now: Timestamp,
) -> Result<Authenticated, Refusal> {
    let identity = signer(&signed, chain, now)?;
    let (request, state) = (&signed.request, chain.state());
    let (hash, requestor) = (signed.hash(), request.requestor());
    let attributes = standing(state, requestor)?.attributes;
    if state.request(hash)?.is_none() {
        Quota::with_one_more(state, requestor, chain.tip().time)?
            .map_err(|rejection| Refusal::new(Code::TooManyRequests, rejection.to_string()))?;
    }
    let owner = state.owner(request.owner)?.ok_or_else(|| Refusal::not_found("owner"))?;
    let dataset = state.dataset(request.owner, &request.dataset)?.ok_or_else(|| Refusal::not_found("data set"))?;
    if dataset.record_type != request.record_type {
        return Err(Refusal::new(
            Code::WrongType,
            "the data set holds records of another type than the request asks for",
        ));
    }
    if dataset.rules_version != request.terms_version {
        return Err(Refusal::new(
            Code::OtherTerms,
            format!(
                "the request was signed for version {} of the data set's terms, in force is version {}; sign a new one",
                request.terms_version, dataset.rules_version
            ),
        ));
    }
    dataset
        .terms
        .allow(&request.purpose)
        .map_err(|refusal| Refusal::new(Code::PurposeForbidden, refusal.to_string()))?;
    admission.decide(&Asked {
        requestor,
        role: &identity.identity.role,
        organisation: identity.identity.organisation,
        attributes: &attributes,
        dataset: &dataset,
        purpose: &request.purpose,
        at: now,
    })?;
    Ok(Authenticated { hash, identity, dataset, owner, received: now, signed })
}

/// The answer to a request that has ended already.
#[must_use]
pub fn replayed() -> Refusal {
    Refusal::new(
        Code::Replay,
        "this request was answered before: its status tells what became of it; sign a new one to ask again",
    )
}

/// Whether what the ledger has taken may still be answered: freshness is its to measure, whatever the clock says here.
///
/// # Errors
/// [`Refusal`] when the request was answered, or its deadline has passed.
pub fn still_open(made: &RequestRecord, chain: &Chain) -> Result<(), Refusal> {
    made.is_open(chain.tip().time).map_err(|rejection| match rejection {
        Rejection::RequestReplayed => replayed(),
        _ => expired(chain),
    })
}

/// Whether the ledger would take the request now, by its times.
fn may_be_made(request: &Request, chain: &Chain, now: Timestamp) -> Result<(), Refusal> {
    let network_time = chain.tip().time;
    request.check_deadline().map_err(|_| {
        let days = MAX_REQUEST_LIFETIME_MS / DAY_MS;
        Refusal::new(
            Code::BadDeadline,
            format!("the request's deadline must lie after its date, and at most {days} days"),
        )
    })?;
    if request.at > now.max(network_time).plus_ms(chain.facts().parameters().max_clock_drift_ms) {
        let message =
            format!("the request is dated in the future; check the clock it was signed by{}", chain.clock.remark());
        return Err(Refusal::new(Code::FromTheFuture, message));
    }
    if is_outdated(request.at, network_time) {
        let minutes = ENTRY_WINDOW_MS / 60_000;
        let message = format!("the request is older than {minutes} minutes; sign a new one{}", chain.clock.remark());
        return Err(Refusal::new(Code::Expired, message));
    }
    if request.deadline < network_time { Err(expired(chain)) } else { Ok(()) }
}

fn expired(chain: &Chain) -> Refusal {
    let message = format!("the request's deadline has passed; sign a new one{}", chain.clock.remark());
    Refusal::new(Code::Expired, message)
}

#[cfg(test)]
mod tests;
