//! One call: the nodes in turn, the body bounded, signed where a signer is given.

use super::{ClientError, NodeClient, NodeUrl, Unreached};
use crate::clock;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::api::{ApiError, ErrorAnswer};
use medshare_exchange::http_signature::{
    CONTENT_DIGEST, MessageParts, SIGNATURE, SIGNATURE_INPUT, SignatureHeaders, sign,
};
use medshare_ledger::codec::{self, Canonical};
use medshare_lookup::LookupError;
use rand_core::{OsRng, RngCore as _};
use serde::de::DeserializeOwned;
use std::io::{Read as _, Write};
use std::time::Duration;
use ureq::http::{Method, Request, Response, StatusCode};
use ureq::{Body, RequestExt as _, Timeout};

/// Bound of an ordinary answer in bytes.
const MAX_ANSWER_BYTES: u64 = 64 * 1024 * 1024;
/// Bound of a downloaded file in bytes.
const MAX_DOWNLOAD_BYTES: u64 = 64 * 1024 * 1024 * 1024;
/// Bound of an error's body in bytes.
const MAX_ERROR_BYTES: u64 = 64 * 1024;
/// Longest wait for an answer, beside what the node was asked to wait.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest silence during a download.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Status codes with which a node says that it cannot serve now; another may.
const UNAVAILABLE: [StatusCode; 4] = [
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::BAD_GATEWAY,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
];

/// Code with which a node says that it serves other owners; the next one may be the right one.
const OTHER_NODE: &str = "other-node";

/// What to ask a node.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    /// Path, and query behind `?`.
    pub target: &'a str,
    /// Canonical bytes to post; a `GET` without.
    pub body: Option<&'a [u8]>,
    /// Who signs the message.
    pub signer: Option<&'a SigningKey>,
    /// How long the node was asked to wait before it answers.
    pub wait_ms: u64,
    /// Whether a node may point to another.
    pub may_be_passed_on: bool,
}

impl<'a> Call<'a> {
    pub(super) const fn get(target: &'a str) -> Self {
        Self { target, body: None, signer: None, wait_ms: 0, may_be_passed_on: false }
    }

    pub(super) const fn post(target: &'a str, body: &'a [u8]) -> Self {
        Self { target, body: Some(body), signer: None, wait_ms: 0, may_be_passed_on: false }
    }
}

impl NodeClient {
    /// The JSON answer to a call.
    pub(super) fn json<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, ClientError> {
        let (node, bytes) = self.bytes(call)?;
        parsed(node, &bytes)
    }

    /// The answer to a call in canonical bytes.
    pub(super) fn canonical<T: Canonical>(&self, call: Call<'_>) -> Result<T, ClientError> {
        let (node, bytes) = self.bytes(call)?;
        codec::decode(&bytes).map_err(|e| ClientError::Answer { node, reason: e.to_string() })
    }

    /// Writes the answer to a call to `out` as it arrives; returns its length in bytes.
    pub(super) fn download(&self, call: Call<'_>, out: &mut impl Write) -> Result<u64, ClientError> {
        let (node, mut answer) = self.ask(call)?;
        let mut body = answer.body_mut().with_config().limit(MAX_DOWNLOAD_BYTES).reader();
        let mut buffer = vec![0; 256 * 1024];
        let mut length = 0;
        loop {
            let count = body.read(&mut buffer).map_err(|e| unreachable(&node, reason(&e.into())))?;
            let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else {
                return Ok(length);
            };
            out.write_all(part).map_err(ClientError::Store)?;
            length += count as u64;
        }
    }

    pub(super) fn bytes(&self, call: Call<'_>) -> Result<(NodeUrl, Vec<u8>), ClientError> {
        let (node, mut answer) = self.ask(call)?;
        let bytes = read_bounded(&node, answer.body_mut(), MAX_ANSWER_BYTES)?;
        Ok((node, bytes))
    }

    /// Asks the nodes in turn; the first that can serve decides. If none can, what the first of them said is the reason.
    fn ask(&self, call: Call<'_>) -> Result<(NodeUrl, Response<Body>), ClientError> {
        let (mut tried, mut others, mut unavailable) = (Vec::new(), Vec::new(), None);
        for node in &self.nodes {
            if let Err(error) = self.meet(node)? {
                tried.push(self.unreached(node, &error, false));
                continue;
            }
            match self.ask_through(node, call)? {
                Err(error) => tried.push(self.unreached(node, &error, !was_never_connected(&error))),
                Ok(answer) if UNAVAILABLE.contains(&answer.status()) => {
                    unavailable.get_or_insert(refusal(node, answer));
                }
                Ok(answer) if answer.status().is_success() => return Ok((node.clone(), answer)),
                Ok(answer) => match refusal(node, answer) {
                    refused if refused.code() == Some(OTHER_NODE) => others.push((node.clone(), refused)),
                    refused => return Err(refused),
                },
            }
        }
        if let Some(unavailable) = unavailable {
            return Err(unavailable);
        }
        if tried.is_empty()
            && let Some((_, refused)) = others.pop()
        {
            return Err(refused);
        }
        let others: Vec<NodeUrl> = others.into_iter().map(|(node, _)| node).collect();
        Err(if others.is_empty() {
            ClientError::Unreachable { tried }
        } else {
            ClientError::OwnersNode { tried, others }
        })
    }

