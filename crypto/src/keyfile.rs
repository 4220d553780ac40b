//! Secret keys at rest.
//!
//! A key file is text. The header says in the open what it is; the secret part is encrypted with AES-256-GCM under a key that
//! argon2id (RFC 9106) makes from a passphrase. All header lines are additional data of the encryption, so none can be changed.
//! The last line is a SHA-256 of everything above it: it tells a damaged file from a wrong passphrase and helps an attacker nothing.
//!
//! ```text
//! medshare-key-file: 1
//! kind: requestor
//! public: 3d4017c3…
//! protection: argon2id-aes256gcm | insecure-plaintext
//! kdf: m=65536 t=3 p=1            encrypted only: KiB, passes, lanes
//! salt: 16 bytes                  encrypted only
//! nonce: 12 bytes                 encrypted only
//! secret: hexadecimal, with the 16-byte tag when encrypted
//! checksum: SHA-256 of the lines above
//! ```

mod cost;
mod text;

use rand_core::{CryptoRng, RngCore};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

pub use cost::KdfCost;

/// Longest `kind` or `public` text, in bytes.
pub const MAX_FIELD_LEN: usize = 4096;
/// Longest secret payload, in bytes.
pub const MAX_PAYLOAD_LEN: usize = 64 * 1024;

const SALT_LEN: usize = 16;
const NONCE_LEN: usize = 12;

/// Why a key file could not be written or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// The text is not a key file at all.
    #[error("this is not a MeDShare key file; its first line should be \"medshare-key-file: 1\"")]
    NotAKeyFile,
    /// A newer or unknown format.
    #[error("the key file has format {found}, and this software reads format 1")]
    UnknownVersion {
        /// The version that the file states.
        found: String,
    },
    /// Cut off, altered, or lines out of place.
    #[error("the key file is damaged; restore it from a copy")]
    Damaged,
    /// A key for another use.
    #[error("the key file holds a key of kind {found:?}, and one of kind {expected:?} is needed")]
    WrongKind {
        /// The kind asked for.
        expected: String,
        /// The kind in the file.
        found: String,
    },
    /// The passphrase does not open the file.
    #[error("the passphrase does not fit this key file")]
    WrongPassphrase,
    /// An encrypted file and no passphrase.
    #[error("the key file is encrypted; give its passphrase")]
    PassphraseNeeded,
    /// The kdf parameters are outside what this software is willing to spend.
    #[error("the key file asks for more memory or time than is allowed, or for too little to be safe")]
    KdfOutOfBounds,
    /// A field holds a line break, or is too long.
    #[error("a field of a key file must be one line of printable text of at most {MAX_FIELD_LEN} bytes")]
    InvalidField,
    /// The payload is too long.
    #[error("the secret of a key file may have at most {MAX_PAYLOAD_LEN} bytes")]
    PayloadTooLong,
}

/// How the secret part is protected.
#[derive(Debug)]
enum Protection {
    Passphrase { cost: KdfCost, salt: [u8; SALT_LEN], nonce: [u8; NONCE_LEN] },
    InsecurePlaintext,
}

/// A key file, parsed but not opened.
#[derive(Debug)]
pub struct KeyFile {
    kind: String,
    public: String,
    protection: Protection,
    secret: Zeroizing<Vec<u8>>,
}

impl KeyFile {
    /// Encrypts `payload` under `passphrase`. `kind` says what the key is for, `public` is its public part for display.
    ///
    /// # Errors
    /// When a field is not one line of text or something is too long.
    pub fn encrypt(
        kind: &str,
        public: &str,
        payload: &[u8],
        passphrase: &[u8],
        cost: KdfCost,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Self, KeyFileError> {
        let (mut salt, mut nonce) = ([0; SALT_LEN], [0; NONCE_LEN]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let protection = Protection::Passphrase { cost, salt, nonce };
        let mut file = Self::new(kind, public, protection, payload)?;
        let header = file.header();
        let key = passphrase_key(passphrase, cost, &salt)?;
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header.as_bytes()),
            &mut *file.secret,
        )
        .map_err(|_| KeyFileError::PayloadTooLong)?;
        Ok(file)
    }

    /// A key file whose secret anybody can read: for machines that must start unattended, and for tests.
    ///
    /// # Errors
    /// As [`KeyFile::encrypt`].
    pub fn insecure_plaintext(kind: &str, public: &str, payload: &[u8]) -> Result<Self, KeyFileError> {
        Self::new(kind, public, Protection::InsecurePlaintext, payload)
    }

    fn new(kind: &str, public: &str, protection: Protection, payload: &[u8]) -> Result<Self, KeyFileError> {
        text::check_field(kind)?;
        text::check_field(public)?;
        if payload.len() > MAX_PAYLOAD_LEN {
            return Err(KeyFileError::PayloadTooLong);
        }
        Ok(Self {
            kind: kind.to_owned(),
            public: public.to_owned(),
            protection,
            secret: Zeroizing::new(payload.to_vec()),
        })
    }

    /// What the key is for.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The public part. Authentic only after [`KeyFile::open`] succeeded with a passphrase.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Whether a passphrase is needed.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        matches!(self.protection, Protection::Passphrase { .. })
    }

    /// The payload, if this is a key of the expected kind and the passphrase fits. A plaintext file needs none and ignores one.
    ///
    /// # Errors
    /// Wrong kind, missing or wrong passphrase.
    pub fn open(&self, expected_kind: &str, passphrase: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        if self.kind != expected_kind {
            return Err(KeyFileError::WrongKind { expected: expected_kind.to_owned(), found: self.kind.clone() });
        }
        let mut secret = self.secret.clone();
        if let Protection::Passphrase { cost, salt, nonce } = &self.protection {
            let passphrase = passphrase.ok_or(KeyFileError::PassphraseNeeded)?;
            let key = passphrase_key(passphrase, *cost, salt)?;
            let header = self.header();
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let len = key
                .open_in_place(nonce, Aad::from(header.as_bytes()), &mut secret)
                .map_err(|_| KeyFileError::WrongPassphrase)?
                .len();
            secret.truncate(len);
        }
        Ok(secret)
    }
}

fn passphrase_key(passphrase: &[u8], cost: KdfCost, salt: &[u8; SALT_LEN]) -> Result<LessSafeKey, KeyFileError> {
    let mut key = Zeroizing::new([0; 32]);
    cost.argon2()?
        .hash_password_into(passphrase, salt, key.as_mut_slice())
        .map_err(|_| KeyFileError::KdfOutOfBounds)?;
    let key = UnboundKey::new(&AES_256_GCM, key.as_slice()).map_err(|_| KeyFileError::Damaged)?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests;
