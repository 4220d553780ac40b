//! Files encrypted under a policy, without a network: what `medshare abe` writes and reads.
//!
//! The layout is [`crate::envelope`]'s with a [`FileCapsule`] as capsule: a [`Ciphertext`](crate::abe::Ciphertext) with the owner's signature over the header.
//! Rekeying wraps the same data key under another policy with a fresh σ and leaves the payload alone; strict rekeying changes the data key too. A [`PolicyChange`]
//! does the former for a file that lies elsewhere: small, without secrets, with the owner's signature over the new header, and applied by whoever stores the file.

mod capsule;
mod change;
mod owner;
mod purpose;

use std::io::{Read, Write};

use rand_core::{CryptoRng, RngCore};

use crate::abe::{
    ProxyKey, RecoverError, RowShare, Rows, Transform, TransformError, UserSecret, VerifiedRegistration, wrap,
};
use crate::envelope::{
    BESIDE_CAPSULE, Envelope, EnvelopeError, Identity, MAX_HEADER_LEN, fresh_data_key, sigma_context,
};
use crate::hash::Hash32;
use crate::sign::SigningKey;
use crate::stream::{DataKey, SealingWriter, open_stream};

pub use capsule::FileCapsule;
pub use change::{ChangeError, PolicyChange};
pub use owner::{OwnerError, OwnersHeader};
use purpose::Purpose;

/// Why a file cannot be encrypted, opened or rekeyed.
#[derive(Debug, thiserror::Error)]
pub enum AbeFileError {
    /// Not a file of this kind, damaged, or the disk fails.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Its header is not signed by an owner who was named.
    #[error(transparent)]
    Owner(#[from] OwnerError),
    /// The keys do not satisfy the policy.
    #[error(transparent)]
    Transform(#[from] TransformError),
    /// The keys satisfy the policy and do not open: another person's keys, or an altered header.
    #[error(transparent)]
    Recover(#[from] RecoverError),
}

const _: () = assert!(BESIDE_CAPSULE + FileCapsule::MAX_LEN <= MAX_HEADER_LEN as usize);

/// What a file says about itself.
pub type FileHeader = Envelope<FileCapsule>;

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

/// Encrypts all of `reader` into `writer` under the policy of `rows`; returns the plaintext's length. `shares` are the secrets of
/// whoever made the rows, which are used for this file only. The file is the owner's, who signs its header.
///
/// # Errors
/// When reading or writing fails.
pub fn seal_file(
    rows: Rows,
    shares: Vec<RowShare>,
    owner: &SigningKey,
    reader: &mut impl Read,
    writer: &mut impl Write,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<u64, EnvelopeError> {
    let identity = Identity::generate(Some(owner.verifying_key()), rng);
    let (ciphertext, sigma) = wrap(rows, shares, &sigma_context(identity.record, 0), rng);
    let data_key = fresh_data_key(rng);
    let header = FileHeader::wrap(&data_key, identity, 0, FileCapsule::unsigned(ciphertext), &sigma)?;
    let header = header.signed(owner, Purpose::Made);
    header.write_sealed(&data_key, reader, writer, rng)
}

/// Puts a file under the policy of `rows`, which takes its owner, and somebody who can open it.
///
/// # Errors
/// When the file is not the owner's, the opener does not open it, or anything of it is damaged.
pub fn rekey_file(
    opener: Opener<'_>,
    (rows, shares): (Rows, Vec<RowShare>),
    payload: Payload,
    owner: &SigningKey,
    reader: &mut impl Read,
    writer: &mut impl Write,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(), AbeFileError> {
    let old = FileHeader::read(reader)?.of_owner(&[owner.verifying_key()])?;
    let (sigma, old) = (old.secret(opener)?, old.header());
    let old_key = old.unwrap(&sigma)?;
    let new_key = match payload {
        Payload::Keep => None,
        Payload::Reencrypt => Some(fresh_data_key(rng)),
    };
    let key = new_key.as_ref().unwrap_or(&old_key);
    let header = next_epoch(old, key, rows, shares, rng)?;
    let header = header.signed(owner, Purpose::Replaces { before: old.name_that_is_signed(), payload });
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

/// A fresh σ under other rows, for the next epoch; not signed yet.
fn next_epoch(
    old: &FileHeader,
    key: &DataKey,
    rows: Rows,
    shares: Vec<RowShare>,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<FileHeader, EnvelopeError> {
    let epoch = old.epoch.saturating_add(1);
    let (ciphertext, sigma) = wrap(rows, shares, &sigma_context(old.identity.record, epoch), rng);
    FileHeader::wrap(key, old.identity, epoch, FileCapsule::unsigned(ciphertext), &sigma)
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
