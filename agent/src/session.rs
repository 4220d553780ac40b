//! An opened package and what is done with it.
//!
//! Opening needs the requestor's keys, a node that finds the permission standing and transforms, and the contract that travels in
//! the package. From then on every action is asked of the contract in its sandbox. What it reports is stored, sent and
//! acknowledged before any data is given out; without a node there is no data, but for actions that the package exempts
//! from reports. A session that the owner called back destroys its keys and leaves a signed receipt.

mod act;
mod contract;
mod error;
mod handling;
mod open;
mod package_file;

pub use act::Acted;
pub use error::SessionError;
pub use open::Opened;
pub use package_file::PackageFile;

use crate::client::NodeClient;
use crate::vault::{SessionRecord, Vault};
use contract::Guard;
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::facts::NetworkFacts;
use std::path::{Path, PathBuf};

/// A requestor at her machine: the network that she trusts, her keys, the nodes that she asks.
#[derive(Clone, Copy, Debug)]
pub struct Agent<'a> {
    /// The network, from her genesis file.
    pub facts: &'a NetworkFacts,
    /// Her keys.
    pub keys: &'a RequestorKeys,
    /// Nodes.
    pub node: &'a NodeClient,
}

/// A package that was opened, with its session folder held.
pub struct Session<'a> {
    agent: Agent<'a>,
    package: PackageFile,
    vault: Vault,
    guard: Guard,
    record: SessionRecord,
}

/// Where sessions of a package are kept: under `vault` where it is named, beside the package otherwise.
#[must_use]
pub fn session_folder(package: &PackageFile, vault: Option<&Path>) -> PathBuf {
    match vault {
        Some(vault) => vault.join(format!("{}.session", package.id())),
        None => beside(package.path()),
    }
}

fn beside(package: &Path) -> PathBuf {
    let mut name = package.as_os_str().to_owned();
    name.push(".session");
    PathBuf::from(name)
}

impl<'a> Agent<'a> {
    /// Takes up the session of a package that was opened before.
    ///
    /// # Errors
    /// [`SessionError::NotOpened`] when there is none, [`SessionError::Destroyed`] when it was called back.
    pub fn resume(&self, package: &Path, vault: Option<&Path>) -> Result<Session<'a>, SessionError> {
        let (package, vault) = self.take(package, vault)?;
        let record = vault.load(package.id(), &self.keys.sealing)?;
        let record = record.ok_or(SessionError::NotOpened)?;
        let mut session = self.session(package, vault, record)?;
        let delivered = session.deliver_pending();
        if session.usage()?.destroyed {
            return Err(SessionError::Destroyed);
        }
        delivered?;
        Ok(session)
    }

    fn take(&self, path: &Path, vault: Option<&Path>) -> Result<(PackageFile, Vault), SessionError> {
        let package = PackageFile::verify(path, self.facts)?;
        if package.manifest().requestor != self.keys.id() {
            return Err(SessionError::NotYours);
        }
        let vault = Vault::take(&session_folder(&package, vault))?;
        Ok((package, vault))
    }

    fn session(&self, package: PackageFile, vault: Vault, record: SessionRecord) -> Result<Session<'a>, SessionError> {
        let guard = Guard::of(package.manifest())?;
        Ok(Session { agent: *self, package, vault, guard, record })
    }
}

impl Session<'_> {
    /// The package.
    #[must_use]
    pub const fn package(&self) -> &PackageFile {
        &self.package
    }

    /// The session's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.vault.folder()
    }
}

#[cfg(test)]
mod tests;
