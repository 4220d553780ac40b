//! The OpenAPI document, from the handlers themselves.

use super::{audit, entries, health, owner, packages, requests};
use axum::Json;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "MeDShare node",
        description = "Medical data sharing between parties that do not trust each other. Signed documents travel as canonical bytes; docs/bytes.md describes them.",
        license(name = "Apache-2.0")
    ),
    paths(
        health::live,
        health::ready,
        health::metrics,
        health::status,
        health::genesis,
        entries::submit,
        entries::status,
        entries::identity,
        entries::attribute_key,
        entries::proxy_key,
        requests::submit,
        requests::status,
        requests::package,
        packages::open,
        packages::report,
        packages::permission,
        owner::requests,
        owner::violations,
        owner::decisions,
        audit::thread,
        audit::block,
        audit::bundle
    )
)]
struct Interface;

/// The document.
pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Interface::openapi())
}
