//! Audit bundles: fetched from any node, verified with none.

use crate::client::{ClientError, NodeClient};
use crate::vault::durable::create_new;
use medshare_ledger::bundle::{self, AuditReport, BundleError, MAX_BUNDLE_BYTES};
use medshare_ledger::id::{NetworkId, RequestorId};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Why a bundle could not be fetched or does not prove what it says.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A node could not be asked, or refused.
    #[error(transparent)]
    Node(#[from] ClientError),
    /// The file cannot be read or written.
    #[error("cannot {action} the bundle {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The file is larger than any bundle.
    #[error("{} is larger than a bundle may be ({MAX_BUNDLE_BYTES} bytes)", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// The bundle does not verify.
    #[error("the bundle does not verify: {0}")]
    Bundle(#[from] BundleError),
}

/// Stores the bundle of a requestor as a new file; returns its length in bytes.
///
/// # Errors
/// [`AuditError`] when it cannot be had or stored.
pub fn export(node: &NodeClient, requestor: RequestorId, path: &Path) -> Result<u64, AuditError> {
    create_new(path, |file| node.download_bundle(requestor, file)).map_err(|error| match error {
        ClientError::Store(source) => AuditError::Io { action: "store", path: path.to_owned(), source },
        other => AuditError::Node(other),
    })
}

/// Verifies a bundle against one's own network, with no node.
///
/// # Errors
/// [`AuditError::Bundle`] names the part at fault.
pub fn verify(path: &Path, network: NetworkId) -> Result<AuditReport, AuditError> {
    let io = |source| AuditError::Io { action: "read", path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(MAX_BUNDLE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() > MAX_BUNDLE_BYTES {
        return Err(AuditError::TooLong { path: path.to_owned() });
    }
    Ok(bundle::verify(&bytes, Some(network))?)
}
