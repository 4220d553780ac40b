//! Files encrypted under a policy, without a network: what `medshare abe` writes and reads.
//!
//! The layout is [`crate::envelope`]'s with a [`Ciphertext`] as capsule. Rekeying wraps the same data key under another policy with
//! a fresh σ and leaves the payload alone; strict rekeying changes the data key too. A [`PolicyChange`] does the former for a
//! file that lies elsewhere: small, without secrets, signed by the file's owner, and applied by whoever stores the file.

mod change;

use std::io::{Read, Write};

use rand_core::{CryptoRng, RngCore};

use crate::abe::{
    Ciphertext, CiphertextUpdate, EncryptError, ProxyKey, RecoverError, RowShare, Rows, RowsError, Transform,
    TransformError, UpdateError, UserSecret, VerifiedRegistration, transform, wrap,
};
use crate::encoding::DecodeError;
use crate::envelope::{BESIDE_CAPSULE, Capsule, Envelope, EnvelopeError, MAX_HEADER_LEN, fresh_data_key, seal};
use crate::hash::Hash32;
use crate::policy::Policy;
use crate::secret::AttributeSecret;
use crate::sign::VerifyingKey;
use crate::stream::{DataKey, SealingWriter, open_stream};

pub use change::{ChangeError, PolicyChange};

/// Why a file cannot be encrypted, opened or rekeyed.
#[derive(Debug, thiserror::Error)]
pub enum AbeFileError {
    /// Not a file of this kind, damaged, or the disk fails.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A public key is missing.
    #[error(transparent)]
    Encrypt(#[from] EncryptError),
    /// The keys do not satisfy the policy.
    #[error(transparent)]
    Transform(#[from] TransformError),
    /// The keys satisfy the policy and do not open: another person's keys, or an altered header.
    #[error(transparent)]
    Recover(#[from] RecoverError),
}

const _: () = assert!(BESIDE_CAPSULE + Ciphertext::MAX_LEN <= MAX_HEADER_LEN as usize);

/// What a file says about itself.
pub type FileHeader = Envelope<Ciphertext>;

impl Capsule for Ciphertext {
    const MAGIC: &'static [u8; 12] = b"medshare-abe";
    const MAY_BE_OWNED: bool = true;

    fn binding(&self) -> Hash32 {
        self.policy_hash()
    }

    fn name(&self) -> Vec<u8> {
        self.head()
    }

    fn encode(&self) -> Vec<u8> {
        self.to_bytes()
    }

    fn decode(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        Self::from_vec(bytes)
    }
}

/// What opens a file.
#[derive(Debug, Clone, Copy)]
pub enum Opener<'a> {
    /// The user's secret, its registration, and proxy keys, all in one hand.
    Alone {
        /// The user's z.
        user: &'a UserSecret,
        /// The registration under which the keys were issued.
        registration: &'a VerifiedRegistration,
        /// Keys of attributes.
        keys: &'a [ProxyKey],
    },
    /// The user's secret, and what a node made of the header.
    WithNode {
        /// The user's z.
        user: &'a UserSecret,
        /// The node's answer.
        transform: &'a Transform,
    },
}

/// What rekeying does with the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// It stays as it is. Whoever opened the file before may have kept its data key.
    Keep,
    /// It is encrypted again under a fresh data key.
    Reencrypt,
}

impl Envelope<Ciphertext> {
    /// Who may open the file.
    ///
    /// # Errors
    /// When the policy's text is damaged.
    pub fn policy(&self) -> Result<Policy, RowsError> {
        self.capsule.policy()
    }

    /// Moves the rows of an attribute to a new version.
    ///
    /// # Errors
    /// When the attribute is not in the policy or at another version, or rows are not valid; then nothing is changed.
    pub fn update(&mut self, update: &CiphertextUpdate) -> Result<(), UpdateError> {
        self.capsule.update(update)
    }

