//! From the secrets that open a record to the key that encrypts its data.
//!
//! HKDF-SHA256 (RFC 5869) over σ of the attribute-based scheme and, for packages, a secret encapsulated to the requestor's key.
//! Both are needed. AES-GCM does not commit to its key, so the same derivation gives a [`KeyCommitment`] for the header; a
//! reader compares it before it decrypts, and no crafted ciphertext opens under two keys.
//!
//! `ikm = σ (32) ‖ u8 (0 | 1) ‖ HPKE secret (0 | 32)`, `salt = "medshare/data-key/v1"`,
//! `info = u8 len ‖ suite ‖ record (32) ‖ epoch (u64) ‖ policy hash (32)`; 64 bytes out: key, then commitment.
//!
//! With a secret that is encapsulated by X-Wing the data key is **hybrid**: whoever breaks pairings and X25519 has σ, and lacks the other
//! half of `ikm` while ML-KEM holds. That only people who satisfy the policy have σ stays as classical as pairings are.

use core::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::hash::Hash32;
use crate::secret::{AttributeSecret, Secret32};
use crate::stream::DataKey;

/// Names the whole set of algorithms of packages; a change to any of them changes this text and so every key.
pub const SUITE: &str = "medshare/rw15-bls12381/hpke-xwing/aes256gcm-stream/v2";
/// The same of files, whose keys come from σ alone: its HPKE is that of packages of before, and none of theirs.
const FILE_SUITE: &str = "medshare/rw15-bls12381/hpke-x25519/aes256gcm-stream/v1";

const SALT: &[u8] = b"medshare/data-key/v1";

/// What a data key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyContext {
    /// Identifies the record or the package.
    pub record: Hash32,
    /// Counts the rotations of the record's data key.
    pub epoch: u64,
    /// Hash of the policy's canonical text.
    pub policy_hash: Hash32,
}

impl KeyContext {
    fn to_bytes(self, suite: &str) -> Vec<u8> {
        let mut info = vec![suite.len() as u8];
        info.extend_from_slice(suite.as_bytes());
        info.extend_from_slice(self.record.as_bytes());
        info.extend_from_slice(&self.epoch.to_be_bytes());
        info.extend_from_slice(self.policy_hash.as_bytes());
        info
    }
}

/// Public value in the header that fixes the data key.
#[derive(Clone, Copy)]
pub struct KeyCommitment([u8; 32]);

impl KeyCommitment {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Takes the bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 32] {
        self.0
    }
}

impl PartialEq for KeyCommitment {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for KeyCommitment {}

impl fmt::Debug for KeyCommitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Hash32::from_bytes(self.0), f)
    }
}

/// The derived key is not the one that the header commits to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the derived key is not the one that the header was made with")]
pub struct CommitmentMismatch;

/// Derives the data key and the commitment to it: of a package with the secret of [`seal::encapsulate`](crate::seal::encapsulate), of
/// a file without.
#[must_use]
pub fn derive_data_key(
    attribute_secret: &AttributeSecret,
    hpke_secret: Option<&Secret32>,
    context: &KeyContext,
) -> (DataKey, KeyCommitment) {
    let suite = if hpke_secret.is_some() { SUITE } else { FILE_SUITE };
    let mut ikm = Zeroizing::new(Vec::with_capacity(65));
    ikm.extend_from_slice(attribute_secret.expose());
    ikm.push(u8::from(hpke_secret.is_some()));
    if let Some(secret) = hpke_secret {
        ikm.extend_from_slice(secret.expose());
    }
    let mut output = Zeroizing::new([[0; 32]; 2]);
    // 64 bytes are below HKDF's limit of 255 blocks, so expanding cannot fail.
    let expanded = Hkdf::<Sha256>::new(Some(SALT), &ikm).expand(&context.to_bytes(suite), output.as_flattened_mut());
    debug_assert!(expanded.is_ok());
    let [key, commitment] = *output;
    (DataKey::from_bytes(Zeroizing::new(key)), KeyCommitment(commitment))
}

/// Derives the data key and checks it against the header's commitment, in constant time.
///
/// # Errors
/// When the commitment is another one.
pub fn derive_committed_data_key(
    attribute_secret: &AttributeSecret,
    hpke_secret: Option<&Secret32>,
    context: &KeyContext,
    expected: &KeyCommitment,
) -> Result<DataKey, CommitmentMismatch> {
    let (key, commitment) = derive_data_key(attribute_secret, hpke_secret, context);
    if commitment == *expected { Ok(key) } else { Err(CommitmentMismatch) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha256;

    fn secret(byte: u8) -> Secret32 {
        Secret32::from_bytes(Zeroizing::new([byte; 32]))
    }

    #[test]
    fn every_input_changes_key_and_commitment() {
        let sigma = AttributeSecret::from_secret(secret(1));
        let base = KeyContext { record: sha256(b"r"), epoch: 1, policy_hash: sha256(b"p") };
        let (_, commitment) = derive_data_key(&sigma, Some(&secret(2)), &base);
        let others = [
            derive_data_key(&AttributeSecret::from_secret(secret(3)), Some(&secret(2)), &base),
            derive_data_key(&sigma, Some(&secret(3)), &base),
            derive_data_key(&sigma, None, &base),
            derive_data_key(&sigma, Some(&secret(2)), &KeyContext { epoch: 2, ..base }),
            derive_data_key(&sigma, Some(&secret(2)), &KeyContext { record: sha256(b"s"), ..base }),
            derive_data_key(&sigma, Some(&secret(2)), &KeyContext { policy_hash: sha256(b"q"), ..base }),
        ];
        for (_, other) in others {
            assert_ne!(other, commitment);
        }
        assert!(derive_committed_data_key(&sigma, Some(&secret(2)), &base, &commitment).is_ok());
        assert!(matches!(derive_committed_data_key(&sigma, None, &base, &commitment), Err(CommitmentMismatch)));
    }
}
