//! What an owner keeps of her domain: its key, and the register beside it, which are locked while a command changes them.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use medshare_cli_terminal::lock::{AsRead, Lock, opened_and_locked};
use medshare_cli_terminal::whole_file::read_text;
use medshare_crypto::kp_abe::DomainSecret;

use super::key::DomainKey;
use super::public::Public;
use super::register::{self, Register};
use super::whose;
use crate::scheme::failure::{not_yours, told};
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
        register.is_not_before(&kept.key)?;
        Ok((kept, public, register))
    }
}

/// Why something was not kept whole.
pub struct Unkept {
    /// Whether the register has it, which is what counts: the key file alone does not know of it yet.
    pub is_entered: bool,
    error: anyhow::Error,
}

impl Unkept {
    /// The same, with what to do next where the register has it.
    pub fn or_entered(self, hint: &str) -> anyhow::Error {
        if self.is_entered { told(self.error).hint(hint).into() } else { self.error }
    }
}

impl From<Unkept> for anyhow::Error {
    fn from(unkept: Unkept) -> Self {
        unkept.error
    }
}

/// Key and register, for one command at a time.
pub struct Kept<'a> {
    key: DomainKey,
    /// What the key file says by then.
    as_read: AsRead,
    files: &'a DomainArgs,
    secrets: &'a Protection,
    /// Of key file and register, taken in this order: whoever has them changes both alone, and those who change them at once come one after the other.
    of_key: Lock,
    of_register: Lock,
}

impl<'a> Kept<'a> {
    /// Reads both under their locks.
    pub fn read(files: &'a DomainArgs, secrets: &'a Protection) -> anyhow::Result<(Self, Register)> {
        let open = || DomainKey::read(&files.key, secrets);
        let (key, as_read, of_key) = opened_and_locked(&files.key, open)?;
        // Before its lock: were it the key file under this name or another, the command would wait for itself.
        whose::is_one(&files.register)?;
        let of_register = Lock::of(&files.register)?;
        let register = whose::read_of(&files.register, &key, files.own_register)?;
        Ok((Self { key, as_read, files, secrets, of_key, of_register }, register))
    }

    /// The lock of the key file, under which the public file is written, too.
    pub fn lock(&self) -> &Lock {
        &self.of_key
    }

    /// The domain's secret.
    pub fn domain(&self) -> &DomainSecret {
        &self.key.secret
    }

    /// The domain's key, with what it knows of the register.
    pub fn key(&self) -> &DomainKey {
        &self.key
    }

    /// Writes the register, and then that it was written: where it breaks off between the two, the register is the newer one, and its key made it.
    pub fn keep(&mut self, register: &Register) -> Result<(), Unkept> {
        self.enter(register)?;
        let written = self.key.write_over(&self.files.key, self.secrets, &self.of_key);
        written.map_err(|error| Unkept { is_entered: true, error })?;
        self.as_read = AsRead::of(&self.files.key);
        Ok(())
    }

    /// The first half of it.
    fn enter(&mut self, register: &Register) -> Result<(), Unkept> {
        let unkept = |error| Unkept { is_entered: false, error };
        self.learn().map_err(unkept)?;
        self.key.written = register.written.unwrap_or_default().max(self.key.written).saturating_add(1);
        self.key.raised = self.key.raised.max(register.raised());
        let text = register.text(&self.key).map_err(unkept)?;
        let path = &self.files.register;
        // It may be in its place, and not be durable yet: then it counts, too.
        let is_entered = || read_text(path).is_ok_and(|found| found == *text);
        register::write(path, &text, &self.of_register).map_err(|error| Unkept { is_entered: is_entered(), error })
    }

    /// Takes in what the key file has by now, to which a build without this lock may have written: its counts only rise.
    fn learn(&mut self) -> anyhow::Result<()> {
        if self.as_read.is_still_in(&self.files.key) {
            return Ok(());
        }
        let by_now = DomainKey::read(&self.files.key, self.secrets)?;
        let is_same = by_now.secret.public().to_bytes() == self.key.secret.public().to_bytes();
        ensure!(is_same, not_yours(format!("{} became another domain's key meanwhile", self.files.key.display())));
        self.key.written = self.key.written.max(by_now.written);
        self.key.raised = self.key.raised.max(by_now.raised);
        Ok(())
    }
}
