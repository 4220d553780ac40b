//! What every operation may answer that takes a document.

use super::errors::{BadRequest, Conflict, Fault, Forbidden, TooLarge, TooMany, Unauthenticated};
use utoipa::IntoResponses;

/// Refusals of a signed document.
#[derive(IntoResponses)]
pub enum Posted {
    /// Not of the expected form.
    #[response(status = 400)]
    BadRequest(#[ref_response] BadRequest),
    /// Not signed as it must be.
    #[response(status = 401)]
    Unauthenticated(#[ref_response] Unauthenticated),
    /// Not allowed.
    #[response(status = 403)]
    Forbidden(#[ref_response] Forbidden),
    /// Done already, or not yet.
    #[response(status = 409)]
    Conflict(#[ref_response] Conflict),
    /// Too long.
    #[response(status = 413)]
    TooLarge(#[ref_response] TooLarge),
    /// Too many.
    #[response(status = 429)]
    TooMany(#[ref_response] TooMany),
    /// The node's own trouble.
    #[response(status = 500)]
    Fault(#[ref_response] Fault),
}
