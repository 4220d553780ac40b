//! Questions on their way: closed to everybody but the nodes that are asked.
//!
//! The connections between nodes agree on their keys by X25519 alone, and whoever records them reads them once he has a quantum
//! computer. So what is said of records is sealed besides. It is encrypted once ([`stream`](medshare_crypto::stream)), however many nodes are asked,
//! under a key that no other question has; that goes to each of them sealed to its key of the genesis ([`seal`](mod@medshare_crypto::seal)).
//!
//! ```text
//! offset   bytes  field
//! 0        32     name of the request, which the ledger has
//! 32       1168   the key, sealed to the node that is asked; HPKE's info names the request
//! 1200     8      length n
//! 1208     n      the question, encrypted
//! 1208+n   rest   the template, gzipped and encrypted; nothing where the node is thought to have it
//! ```
//! The additional data of each encrypted part is a hash of the request's name and of which part it is. What shows are lengths.

use medshare_crypto::hash::{Hash32, tagged_hash};
use medshare_crypto::seal::{OVERHEAD, OpenError, SealError, SealingPublicKey, SealingSecretKey, open, seal};
use medshare_crypto::stream::{DataKey, SealingWriter, StreamError, open_all, open_stream, seal_all, sealed_len};
use rand_core::{OsRng, RngCore as _};
use std::io::Write;
use zeroize::Zeroizing;

/// Bytes of a question's key as it is sent.
const SEALED_KEY_BYTES: usize = 32 + OVERHEAD;
/// Bytes of a question's name and key, which stand in front of it.
const HEAD_BYTES: usize = Hash32::LEN + SEALED_KEY_BYTES;
/// Bytes of a length.
const LENGTH_BYTES: usize = size_of::<u64>();
const INFO: &[u8] = b"medshare/validation-question/v1";
const QUESTION: &str = "medshare/validation-question/v1";
const TEMPLATE: &str = "medshare/validation-template/v1";

/// Bytes that are sent for a question and a template, packed, of these lengths.
pub(super) const fn sent_bytes(question: usize, packed: usize) -> usize {
    HEAD_BYTES
        .saturating_add(LENGTH_BYTES)
        .saturating_add(encrypted_bytes(question))
        .saturating_add(encrypted_bytes(packed))
}

/// Bytes of so many when they are encrypted.
pub(crate) const fn encrypted_bytes(plain: usize) -> usize {
    let bytes = sealed_len(plain as u64);
    if bytes > usize::MAX as u64 { usize::MAX } else { bytes as usize }
}

/// The key of a question, and the request that it is about.
pub(crate) struct QuestionKey {
    name: Hash32,
    key: DataKey,
}

impl QuestionKey {
    /// A fresh key for a question about the request of this name.
    pub(super) fn fresh(name: Hash32) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(key.as_mut_slice());
        Self { name, key: DataKey::from_bytes(key) }
    }

    /// What stands in front of the question for the node with this key.
    ///
    /// # Errors
    /// When nothing can be sealed to it, which no genesis lets in.
    pub(crate) fn sealed_to(&self, node: &SealingPublicKey) -> Result<Vec<u8>, SealError> {
        let key = seal(node, &info(&self.name), &[], self.key.expose(), &mut OsRng)?;
        Ok([self.name.as_bytes().as_slice(), &key].concat())
    }

    /// A question, encrypted, behind its length.
    pub(super) fn question(&self, question: &[u8]) -> Result<Vec<u8>, StreamError> {
        let encrypted = seal_all(&self.key, self.part(QUESTION), question, &mut OsRng)?;
        Ok([(encrypted.len() as u64).to_be_bytes().as_slice(), &encrypted].concat())
    }

    /// Encrypts a template that is written to it, packed, into `out`.
    pub(super) fn template<W: Write>(&self, out: W) -> Result<SealingWriter<W>, StreamError> {
        SealingWriter::new(&self.key, self.part(TEMPLATE), out, &mut OsRng)
    }

    /// Decrypts a question.
    pub(super) fn open_question(&self, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, StreamError> {
        open_all(&self.key, self.part(QUESTION), encrypted)
    }

    /// Decrypts a packed template into `out`.
    pub(super) fn open_template(&self, mut encrypted: &[u8], out: &mut impl Write) -> Result<u64, StreamError> {
        open_stream(&self.key, self.part(TEMPLATE), &mut encrypted, out)
    }

    fn part(&self, domain: &'static str) -> Hash32 {
        tagged_hash(domain, &[self.name.as_bytes()])
    }
}

/// What a node was sent, before anything of it is opened.
pub(super) struct Received<'a> {
    /// The request that it is about, as whoever sent it says.
    pub(super) name: Hash32,
    key: &'a [u8; SEALED_KEY_BYTES],
    /// The question, encrypted.
    pub(super) question: &'a [u8],
    /// The template, encrypted; empty where it did not come along.
    pub(super) template: &'a [u8],
}

impl<'a> Received<'a> {
    /// Takes it apart; none where it is of another form.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let (name, rest) = bytes.split_first_chunk()?;
        let (key, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (question, template) = rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
        Some(Self { name: Hash32::from_bytes(*name), key, question, template })
    }

    /// Its key, if it is for this node and about the request that it names.
    pub(super) fn open_key(&self, node: &SealingSecretKey) -> Result<QuestionKey, OpenError> {
        let key = open(node, &info(&self.name), &[], self.key)?;
        let key = Zeroizing::new(<[u8; 32]>::try_from(key.as_slice()).map_err(|_| OpenError)?);
        Ok(QuestionKey { name: self.name, key: DataKey::from_bytes(key) })
    }
}

fn info(name: &Hash32) -> Vec<u8> {
    [INFO, name.as_bytes()].concat()
}
