//! Encrypted files of any size, whichever scheme guards their data key.
//!
//! ```text
//! magic (12) ‖ u8 1 ‖ record (32, random)                                                  fixed for the life of the file
//! magic (12) ‖ u8 2 ‖ record (32, random) ‖ owner's verifying key (32)                     the same, of a file that names its owner
//! u32 header length ‖ u64 epoch ‖ commitment (32) ‖ wrapped key (48) ‖ capsule              replaced by rekeying
//! payload, as in [`crate::stream`]                                 additional data: hash of the fixed part
//! ```
//!
//! A random data key encrypts the payload. The capsule is σ, encrypted by a scheme. A key derived from σ ([`crate::derive`], bound to
//! record, epoch and what the capsule is bound to) wraps the data key with AES-256-GCM; that key is used once, so its nonce is zero.
//! The magic names the scheme: a file of one is never taken for a file of another. Memory does not depend on the file's size.
//!
//! **Owner.** Whose changes of the header are to be applied; the payload does not open under another owner's name. It shows to everybody. That the owner
//! made the header is not said here: a capsule may hold its signature ([`crate::abe_file`]).
//!
//! **Not here:** who wrote the contents. Whoever knows a file's data key can exchange them; sign them apart where that matters.

mod error;
mod identity;

use std::io::{Read, Write};

use rand_core::{CryptoRng, RngCore};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::derive::{KeyCommitment, KeyContext, derive_committed_data_key, derive_data_key};
use crate::encoding::{DecodeError, Decoder};
use crate::hash::{Hash32, tagged_hash};
use crate::secret::{AttributeSecret, Secret32};
use crate::sign::VerifyingKey;
use crate::stream::{DataKey, open_stream, seal_stream};

use error::at_end;
use identity::read_array;

pub use error::EnvelopeError;
pub(crate) use identity::Identity;

/// Length of the magic.
const MAGIC_LEN: usize = 12;
/// Length of a data key with its tag.
pub(crate) const WRAPPED_LEN: usize = 48;
/// Length in bytes of what stands in a header beside its capsule: epoch, commitment, wrapped key.
pub(crate) const BESIDE_CAPSULE: usize = 8 + KeyCommitment::LEN + WRAPPED_LEN;

/// Longest header behind the fixed part, in bytes; the largest policy needs some 830 KB.
pub const MAX_HEADER_LEN: u32 = 1024 * 1024;

/// σ, encrypted by one of the schemes.
pub trait Capsule: Sized {
    /// What its files begin with.
    const MAGIC: &'static [u8; MAGIC_LEN];
    /// Whether its files may name an owner.
    const MAY_BE_OWNED: bool = false;

    /// What the data key is bound to beside record and epoch: the policy, the labels, the class.
    fn binding(&self) -> Hash32;

    /// Encodes.
    fn encode(&self) -> Vec<u8>;

    /// The encoding in two parts, so that a long one that lies here already is written without being copied.
    fn encode_in_two(&self) -> (Vec<u8>, &[u8]) {
        (self.encode(), &[])
    }

    /// What of its encoding stands for the whole where a header is named.
    fn name(&self) -> Vec<u8> {
        self.encode()
    }

    /// Decodes; what the opener computes with is checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    fn decode(bytes: Vec<u8>) -> Result<Self, DecodeError>;
}

/// What stands in front of the payload.
#[derive(Debug, Clone)]
pub struct Envelope<C> {
    pub(crate) identity: Identity,
    pub(crate) epoch: u64,
    pub(crate) commitment: KeyCommitment,
    pub(crate) wrapped: [u8; WRAPPED_LEN],
    pub(crate) capsule: C,
}

/// What σ is bound to.
pub(crate) fn sigma_context(record: Hash32, epoch: u64) -> Vec<u8> {
    [record.as_bytes().as_slice(), &epoch.to_be_bytes()].concat()
}

