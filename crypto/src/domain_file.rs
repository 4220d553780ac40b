//! Files of a personal domain, encrypted under labels: what `medshare domain` writes and reads.
//!
//! The layout is [`crate::envelope`]'s with a [`KpCiphertext`] as capsule. The data key is bound to the labels' names, not to their
//! versions, so that a node moves a stored file to a new version without any secret of its own.

use std::io::{Read, Write};

use rand_core::{CryptoRng, RngCore};

use crate::abe::UpdateError;
use crate::encoding::DecodeError;
use crate::envelope::{Capsule, Envelope, EnvelopeError, seal};
use crate::hash::{Hash32, tagged_hash};
use crate::kp_abe::{
    DomainPublic, KpCiphertext, KpEncryptError, KpKey, KpOpenError, LabelPublic, LabelUpdate, encrypt,
};
use crate::policy::AttributeName;

/// Why a file cannot be encrypted or opened.
#[derive(Debug, thiserror::Error)]
pub enum DomainFileError {
    /// Not a file of this kind, damaged, or the disk fails.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The labels cannot be encrypted under.
    #[error(transparent)]
    Encrypt(#[from] KpEncryptError),
    /// The key does not open it.
    #[error(transparent)]
    Open(#[from] KpOpenError),
}

/// What a file says about itself.
pub type DomainFileHeader = Envelope<KpCiphertext>;

impl Capsule for KpCiphertext {
    const MAGIC: &'static [u8; 12] = b"medshare-dom";

    fn binding(&self) -> Hash32 {
        let labels: Vec<&str> = self.labels().map(AttributeName::as_str).collect();
        tagged_hash("medshare/domain-file/labels/v1", &[labels.join("\n").as_bytes()])
    }

    fn encode(&self) -> Vec<u8> {
        self.to_bytes()
    }

    fn decode(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        Self::from_bytes(&bytes)
    }
}

impl Envelope<KpCiphertext> {
    /// Moves a label to a new version.
    ///
    /// # Errors
    /// When the file does not have the label, or has it at another version; then nothing is changed.
    pub fn update(&mut self, update: &LabelUpdate) -> Result<(), UpdateError> {
        self.capsule.update(update)
    }
}

/// Encrypts all of `reader` into `writer` under `labels`; returns the plaintext's length.
///
/// # Errors
/// When the labels are none, too many, foreign or repeated, or reading or writing fails.
pub fn seal_file(
    domain: &DomainPublic,
    labels: &[LabelPublic],
    reader: &mut impl Read,
    writer: &mut impl Write,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<u64, DomainFileError> {
    seal(reader, writer, rng, |context, rng| Ok(encrypt(domain, labels, context, rng)?))
}

/// Opens a file into `writer`; returns the plaintext's length. Discard the output unless this succeeds.
///
/// # Errors
/// When the key does not open it, or anything of it is damaged.
pub fn open_file(key: &KpKey, reader: &mut impl Read, writer: &mut impl Write) -> Result<u64, DomainFileError> {
    let header = DomainFileHeader::read(reader)?;
    let sigma = key.open(header.capsule(), &header.context())?;
    Ok(header.open_payload(&sigma, reader, writer)?)
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::*;
    use crate::kp_abe::DomainSecret;
    use crate::stream::SEGMENT_LEN;

    #[test]
    fn a_labelled_file_opens_for_keys_whose_policy_its_labels_satisfy_also_after_an_update() {
        let domain = DomainSecret::generate("alice".parse().unwrap(), &mut OsRng);
        let label = |name: &str, version| domain.label_public(&name.parse().unwrap(), version).unwrap();
        let versions = std::collections::BTreeMap::new();
        let issue = |policy: &str| domain.issue(&policy.parse().unwrap(), [1; 32], &versions, &mut OsRng).unwrap();
        let (allergist, other) = (issue("allergies@alice"), issue("history@alice"));
        let plaintext = vec![7; SEGMENT_LEN + 1];
        let mut sealed = Vec::new();
        let labels = [label("allergies@alice", 0), label("emergency@alice", 0)];
        seal_file(&domain.public(), &labels, &mut plaintext.as_slice(), &mut sealed, &mut OsRng).unwrap();
        let open = |key: &KpKey, mut file: &[u8]| {
            let mut opened = Vec::new();
            open_file(key, &mut file, &mut opened).map(|_| opened)
        };
        assert_eq!(open(&allergist, &sealed).unwrap(), plaintext);
        assert!(matches!(open(&other, &sealed), Err(DomainFileError::Open(KpOpenError::NotSatisfied { .. }))));

        let mut payload = sealed.as_slice();
        let mut header = DomainFileHeader::read(&mut payload).unwrap();
        let name = "allergies@alice".parse().unwrap();
        header.update(&domain.label_update(&name, 0, 1).unwrap()).unwrap();
        let moved = [header.to_bytes().as_slice(), payload].concat();
        assert!(matches!(open(&allergist, &moved), Err(DomainFileError::Open(KpOpenError::OtherVersion { .. }))));
        let mut kept = KpKey::from_bytes(&allergist.to_bytes()).unwrap();
        let versions = std::collections::BTreeMap::from([(name, 1)]);
        kept.renew(domain.issue(allergist.policy(), [1; 32], &versions, &mut OsRng).unwrap()).unwrap();
        assert_eq!(open(&kept, &moved).unwrap(), plaintext);
    }
}
