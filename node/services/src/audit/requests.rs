//! Requests as the ledger has them: what a requestor asked for, what an owner was asked for.

use crate::audit::span::{Span, Stretch};
use medshare_exchange::api::RequestView;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{OwnerId, RequestorId};
use medshare_ledger::state::StateFault;
use medshare_ledger::trail::Trail;
use medshare_node_chain::{Chain, EntryReader};
use medshare_node_refusal::Refusal;

/// A stretch of a requestor's requests, answered or not, oldest first.
///
/// # Errors
/// [`Refusal`] when she is unknown, or this node cannot read its chain.
pub fn of_requestor(chain: &Chain, requestor: RequestorId, span: Span) -> Result<Stretch<RequestView>, Refusal> {
    chain.state().identity(requestor)?.ok_or_else(|| Refusal::not_found("requestor"))?;
    span.of(|after, most| chain.views().trail_part(Trail::Requests(requestor), after, most), views(chain))
}

/// A stretch of the requests for an owner's data, answered or not, oldest first.
///
/// # Errors
/// [`Refusal`] when this node cannot read its chain.
pub fn of_owner(chain: &Chain, owner: OwnerId, span: Span) -> Result<Stretch<RequestView>, Refusal> {
    span.of(|after, most| chain.views().owner_requests(owner, after, most), views(chain))
}

/// What reads the requests at places of the history.
fn views(chain: &Chain) -> impl FnMut(u64) -> Result<RequestView, Refusal> {
    let mut entries = EntryReader::of(chain);
    move |place| {
        let (Entry::Request(request, _), height) = entries.entry(place)? else {
            return Err(StateFault::Corrupt { what: "history place" }.into());
        };
        let name = request.name();
        let answer = chain.state().request(name)?.and_then(|record| record.answer);
        Ok(RequestView {
            request: name.to_string(),
            height: height.0,
            requestor: request.requestor().to_string(),
            owner: request.owner.to_string(),
            dataset: request.dataset.to_string(),
            purpose: request.purpose.reason.code().to_owned(),
            at: request.at.0,
            deadline: request.deadline.0,
            block: answer.map(|block| block.to_string()),
            state: None,
            error: None,
        })
    }
}
