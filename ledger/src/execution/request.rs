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
    Rejection::RequestReplayed.unless(context.view().request(request.form, requestor)?.is_none())?;
    let access = context.view().access(requestor)?.unwrap_or_default();
    Rejection::AccessEnded.unless(!access.has_ended())?;
    context.view().owner(request.owner)?.ok_or(Rejection::UnknownOwner)?;
    let dataset = context.view().dataset(request.owner, &request.dataset)?.ok_or(Rejection::UnknownDataSet)?;
    Rejection::WrongRulesVersion.unless(request.terms_version == dataset.rules_version)?;
    dataset.terms.allow(&request.purpose).map_err(|_| Rejection::PurposeForbidden)?;
    let record = RequestRecord {
        owner: request.owner,
        dataset: request.dataset.clone(),
        terms_version: request.terms_version,
        purpose: request.purpose.clone(),
        deadline: request.deadline,
        entry: context.entry,
        height: context.height,
        answer: None,
    };
    context.state.put(&StateKey::Request(request.form, requestor), &record);
    Ok(())
}

/// The block answers what its requestor asked for, in time and for the first time.
pub(super) fn answer(block: &ParentBlock, context: &mut Context<'_>) -> Result<(), Stop> {
    let details = &block.details;
    let (form, requestor) = (details.request, details.requestor);
    let request = context.view().request(form, requestor)?.ok_or(Rejection::UnknownRequest)?;
    Rejection::RequestReplayed.unless(request.answer.is_none())?;
    Rejection::RequestExpired.unless(context.now <= request.deadline)?;
    let agrees = request.owner == details.owner
        && request.dataset == details.dataset
        && request.purpose == details.purpose
        && request.terms_version == block.header.version;
    Rejection::RequestDisagrees.unless(agrees)?;
    let answered = RequestRecord { answer: Some(block.id), ..request };
    context.state.put(&StateKey::Request(form, requestor), &answered);
    Ok(())
}
