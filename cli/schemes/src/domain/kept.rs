//! What an owner keeps of her domain: its key, and the register beside it, which is locked while a command changes it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use medshare_cli_terminal::{Exit, Failure};
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

    /// Refuses a register that went on by its owner's word beside a public file that is an older one, too.
    pub fn knows_none_newer(&self, register: &Register) -> anyhow::Result<()> {
        let (found, known) = (raised(register), self.key.raised);
        if found >= known {
            return Ok(());
        }
        let message = format!(
            "register and public file are older than the key: labels were raised {found} times, and the key knows of {known}"
        );
        let hint =
            "restore the newest register, or the newest public file, which everybody has to whom it was handed out";
        bail!(Failure::new(Exit::Key, "other-generation", message).hint(hint));
    }

    /// Writes the register, and then that it was written: where it breaks off between the two, the register is the newer one, and its key made it.
    pub fn keep(&mut self, register: &Register) -> anyhow::Result<()> {
        self.key.written = register.written.unwrap_or_default().max(self.key.written).saturating_add(1);
        self.key.raised = self.key.raised.max(raised(register));
        register.write(&self.files.register, &self.key)?;
        self.key.write_over(&self.files.key, self.secrets)
    }
}

/// The versions that a register has in force, added up.
fn raised(register: &Register) -> u64 {
    register.in_force.values().copied().map(u64::from).sum()
}

/// Locks a file beside the register, which is another file whenever it was written.
fn lock(register: &Path) -> io::Result<File> {
    let mut path = register.as_os_str().to_owned();
    path.push(".lock");
    let lock = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
    lock.lock()?;
    Ok(lock)
}
