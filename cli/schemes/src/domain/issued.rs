//! One key of a domain that was given out, as a register's line has it.

use medshare_crypto::encoding::DecodeError;
use medshare_crypto::policy::Policy;
use medshare_crypto::seal::SealingPublicKey;
use medshare_crypto::seal::classical::ClassicalPublicKey;
use medshare_crypto::sign::VerifyingKey;

use super::versions::Versions;
use crate::scheme::address::Address;
use crate::scheme::party::PartyPublic;
use crate::scheme::text_file::TextFile;

/// What lines with keys begin with: of holders with keys of now, and of those that a build before gave out to holders with X25519 keys.
#[derive(Clone, Copy)]
pub struct Lines {
    pub of_now: &'static str,
    pub of_before: &'static str,
}

/// One key that was given out.
pub struct Issued {
    pub id: [u8; 32],
    pub holder: PartyPublic,
    pub policy: Policy,
    /// The versions of its policy's labels that it has, or has been sent. Lines of their own have them, by its id; those of earlier builds are missing.
    pub versions: Versions,
}

impl Issued {
    /// Its line: `id (32) ‖ verifying key (32) ‖ sealing key (1216; 32 of before) ‖ policy`.
    pub fn line(&self, lines: Lines) -> (&'static str, Vec<u8>) {
        let (kind, sealing) = match &self.holder.sealing {
            Address::Hybrid(key) => (lines.of_now, key.as_bytes().to_vec()),
            Address::OfBefore(key) => (lines.of_before, key.to_bytes().to_vec()),
        };
        let (verifying, policy) = (self.holder.verifying.to_bytes(), self.policy.to_string());
        (kind, [self.id.as_slice(), &verifying, &sealing, policy.as_bytes()].concat())
    }

    fn of_line(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::with_address(bytes, |key| Address::Hybrid(SealingPublicKey::from_bytes(*key)))
    }

    fn of_line_of_before(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::with_address(bytes, |key| Address::OfBefore(ClassicalPublicKey::from_bytes(*key)))
    }

    fn with_address<const LEN: usize>(
        bytes: &[u8],
        address: impl FnOnce(&[u8; LEN]) -> Address,
    ) -> Result<Self, DecodeError> {
        let cut = || DecodeError::Truncated { what: "entry" };
        let (id, rest) = bytes.split_first_chunk::<32>().ok_or_else(cut)?;
        let (verifying, rest) = rest.split_first_chunk::<32>().ok_or_else(cut)?;
        let (sealing, policy) = rest.split_first_chunk::<LEN>().ok_or_else(cut)?;
        let verifying = VerifyingKey::from_bytes(*verifying);
        let verifying = verifying.map_err(|_| DecodeError::InvalidElement { what: "holder" })?;
        let text = || DecodeError::InvalidText { what: "policy" };
        let policy = core::str::from_utf8(policy).map_err(|_| text())?.parse().map_err(|_| text())?;
        Ok(Self {
            id: *id,
            holder: PartyPublic { verifying, sealing: address(sealing) },
            policy,
            versions: Versions::new(),
        })
    }
}

impl Lines {
    /// The keys in such lines of a file, in their order.
    pub fn read(self, file: &TextFile) -> anyhow::Result<Vec<Issued>> {
        let keys = file.entries().filter_map(|(kind, value)| match kind {
            kind if kind == self.of_now => Some(file.decoded(kind, value, Issued::of_line)),
            kind if kind == self.of_before => Some(file.decoded(kind, value, Issued::of_line_of_before)),
            _ => None,
        });
        keys.collect()
    }
}
