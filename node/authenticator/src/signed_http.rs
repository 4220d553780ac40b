//! Whose HTTP message it is: RFC 9421 signatures, fresh and never seen before.

use medshare_crypto::sign::VerifyingKey;
use medshare_exchange::http_signature::{MessageParts, SignatureHeaders, verify};
use medshare_node_chain::clock::now;
use medshare_node_refusal::{Code, Refusal};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How old, or how far in the future, a signature may be.
const MAX_SKEW_MS: u64 = 60_000;
/// Nonces remembered; they outlive the signatures that they belong to.
const MAX_NONCES: usize = 100_000;

/// Remembers the nonces of fresh signatures.
#[derive(Default)]
pub struct SignatureCheck {
    seen: Mutex<BTreeMap<(u64, String), ()>>,
}

impl SignatureCheck {
    /// The key that signed this message.
    ///
    /// # Errors
    /// [`Refusal`] when the signature is missing, wrong, stale or seen before.
    pub fn signer(&self, parts: &MessageParts<'_>, headers: &SignatureHeaders) -> Result<VerifyingKey, Refusal> {
        let refuse = |message: String| Refusal::new(Code::BadHttpSignature, message);
        let signer = verify(parts, headers).map_err(|e| refuse(e.to_string()))?;
        let (created, now) = (signer.created.0, now().0);
        if created.abs_diff(now) > MAX_SKEW_MS {
            return Err(refuse("the signature is not fresh; check the clock it was made by".to_owned()));
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|(time, _), ()| time + 2 * MAX_SKEW_MS > now);
        if seen.len() >= MAX_NONCES {
            return Err(Refusal::new(Code::TooManyRequests, "too many signed requests; try again in a minute"));
        }
        if seen.insert((created, format!("{}{}", signer.key, signer.nonce)), ()).is_some() {
            return Err(refuse("this signature was used before".to_owned()));
        }
        Ok(signer.key)
    }
}

#[cfg(test)]
mod tests;
