//! The answers that are errors, one for each status, shared by all operations.

use super::examples::refusal;
use crate::query::answers::{RETRY_AFTER_S, WRONG_METHOD};
use crate::query::bodies::TOO_SLOW;
use medshare_exchange::api::{ApiError, ErrorAnswer};
use medshare_node_refusal::Code;
use utoipa::ToResponse;

/// Not of the expected form, against a rule of the ledger, or dated wrongly.
#[derive(ToResponse)]
#[response(example = json!(refusal(Code::Malformed, "expected 64 hexadecimal characters for a block id")))]
pub struct BadRequest(pub ErrorAnswer);

/// Nobody that this network knows, or not signed as it must be.
#[derive(ToResponse)]
#[response(example = json!(refusal(Code::BadHttpSignature, "the header signature-input is missing or malformed")))]
pub struct Unauthenticated(pub ErrorAnswer);

/// Known, but not allowed.
#[derive(ToResponse)]
#[response(example = json!(refusal(Code::PurposeForbidden, "the data set's terms allow HRESCH, PUBHLTH, not HMARKT")))]
pub struct Forbidden(pub ErrorAnswer);

/// There is no such thing.
#[derive(ToResponse)]
#[response(example = json!(refusal(Code::NotFound, "this network has no such parent block")))]
pub struct NotFound(pub ErrorAnswer);

/// The path is not asked with this method.
#[derive(ToResponse)]
#[response(
    headers(("Allow" = String, description = "methods that the path knows")),
    example = json!(ErrorAnswer::from(ApiError::new(WRONG_METHOD, "this path is not asked with this method; the header Allow tells with which it is")))
)]
pub struct WrongMethod(pub ErrorAnswer);

/// The body did not arrive in time.
#[derive(ToResponse)]
#[response(example = json!(ErrorAnswer::from(ApiError::new(TOO_SLOW, "the body did not arrive within 30 seconds"))))]
pub struct TooSlow(pub ErrorAnswer);

/// Done already, overtaken, not ready, or another node's.
#[derive(ToResponse)]
#[response(example = json!(refusal(Code::OtherNode, "another node serves this owner; ask that one")))]
pub struct Conflict(pub ErrorAnswer);

/// More bytes than are read.
#[derive(ToResponse)]
#[response(example = json!(refusal(Code::TooLarge, "a body has at most 16384 bytes here")))]
pub struct TooLarge(pub ErrorAnswer);

/// More than is worked on at once, or waits at once.
#[derive(ToResponse)]
#[response(
    headers(("Retry-After" = u64, description = "seconds after which to ask again")),
    example = json!(ErrorAnswer::from(ApiError::new(Code::TooManyRequests.word(), "too many requests are being processed").hint("ask again later, or another node").detail("retry_after_s", RETRY_AFTER_S)))
)]
pub struct TooMany(pub ErrorAnswer);

/// This node's own trouble.
#[derive(ToResponse)]
#[response(example = json!(refusal(Code::NodeFault, "the node cannot answer now; its operator finds the reason in its log")))]
pub struct Fault(pub ErrorAnswer);

/// Not now: not decided in time, or another node cannot be reached.
#[derive(ToResponse)]
#[response(example = json!(refusal(Code::OwnersNodeAway, "the owner's node cannot be reached now; try again, or ask it directly")))]
pub struct Unavailable(pub ErrorAnswer);
