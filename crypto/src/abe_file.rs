//! Files encrypted under a policy, without a network: what `medshare abe` writes and reads.
//!
//! ```text
//! magic "medshare-abe" ‖ u8 1 ‖ record (32, random)               fixed for the life of the file
//! u32 header length ‖ u64 epoch ‖ commitment (32) ‖ wrapped key (48) ‖ ciphertext of σ     replaced by rekeying
//! payload, as in [`crate::stream`]                                 additional data: hash of the fixed part
//! ```
//!
//! A random data key encrypts the payload. A key derived from σ ([`crate::derive`], bound to record, epoch and policy) wraps it with
//! AES-256-GCM; that key is used once, so its nonce is zero. Rekeying wraps the same data key under another policy with a fresh σ and
//! leaves the payload alone; strict rekeying changes the data key too. Memory does not depend on the file's size.
//!
//! **Not here:** who wrote the file. Anybody who knows the public keys can make one; sign it apart where that matters.

mod header;

use std::io::{Read, Write};

use rand_core::{CryptoRng, RngCore};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::abe::{
    EncryptError, ProxyKey, PublicKeys, RecoverError, TransformError, UserSecret, VerifiedRegistration, encrypt,
    transform,
};
use crate::derive::{CommitmentMismatch, KeyContext, derive_committed_data_key, derive_data_key};
use crate::encoding::DecodeError;
use crate::hash::Hash32;
use crate::policy::Policy;
use crate::secret::Secret32;
use crate::stream::{DataKey, StreamError, open_stream, seal_stream};

pub use header::{FileHeader, MAX_HEADER_LEN};

