//! An opened package and what is done with it.
//!
//! Opening needs the requestor's keys, a node that finds the permission standing and transforms, and the contract that travels in
//! the package. From then on every action is asked of the contract in its sandbox, after a node was asked whether the requestor still has
//! access: that is hers and not the package's, and where it has ended the data key is gone. What the contract reports is stored, sent and
//! acknowledged before any data is given out, and kept until it is proven to be on the ledger; without a node there is no data, but for
//! a few minutes for actions that the package exempts from reports. A session that the owner called back destroys its keys and leaves a
//! signed receipt. An opening states which one it follows, and how many reports there were: none can be skipped. A session that others went
//! on with, as after it was brought back from a copy, ends.

mod act;
mod chain;
mod conclude;
mod contract;
mod delivery;
mod error;
mod fate;
mod handling;
mod head;
mod open;
mod outlook;
mod owed;
mod package_file;
mod place;
mod proof;
mod receipt;
mod recorded;
mod standing;
mod word;

pub use act::Acted;
pub use error::SessionError;
pub use open::Opened;
pub use outlook::Outlook;
pub use package_file::PackageFile;
pub use place::Place;
pub use receipt::Receipt;

use crate::client::NodeClient;
use crate::vault::{SessionRecord, Vault};
use contract::Guard;
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::facts::NetworkFacts;
use recorded::Told;
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
    told: Told,
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
    /// Takes up the session of a package that was opened before; no node hears of it, unless a build before stored it without its data key. Where it
    /// is not taken, nodes are handed the reports that are kept beside it.
    ///
    /// # Errors
    /// [`SessionError::NotOpened`] when there is none.
    pub fn resume(&self, package: &Path, vault: Option<&Path>) -> Result<Session<'a>, SessionError> {
        let mut package = self.own_package(package)?;
        let vault = Vault::take_existing(&session_folder(&package, vault))?.ok_or(SessionError::NotOpened)?;
        let record = self.stored(&vault, &mut package)?.ok_or(SessionError::NotOpened)?;
        let guard = Guard::of(package.manifest())?;
        Ok(Session { agent: *self, package, vault, guard, record, told: Told::default() })
    }

    /// The session that is kept of a package. Of a build before it is hers where its data key opens the package, or where it has the key of
    /// the agent that the ledger names for its opening, or a receipt that was signed with it: nobody else has these. One that is not taken
    /// keeps no report back.
    fn stored(&self, vault: &Vault, package: &mut PackageFile) -> Result<Option<SessionRecord>, SessionError> {
        let (id, block) = (package.id(), package.block());
        let is_hers = |record: &SessionRecord| {
            record.data_key().is_some_and(|key| package.opens_with(&key)) || self.has_its_agent(block, record)
        };
        let loaded = vault.load(id, self.keys, is_hers);
        if loaded.is_err() {
            // what is not taken, the next command hands in again
            drop(self.hand_in(&vault.readable_kept()));
        }
        Ok(loaded?)
    }

    fn own_package(&self, path: &Path) -> Result<PackageFile, SessionError> {
        let package = PackageFile::verify(path, self.facts)?;
        if package.manifest().requestor != self.keys.id() {
            return Err(SessionError::NotYours);
        }
        Ok(package)
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
