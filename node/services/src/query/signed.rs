//! Who signed an HTTP message (RFC 9421), for what is not told to everybody.

use super::addressed::{self, OwnHosts};
use super::answers::Refused;
use super::connections::Connection;
use crate::caller::Caller;
use crate::gates::Bringer;
use crate::services::Services;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use medshare_crypto::sign::VerifyingKey;
use medshare_exchange::http_signature::{CONTENT_DIGEST, MessageParts, SIGNATURE, SIGNATURE_INPUT, SignatureHeaders};
use medshare_genesis::config::NodeConfig;
use medshare_ledger::facts::Owner;
use medshare_ledger::id::{OwnerId, RequestorId};
use medshare_node_authenticator::signed_http::SignatureCheck;
use medshare_node_refusal::{Code, Refusal};
use std::sync::Arc;

/// The owner of this node whose key signed the message.
pub struct SigningOwner(pub OwnerId);

/// Whose key signed the message: an owner of this network, or a registered requestor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningReader {
    /// An owner.
    Owner(OwnerId),
    /// A requestor.
    Requestor(RequestorId),
}

impl FromRequestParts<Arc<Services>> for SigningOwner {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Refused> {
        let message = Message::of(parts, &services.config)?;
        let look = move |services: &Arc<Services>| {
            message.signer(&services.signatures.owners, |key| {
                let owner = owner(services, key)?.ok_or_else(|| {
                    Refusal::new(Code::NotAnOwner, "the key that signed this message is no owner's of this network")
                })?;
                if owner.node != services.node {
                    return Err(Refusal::new(Code::OtherNode, "another node serves this owner; ask that one"));
                }
                Ok(owner.id)
            })
        };
        let caller = Caller::from(Connection::of(&parts.extensions).sender);
        Ok(Self(Bringer::Somebody(&caller).looked(services, false, look).await?))
    }
}

impl FromRequestParts<Arc<Services>> for SigningReader {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Refused> {
        let message = Message::of(parts, &services.config)?;
        let caller = Caller::from(Connection::of(&parts.extensions).sender);
        let look = move |services: &Arc<Services>| reader(services, &message);
        Ok(Bringer::Somebody(&caller).looked(services, false, look).await?)
    }
}

fn reader(services: &Services, message: &Message) -> Result<SigningReader, Refusal> {
    let owners = |key: &VerifyingKey| owner(services, key)?.map(|owner| owner.id).ok_or_else(unknown);
    match message.signer(&services.signatures.owners, owners) {
        Err(refusal) if refusal.code == Code::UnknownKey => {}
        known => return known.map(SigningReader::Owner),
    }
    let requestors = |key: &VerifyingKey| {
        let requestor = RequestorId::of_key(key);
        services.chain.state().identity(requestor)?.map(|_| requestor).ok_or_else(unknown)
    };
    message.signer(&services.signatures.requestors, requestors).map(SigningReader::Requestor)
}

/// A message without a body, as it was signed.
struct Message {
    method: String,
    authority: String,
    path: String,
    query: String,
    headers: SignatureHeaders,
}

impl Message {
    fn of(parts: &Parts, config: &NodeConfig) -> Result<Self, Refusal> {
        let text = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let authority = addressed::host(parts);
        OwnHosts::of(config).signed_for(&authority)?;
        let headers = SignatureHeaders {
            signature_input: text(SIGNATURE_INPUT),
            signature: text(SIGNATURE),
            content_digest: text(CONTENT_DIGEST),
        };
        let (path, query) = (parts.uri.path().to_owned(), parts.uri.query().unwrap_or_default().to_owned());
        Ok(Self { method: parts.method.as_str().to_owned(), authority, path, query, headers })
    }

    /// What `known` says of the key that signed it.
    fn signer<T>(
        &self,
        check: &SignatureCheck,
        known: impl FnOnce(&VerifyingKey) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let Self { method, authority, path, query, headers } = self;
        check.signer(&MessageParts { method, authority, path, query, body: b"" }, headers, known)
    }
}

fn owner(services: &Services, key: &VerifyingKey) -> Result<Option<Owner>, Refusal> {
    Ok(services.chain.state().owner(OwnerId::of_key(key))?)
}

fn unknown() -> Refusal {
    Refusal::new(
        Code::UnknownKey,
        "the key that signed this message is neither an owner's nor a registered requestor's of this network",
    )
}
