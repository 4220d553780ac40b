//! What handlers say of themselves in the description: bodies, answers that are errors, examples, parameters.

pub mod errors;
pub(super) mod examples;
pub mod parameters;
pub mod posted;

use utoipa::ToSchema;

/// Canonical bytes of a document.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct Binary(pub Vec<u8>);
