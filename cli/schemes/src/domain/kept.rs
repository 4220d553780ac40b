//! What an owner keeps of her domain: its key, and the register beside it, which is locked while a command changes it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::kp_abe::DomainSecret;

use super::key::DomainKey;
use super::public::Public;
use super::register::Register;
use super::whose;
use crate::scheme::secrets::Protection;

/// What an owner has of her domain.
#[derive(Debug, Args)]
pub struct DomainArgs {
    /// The domain's key file.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// The domain's public file.
    #[arg(long, value_name = "FILE")]
    pub public: PathBuf,
    /// The register of the keys that were given out and of the versions in force, as `medshare domain create` made it; it is kept up to date, and the key file with
    /// it. Of key, public file and register, never restore all from a copy: nothing would know of a newer state.
    #[arg(long, value_name = "FILE")]
    pub register: PathBuf,
    /// The register is this domain's, nobody else wrote to it, and there is no newer one, nor a newer public file. For a register of an earlier build, or one
    /// that was restored from a copy, once: of a copy's keys, those of versions of before are made nothing any more.
    #[arg(long)]
    pub own_register: bool,
}

impl DomainArgs {
    /// Key, public file and register, which belong together. Nobody else changes them meanwhile.
    pub fn read<'a>(&'a self, secrets: &'a Protection) -> anyhow::Result<(Kept<'a>, Public, Register)> {
        let (kept, mut register) = Kept::read(self, secrets)?;
        let public = Public::read_of(&self.public, kept.domain())?;
        register.compare(&self.public, &public.in_force(), self.own_register)?;
        kept.knows_none_newer(&register)?;
        Ok((kept, public, register))
    }
}

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
