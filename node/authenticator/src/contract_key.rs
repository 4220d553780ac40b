//! Authenticator contract keys: one X-Wing key a package, to which the contract inside seals its reports.
//!
//! Derived from the node's root secret and the request, so that nothing has to be stored and a node whose disk was wiped
//! reads old reports again: `HKDF-SHA256(root, salt = "medshare/contract-key/v2", info = request hash)`.

use hkdf::Hkdf;
use medshare_crypto::hash::Hash32;
use medshare_crypto::seal::SealingSecretKey;
use medshare_crypto::secret::Secret32;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The contract key of the package for a request.
#[must_use]
pub fn contract_key(root: &Secret32, request: &Hash32) -> SealingSecretKey {
    let mut key = Zeroizing::new([0; 32]);
    // 32 bytes are far below HKDF's limit, so this cannot fail.
    let expanded = Hkdf::<Sha256>::new(Some(b"medshare/contract-key/v2"), root.expose())
        .expand(request.as_bytes(), key.as_mut_slice());
    debug_assert!(expanded.is_ok());
    SealingSecretKey::from_bytes(key)
}
