//! Audit bundles, verified with no node.

use medshare_ledger::bundle::{self, AuditReport, BundleError, MAX_BUNDLE_BYTES};
use medshare_ledger::id::NetworkId;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Why a bundle does not prove what it says.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The file cannot be read.
    #[error("cannot read the bundle {}", path.display())]
    Io {
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

/// Verifies a bundle against one's own network, with no node.
///
/// # Errors
/// [`AuditError::Bundle`] names the part at fault.
pub fn verify(path: &Path, network: NetworkId) -> Result<AuditReport, AuditError> {
    let io = |source| AuditError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(MAX_BUNDLE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() > MAX_BUNDLE_BYTES {
        return Err(AuditError::TooLong { path: path.to_owned() });
    }
    Ok(bundle::verify(&bytes, Some(network))?)
}