    fn unreached(&self, node: &NodeUrl, error: &ureq::Error, may_have_arrived: bool) -> Unreached {
        let misdirected = self.other_scheme(node, error).or_else(|| certificate_fault(error));
        let is_misdirected = misdirected.is_some();
        let reason = misdirected.unwrap_or_else(|| reason(error));
        Unreached { node: node.clone(), reason, may_have_arrived, is_misdirected }
    }

    pub(super) fn ask_one(
        &self,
        node: &NodeUrl,
        call: Call<'_>,
    ) -> Result<Result<Response<Body>, ureq::Error>, ClientError> {
        let method = if call.body.is_some() { Method::POST } else { Method::GET };
        let body = call.body.unwrap_or_default();
        let mut request = Request::builder().method(method.clone()).uri(node.join(call.target));
        if call.body.is_some() {
            request = request.header("content-type", "application/octet-stream");
        }
        if let Some(key) = call.signer {
            let headers = signature(node, &method, call.target, body, key)?;
            request = request
                .header(SIGNATURE_INPUT, headers.signature_input)
                .header(SIGNATURE, headers.signature)
                .header(CONTENT_DIGEST, headers.content_digest);
        }
        let timeout = ANSWER_TIMEOUT + Duration::from_millis(call.wait_ms);
        let outcome = match request.body(body) {
            Ok(request) => request
                .with_agent(&self.http)
                .configure()
                .max_redirects(0)
                .timeout_recv_response(Some(timeout))
                .timeout_per_read(Some(READ_TIMEOUT.max(timeout)))
                .run(),
            Err(error) => Err(error.into()),
        };
        Ok(outcome)
    }
}

fn signature(
    node: &NodeUrl,
    method: &Method,
    target: &str,
    body: &[u8],
    key: &SigningKey,
) -> Result<SignatureHeaders, ClientError> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parts = MessageParts { method: method.as_str(), authority: node.authority(), path, query, body };
    let mut nonce = [0; 16];
    OsRng.fill_bytes(&mut nonce);
    sign(&parts, clock::now(), nonce, key).map_err(|_| ClientError::Unsignable)
}

/// What a node's JSON says.
pub(super) fn parsed<T: DeserializeOwned>(node: NodeUrl, bytes: &[u8]) -> Result<T, ClientError> {
    serde_json::from_slice(bytes).map_err(|e| ClientError::Answer { node, reason: e.to_string() })
}

pub(super) fn read_bounded(node: &NodeUrl, body: &mut Body, limit: u64) -> Result<Vec<u8>, ClientError> {
    match body.with_config().limit(limit).read_to_vec() {
        Ok(bytes) => Ok(bytes),
        Err(ureq::Error::BodyExceedsLimit(_)) => Err(ClientError::TooLong { node: node.clone(), limit }),
        Err(error) => Err(unreachable(node, reason(&error))),
    }
}

/// The error that a node answered with; proxies in between may answer something else than JSON.
fn refusal(node: &NodeUrl, mut answer: Response<Body>) -> ClientError {
    let status = answer.status();
    let error = read_bounded(node, answer.body_mut(), MAX_ERROR_BYTES)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<ErrorAnswer>(&bytes).ok())
        .map(|answer| answer.error)
        .unwrap_or_else(|| {
            let code = format!("http-{}", status.as_u16());
            ApiError::new(code, format!("{node} answers with the status {status}"))
        });
    ClientError::Refused { node: node.clone(), status: status.as_u16(), error: Box::new(error) }
}

fn unreachable(node: &NodeUrl, reason: String) -> ClientError {
    let tried = vec![Unreached { node: node.clone(), reason, may_have_arrived: true, is_misdirected: false }];
    ClientError::Unreachable { tried }
}

fn was_never_connected(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        ureq::Error::HostNotFound | ureq::Error::BadUri(_) | ureq::Error::ConnectionFailed => true,
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => true,
        ureq::Error::Other(error) => error.is::<LookupError>(),
        _ => false,
    }
}

/// What went wrong between here and the node, in words.
fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => match error.kind() {
            std::io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
            std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::UnexpectedEof => {
                "the connection broke".to_owned()
            }
            // without the system's number
            kind if error.get_ref().is_none() => kind.to_string(),
            _ => error.to_string(),
        },
        ureq::Error::Timeout(Timeout::Resolve) => "no name server answers".to_owned(),
        ureq::Error::Other(error) if error.is::<LookupError>() => error.to_string(),
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "there is no such host".to_owned(),
        ureq::Error::RequireHttpsOnly(_) => "it points from HTTPS to HTTP, which is not followed".to_owned(),
        ureq::Error::BadUri(said) => said.clone(),
        ureq::Error::Protocol(_) => "what answers there does not speak HTTP".to_owned(),
        other => other.to_string(),
    }
}

/// What is wrong with a certificate; the TLS library has names for it only.
fn certificate_fault(error: &ureq::Error) -> Option<String> {
    let said = error.to_string();
    let faults = [
        ("UnknownIssuer", "its certificate is of an authority that is not trusted here; --ca names one that is"),
        ("NotValidForName", "its certificate is for another name than the one in its address"),
        ("CaUsedAsEndEntity", "its certificate is an authority's, which no server can use"),
        ("Expired", "its certificate has expired"),
        ("NotValidYet", "its certificate is not valid yet; check the clock"),
    ];
    faults.iter().find(|(word, _)| said.contains(word)).map(|(_, reason)| (*reason).to_owned())
}