    /// σ.
    ///
    /// # Errors
    /// When the opener does not open it.
    pub fn secret(&self, opener: Opener<'_>) -> Result<AttributeSecret, AbeFileError> {
        let bound_to = self.context();
        Ok(match opener {
            Opener::Alone { user, registration, keys } => {
                let answer = transform(&self.capsule, registration, keys)?;
                user.recover(&self.capsule, &answer, &bound_to)?
            }
            Opener::WithNode { user, transform } => user.recover(&self.capsule, transform, &bound_to)?,
        })
    }
}

/// Encrypts all of `reader` into `writer` under the policy of `rows`; returns the plaintext's length. `shares` are the secrets of
/// whoever made the rows, which are used for this file only. From `owner` only a change of the file's policy is taken; the file names it.
///
/// # Errors
/// When reading or writing fails.
pub fn seal_file(
    rows: Rows,
    shares: Vec<RowShare>,
    owner: Option<VerifyingKey>,
    reader: &mut impl Read,
    writer: &mut impl Write,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<u64, AbeFileError> {
    seal(owner, reader, writer, rng, |context, rng| Ok(wrap(rows, shares, context, rng)))
}

/// Opens a file into `writer`; returns the plaintext's length. Discard the output unless this succeeds.
///
/// # Errors
/// When the opener does not open it, or anything of it is damaged.
pub fn open_file(opener: Opener<'_>, reader: &mut impl Read, writer: &mut impl Write) -> Result<u64, AbeFileError> {
    let header = FileHeader::read(reader)?;
    let sigma = header.secret(opener)?;
    Ok(header.open_payload(&sigma, reader, writer)?)
}

/// Puts a file under the policy of `rows`, which takes somebody who can open it. Its owner stays.
///
/// # Errors
/// When the opener does not open it, or anything of it is damaged.
pub fn rekey_file(
    opener: Opener<'_>,
    (rows, shares): (Rows, Vec<RowShare>),
    payload: Payload,
    reader: &mut impl Read,
    writer: &mut impl Write,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(), AbeFileError> {
    let old = FileHeader::read(reader)?;
    let old_key = old.unwrap(&old.secret(opener)?)?;
    let new_key = match payload {
        Payload::Keep => None,
        Payload::Reencrypt => Some(fresh_data_key(rng)),
    };
    let key = new_key.as_ref().unwrap_or(&old_key);
    let header = next_epoch(&old, key, rows, shares, rng)?;
    writer.write_all(&header.to_bytes()).map_err(EnvelopeError::from)?;
    match &new_key {
        None => {
            let mut copying = Copying { reader, writer };
            open_stream(&old_key, header.fixed_hash(), &mut copying, &mut std::io::sink())
                .map_err(EnvelopeError::from)?;
        }
        Some(key) => reencrypt(&old_key, key, header.fixed_hash(), reader, writer, rng)?,
    }
    Ok(())
}

/// Writes what is read, so that a payload is checked while it is copied: what is damaged is not passed on as if it were whole.
struct Copying<'a, R, W> {
    reader: &'a mut R,
    writer: &'a mut W,
}

impl<R: Read, W: Write> Read for Copying<'_, R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.writer.write_all(buffer.get(..count).unwrap_or_default())?;
        Ok(count)
    }
}

/// A fresh σ under other rows, for the next epoch.
fn next_epoch(
    old: &FileHeader,
    key: &DataKey,
    rows: Rows,
    shares: Vec<RowShare>,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<FileHeader, EnvelopeError> {
    let epoch = old.epoch.saturating_add(1);
    let context = crate::envelope::sigma_context(old.identity.record, epoch);
    let (ciphertext, sigma) = wrap(rows, shares, &context, rng);
    FileHeader::wrap(key, old.identity, epoch, ciphertext, &sigma)
}

/// Opens segment by segment and seals again, so that no plaintext is ever stored.
fn reencrypt(
    old: &DataKey,
    new: &DataKey,
    header: Hash32,
    reader: &mut impl Read,
    writer: &mut impl Write,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(), EnvelopeError> {
    let mut sealing = SealingWriter::new(new, header, writer, rng)?;
    open_stream(old, header, reader, &mut sealing)?;
    Ok(sealing.finish()?)
}

#[cfg(test)]
mod tests;