pub(crate) fn fresh_data_key(rng: &mut (impl CryptoRng + RngCore)) -> DataKey {
    let secret = Secret32::generate(rng);
    DataKey::from_bytes(Zeroizing::new(*secret.expose()))
}

/// Encrypts all of `reader` into `writer`, for a file without an owner; `encrypt` makes the capsule for the context that it is given. Returns the plaintext's
/// length.
pub(crate) fn seal<C: Capsule, E: From<EnvelopeError>, R: CryptoRng + RngCore>(
    reader: &mut impl Read,
    writer: &mut impl Write,
    rng: &mut R,
    encrypt: impl FnOnce(&[u8], &mut R) -> Result<(C, AttributeSecret), E>,
) -> Result<u64, E> {
    let identity = Identity::generate(None, rng);
    let (capsule, sigma) = encrypt(&sigma_context(identity.record, 0), rng)?;
    let data_key = fresh_data_key(rng);
    let envelope = Envelope::wrap(&data_key, identity, 0, capsule, &sigma)?;
    Ok(envelope.write_sealed(&data_key, reader, writer, rng)?)
}

impl<C: Capsule> Envelope<C> {
    /// Reads the header and leaves `reader` at the payload.
    ///
    /// # Errors
    /// When this is not such a file, or its header is damaged.
    pub fn read(reader: &mut impl Read) -> Result<Self, EnvelopeError> {
        let identity = Identity::read::<C>(reader)?;
        let len = u32::from_be_bytes(read_array(reader)?);
        if len > MAX_HEADER_LEN {
            return Err(EnvelopeError::HeaderTooLong);
        }
        let capsule_len =
            (len as usize).checked_sub(BESIDE_CAPSULE).ok_or(DecodeError::Truncated { what: "header" })?;
        let beside: [u8; BESIDE_CAPSULE] = read_array(reader)?;
        let mut decoder = Decoder::new(&beside);
        let epoch = u64::from_be_bytes(decoder.array("epoch")?);
        let commitment = KeyCommitment::from_bytes(decoder.array("commitment")?);
        let wrapped = decoder.array("wrapped key")?;
        let mut capsule = vec![0; capsule_len];
        reader.read_exact(&mut capsule).map_err(|error| at_end(error, EnvelopeError::CutOff))?;
        Ok(Self { identity, epoch, commitment, wrapped, capsule: C::decode(capsule)? })
    }

