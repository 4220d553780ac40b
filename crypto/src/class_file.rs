//! Files in an owner's classes: what `medshare aggregate` writes and reads.
//!
//! The layout is [`crate::envelope`]'s with a [`ClassCiphertext`] as capsule.

use std::io::{Read, Write};

use rand_core::{CryptoRng, RngCore};

use crate::encoding::DecodeError;
use crate::envelope::{Capsule, Envelope, EnvelopeError, seal};
use crate::hash::{Hash32, tagged_hash};
use crate::key_aggregate::{AggregateKey, AggregateOwnerPublic, AggregateParameters, ClassCiphertext, ClassError};

/// Why a file cannot be encrypted or opened.
#[derive(Debug, thiserror::Error)]
pub enum ClassFileError {
    /// Not a file of this kind, damaged, or the disk fails.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The class does not exist, or the key does not open it.
    #[error(transparent)]
    Class(#[from] ClassError),
}

/// What a file says about itself.
pub type ClassFileHeader = Envelope<ClassCiphertext>;

impl Capsule for ClassCiphertext {
    const MAGIC: &'static [u8; 12] = b"medshare-cls";

    fn binding(&self) -> Hash32 {
        tagged_hash("medshare/class-file/class/v1", &[&self.class().to_be_bytes()])
    }

    fn encode(&self) -> Vec<u8> {
        self.to_bytes()
    }

    fn decode(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        Self::from_bytes(&bytes)
    }
}

/// Encrypts all of `reader` into `writer`, into a class of `owner`; returns the plaintext's length.
///
/// # Errors
/// When there is no such class, or reading or writing fails.
pub fn seal_file(
    owner: &AggregateOwnerPublic,
    parameters: &AggregateParameters,
    class: u16,
    reader: &mut impl Read,
    writer: &mut impl Write,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<u64, ClassFileError> {
    seal(reader, writer, rng, |context, rng| Ok(owner.encrypt(parameters, class, context, rng)?))
}

/// Opens a file of `owner` into `writer`; returns the plaintext's length. Discard the output unless this succeeds.
///
/// # Errors
/// When the key does not open it, or anything of it is damaged.
pub fn open_file(
    key: &AggregateKey,
    owner: &AggregateOwnerPublic,
    parameters: &AggregateParameters,
    reader: &mut impl Read,
    writer: &mut impl Write,
) -> Result<u64, ClassFileError> {
    let header = ClassFileHeader::read(reader)?;
    let sigma = key.open(parameters, owner, header.capsule(), &header.context())?;
    Ok(header.open_payload(&sigma, reader, writer)?)
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::*;
    use crate::key_aggregate::AggregateOwner;
    use crate::stream::SEGMENT_LEN;

    #[test]
    fn one_key_opens_the_files_of_its_classes_and_no_others() {
        let parameters = AggregateParameters::generate(5, &mut OsRng).unwrap();
        let owner = AggregateOwner::generate(&mut OsRng);
        let key = owner.aggregate_key(&parameters, &[1, 4].into()).unwrap();
        let plaintext = vec![7; 2 * SEGMENT_LEN];
        for class in 1..=5 {
            let (mut sealed, mut opened) = (Vec::new(), Vec::new());
            let (public, reader) = (owner.public(), &mut plaintext.as_slice());
            seal_file(&public, &parameters, class, reader, &mut sealed, &mut OsRng).unwrap();
            let outcome = open_file(&key, &public, &parameters, &mut sealed.as_slice(), &mut opened);
            if [1, 4].contains(&class) {
                outcome.unwrap();
                assert_eq!(opened, plaintext);
            } else {
                let refusal = outcome.unwrap_err().to_string();
                assert_eq!(refusal, format!("the key does not cover class {class}"));
            }
        }
    }

    #[test]
    fn files_of_other_schemes_are_named() {
        let other = b"medshare-abe and more".as_slice();
        let error = ClassFileHeader::read(&mut &*other).unwrap_err().to_string();
        assert_eq!(error, "this file was encrypted with medshare abe, not with medshare aggregate");
        let error = ClassFileHeader::read(&mut b"%PDF".as_slice()).unwrap_err().to_string();
        assert_eq!(error, "this is not a file that was encrypted with medshare aggregate");
    }
}
