//! What the owner of a domain keeps beside its secret, authenticated by it: whoever can write there decides nothing.

use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::DomainSecret;
use crate::hash::tagged_hash;

const KEY_DOMAIN: &[u8] = b"medshare/kp-abe/kept-key/v1";
const KEPT_DOMAIN: &str = "medshare/kp-abe/kept/v1";

impl DomainSecret {
    /// HMAC-SHA256 (RFC 2104) over `parts`, under a key that follows from the seed and serves for nothing else. The parts are
    /// hashed with their lengths and in their order.
    #[must_use]
    pub fn authenticate(&self, parts: &[&[u8]]) -> [u8; 32] {
        // To extract is HMAC, under the salt as key.
        let hmac = |key: &[u8], message: &[u8]| Hkdf::<Sha256>::extract(Some(key), message).0;
        let key: Zeroizing<[u8; 32]> = Zeroizing::new(hmac(self.seed().expose(), KEY_DOMAIN).into());
        hmac(key.as_slice(), tagged_hash(KEPT_DOMAIN, parts).as_bytes()).into()
    }

    /// Whether [`DomainSecret::authenticate`] made `code` for these parts.
    #[must_use]
    pub fn is_authentic(&self, parts: &[&[u8]], code: &[u8]) -> bool {
        self.authenticate(parts).ct_eq(code).into()
    }
}
