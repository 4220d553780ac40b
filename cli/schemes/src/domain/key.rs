//! The key file of a domain: its secret, and what it knows of the register beside it.

use std::path::Path;

use anyhow::Context as _;
use medshare_cli_terminal::lock::Lock;
use medshare_crypto::kp_abe::DomainSecret;

use crate::scheme::secrets::{Protection, damaged, joined};

/// Kind of a domain's key file.
const KIND: &str = "domain";

/// What a domain's owner alone has.
///
/// In its file: the secret, then `u64 written ‖ u64 raised`, which files of earlier builds do not have.
pub struct DomainKey {
    pub secret: DomainSecret,
    /// How often the register was written, as far as this file knows: one that was written less often is an older copy. 0 where no build wrote it that
    /// authenticates it.
    pub written: u64,
    /// The versions in force of all labels, added up: each of them only rises, so that what adds up to less has an older one.
    pub raised: u64,
}

impl DomainKey {
    /// Reads a key file.
    pub fn read(path: &Path, secrets: &Protection) -> anyhow::Result<Self> {
        let bytes = secrets.open(path, KIND)?;
        // The secret says how long it is: no file is both.
        let of_before = DomainSecret::from_bytes(&bytes).ok().map(|secret| Self { secret, written: 0, raised: 0 });
        let of_now = || {
            let (rest, raised) = bytes.split_last_chunk()?;
            let (secret, written) = rest.split_last_chunk()?;
            let [written, raised] = [written, raised].map(|number| u64::from_be_bytes(*number));
            Some(Self { secret: DomainSecret::from_bytes(secret).ok()?, written, raised })
        };
        of_before.or_else(of_now).with_context(|| damaged(path))
    }

    /// Writes a new key file.
    pub fn write(&self, path: &Path, secrets: &Protection) -> anyhow::Result<()> {
        secrets.write(path, KIND, self.secret.name().as_str(), &self.to_bytes())
    }

    /// Writes it in place of what it was, protected as that was, for whoever has its lock.
    pub fn write_over(&self, path: &Path, secrets: &Protection, lock: &Lock) -> anyhow::Result<()> {
        secrets.write_over(path, KIND, &self.to_bytes(), lock)
    }

    fn to_bytes(&self) -> zeroize::Zeroizing<Vec<u8>> {
        joined(&[&self.secret.to_bytes(), &self.written.to_be_bytes(), &self.raised.to_be_bytes()])
    }
}
