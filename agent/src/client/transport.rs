//! One call: the nodes in turn, the body bounded, signed where a signer is given.

use super::failures::Failures;
use super::reasons::{certificate_fault, reason};
use super::times::Kind;
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
use std::time::{Duration, Instant};
use ureq::http::{Method, Request, Response};
use ureq::{Body, RequestExt as _, Timeout};

/// Bound of an ordinary answer in bytes.
const MAX_ANSWER_BYTES: u64 = 64 * 1024 * 1024;
/// Bound of an error's body in bytes.
const MAX_ERROR_BYTES: u64 = 64 * 1024;
/// For so long another node is asked whether it refuses, too.
const SECOND_OPINION: Duration = Duration::from_secs(10);

/// What to ask a node.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    /// Path, and query behind `?`.
    pub target: &'a str,
    /// Canonical bytes to post; a `GET` without.
    pub body: Option<&'a [u8]>,
    /// Who signs the message.
    pub signer: Option<&'a SigningKey>,
    /// What is waited for.
    pub kind: Kind,
    /// Whether a node may point to another.
    pub may_be_passed_on: bool,
    /// Whether a no is told without asking another node. So it is of what was handed in: else whoever lies behind an honest node could
    /// answer its no with a yes.
    pub first_no_counts: bool,
}

impl<'a> Call<'a> {
    pub(super) const fn get(target: &'a str) -> Self {
        Self {
            target,
            body: None,
            signer: None,
            kind: Kind::AtHand { wait_ms: 0 },
            may_be_passed_on: false,
            first_no_counts: false,
        }
    }

    pub(super) const fn post(target: &'a str, body: &'a [u8]) -> Self {
        Self { body: Some(body), first_no_counts: true, ..Self::get(target) }
    }
}

impl NodeClient {
    /// The JSON answer to a call.
    pub(super) fn json<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, ClientError> {
        self.understood(call, parsed)
    }

    /// The answer to a call in canonical bytes.
    pub(super) fn canonical<T: Canonical>(&self, call: Call<'_>) -> Result<T, ClientError> {
        self.understood(call, |node, bytes| {
            codec::decode(bytes).map_err(|e| ClientError::Answer { node, reason: e.to_string() })
        })
    }

    /// The answer to a call, as `read` understands it. What is not understood is asked of the next node, where only something was asked:
    /// what was handed in may have been taken.
    pub(super) fn understood<T>(
        &self,
        call: Call<'_>,
        read: impl Fn(NodeUrl, &[u8]) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let (node, bytes) = self.bytes(call)?;
        match read(node.clone(), &bytes) {
            Err(garbled) if call.body.is_none() => {
                let nodes = self.nodes.iter().filter(|other| **other != node).cloned().collect();
                let others = Self { nodes, ..self.clone() };
                let answer = others.each().find_map(|other| {
                    let (node, bytes) = other.bytes(call).ok()?;
                    read(node, &bytes).ok()
                });
                answer.ok_or(garbled)
            }
            answer => answer,
        }
    }

    pub(super) fn bytes(&self, call: Call<'_>) -> Result<(NodeUrl, Vec<u8>), ClientError> {
        loop {
            let (node, mut answer) = self.ask(call)?;
            match read_bounded(&node, answer.body_mut(), MAX_ANSWER_BYTES) {
                // it began to answer and stopped: the next one, if there is another
                Err(ClientError::Unreachable { .. }) if self.hung.note(&node) && self.nodes.len() > 1 => {}
                read => return Ok((node, read?)),
            }
        }
    }

    /// Asks the nodes in turn; the first that serves decides. If none does, what the first of them said is the reason. A no to a question
    /// is asked of the others, too, but of those that hung before: the one that says it may be the one that lies.
    pub(super) fn ask(&self, call: Call<'_>) -> Result<(NodeUrl, Response<Body>), ClientError> {
        let mut failures = Failures::default();
        let nodes = self.order();
        for (asked, node) in nodes.iter().enumerate() {
            if failures.has_refusal() && (call.first_no_counts || self.hung.all().contains(node)) {
                continue;
            }
            let mut left = self.left_for_one(nodes.len().saturating_sub(asked));
            if failures.has_refusal() {
                // there is an answer already, which is probably right
                left = Some(left.map_or(SECOND_OPINION, |left| left.min(SECOND_OPINION)));
            }
            match self.meet(node, left) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    failures.unreached(self.unreached(node, &error, false));
                    continue;
                }
                Err(error) => {
                    failures.strange(error);
                    continue;
                }
            }
            let answer = match self.ask_through(node, call, left) {
                Err(
                    error @ (ClientError::OtherNetwork { .. }
                    | ClientError::Answer { .. }
                    | ClientError::TooLong { .. }),
                ) => {
                    failures.strange(error);
                    continue;
                }
                answer => answer?,
            };
            match answer {
                Err(error) => failures.unreached(self.unreached(node, &error, !was_never_connected(&error))),
                Ok(answer) if answer.status().is_success() => return Ok((node.clone(), answer)),
                Ok(answer) => match refusal(node, answer) {
                    busy if busy.is_unreachable() => failures.unavailable(busy),
                    no => failures.refused(node, no),
                },
            }
        }
        Err(failures.told())
    }

    /// What one of so many nodes may take of the time that is left.
    pub(super) fn left_for_one(&self, nodes: usize) -> Option<Duration> {
        let left = self.deadline?.saturating_duration_since(Instant::now());
        Some(left / u32::try_from(nodes.max(1)).unwrap_or(u32::MAX))
    }

    /// Why a node could not be asked. One that did not answer in time is asked last from then on.
    fn unreached(&self, node: &NodeUrl, error: &ureq::Error, may_have_arrived: bool) -> Unreached {
        if matches!(error, ureq::Error::Timeout(reason) if *reason != Timeout::Resolve) {
            self.hung.note(node);
        }
        let misdirected = self.other_scheme(node, error).or_else(|| certificate_fault(error));
        let is_misdirected = misdirected.is_some();
        let reason = misdirected.unwrap_or_else(|| reason(error));
        Unreached { node: node.clone(), reason, may_have_arrived, is_misdirected }
    }

    pub(super) fn ask_one(
        &self,
        node: &NodeUrl,
        call: Call<'_>,
        left: Option<Duration>,
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
        let limits = call.kind.limits(left);
        if limits.all.is_some_and(|all| all.is_zero()) {
            return Ok(Err(ureq::Error::Timeout(Timeout::Connect)));
        }
        let outcome = match request.body(body) {
            Ok(request) => request
                .with_agent(&self.http)
                .configure()
                .max_redirects(0)
                .timeout_resolve(Some(limits.connect))
                .timeout_connect(Some(limits.connect))
                .timeout_send_request(Some(limits.send))
                .timeout_send_body(Some(limits.send))
                .timeout_recv_response(Some(limits.first_byte))
                .timeout_per_read(Some(limits.silence))
                .timeout_recv_body(limits.body)
                .timeout_global(limits.all)
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
    serde_json::from_slice(bytes).map_err(|error| ClientError::Answer { node, reason: misfit(&error) })
}

/// Why JSON is no answer to what was asked, in words. A node of this version leaves nothing out.
fn misfit(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    match (missing, error.is_data()) {
        (Some((field, _)), _) => format!("`{field}` is not in it, so that the node is older than this program"),
        (None, true) => {
            "something in it is of another form, so that the node is of another version than this program".to_owned()
        }
        (None, false) => "it is no whole JSON".to_owned(),
    }
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

pub(super) fn unreachable(node: &NodeUrl, reason: String) -> ClientError {
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
