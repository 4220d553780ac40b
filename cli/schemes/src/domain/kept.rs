//! What an owner keeps of her domain: its key, and the register beside it, which is locked while a command changes it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use anyhow::Context as _;
use medshare_cli_terminal::Failure;
use medshare_crypto::kp_abe::DomainSecret;

use super::key::DomainKey;
use super::owner::DomainArgs;
use super::register::Register;
use super::whose;
use crate::scheme::secrets::Protection;

/// Key and register, for one command at a time.
pub struct Kept<'a> {
    key: DomainKey,
    files: &'a DomainArgs,
    secrets: &'a Protection,
    /// Whoever has it changes the register alone: those who change it at once come one after the other.
    _lock: File,
}

impl<'a> Kept<'a> {
    /// Reads both, the register under its lock.
    pub fn read(files: &'a DomainArgs, secrets: &'a Protection) -> anyhow::Result<(Self, Register)> {
        // Nobody waits for a lock while somebody looks for a passphrase. That the key is read before it is no harm: the register may be newer.
        let key = DomainKey::read(&files.key, secrets)?;
        whose::is_there(&files.register)?;
        let lock = lock(&files.register)
            .with_context(|| Failure::output(format!("cannot lock the register {}", files.register.display())))?;
        let register = whose::read_of(&files.register, &key, files.own_register)?;
        Ok((Self { key, files, secrets, _lock: lock }, register))
    }

    /// The domain's secret.
    pub fn domain(&self) -> &DomainSecret {
        &self.key.secret
    }

    /// Writes the register, and then that it was written: where it breaks off between the two, the register is the newer one, and its key made it.
    pub fn keep(&mut self, register: &Register) -> anyhow::Result<()> {
        self.key.written = register.written.unwrap_or_default().max(self.key.written).saturating_add(1);
        register.write(&self.files.register, &self.key)?;
        self.key.write_over(&self.files.key, self.secrets)
    }
}

/// Locks a file beside the register, which is another file whenever it was written.
fn lock(register: &Path) -> io::Result<File> {
    let mut path = register.as_os_str().to_owned();
    path.push(".lock");
    let lock = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
    lock.lock()?;
    Ok(lock)
}
