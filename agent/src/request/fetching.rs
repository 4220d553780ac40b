//! The package of a request, as nodes give it: what a file is decides, and not what a node says of it.
//!
//! A node can give anything, and say anything of it. Where the network's genesis is at hand, only a package is kept that verifies, answers this
//! request and is the one to which the block commits that is proven to have answered it; of any other file nothing stays, and the next node is
//! asked.

use crate::client::{Certified, ClientError, Destination, NodeClient, Proof, Unproven};
use crate::session::{PackageFile, SessionError};
use medshare_crypto::hash::Hash32;
use medshare_exchange::package::PackageError;
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::{BlockId, OwnerId};
use medshare_ledger::request_proof::AnsweringBlock;
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::time::Duration;

/// For so long at least a node is asked behind others, whatever time their files took.
const LEAST_TIME: Duration = Duration::from_secs(10);

/// So many heights more a node may be behind the one that heard of the answer first.
const HEIGHTS_BEHIND: u32 = 3;

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
}

/// A package that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    /// Its length.
    pub bytes: u64,
    /// The block that is proven to have answered the request, and commits to it; none where it was not looked at.
    pub answer: Option<AnsweringBlock>,
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
        "what {node} gave is sealed for the block {block}, and the ledger has {answered} for the request: it would not open, and is not kept; its node seals it anew when it is asked again"
    )]
    OtherBlock {
        /// The node, as it is named.
        node: String,
        /// The block that it is sealed for.
        block: BlockId,
        /// The one that is proven to have answered the request.
        answered: BlockId,
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
    /// What it gave is another package than the one to which the block that answered the request commits.
    #[error("what {node} gave is not the package that the ledger has for the request, and is not kept")]
    OtherPackage {
        /// The node, as it is named.
        node: String,
    },
    /// No node proves which block answered the request: whether what was given is its package, nobody knows.
    #[error(
        "no node proves which block answered the request, so that nobody knows whether what was given is its package, and it is not kept: {0}"
    )]
    Unproven(Unproven),
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
    /// Whether it would be the same with another node's package.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Unread(_) | Self::Unproven(_) | Self::Node(ClientError::Store(_)))
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
    /// [`FetchError`] of the first node that says something about the matter, what this machine fails with, or that nothing is proven: then
    /// nothing of it is in the file. [`ClientError::Store`] where there was no room for what any node gave.
    pub fn fetch(
        &self,
        node: &NodeClient,
        (path, file): (&Path, &mut impl Destination),
        mut passed_over: impl FnMut(&FetchError),
    ) -> Result<Fetched, FetchError> {
        let mut failure: Option<FetchError> = None;
        // before the packages, which may take all the time that there is
        let answer = self.facts.map(|facts| (facts, answered_by_now(node, facts, self.request)));
        // whose files came too slowly while there were others, they are had of in the end
        for one in node.each().chain(std::iter::once_with(|| node.slow()).flatten()) {
            let one = if one.has_hung() { one } else { one.for_at_least(LEAST_TIME) };
            match self.from(&one, answer.as_ref(), path, file) {
                Ok(fetched) => return Ok(fetched),
                Err(error) if error.is_final() => {
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

    /// The package from one node; which it is, `looked_at` says, where there is a genesis to look with.
    fn from(
        &self,
        node: &NodeClient,
        looked_at: Option<&(&NetworkFacts, Result<AnsweringBlock, Unproven>)>,
        path: &Path,
        file: &mut impl Destination,
    ) -> Result<Fetched, FetchError> {
        file.clear().map_err(ClientError::Store)?;
        let bytes = node.download_package(&self.request, self.owner, self.proof, file).map_err(|error| {
            FetchError::not_taken(node, std::fs::metadata(path).map_or(0, |file| file.len()), error)
        })?;
        let Some((facts, answer)) = looked_at else { return Ok(Fetched { bytes, answer: None }) };
        let package = PackageFile::verify(path, facts);
        let package = package.map_err(|source| FetchError::unverified(node, source))?;
        let answers = package.manifest().request;
        if answers != self.request {
            return Err(FetchError::OtherRequest { node: node.name(), answers });
        }
        let answer = answer.clone().map_err(FetchError::Unproven)?;
        let block = package.block();
        if block != answer.block {
            return Err(FetchError::OtherBlock { node: node.name(), block, answered: answer.block });
        }
        if package.id() != answer.package {
            return Err(FetchError::OtherPackage { node: node.name() });
        }
        Ok(Fetched { bytes, answer: Some(answer) })
    }
}

/// The block that is proven to have answered a request, whichever node proves it.
///
/// # Errors
/// [`Unproven`] when none does.
pub fn answered(node: &NodeClient, facts: &NetworkFacts, request: Hash32) -> Result<AnsweringBlock, Unproven> {
    answered_at(node, facts, request, Certified::NextHeight)
}

/// The same of a request of which it was heard that it was answered: nodes that are behind the one that said so are asked again.
fn answered_by_now(node: &NodeClient, facts: &NetworkFacts, request: Hash32) -> Result<AnsweringBlock, Unproven> {
    let mut outcome = answered(node, facts, request);
    for _ in 0..HEIGHTS_BEHIND {
        match outcome {
            Err(unproven) if !unproven.before.is_empty() => {
                outcome = answered_at(node, facts, request, Certified::BusyHeight);
            }
            outcome => return outcome,
        }
    }
    outcome
}

fn answered_at(
    node: &NodeClient,
    facts: &NetworkFacts,
    request: Hash32,
    certified: Certified,
) -> Result<AnsweringBlock, Unproven> {
    let ask = |one: &NodeClient| one.proven_request(facts, request, certified);
    node.first_proof(ask, |standing| standing.answer)
}

fn is_for_want_of_room(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

#[cfg(test)]
mod given_up;
#[cfg(test)]
mod giving;
#[cfg(test)]
mod tests;
