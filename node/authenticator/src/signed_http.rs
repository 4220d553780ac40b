//! Whose HTTP message it is: RFC 9421 signatures, fresh and never seen before.
//!
//! Cheap questions come first: whether the headers are of bounded length and fresh, then whether the key is one that may ask at all,
//! then the signature. Only a message that passed all of them is remembered, so that nothing is kept for strangers.

mod seen;

use medshare_crypto::sign::VerifyingKey;
use medshare_exchange::http_signature::{Claim, MessageParts, SignatureHeaders};
use medshare_node_chain::clock::now;
use medshare_node_refusal::{Code, Refusal};
use seen::{NotTaken, Seen};

/// Most messages of requestors that are fresh at the same time.
const MOST_OF_REQUESTORS: usize = 262_144;
/// How old, or how far in the future, a signature may be.
const MAX_SKEW_MS: u64 = 60_000;

/// Who signs HTTP messages. Each role has a memory of its own, so that none locks another out.
pub struct Signatures {
    /// Owners: their number is fixed, so each one's bound is enough.
    pub owners: SignatureCheck,
    /// Registered requestors.
    pub requestors: SignatureCheck,
}

impl Default for Signatures {
    fn default() -> Self {
        Self { owners: SignatureCheck::new(usize::MAX), requestors: SignatureCheck::new(MOST_OF_REQUESTORS) }
    }
}

/// Looks whose message it is, and remembers the nonces of those that it told.
pub struct SignatureCheck {
    seen: Seen,
}

impl SignatureCheck {
    /// For signers that together have at most so many messages remembered, beside the bound of each.
    fn new(most: usize) -> Self {
        Self { seen: Seen::new(most) }
    }

    /// Whose message this is: what `known` says of the key that signed it.
    ///
    /// # Errors
    /// [`Refusal`] when the signature is missing, wrong, stale or seen before, or that of `known`.
    pub fn signer<T>(
        &self,
        parts: &MessageParts<'_>,
        headers: &SignatureHeaders,
        known: impl FnOnce(&VerifyingKey) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let refuse = |message: String| Refusal::new(Code::BadHttpSignature, message);
        let claim = Claim::read(headers).map_err(|e| refuse(e.to_string()))?;
        let now = now();
        if claim.signer().created.0.abs_diff(now.0) > MAX_SKEW_MS {
            return Err(refuse("the signature is not fresh; check the clock it was made by".to_owned()));
        }
        let who = known(&claim.signer().key)?;
        let signer = claim.verify(parts, headers).map_err(|e| refuse(e.to_string()))?;
        match self.seen.take(&signer, now) {
            Ok(()) => Ok(who),
            Err(NotTaken::Before) => Err(refuse("this signature was used before".to_owned())),
            Err(NotTaken::TooMany) => {
                Err(Refusal::new(Code::TooManyRequests, "too many signed messages; try again in a minute"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
