//! Which part of a bundle is at fault, and why.

use crate::certificate::CertificateError;
use crate::codec::CodecError;
use crate::facts::FactsError;
use crate::history::HistoryProofError;
use crate::id::BlockId;
use crate::rejection::Rejection;
use crate::state_tree::StateProofError;
use std::fmt;

/// A bundle that does not prove what it says.
#[derive(Debug, thiserror::Error)]
#[error("{part}: {fault}")]
pub struct BundleError {
    /// Where.
    pub part: Part,
    /// What is wrong there.
    #[source]
    pub fault: Fault,
}

/// A part of a bundle. Numbers count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What holds the parts together.
    Framing,
    /// The genesis facts.
    Genesis,
    /// The certified batch header.
    Anchor,
    /// The certificate of the anchor.
    Certificate,
    /// The requestor's registration.
    Identity,
    /// State proof of the registration.
    IdentityProof,
    /// An attribute grant.
    Grant(usize),
    /// State proof of the attributes held.
    AccessProof,
    /// A request.
    Request(usize),
    /// State proof of the chain of requests.
    RequestsProof,
    /// State proof of the thread.
    ThreadProof,
    /// A parent block, by its place in the thread.
    ParentBlock(usize),
    /// A side-block of a parent block.
    SideBlock(usize, BlockId),
    /// State proof of a chain of side-blocks.
    SideChainProof(BlockId),
    /// A decision or revocation on a package.
    Decision(usize, BlockId),
    /// State proof of the decisions on a package.
    DecisionsProof(BlockId),
    /// State proof of a package's permission.
    PermissionProof(BlockId),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Framing => f.write_str("framing of the file"),
            Self::Genesis => f.write_str("genesis"),
            Self::Anchor => f.write_str("anchoring batch header"),
            Self::Certificate => f.write_str("commit certificate"),
            Self::Identity => f.write_str("registration of the requestor"),
            Self::IdentityProof => f.write_str("state proof of the registration"),
            Self::Grant(number) => write!(f, "attribute grant {number}"),
            Self::AccessProof => f.write_str("state proof of the attributes held"),
            Self::Request(number) => write!(f, "request {number}"),
            Self::RequestsProof => f.write_str("state proof of the requests"),
            Self::ThreadProof => f.write_str("state proof of the thread"),
            Self::ParentBlock(number) => write!(f, "parent block {number} of the thread"),
            Self::SideBlock(number, parent) => write!(f, "side-block {number} of parent block {parent:?}…"),
            Self::SideChainProof(parent) => {
                write!(f, "state proof of the side-blocks of parent block {parent:?}…")
            }
            Self::Decision(number, parent) => write!(f, "decision {number} on parent block {parent:?}…"),
            Self::DecisionsProof(parent) => {
                write!(f, "state proof of the decisions on parent block {parent:?}…")
            }
            Self::PermissionProof(parent) => {
                write!(f, "state proof of the permission of parent block {parent:?}…")
            }
        }
    }
}

/// What is wrong with a part.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Not the start of a bundle.
    #[error("the file is not an audit bundle of a version that this software reads")]
    NotABundle,
    /// Not canonical bytes.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The genesis breaks a rule.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// The bundle is of another network than expected.
    #[error("the bundle is of another network than the expected one")]
    OtherNetwork,
    /// The genesis is not the one that the anchor names.
    #[error("it is not the genesis of the network that the anchor names")]
    ForeignGenesis,
    /// The certificate was given for another batch.
    #[error("the certificate was given for another batch header")]
    ForeignCertificate,
    /// The validators are not those of genesis.
    #[error("the validators are not those of genesis")]
    ForeignValidators,
    /// The certificate does not prove the decision.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// An entry of another kind than the part needs.
    #[error("an entry of another kind stands in its place")]
    WrongKind,
    /// The entry concerns somebody or something else.
    #[error("it concerns another requestor or package")]
    Unrelated,
    /// The entry breaks a rule.
    #[error(transparent)]
    Rule(#[from] Rejection),
    /// The entry does not stand in the history.
    #[error("inclusion in the history: {0}")]
    Inclusion(#[from] HistoryProofError),
    /// The state proof fails.
    #[error(transparent)]
    State(#[from] StateProofError),
    /// The proven value does not decode.
    #[error("the proven value is malformed")]
    MalformedValue,
    /// The hash chain is broken here.
    #[error("it does not follow the block before it in the chain")]
    BrokenChain,
    /// The chain is shorter or longer than the state proves, or ends elsewhere.
    #[error("the state proves {expected} entries with another end, the bundle holds {actual}")]
    Incomplete {
        /// Number in the state.
        expected: u64,
        /// Number in the bundle.
        actual: u64,
    },
    /// The state proves something else than the entries add up to.
    #[error("the proven value is not what the entries add up to")]
    Disagrees,
}

impl Part {
    /// The error of this part.
    pub(super) fn error(self, fault: impl Into<Fault>) -> BundleError {
        BundleError { part: self, fault: fault.into() }
    }
}
