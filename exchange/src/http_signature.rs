//! HTTP message signatures (RFC 9421, ed25519) over method, authority, path, query, content digest, time and nonce.
//!
//! Covered components, in this order: `"@method" "@authority" "@path" "@query" "content-digest"`, with the parameters
//! `created`, `nonce`, `keyid` (the signer's verifying key in hexadecimal) and `alg="ed25519"`. The content digest is
//! RFC 9530's `sha-256`; a message without body signs the digest of nothing. Other orders and more components verify too,
//! fewer do not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use medshare_crypto::sign::{Signature, SigningKey, VerifyingKey};
use medshare_ledger::id::Timestamp;
use sfv::{BareItem, Dictionary, FieldType as _, InnerList, Key, List, ListEntry, Parser};
use sha2::{Digest, Sha256};
use std::ops::RangeInclusive;

const LABEL: &str = "medshare";
const REQUIRED: [&str; 5] = ["@method", "@authority", "@path", "@query", "content-digest"];

/// Longest value of one of the three headers in bytes.
const MAX_HEADER_BYTES: usize = 1024;
/// Characters of a nonce: too few could be guessed, more would be kept for nothing.
pub const NONCE_LENGTH: RangeInclusive<usize> = 16..=64;

/// Name of the header with the covered components.
pub const SIGNATURE_INPUT: &str = "signature-input";
/// Name of the header with the signature.
pub const SIGNATURE: &str = "signature";
/// Name of the header with the body's digest.
pub const CONTENT_DIGEST: &str = "content-digest";

/// What of an HTTP message is signed.
#[derive(Clone, Copy, Debug)]
pub struct MessageParts<'a> {
    /// Method in upper case.
    pub method: &'a str,
    /// Host and port, lower case, without the scheme's default port.
    pub authority: &'a str,
    /// Path, starting with `/`.
    pub path: &'a str,
    /// Query without `?`; empty where there is none.
    pub query: &'a str,
    /// Body.
    pub body: &'a [u8],
}

/// The three headers of a signed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureHeaders {
    /// Value of `Signature-Input`.
    pub signature_input: String,
    /// Value of `Signature`.
    pub signature: String,
    /// Value of `Content-Digest`.
    pub content_digest: String,
}

/// Who signed a message, when, with which nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The key.
    pub key: VerifyingKey,
    /// When it was signed, in milliseconds (the header has seconds).
    pub created: Timestamp,
    /// Nonce: a verifier accepts each once.
    pub nonce: String,
}

/// Why a message's signature is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum HttpSignatureError {
    /// A header cannot be read.
    #[error("the header {header} is missing or malformed")]
    Header {
        /// Which.
        header: &'static str,
    },
    /// A component that must be signed is not.
    #[error("the signature does not cover {component}")]
    NotCovered {
        /// Which.
        component: &'static str,
    },
    /// A component that cannot be derived here is signed.
    #[error("the signature covers a component that this node does not know")]
    UnknownComponent,
    /// A nonce that is too short or too long.
    #[error("expected a nonce of {} to {} characters, got {actual}", NONCE_LENGTH.start(), NONCE_LENGTH.end())]
    Nonce {
        /// Its length.
        actual: usize,
    },
    /// The body is not the one signed.
    #[error("the body does not match its content digest")]
    Digest,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// The signer's key cannot sign HTTP messages of this form.
    #[error("the message cannot be signed")]
    Unsignable,
}

/// Signs a message.
///
/// # Errors
/// [`HttpSignatureError::Unsignable`] when a part holds line breaks.
pub fn sign(
    parts: &MessageParts<'_>,
    created: Timestamp,
    nonce: [u8; 16],
    key: &SigningKey,
) -> Result<SignatureHeaders, HttpSignatureError> {
    let content_digest = content_digest(parts.body);
    let components = REQUIRED.map(|c| format!("\"{c}\"")).join(" ");
    let params = format!(
        "({components});created={};nonce=\"{}\";keyid=\"{}\";alg=\"ed25519\"",
        created.0 / 1000,
        STANDARD.encode(nonce),
        key.verifying_key()
    );
    let base = signature_base(&REQUIRED, parts, &content_digest, &params)?;
    let signature = key.sign_http_message(base.as_bytes()).map_err(|_| HttpSignatureError::Unsignable)?;
    Ok(SignatureHeaders {
        signature_input: format!("{LABEL}={params}"),
        signature: format!("{LABEL}=:{}:", STANDARD.encode(signature.to_bytes())),
        content_digest,
    })
}

/// A signature as its headers describe it. Nothing of it is verified: it says whose signature to look for, before that costs anything.
#[derive(Clone, Debug)]
pub struct Claim {
    signer: Signer,
    label: Key,
    input: InnerList,
    components: Vec<String>,
}

