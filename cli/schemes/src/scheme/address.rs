//! The key that a party is written to with.

use medshare_cli_terminal::Failure;
use medshare_crypto::hash::Hash32;
use medshare_crypto::seal::SealingPublicKey;
use medshare_crypto::seal::classical::ClassicalPublicKey;

use super::failure::unverified;

/// What to do about a public file that is of before.
const PUBLISH: &str = "let that party make it anew, with `medshare party publish` of this build, and send you that; its verifying key stays";

/// The key of a party, of this suite or the one of before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// X-Wing.
    Hybrid(SealingPublicKey),
    /// X25519, in a file of a build before: what the party signs is verified, and nothing is sealed to it any more.
    OfBefore(ClassicalPublicKey),
}

impl Address {
    /// The key to seal to.
    pub fn to_seal_to(&self) -> Result<&SealingPublicKey, Failure> {
        match self {
            Self::Hybrid(key) => Ok(key),
            Self::OfBefore(_) => {
                let message = "the public file of the party that is written to is of a build before, and nothing is sealed to its key any more";
                Err(unverified(message).hint(PUBLISH))
            }
        }
    }

    /// The whole key, hexadecimal.
    pub fn digits(&self) -> String {
        match self {
            Self::Hybrid(key) => key.to_string(),
            Self::OfBefore(key) => key.to_string(),
        }
    }

    /// What stands for it where people compare; a key of before is short enough itself.
    pub fn fingerprint(&self) -> Option<Hash32> {
        match self {
            Self::Hybrid(key) => Some(key.fingerprint()),
            Self::OfBefore(_) => None,
        }
    }

    /// What people compare.
    pub fn shown(&self) -> String {
        match self {
            Self::Hybrid(key) => format!("fingerprint {}", key.fingerprint()),
            Self::OfBefore(key) => format!("{key}, of a build before: nothing is sealed to it any more"),
        }
    }
}