    /// The bytes in front of the payload.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let capsule = self.capsule.encode();
        let mut bytes = self.front(capsule.len());
        bytes.extend_from_slice(&capsule);
        bytes
    }

    /// Writes [`Envelope::to_bytes`], and behind it all of `reader`, encrypted. Returns the plaintext's length.
    pub(crate) fn write_sealed(
        &self,
        data_key: &DataKey,
        reader: &mut impl Read,
        writer: &mut impl Write,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<u64, EnvelopeError> {
        let (capsule, rest) = self.capsule.encode_in_two();
        writer.write_all(&self.front(capsule.len() + rest.len()))?;
        writer.write_all(&capsule)?;
        writer.write_all(rest)?;
        Ok(seal_stream(data_key, self.fixed_hash(), reader, writer, rng)?)
    }

    /// The bytes in front of a capsule of this length.
    fn front(&self, capsule_len: usize) -> Vec<u8> {
        let len = BESIDE_CAPSULE + capsule_len;
        let mut bytes = self.identity.to_bytes::<C>();
        bytes.extend_from_slice(&(len as u32).to_be_bytes());
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        bytes.extend_from_slice(&self.commitment.to_bytes());
        bytes.extend_from_slice(&self.wrapped);
        bytes
    }

    /// The file's random identity.
    #[must_use]
    pub fn record(&self) -> Hash32 {
        self.identity.record
    }

    /// Whose file it is, as whoever made it says.
    #[must_use]
    pub fn owner(&self) -> Option<VerifyingKey> {
        self.identity.owner
    }

    /// How often the file was rekeyed.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The encrypted σ.
    #[must_use]
    pub fn capsule(&self) -> &C {
        &self.capsule
    }

    /// The context that σ is bound to: record and epoch.
    #[must_use]
    pub fn context(&self) -> Vec<u8> {
        sigma_context(self.identity.record, self.epoch)
    }

    /// Names this state of the header: all of it, or of the capsule what stands for it.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        self.hash_with(&self.capsule.name())
    }

    /// Names the header with `name` in the place of the capsule.
    pub(crate) fn hash_with(&self, name: &[u8]) -> Hash32 {
        let named = [self.front(name.len()).as_slice(), name].concat();
        tagged_hash("medshare/envelope/header/v1", &[&named])
    }

    /// Hash of the part that never changes: the payload's additional data.
    pub(crate) fn fixed_hash(&self) -> Hash32 {
        self.identity.hash::<C>()
    }

    /// An envelope around `data_key`, which σ unwraps.
    pub(crate) fn wrap(
        data_key: &DataKey,
        identity: Identity,
        epoch: u64,
        capsule: C,
        sigma: &AttributeSecret,
    ) -> Result<Self, EnvelopeError> {
        let (commitment, wrapped) = wrap_key(data_key, identity.record, epoch, capsule.binding(), sigma)?;
        Ok(Self { identity, epoch, commitment, wrapped, capsule })
    }

    /// The data key, with σ.
    pub(crate) fn unwrap(&self, sigma: &AttributeSecret) -> Result<DataKey, EnvelopeError> {
        let context =
            KeyContext { record: self.identity.record, epoch: self.epoch, policy_hash: self.capsule.binding() };
        let wrapping =
            derive_committed_data_key(sigma, None, &context, &self.commitment).map_err(|_| EnvelopeError::Altered)?;
        let mut wrapped = Zeroizing::new(self.wrapped);
        let key: &[u8] = wrapping_cipher(&wrapping)?
            .open_in_place(zero_nonce(), Aad::empty(), wrapped.as_mut_slice())
            .map_err(|_| EnvelopeError::Altered)?;
        let key = key.try_into().map_err(|_| EnvelopeError::Altered)?;
        Ok(DataKey::from_bytes(Zeroizing::new(key)))
    }

    /// Opens the payload behind this header, to which `reader` has come; returns the plaintext's length. Discard the output unless this succeeds.
    ///
    /// # Errors
    /// When σ is another header's, or anything of the payload is damaged.
    pub fn open_payload(
        &self,
        sigma: &AttributeSecret,
        reader: &mut impl Read,
        writer: &mut impl Write,
    ) -> Result<u64, EnvelopeError> {
        Ok(open_stream(&self.unwrap(sigma)?, self.fixed_hash(), reader, writer)?)
    }
}

/// Commitment and wrapped key for what the key is bound to.
pub(crate) fn wrap_key(
    data_key: &DataKey,
    record: Hash32,
    epoch: u64,
    binding: Hash32,
    sigma: &AttributeSecret,
) -> Result<(KeyCommitment, [u8; WRAPPED_LEN]), EnvelopeError> {
    let context = KeyContext { record, epoch, policy_hash: binding };
    let (wrapping, commitment) = derive_data_key(sigma, None, &context);
    let mut wrapped = Zeroizing::new(data_key.expose().to_vec());
    wrapping_cipher(&wrapping)?
        .seal_in_place_append_tag(zero_nonce(), Aad::empty(), &mut *wrapped)
        .map_err(|_| EnvelopeError::Altered)?;
    let wrapped = wrapped.as_slice().try_into().map_err(|_| EnvelopeError::Altered)?;
    Ok((commitment, wrapped))
}

fn wrapping_cipher(key: &DataKey) -> Result<LessSafeKey, EnvelopeError> {
    let key = UnboundKey::new(&AES_256_GCM, key.expose()).map_err(|_| EnvelopeError::Altered)?;
    Ok(LessSafeKey::new(key))
}

/// The wrapping key is derived afresh for every σ, epoch and policy, so one fixed nonce never serves two data keys.
fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}
