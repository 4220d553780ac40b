//! Why a node refuses what somebody outside asks: a stable word, a message for people, never anybody's data.

#![forbid(unsafe_code)]

use bincode::{Decode, Encode};
use medshare_ledger::state::StateFault;
use medshare_node_causes::with_causes;
use medshare_node_chain::ChainError;
use medshare_node_store::fault::StoreFault;

/// How an answer is classed; HTTP status codes follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Malformed or contradictory.
    Invalid,
    /// Nobody that this network knows, or a wrong signature.
    Unauthenticated,
    /// For another node.
    Misdirected,
    /// Known, but not allowed.
    Forbidden,
    /// No such thing.
    NotFound,
    /// Done already, or overtaken.
    Conflict,
    /// More than is accepted.
    TooLarge,
    /// More than is worked on, or waits, at once.
    TooMany,
    /// Not now.
    Busy,
    /// This node's own trouble.
    Fault,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $class:ident;)+) => {
        /// Why something is refused. Codes cross nodes; to the outside each is a stable word.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
        pub enum Code {
            $($(#[$doc])* $name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable word for machines.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }

            /// Its class.
            #[must_use]
            pub const fn class(self) -> Class {
                match self {
                    $(Self::$name => Class::$class,)+
                }
            }
        }
    };
}

codes! {
    /// Not the bytes or words that were expected.
    Malformed = "malformed", Invalid;
    /// Signed for another network.
    OtherNetwork = "other-network", Invalid;
    /// Dated in the future.
    FromTheFuture = "from-the-future", Invalid;
    /// Signed too long ago.
    Expired = "expired", Invalid;
    /// A request whose deadline is before its date, or too far from it.
    BadDeadline = "bad-deadline", Invalid;
    /// Records of another type than the data set holds.
    WrongType = "wrong-type", Invalid;
    /// A lease that is over before it begins.
    LeaseExpired = "lease-expired", Invalid;
    /// Not the package that its parent block commits to.
    ChangedPackage = "changed-package", Invalid;
    /// Not a report that the package's contract makes.
    BadReport = "bad-report", Invalid;
    /// A proxy key that does not fit its grant.
    BadProxyKey = "bad-proxy-key", Invalid;
    /// No copy of a proxy key for this node.
    NoCopy = "no-copy", Invalid;
    /// A contract that the sandbox does not run.
    BadContract = "bad-contract", Invalid;
    /// An entry that only nodes make.
    NotFromOutside = "not-from-outside", Invalid;
    /// An entry that breaks a rule of the ledger.
    Rejected = "rejected", Invalid;
    /// A message to an address that is not this node's.
    OtherHost = "other-host", Misdirected;
    /// A requestor whose key is not registered.
    UnknownKey = "unknown-key", Unauthenticated;
    /// A signature that does not verify.
    BadSignature = "bad-signature", Unauthenticated;
    /// An HTTP message without a fresh signature.
    BadHttpSignature = "bad-http-signature", Unauthenticated;
    /// Signed by somebody else than the package's requestor.
    NotTheRequestor = "not-the-requestor", Unauthenticated;
    /// Signed by a key that is no owner's.
    NotAnOwner = "not-an-owner", Unauthenticated;
    /// An entry whose requestor is unknown or did not sign it.
    RejectedSigner = "rejected", Unauthenticated;
    /// A purpose that the data set's terms forbid.
    PurposeForbidden = "purpose-forbidden", Forbidden;
    /// Not let in by the admission policies.
    NotAdmitted = "not-admitted", Forbidden;
    /// Asked by another node than the owner's.
    NotTheOwnersNode = "not-the-owners-node", Forbidden;
    /// A package that is laxer than its data set's terms, or not what its parent block says.
    OtherTerms = "other-terms", Forbidden;
    /// A step that the on-chain contract does not permit.
    Permission = "permission", Forbidden;
    /// Access is revoked.
    Revoked = "revoked", Forbidden;
    /// Access is revoked while the owner reviews.
    UnderReview = "under-review", Forbidden;
    /// Access stays revoked.
    Upheld = "upheld", Forbidden;
    /// The owner took the data back.
    Retrieved = "retrieved", Forbidden;
    /// The package's time is over.
    PackageOver = "expired", Forbidden;
    /// The requestor's access to everything has ended.
    AccessEnded = "access-ended", Forbidden;
    /// Attributes that do not satisfy the policy.
    NotSatisfied = "not-satisfied", Forbidden;
    /// No such thing.
    NotFound = "not-found", NotFound;
    /// No parent block for this package.
    UnknownPackage = "unknown-package", NotFound;
    /// A request that the ledger does not have.
    UnknownRequest = "unknown-request", Conflict;
    /// Received before.
    Replay = "replay", Conflict;
    /// Another block took the place in its chain.
    Overtaken = "overtaken", Conflict;
    /// A report that is on the ledger already.
    ReportKnown = "report-known", Conflict;
    /// An opening that names one before it which the ledger does not have.
    UnknownPredecessor = "unknown-predecessor", Conflict;
    /// An opening that skips reports of the one before it.
    ReportsMissing = "reports-missing", Conflict;
    /// An opening that names another last report than the ledger has.
    OtherReports = "other-reports", Conflict;
    /// A package that is not ready yet.
    Processing = "processing", Conflict;
    /// Another node serves this owner.
    OtherNode = "other-node", Conflict;
    /// An attribute of the policy has no published key.
    AttributeUnpublished = "attribute-unpublished", Conflict;
    /// Records that de-identification cannot make safe.
    NotAnonymous = "not-anonymous", Conflict;
    /// Records in which the second node found something.
    NotSafe = "not-safe", Conflict;
    /// The second node refuses the package.
    ValidationRefused = "validation-refused", Conflict;
    /// Longer than is accepted.
    TooLarge = "too-large", TooLarge;
    /// More requests than are worked on at once.
    TooManyRequests = "too-many-requests", TooMany;
    /// More entries than may wait.
    MempoolFull = "mempool-full", TooMany;
    /// Not decided in time; it may be decided later.
    Undecided = "undecided", Busy;
    /// The owner's node cannot be reached.
    OwnersNodeAway = "owners-node-away", Busy;
    /// The network has decided nothing yet.
    TooEarly = "too-early", Busy;
    /// The owner's node is not connected to the data set.
    NoSource = "no-source", Busy;
    /// The records cannot be retrieved.
    SourceBroken = "source-broken", Busy;
    /// No node of another organisation is there.
    NoSecondNode = "no-second-node", Busy;
    /// The second node gave no valid answer.
    ValidationFailed = "validation-failed", Busy;
    /// A node that does not know yet whether its state is the network's.
    CatchingUp = "catching-up", Busy;
    /// A proxy key that the ledger has a grant for, and no node in reach holds.
    ProxyKeyLacking = "proxy-key-lacking", Busy;
    /// The node is stopping.
    Stopping = "stopping", Busy;
    /// This node's own trouble.
    NodeFault = "node-fault", Fault;
    /// This node no longer has the package.
    PackageMissing = "package-missing", Fault;
    /// The data set's policy cannot be read.
    BadPolicy = "bad-policy", Fault;
    /// This node lacks the key that reports about a package are sealed to.
    ContractKeyMissing = "contract-key-missing", Fault;
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Why.
    pub code: Code,
    /// What was wrong and what to do.
    pub message: String,
}

impl Code {
    /// Whether what was refused with this word will never end otherwise; a word that nobody knows says so.
    #[must_use]
    pub fn is_final_word(word: &str) -> bool {
        Self::ALL.iter().filter(|code| code.word() == word).all(|code| code.class().is_final())
    }
}

impl Class {
    /// Whether asking again later, or asking another node, may end otherwise.
    #[must_use]
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::Busy | Self::TooMany)
    }

    /// Whether the same will never end otherwise: neither later, nor once this node's own trouble is over.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !self.is_passing() && !matches!(self, Self::Fault)
    }
}

impl Refusal {
    /// A refusal with this code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Something that is not there.
    pub fn not_found(what: &'static str) -> Self {
        Self::new(Code::NotFound, format!("this network has no such {what}"))
    }

    /// This node's own trouble; the details go to its log.
    pub fn fault(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = with_causes(error), "a request failed on this node");
        Self::known_fault()
    }

    /// The same, of which its log has the details already.
    #[must_use]
    pub fn known_fault() -> Self {
        Self::new(Code::NodeFault, "the node cannot answer now; its operator finds the reason in its log")
    }
}

macro_rules! faults {
    ($($error:ty),+) => {
        $(impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                Self::fault(&error)
            }
        })+
    };
}
faults!(StateFault, StoreFault, ChainError);
