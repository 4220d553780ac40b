//! How a sealing key stands among the secrets of a key file.
//!
//! Files of before have the 32 bytes of an X25519 key there. What they hold goes on, and so does whoever it belongs to: her key of now
//! follows from that one and from the seed that she signs with. The X25519 key alone would not do: its public half was handed out, and a
//! quantum computer gets the rest from that. Files of now have the seed of an X-Wing key there, and one byte at their end that says so.

use medshare_crypto::seal::SealingSecretKey;
use medshare_crypto::seal::classical::ClassicalSecretKey;
use medshare_crypto::sign::SigningKey;
use zeroize::Zeroizing;

/// Last byte of the secrets of a file with the seed of an X-Wing key. Without it they are so many times 32.
const X_WING: u8 = 2;

/// Which key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suite {
    /// X-Wing's seed.
    XWing,
    /// X25519, of before.
    OfBefore,
}

impl Suite {
    /// The key of these stored bytes, whose holder signs with `signing`.
    pub(super) fn key(self, stored: Zeroizing<[u8; 32]>, signing: &SigningKey) -> SealingSecretKey {
        match self {
            Self::XWing => SealingSecretKey::from_bytes(stored),
            Self::OfBefore => SealingSecretKey::from_classical(ClassicalSecretKey::from_bytes(stored), signing),
        }
    }
}

/// Which key the secrets of a file hold, and the secrets without what says so.
pub(super) fn suite_of(secrets: &[u8]) -> (Suite, &[u8]) {
    match secrets.split_last() {
        Some((&X_WING, rest)) if rest.len().is_multiple_of(32) => (Suite::XWing, rest),
        _ => (Suite::OfBefore, secrets),
    }
}

/// The bytes that are stored of a key: one of before stays what it is, so that what was sealed to it opens.
pub(super) fn stored(key: &SealingSecretKey) -> Zeroizing<[u8; 32]> {
    key.classical().map_or_else(|| key.to_bytes(), ClassicalSecretKey::to_bytes)
}

/// What is stored at the end, to say which key it is.
pub(super) fn suite(key: &SealingSecretKey) -> &'static [u8] {
    if key.classical().is_some() { &[] } else { &[X_WING] }
}
