//! Why a package is not opened, or an action not done.

use super::receipt::Receipt;
use crate::client::ClientError;
use crate::vault::VaultError;
use medshare_contract_abi::Action;
use medshare_contract_abi::usage::RefusalCode;
use medshare_contract_host::{CallFault, CodeRejection};
use medshare_exchange::api::SideBlockMade;
use medshare_exchange::package::PackageError;
use medshare_exchange::terms::TermsBroken;
use std::path::{Path, PathBuf};

/// Why a package is not opened, or an action not done.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The package file cannot be read.
    #[error("cannot read the package {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// What an action needs beside the contract's word is not there.
    #[error("nothing was asked or reported, because {} cannot be used", path.display())]
    Unprepared {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// What an action gives out cannot be stored.
    #[error("the action was allowed and reported, but what it gives out cannot be stored")]
    Output(#[source] std::io::Error),
    /// The package does not verify.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The package was made by a node that the genesis does not list.
    #[error("the package was made by a node that is no validator of this network")]
    UnknownNode,
    /// The package is laxer than its data set's terms in the genesis.
    #[error("the node that made the package did not keep to the genesis: {0}")]
    Terms(#[from] TermsBroken),
    /// The package is for somebody else.
    #[error("the package was made for another requestor than the one whose key this is")]
    NotYours,
    /// The session folder cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The package was not opened here.
    #[error("the package is not open")]
    NotOpened,
    /// The lease of the opening is over.
    #[error("the lease of this opening is over")]
    LeaseOver,
    /// The contract in the package is not acceptable.
    #[error("the contract in the package cannot be run: {0}")]
    Contract(#[from] CodeRejection),
    /// The contract did not come to an outcome.
    #[error("the contract in the package came to no outcome: {0}")]
    Call(#[from] CallFault),
    /// The contract asks for something impossible.
    #[error("the contract in the package misbehaves: {what}")]
    Misbehaves {
        /// What it did.
        what: &'static str,
    },
    /// A node could not be asked, or refused.
    #[error(transparent)]
    Node(#[from] ClientError),
    /// The node's transform does not open the package.
    #[error("what the node answered does not open the package for this key")]
    Transform,
    /// The contract refuses, without a violation.
    #[error("the contract in the package refuses: {}", reason(*.0))]
    Refused(RefusalCode),
    /// The contract refuses an action that is a violation, and reported it.
    #[error("to {} this data is a violation: it was refused and reported to the owner", action.name())]
    Violation {
        /// The action.
        action: Action,
        /// The side-block that records the report.
        report: SideBlockMade,
    },
    /// An action that is a violation was refused; its report waits for a node.
    #[error("to {} this data is a violation: it was refused, and the report to the owner is stored until a node takes it: {source}", action.name())]
    ViolationUnreported {
        /// The action.
        action: Action,
        /// Why no node has it.
        #[source]
        source: ClientError,
    },
    /// An action was allowed and not done, because nobody confirmed that its report is on the ledger. It may be there, and will be.
    #[error(
        "nothing was done, and it counts as a {} all the same: nobody confirmed that the report of it is on the ledger, where it may stand already; it is kept, and handed in again with the next command: {source}",
        action.name()
    )]
    Unconfirmed {
        /// The action.
        action: Action,
        /// What the node said, or why none can be asked.
        #[source]
        source: ClientError,
    },
    /// The opening is on the ledger, and nobody confirmed that its first report is: that waits.
    #[error(
        "the package is open, and its opening is on the ledger, but nobody confirmed that its first report is; it is kept, and handed in again with the next command: {source}"
    )]
    OpenedUnconfirmed {
        /// What the node said, or why none can be asked.
        #[source]
        source: ClientError,
    },
    /// A report of this session is not on the ledger, and no node takes it: nothing else happens before it is.
    #[error(
        "nothing was done: a report of what was done before is not on the ledger yet, and is kept until a node takes it: {source}"
    )]
    Unreported {
        /// What the node said, or why none can be asked.
        #[source]
        source: ClientError,
    },
    /// A node said that reports were recorded, and the ledger does not have them.
    #[error("nothing was done: reports of what was done before ({missing}) are not on the ledger, though a node said that they were{}", said_since(source.as_ref()))]
    Missing {
        /// How many.
        missing: u32,
        /// What was said when they were handed in again.
        #[source]
        source: Option<ClientError>,
    },
    /// Reports that were made are not on the ledger, and kept no more: what follows them never comes there.
    #[error(
        "nothing was done: reports of what was done before ({lost}) are neither on the ledger nor in the session's folder, where they were kept; somebody removed them, or they came back from a copy without them"
    )]
    Lost {
        /// How many.
        lost: u32,
    },
    /// The session came back from a copy or was used elsewhere: there are reports under its opening that it does not know of.
    #[error(
        "nothing was done: there are reports under the opening of this session that it does not know of; it came back from a copy, or is used in another place, too"
    )]
    WentOn,
    /// A node does not have the opening of this session, and none proves that it is on the ledger.
    #[error(
        "nothing was done: {opener} said that it had recorded the opening of this session, but a node that was asked does not have it, and none proves that it is on the ledger"
    )]
    Unrecorded {
        /// The node that said so.
        opener: String,
    },
    /// A node said that access has ended, and none proves it.
    #[error("nothing was done: {node} says that access has ended, and no node proves it")]
    Unproven {
        /// The node.
        node: String,
    },
    /// No node proves that reports are on the ledger.
    #[error("nothing was removed: no node proves that the reports of what was done ({reports}) are on the ledger{}", said_since(source.as_ref()))]
    ReportsUnproven {
        /// How many.
        reports: usize,
        /// What was said when they were handed in again.
        #[source]
        source: Option<ClientError>,
    },
    /// The owner called the data back just now.
    #[error("the owner has called the data back: {receipt}")]
    Retrieved {
        /// How far its receipt has come.
        receipt: Receipt,
    },
    /// The data was called back and destroyed before.
    #[error("the owner called the data back, and its keys were destroyed")]
    Destroyed,
}

impl SessionError {
    pub(super) fn unprepared(path: &Path, source: std::io::Error) -> Self {
        Self::Unprepared { path: path.to_owned(), source }
    }
}

fn said_since(source: Option<&ClientError>) -> String {
    source.map_or_else(
        || "; they are kept".to_owned(),
        |source| format!("; they are kept until a node takes them: {source}"),
    )
}

const fn reason(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::NotPermitted => "the action is not permitted",
        RefusalCode::NotOpened => "the package is not open",
        RefusalCode::Withdrawn => "access is withdrawn",
        RefusalCode::Expired => "its time is over",
        RefusalCode::Destroyed => "its keys are destroyed",
        RefusalCode::ReportsExhausted => "no number is left for a report under this lease",
    }
}
