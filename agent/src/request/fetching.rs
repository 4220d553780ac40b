//! The package of a request, as nodes give it: what a file is decides, and not what a node says of it.
//!
//! A node can give anything. Where the network's genesis is at hand, only a package is kept that verifies, answers this request and is sealed for
//! the block that it was answered with; of any other file nothing stays, and the next node is asked.

use crate::client::{ClientError, Destination, NodeClient, Proof};
use crate::session::{PackageFile, SessionError};
use medshare_crypto::hash::Hash32;
use medshare_exchange::package::PackageError;
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::{BlockId, OwnerId};
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::time::Duration;

/// For so long at least a node is asked behind others, whatever time their files took.
const LEAST_TIME: Duration = Duration::from_secs(10);

/// A package that is wanted.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The network, where its genesis is at hand: without it nothing can be looked at.
    pub facts: Option<&'a NetworkFacts>,
    /// Hash of the request that it answers.
    pub request: Hash32,
    /// Its owner; nodes other than the owner's need to know.
    pub owner: Option<OwnerId>,
    /// What entitles to it.
    pub proof: Proof<'a>,
    /// The block that it was answered with, as a node says; none where no node does.
    pub block: Option<&'a str>,
}

/// A package that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    /// Its length.
    pub bytes: u64,
    /// The block that it is sealed for; none where it was not looked at.
    pub block: Option<BlockId>,
}

/// Why a node gave no package of the request.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It could not be asked, or refused.
    #[error(transparent)]
    Node(#[from] ClientError),
    /// What it gave is no package of this network.
    #[error("what {node} gave is not the package that was asked for, and is not kept: {source}")]
    Other {
        /// The node, as it is named.
        node: String,
        /// What is wrong with it.
        #[source]
        source: Box<SessionError>,
    },
    /// What it gave is sealed for another block than the request was answered with: nobody can open it.
    #[error(
        "what {node} gave is sealed for the block {block}, and the ledger has {told}: it would not open, and is not kept; its node seals it anew when it is asked again"
    )]
    OtherBlock {
        /// The node, as it is named.
        node: String,
        /// The block that it is sealed for.
        block: BlockId,
        /// The other one, as a node says.
        told: String,
    },
    /// There was no room here for all that it gave. Whatever a node makes up is as long as it likes: another's may find room.
    #[error("there is no room here for what {node} gave, of which {bytes} bytes were written: it is not kept")]
    NoRoom {
        /// The node, as it is named.
        node: String,
        /// How much was written.
        bytes: u64,
        /// What the system said.
        #[source]
        source: Error,
    },
    /// What it gave cannot be read here, whatever it is.
    #[error("what was fetched cannot be read here")]
    Unread(#[source] Box<SessionError>),
    /// What it gave answers another request.
    #[error("what {node} gave is a package that answers another request, {answers}, and is not kept")]
    OtherRequest {
        /// The node, as it is named.
        node: String,
        /// The request.
        answers: Hash32,
    },
}

impl FetchError {
    /// Whether it is about this machine: with another node's package it would be the same.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        matches!(self, Self::Unread(_) | Self::Node(ClientError::Store(_)))
    }

    /// What it means that a node's file, of which so much was written, did not come.
    fn not_taken(node: &NodeClient, bytes: u64, error: ClientError) -> Self {
        match error {
            ClientError::Store(source) if bytes > 0 && is_for_want_of_room(&source) => {
                Self::NoRoom { node: node.name(), bytes, source }
            }
            error => error.into(),
        }
    }

    fn unverified(node: &NodeClient, source: SessionError) -> Self {
        let source = Box::new(source);
        match *source {
            SessionError::Read { .. } | SessionError::Package(PackageError::Io(_)) => Self::Unread(source),
            _ => Self::Other { node: node.name(), source },
        }
    }
}

impl Wanted<'_> {
    /// Has the package in `file`, which lies at `path`, from the first node that gives it. `passed_over` hears of each that does not, but for the
    /// last.
    ///
    /// # Errors
    /// [`FetchError`] of the first node that says something about the matter, or what this machine fails with: then nothing of it is in the
    /// file. [`ClientError::Store`] where there was no room for what any node gave.
    pub fn fetch(
        &self,
        node: &NodeClient,
        (path, file): (&Path, &mut impl Destination),
        mut passed_over: impl FnMut(&FetchError),
    ) -> Result<Fetched, FetchError> {
        let mut failure: Option<FetchError> = None;
        // whose files came too slowly while there were others, they are had of in the end
        for one in node.each().chain(std::iter::once_with(|| node.slow()).flatten()) {
            let one = if one.has_hung() { one } else { one.for_at_least(LEAST_TIME) };
            match self.from(&one, node, path, file) {
                Ok(fetched) => return Ok(fetched),
                Err(error) if error.is_local() => {
                    // what stands in the way says more than that nothing can be taken away either
                    drop(file.clear());
                    return Err(error);
                }
                Err(error) => {
                    passed_over(&error);
                    failure = Some(match failure {
                        Some(FetchError::Node(first)) => match error {
                            FetchError::Node(second) => first.beside(second).into(),
                            other => other,
                        },
                        Some(first) => first,
                        None => error,
                    });
                }
            }
        }
        file.clear().map_err(ClientError::Store)?;
        Err(match failure {
            Some(FetchError::NoRoom { source, .. }) => ClientError::Store(source).into(),
            failure => failure.unwrap_or_else(|| ClientError::NoNode.into()),
        })
    }

    fn from(
        &self,
        node: &NodeClient,
        all: &NodeClient,
        path: &Path,
        file: &mut impl Destination,
    ) -> Result<Fetched, FetchError> {
        file.clear().map_err(ClientError::Store)?;
        let bytes = node.download_package(&self.request, self.owner, self.proof, file).map_err(|error| {
            FetchError::not_taken(node, std::fs::metadata(path).map_or(0, |file| file.len()), error)
        })?;
        let Some(facts) = self.facts else { return Ok(Fetched { bytes, block: None }) };
        let package = PackageFile::verify(path, facts);
        let package = package.map_err(|source| FetchError::unverified(node, source))?;
        let answers = package.manifest().request;
        if answers != self.request {
            return Err(FetchError::OtherRequest { node: node.name(), answers });
        }
        let block = package.block();
        match self.block {
            // who tells of another may lie, where others tell of this one
            Some(told) if told != block.to_string() && !self.is_told_of(all, block) => {
                Err(FetchError::OtherBlock { node: node.name(), block, told: told.to_owned() })
            }
            _ => Ok(Fetched { bytes, block: Some(block) }),
        }
    }

    /// Whether any node says that the ledger has this block for the request. One that says another may lie.
    #[must_use]
    pub fn is_told_of(&self, node: &NodeClient, block: BlockId) -> bool {
        let told = |one: NodeClient| one.request(&self.request, self.owner, 0).ok()?.block;
        node.each().any(|one| told(one).is_some_and(|told| told == block.to_string()))
    }
}

fn is_for_want_of_room(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

#[cfg(test)]
mod given_up;
#[cfg(test)]
mod tests;