/// Why a file cannot be encrypted, opened or rekeyed.
#[derive(Debug, thiserror::Error)]
pub enum AbeFileError {
    /// Not a file of this format.
    #[error("this is not a file that was encrypted with medshare abe")]
    NotAnAbeFile,
    /// A newer format.
    #[error("the file has format {found}, and this software reads format 1")]
    UnknownVersion {
        /// The format that the file states.
        found: u8,
    },
    /// The header is damaged.
    #[error("the file's header is damaged")]
    Header(#[from] DecodeError),
    /// The header is longer than any that this software writes.
    #[error("the file's header is damaged: it claims to be longer than {MAX_HEADER_LEN} bytes")]
    HeaderTooLong,
    /// A public key is missing.
    #[error(transparent)]
    Encrypt(#[from] EncryptError),
    /// The keys do not satisfy the policy.
    #[error(transparent)]
    Transform(#[from] TransformError),
    /// The keys satisfy the policy and do not open: another person's keys, or an altered header.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// The wrapped key is not the one that the header commits to.
    #[error("the file's header was altered")]
    Altered,
    /// The payload does not open.
    #[error(transparent)]
    Payload(#[from] StreamError),
    /// Reading or writing failed.
    #[error("reading or writing failed")]
    Io(#[from] std::io::Error),
}

impl From<CommitmentMismatch> for AbeFileError {
    fn from(_: CommitmentMismatch) -> Self {
        Self::Altered
    }
}

/// What opens a file: the user's secret, its registration, and proxy keys.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// The user's z.
    pub user: &'a UserSecret,
    /// The registration under which the keys were issued.
    pub registration: &'a VerifiedRegistration,
    /// Keys of attributes.
    pub keys: &'a [ProxyKey],
}

/// What rekeying does with the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// It stays as it is. Whoever opened the file before may have kept its data key.
    Keep,
    /// It is encrypted again under a fresh data key.
    Reencrypt,
}

/// Encrypts all of `reader` into `writer` under `policy`; returns the plaintext's length.
///
/// # Errors
/// When a public key is missing, or reading or writing fails.
pub fn seal_file(
    policy: &Policy,
    keys: &PublicKeys,
    reader: &mut impl Read,
    writer: &mut impl Write,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<u64, AbeFileError> {
    let mut record = [0; 32];
    rng.fill_bytes(&mut record);
    let record = Hash32::from_bytes(record);
    let data_key = fresh_data_key(rng);
    let header = wrap_data_key(&data_key, record, 0, policy, keys, rng)?;
    writer.write_all(&header.to_bytes())?;
    Ok(seal_stream(&data_key, header.fixed_hash(), reader, writer, rng)?)
}

/// Opens a file into `writer`; returns the plaintext's length. Discard the output unless this succeeds.
///
/// # Errors
/// When the credentials do not open it, or anything of it is damaged.
pub fn open_file(
    credentials: Credentials<'_>,
    reader: &mut impl Read,
    writer: &mut impl Write,
) -> Result<u64, AbeFileError> {
    let header = FileHeader::read(reader)?;
    let data_key = unwrap_data_key(&header, credentials)?;
    Ok(open_stream(&data_key, header.fixed_hash(), reader, writer)?)
}

/// Puts a file under another policy, which takes somebody who can open it.
///
/// # Errors
/// When the credentials do not open it, a public key is missing, or anything of it is damaged.
pub fn rekey_file(
    credentials: Credentials<'_>,
    policy: &Policy,
    keys: &PublicKeys,
    payload: Payload,
    reader: &mut impl Read,
    writer: &mut impl Write,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(), AbeFileError> {
    let old = FileHeader::read(reader)?;
    let old_key = unwrap_data_key(&old, credentials)?;
    let epoch = old.epoch().saturating_add(1);
    match payload {
        Payload::Keep => {
            let header = wrap_data_key(&old_key, old.record(), epoch, policy, keys, rng)?;
            writer.write_all(&header.to_bytes())?;
            std::io::copy(reader, writer)?;
        }
        Payload::Reencrypt => {
            let key = fresh_data_key(rng);
            let header = wrap_data_key(&key, old.record(), epoch, policy, keys, rng)?;
            writer.write_all(&header.to_bytes())?;
            reencrypt(&old_key, &key, header.fixed_hash(), reader, writer, rng)?;
        }
    }
    Ok(())
}

/// Opens segment by segment and seals again, so that no plaintext is ever stored.
fn reencrypt(
    old: &DataKey,
    new: &DataKey,
    header: Hash32,
    reader: &mut impl Read,
    writer: &mut impl Write,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(), AbeFileError> {
    let mut sealing = crate::stream::SealingWriter::new(new, header, writer, rng)?;
    open_stream(old, header, reader, &mut sealing)?;
    Ok(sealing.finish()?)
}

fn fresh_data_key(rng: &mut (impl CryptoRng + RngCore)) -> DataKey {
    let secret = Secret32::generate(rng);
    DataKey::from_bytes(Zeroizing::new(*secret.expose()))
}

/// What σ is bound to.
fn sigma_context(record: Hash32, epoch: u64) -> Vec<u8> {
    [record.as_bytes().as_slice(), &epoch.to_be_bytes()].concat()
}

fn wrap_data_key(
    data_key: &DataKey,
    record: Hash32,
    epoch: u64,
    policy: &Policy,
    keys: &PublicKeys,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<FileHeader, AbeFileError> {
    let (ciphertext, sigma) = encrypt(policy, keys, &sigma_context(record, epoch), rng)?;
    let context = KeyContext { record, epoch, policy_hash: policy.hash() };
    let (wrapping, commitment) = derive_data_key(&sigma, None, &context);
    let mut wrapped = data_key.expose().to_vec();
    wrapping_cipher(&wrapping)?
        .seal_in_place_append_tag(zero_nonce(), Aad::empty(), &mut wrapped)
        .map_err(|_| AbeFileError::Altered)?;
    let wrapped = wrapped.try_into().map_err(|_| AbeFileError::Altered)?;
    Ok(FileHeader { record, epoch, commitment, wrapped, ciphertext })
}

fn unwrap_data_key(header: &FileHeader, credentials: Credentials<'_>) -> Result<DataKey, AbeFileError> {
    let answer = transform(&header.ciphertext, credentials.registration, credentials.keys)?;
    let bound_to = sigma_context(header.record, header.epoch);
    let sigma = credentials.user.recover(&header.ciphertext, &answer, &bound_to)?;
    let context = KeyContext { record: header.record, epoch: header.epoch, policy_hash: header.policy().hash() };
    let wrapping = derive_committed_data_key(&sigma, None, &context, &header.commitment)?;
    let mut wrapped = Zeroizing::new(header.wrapped);
    let key: &[u8] = wrapping_cipher(&wrapping)?
        .open_in_place(zero_nonce(), Aad::empty(), wrapped.as_mut_slice())
        .map_err(|_| AbeFileError::Altered)?;
    let key = key.try_into().map_err(|_| AbeFileError::Altered)?;
    Ok(DataKey::from_bytes(Zeroizing::new(key)))
}

fn wrapping_cipher(key: &DataKey) -> Result<LessSafeKey, AbeFileError> {
    let key = UnboundKey::new(&AES_256_GCM, key.expose()).map_err(|_| AbeFileError::Altered)?;
    Ok(LessSafeKey::new(key))
}

/// The wrapping key is derived afresh for every σ, so one fixed nonce is never used twice.
fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

#[cfg(test)]
mod tests;
