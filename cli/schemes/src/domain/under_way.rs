//! A revocation that is under way: what the register says of it from before the first change until after the last.
//!
//! A revocation raises labels in the public file and takes keys out of the register. Where it breaks off between the two, the next run goes on
//! from here: the keys have ended, whatever the public file says yet, and no label is raised twice.

use medshare_cli_terminal::Failure;
use medshare_crypto::encoding::DecodeError;
use medshare_crypto::policy::AttributeName;
use medshare_crypto::sign::VerifyingKey;

use super::issued::{Issued, Lines};
use super::versions::Versions;
use crate::scheme::failure::refused;
use crate::scheme::text_file::TextFile;

/// Lines with keys that end.
pub const KEYS: Lines = Lines { of_now: "ending", of_before: "ending-key" };
/// Line with a label that is raised: `u32 version before ‖ label`.
pub const RAISED: &str = "raised";

/// The revocation.
#[derive(Default)]
pub struct UnderWay {
    /// The keys that end, all of one party.
    pub ending: Vec<Issued>,
    /// The labels that are raised, with their versions before.
    pub raised: Versions,
}

impl UnderWay {
    /// What a register says; none where nothing ends.
    pub fn read(file: &TextFile) -> anyhow::Result<Option<Self>> {
        let ending = KEYS.read(file)?;
        let raised = file.all(RAISED, label_from_bytes)?.into_iter().collect();
        Ok((!ending.is_empty()).then_some(Self { ending, raised }))
    }

    /// Whose keys end.
    pub fn holder(&self) -> Option<VerifyingKey> {
        self.ending.first().map(|issued| issued.holder.verifying)
    }

    /// What is told where it must be finished first.
    pub fn broke_off(&self) -> Failure {
        let whose = self.holder().map_or_else(String::new, |holder| holder.to_string());
        let message = format!("a revocation that broke off is under way: that of the party with the key {whose}");
        refused(message).hint("`medshare domain revoke` with --holder of that party finishes it")
    }

    /// The lines of a register.
    pub fn lines(&self) -> Vec<(&'static str, Vec<u8>)> {
        let ending = self.ending.iter().map(|issued| issued.line(KEYS));
        let raised = self.raised.iter().map(|(label, version)| (RAISED, label_bytes(label, *version)));
        ending.chain(raised).collect()
    }
}

/// `u32 version ‖ label`.
pub fn label_bytes(label: &AttributeName, version: u32) -> Vec<u8> {
    [version.to_be_bytes().as_slice(), label.as_str().as_bytes()].concat()
}

/// The same, decoded.
pub fn label_from_bytes(bytes: &[u8]) -> Result<(AttributeName, u32), DecodeError> {
    let (version, label) = bytes.split_first_chunk().ok_or(DecodeError::Truncated { what: "label" })?;
    let text = || DecodeError::InvalidText { what: "label" };
    let label = core::str::from_utf8(label).map_err(|_| text())?.parse().map_err(|_| text())?;
    Ok((label, u32::from_be_bytes(*version)))
}
