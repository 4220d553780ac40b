//! The OpenAPI document, from the handlers themselves.

use super::described::errors;
use super::{audit, entries, health, owner, packages, proofs, requests};
use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use medshare_exchange::api::{ApiError, ErrorAnswer};
use std::sync::LazyLock;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{OpenApi as Document, Ref, RefOr};
use utoipa::{Modify, OpenApi};

/// Signs a message: `Signature-Input`, `Signature` and `Content-Digest` together.
const SIGNATURE_SCHEMES: [(&str, &str, &str); 3] = [
    (
        "signatureInput",
        "Signature-Input",
        "Components and parameters of an RFC 9421 signature with ed25519: (\"@method\" \"@authority\" \"@path\" \"@query\" \
         \"content-digest\");created=SECONDS;nonce=\"…\";keyid=\"verifying key in hexadecimal\";alg=\"ed25519\". \
         docs/http.md has an example byte for byte.",
    ),
    ("signature", "Signature", "The signature over the base that Signature-Input describes (RFC 9421)."),
    ("contentDigest", "Content-Digest", "sha-256 of the body (RFC 9530), also where there is no body."),
];

/// The document's bytes: the same at every call, so put together once.
static DESCRIPTION: LazyLock<Bytes> =
    LazyLock::new(|| serde_json::to_vec(&Interface::openapi()).unwrap_or_default().into());

#[derive(OpenApi)]
#[openapi(
    info(
        title = "MeDShare node",
        description = "Medical data sharing between parties that do not trust each other. Signed documents travel as canonical \
                       bytes: docs/bytes.md describes them, docs/http.md signatures, key files, errors and pages.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/", description = "this node")),
    tags(
        (name = "node", description = "How the node is"),
        (name = "ledger", description = "Entries and what they registered"),
        (name = "requests", description = "Data requests and their packages"),
        (name = "packages", description = "Opening packages and reporting what is done with them"),
        (name = "owner", description = "What an owner asks the owner's node"),
        (name = "audit", description = "Threads, requests, blocks and bundles")
    ),
    paths(
        health::live,
        health::ready,
        health::metrics,
        health::status,
        health::genesis,
        description,
        entries::submit,
        entries::status,
        entries::identity,
        entries::attribute_key,
        entries::proxy_key,
        requests::submit,
        requests::status,
        requests::package,
        requests::package_for_request,
        packages::open,
        packages::report,
        packages::permission,
        packages::lease,
        proofs::opening,
        proofs::permission,
        proofs::request,
        proofs::identity,
        proofs::grant,
        owner::requests,
        owner::asked,
        owner::violations,
        owner::decisions,
        audit::thread,
        audit::requests,
        audit::block,
        audit::bundle
    ),
    components(schemas(ErrorAnswer, ApiError), responses(
        errors::BadRequest,
        errors::Unauthenticated,
        errors::Forbidden,
        errors::NotFound,
        errors::WrongMethod,
        errors::TooSlow,
        errors::Conflict,
        errors::TooLarge,
        errors::TooMany,
        errors::Fault,
        errors::Unavailable
    )),
    modifiers(&Common)
)]
struct Interface;

/// What all operations have in common, and how messages are signed.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        for (name, header, description) in SIGNATURE_SCHEMES {
            let key = ApiKeyValue::with_description(header, description);
            components.add_security_scheme(name, SecurityScheme::ApiKey(ApiKey::Header(key)));
        }
        for path in document.paths.paths.values_mut() {
            for operation in [&mut path.get, &mut path.post].into_iter().flatten() {
                also(operation, "405", "WrongMethod");
            }
            if let Some(operation) = &mut path.post {
                also(operation, "408", "TooSlow");
            }
        }
    }
}

fn also(operation: &mut Operation, status: &str, response: &str) {
    let response = RefOr::Ref(Ref::from_response_name(response));
    operation.responses.responses.insert(status.to_owned(), response);
}

/// This description
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    tag = "node",
    operation_id = "getDescription",
    responses((status = 200, description = "the OpenAPI document", body = Object, example = json!({"openapi": "3.1.0"})))
)]
pub async fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DESCRIPTION.clone()).into_response()
}

#[cfg(test)]
mod tests;
