//! The package of a request, as nodes give it: what a file is decides, and not what a node says of it.
//!
//! A node can give anything. Where the network's genesis is at hand, only a package is kept that verifies, answers this request and is sealed for
//! the block that it was answered with; of any other file nothing stays, and the next node is asked.

use crate::client::{ClientError, NodeClient, Proof};
use crate::session::{PackageFile, SessionError};
use medshare_crypto::hash::Hash32;
use medshare_exchange::package::PackageError;
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::{BlockId, OwnerId};
use std::fs::File;
use std::io::{BufWriter, Seek as _, Write as _};
use std::path::Path;

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
    /// file.
    pub fn fetch(
        &self,
        node: &NodeClient,
        (path, file): (&Path, &mut File),
        mut passed_over: impl FnMut(&FetchError),
    ) -> Result<Fetched, FetchError> {
        let mut failure: Option<FetchError> = None;
        for one in node.each() {
            match self.from(&one, node, path, file) {
                Ok(fetched) => return Ok(fetched),
                Err(error) if error.is_local() => {
                    // what stands in the way says more than that nothing can be taken away either
                    drop(file.set_len(0));
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
        file.set_len(0).map_err(ClientError::Store)?;
        Err(failure.unwrap_or_else(|| ClientError::NoNode.into()))
    }

    fn from(&self, node: &NodeClient, all: &NodeClient, path: &Path, file: &mut File) -> Result<Fetched, FetchError> {
        file.set_len(0).and_then(|()| file.rewind()).map_err(ClientError::Store)?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        let bytes = node.download_package(&self.request, self.owner, self.proof, &mut out)?;
        out.flush().map_err(ClientError::Store)?;
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fake_ledger::BLOCK;
    use crate::fake_node::{Answer, FakeNode};
    use crate::fixture::{Fixture, Terms};

    const ASKED: Hash32 = Hash32::from_bytes([9; 32]);

    /// What is had of nodes that give these bytes for packages, in this order; what is in the file then; and how many were passed over.
    fn fetched(
        fixture: &Fixture,
        given: &[Vec<u8>],
        is_looked_at: bool,
    ) -> (Result<Fetched, FetchError>, Vec<u8>, usize) {
        fetched_of(fixture, given, is_looked_at, None)
    }

    /// The same where nodes say that the request was answered with this block.
    fn fetched_of(
        fixture: &Fixture,
        given: &[Vec<u8>],
        is_looked_at: bool,
        block: Option<&str>,
    ) -> (Result<Fetched, FetchError>, Vec<u8>, usize) {
        let give = |bytes: &Vec<u8>| {
            let bytes = bytes.clone();
            FakeNode::start(move |_| Answer::bytes(bytes.clone()))
        };
        let nodes: Vec<FakeNode> = given.iter().map(give).collect();
        let node = NodeClient::new(nodes.iter().map(FakeNode::url).collect()).unwrap();
        let path = fixture.folder.path().join("fetched");
        let mut file = File::create(&path).unwrap();
        let proof = Proof::Key(&fixture.keys.signing);
        let facts = is_looked_at.then_some(&fixture.facts);
        let wanted = Wanted { facts, request: ASKED, owner: None, proof, block };
        let mut passed_over = 0;
        let outcome = wanted.fetch(&node, (&path, &mut file), |_| passed_over += 1);
        (outcome, std::fs::read(path).unwrap(), passed_over)
    }

    #[test]
    fn what_is_no_package_of_the_request_is_not_kept_and_the_next_node_is_asked() {
        let fixture = Fixture::new(Terms::high());
        let package = std::fs::read(&fixture.package).unwrap();
        let mut damaged = package.clone();
        *damaged.last_mut().unwrap() ^= 1;
        let of_another = fixture.package_of(Hash32::from_bytes([8; 32]), Terms::high());
        let liars = [damaged, of_another];
        for liar in &liars {
            let (outcome, kept, passed_over) = fetched(&fixture, &[liar.clone(), package.clone()], true);
            let bytes = package.len() as u64;
            assert_eq!((outcome.unwrap(), passed_over), (Fetched { bytes, block: Some(BLOCK) }, 1));
            assert!(kept == package);
            let (outcome, kept, _) = fetched(&fixture, std::slice::from_ref(liar), true);
            assert!(matches!(outcome, Err(FetchError::Other { .. } | FetchError::OtherRequest { .. })));
            assert!(kept.is_empty());
        }
        let (outcome, ..) = fetched(&fixture, &liars, true);
        assert!(matches!(outcome, Err(FetchError::Other { .. })), "the first one is told");
        // nobody can say what it is without the genesis
        let (outcome, kept, _) = fetched(&fixture, &liars, false);
        assert_eq!((outcome.unwrap().block, kept == liars[0]), (None, true));
    }

    #[test]
    fn a_package_of_another_block_is_not_kept_and_the_next_node_is_asked() {
        let fixture = Fixture::new(Terms::high());
        let package = std::fs::read(&fixture.package).unwrap();
        let of_another = fixture.package_under(BlockId::from_bytes([1; 32]), ASKED, Terms::high());
        let told = BLOCK.to_string();
        let given = [of_another.clone(), package.clone()];
        let (outcome, kept, passed_over) = fetched_of(&fixture, &given, true, Some(&told));
        assert_eq!((outcome.unwrap().block, passed_over), (Some(BLOCK), 1));
        assert!(kept == package);
        let (outcome, kept, _) = fetched_of(&fixture, &given[..1], true, Some(&told));
        assert!(matches!(outcome, Err(FetchError::OtherBlock { .. })));
        assert!(kept.is_empty());
        // where no node says which block it is, nothing says that it is another one
        let (outcome, ..) = fetched_of(&fixture, &given[..1], true, None);
        assert_eq!(outcome.unwrap().block, Some(BlockId::from_bytes([1; 32])));
    }

    #[test]
    fn what_fails_on_this_machine_is_no_nodes_failure() {
        let fixture = Fixture::new(Terms::high());
        let package = std::fs::read(&fixture.package).unwrap();
        let nodes = [(); 2].map(|()| {
            let package = package.clone();
            FakeNode::start(move |_| Answer::bytes(package.clone()))
        });
        let node = NodeClient::new(nodes.iter().map(FakeNode::url).collect()).unwrap();
        let path = fixture.folder.path().join("fetched");
        let proof = Proof::Key(&fixture.keys.signing);
        let wanted = Wanted { facts: Some(&fixture.facts), request: ASKED, owner: None, proof, block: None };
        let mut passed_over = 0;
        // one that cannot be written
        std::fs::write(&path, []).unwrap();
        let mut file = File::open(&path).unwrap();
        let outcome = wanted.fetch(&node, (&path, &mut file), |_| passed_over += 1);
        assert!(matches!(outcome, Err(FetchError::Node(ClientError::Store(_)))));
        // one that cannot be read where it lies
        let mut file = File::create(&path).unwrap();
        let elsewhere = fixture.folder.path().join("elsewhere");
        let outcome = wanted.fetch(&node, (&elsewhere, &mut file), |_| passed_over += 1);
        assert!(matches!(outcome, Err(FetchError::Unread(_))));
        assert_eq!((passed_over, nodes[1].asked().len()), (0, 0));
    }

    #[test]
    fn a_node_that_tells_of_another_block_is_believed_where_no_other_tells_of_this_one() {
        let other = BlockId::from_bytes([1; 32]);
        let telling = |block: BlockId| {
            let status = serde_json::json!({
                "request": "r", "state": "delivered", "stages": [], "error": null, "block": block.to_string(), "height": 7,
                "package": null,
            });
            FakeNode::start(move |_| Answer::json(&status))
        };
        let (liar, honest) = (telling(other), telling(BLOCK));
        let wanted = Wanted { facts: None, request: ASKED, owner: None, proof: Proof::Request(&[]), block: None };
        let both = NodeClient::new(vec![liar.url(), honest.url()]).unwrap();
        assert!(wanted.is_told_of(&both, BLOCK));
        assert!(!wanted.is_told_of(&liar.client(), BLOCK));
    }
}
