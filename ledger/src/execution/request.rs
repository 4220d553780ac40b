//! Requests for data: made once, answered once, before their deadline.

use super::context::{Context, Stop};
use crate::parent_block::ParentBlock;
use crate::rejection::Rejection;
use crate::request::Request;
use crate::state::{RequestRecord, StateKey};

/// The requestor is registered and has access, and the data set's terms are those that she signed for.
pub(super) fn make(request: &Request, context: &mut Context<'_>) -> Result<(), Stop> {
    context.not_from_the_future(request.at)?;
    Rejection::RequestExpired.unless(context.now <= request.deadline)?;
    let requestor = request.requestor();
    Rejection::UnknownRequestor.unless(context.view().identity(requestor)?.is_some())?;
    let name = request.name();
    Rejection::RequestReplayed.unless(context.view().request(name)?.is_none())?;
    let access = context.view().access(requestor)?.unwrap_or_default();
    Rejection::AccessEnded.unless(!access.has_ended())?;
    context.view().owner(request.owner)?.ok_or(Rejection::UnknownOwner)?;
    let dataset = context.view().dataset(request.owner, &request.dataset)?.ok_or(Rejection::UnknownDataSet)?;
    Rejection::WrongRulesVersion.unless(request.terms_version == dataset.rules_version)?;
    dataset.terms.allow(&request.purpose).map_err(|_| Rejection::PurposeForbidden)?;
    let requests = context.view().requests(requestor)?.unwrap_or_default().extended(&context.entry, context.now)?;
    context.state.put(&StateKey::Requests(requestor), &requests);
    context.state.put(&StateKey::Request(name), &request.record());
    Ok(())
}

/// The block answers what its requestor asked for, in time and for the first time.
pub(super) fn answer(block: &ParentBlock, context: &mut Context<'_>) -> Result<(), Stop> {
    let name = block.details.request;
    let request = context.view().request(name)?.ok_or(Rejection::UnknownRequest)?;
    request.is_answered_by(block, context.now)?;
    let answered = RequestRecord { answer: Some(block.id), ..request };
    context.state.put(&StateKey::Request(name), &answered);
    Ok(())
}
