//! The owner's register: who has which key. Not secret, but nobody else's business.

use std::path::Path;

use anyhow::Context as _;
use medshare_cli_terminal::whole_file::write_over;
use medshare_crypto::encoding::DecodeError;
use medshare_crypto::policy::Policy;
use medshare_crypto::seal::SealingPublicKey;
use medshare_crypto::sign::VerifyingKey;

use crate::scheme::party::PartyPublic;
use crate::scheme::text_file::{TextFile, text_of};

const REGISTER: &str = "medshare-domain-register: 1";

/// One key that was given out.
pub struct Issued {
    pub id: [u8; 32],
    pub holder: PartyPublic,
    pub policy: Policy,
}

impl Issued {
    /// `id (32) ‖ verifying key (32) ‖ sealing key (32) ‖ policy`.
    fn to_bytes(&self) -> Vec<u8> {
        let (verifying, sealing) = (self.holder.verifying.to_bytes(), self.holder.sealing.to_bytes());
        [self.id.as_slice(), &verifying, &sealing, self.policy.to_string().as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let cut = || DecodeError::Truncated { what: "entry" };
        let (id, rest) = bytes.split_first_chunk::<32>().ok_or_else(cut)?;
        let (verifying, rest) = rest.split_first_chunk::<32>().ok_or_else(cut)?;
        let (sealing, policy) = rest.split_first_chunk::<32>().ok_or_else(cut)?;
        let verifying = VerifyingKey::from_bytes(*verifying);
        let verifying = verifying.map_err(|_| DecodeError::InvalidElement { what: "holder" })?;
        let text = || DecodeError::InvalidText { what: "policy" };
        let policy = core::str::from_utf8(policy).map_err(|_| text())?.parse().map_err(|_| text())?;
        let holder = PartyPublic { verifying, sealing: SealingPublicKey::from_bytes(*sealing) };
        Ok(Self { id: *id, holder, policy })
    }
}

/// Reads a register; one that does not exist yet is empty.
pub fn read(path: &Path) -> anyhow::Result<Vec<Issued>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    TextFile::read(path, REGISTER)?.only(&["key"])?.all("key", Issued::from_bytes)
}

/// Writes a register.
pub fn write(path: &Path, issued: &[Issued]) -> anyhow::Result<()> {
    let lines: Vec<Vec<u8>> = issued.iter().map(Issued::to_bytes).collect();
    let text = text_of(REGISTER, lines.iter().map(|line| ("key", line.as_slice())));
    write_over(path, &text).with_context(|| format!("cannot write the register {}", path.display()))
}