impl Claim {
    /// Reads the headers, which are bounded.
    ///
    /// # Errors
    /// [`HttpSignatureError`] says what is missing or wrong.
    pub fn read(headers: &SignatureHeaders) -> Result<Self, HttpSignatureError> {
        let SignatureHeaders { signature_input, signature, content_digest } = headers;
        let all = [(SIGNATURE_INPUT, signature_input), (SIGNATURE, signature), (CONTENT_DIGEST, content_digest)];
        if let Some((header, _)) = all.into_iter().find(|(_, value)| value.len() > MAX_HEADER_BYTES) {
            return Err(HttpSignatureError::Header { header });
        }
        let inputs: Dictionary = parse(signature_input, SIGNATURE_INPUT)?;
        let bad_input = HttpSignatureError::Header { header: SIGNATURE_INPUT };
        let (label, entry) = inputs.into_iter().next().ok_or(bad_input.clone())?;
        let ListEntry::InnerList(input) = entry else { return Err(bad_input) };
        let components = components(&input)?;
        if let Some(component) = REQUIRED.into_iter().find(|required| !components.iter().any(|name| name == *required))
        {
            return Err(HttpSignatureError::NotCovered { component });
        }
        Ok(Self { signer: signer(&input)?, label, input, components })
    }

    /// Who is said to have signed, when, with which nonce.
    #[must_use]
    pub const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Verifies it over a message; the caller decides about key, time and nonce.
    ///
    /// # Errors
    /// [`HttpSignatureError`] says what is missing or wrong.
    pub fn verify(self, parts: &MessageParts<'_>, headers: &SignatureHeaders) -> Result<Signer, HttpSignatureError> {
        let Self { signer, label, input, components } = self;
        if content_digest(parts.body) != headers.content_digest {
            return Err(HttpSignatureError::Digest);
        }
        let names: Vec<&str> = components.iter().map(String::as_str).collect();
        let bad_input = HttpSignatureError::Header { header: SIGNATURE_INPUT };
        let params = List::from([ListEntry::InnerList(input)]).serialize().ok_or(bad_input)?;
        let base = signature_base(&names, parts, &headers.content_digest, &params)?;
        let bad_signature = HttpSignatureError::Header { header: SIGNATURE };
        let signatures: Dictionary = parse(&headers.signature, SIGNATURE)?;
        let Some(ListEntry::Item(item)) = signatures.get(&label) else { return Err(bad_signature) };
        let bytes: [u8; 64] = item.bare_item.as_byte_sequence().and_then(|b| b.try_into().ok()).ok_or(bad_signature)?;
        signer
            .key
            .verify_http_message(base.as_bytes(), &Signature::from_bytes(bytes))
            .map_err(|_| HttpSignatureError::Signature)?;
        Ok(signer)
    }
}

/// Checks a message's signature; the caller decides about key, time and nonce.
///
/// # Errors
/// [`HttpSignatureError`] says what is missing or wrong.
pub fn verify(parts: &MessageParts<'_>, headers: &SignatureHeaders) -> Result<Signer, HttpSignatureError> {
    Claim::read(headers)?.verify(parts, headers)
}

/// RFC 9530 digest of a body.
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

fn parse(value: &str, header: &'static str) -> Result<Dictionary, HttpSignatureError> {
    Parser::new(value).parse().map_err(|_| HttpSignatureError::Header { header })
}

fn components(input: &InnerList) -> Result<Vec<String>, HttpSignatureError> {
    let bad = HttpSignatureError::Header { header: SIGNATURE_INPUT };
    let name = |item: &sfv::Item| match &item.bare_item {
        BareItem::String(name) if item.params.is_empty() => Some(name.as_str().to_owned()),
        _ => None,
    };
    let names: Option<Vec<String>> = input.items.iter().map(name).collect();
    let names = names.ok_or(bad.clone())?;
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() == names.len() { Ok(names) } else { Err(bad) }
}

fn signer(input: &InnerList) -> Result<Signer, HttpSignatureError> {
    let bad = || HttpSignatureError::Header { header: SIGNATURE_INPUT };
    let text = |name: &str| {
        input.params.get(name).and_then(BareItem::as_string).map(|s| s.as_str().to_owned()).ok_or_else(bad)
    };
    let created = input.params.get("created").and_then(BareItem::as_integer).ok_or_else(bad)?;
    let seconds = u64::try_from(i64::from(created)).map_err(|_| bad())?;
    if input.params.contains_key("alg") && text("alg")? != "ed25519" {
        return Err(bad());
    }
    let nonce = text("nonce")?;
    if !NONCE_LENGTH.contains(&nonce.len()) {
        return Err(HttpSignatureError::Nonce { actual: nonce.len() });
    }
    let key = text("keyid")?.parse().map_err(|_| bad())?;
    Ok(Signer { key, created: Timestamp(seconds.saturating_mul(1000)), nonce })
}

fn signature_base(
    names: &[&str],
    parts: &MessageParts<'_>,
    digest: &str,
    params: &str,
) -> Result<String, HttpSignatureError> {
    let mut base = String::new();
    for name in names {
        let query = format!("?{}", parts.query);
        let value = match *name {
            "@method" => parts.method,
            "@authority" => parts.authority,
            "@path" => parts.path,
            "@query" => &query,
            "content-digest" => digest,
            _ => return Err(HttpSignatureError::UnknownComponent),
        };
        if value.contains(['\n', '\r']) {
            return Err(HttpSignatureError::Unsignable);
        }
        base.push_str(&format!("\"{name}\": {value}\n"));
    }
    base.push_str(&format!("\"@signature-params\": {params}"));
    Ok(base)
}

#[cfg(test)]
mod tests;
