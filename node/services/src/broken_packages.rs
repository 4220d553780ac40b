//! Packages that this node has trouble with: files that cannot be read, and contract keys that are not here. Their operator is told of each
//! now and then, however often somebody asks for it.

use crate::services::Services;
use medshare_crypto::hash::Hash32;
use medshare_exchange::package::PackageError;
use medshare_ledger::id::PackageId;
use medshare_node_refusal::{Code, Refusal};

/// This node's trouble with a package's file.
pub(crate) fn broken(services: &Services, package: &PackageId, error: &PackageError) -> Refusal {
    if !is_to_be_told(services, package) {
        return Refusal::known_fault();
    }
    tracing::error!(%package, "the file of a package cannot be used");
    Refusal::fault(error)
}

/// This node's trouble with a package whose reports are sealed to a key that is not the one that this node makes of its own.
pub(crate) fn of_another_key(services: &Services, package: &PackageId) -> Refusal {
    if is_to_be_told(services, package) {
        tracing::error!(
            %package,
            "reports about a package are sealed to another key than this node's: bring back the keys/node.key that the package was made with"
        );
    }
    Refusal::new(
        Code::ContractKeyMissing,
        "this node no longer has the key that reports about this package are sealed to, and cannot judge this one: its operator brings the key back",
    )
}

fn is_to_be_told(services: &Services, package: &PackageId) -> bool {
    let (told, name) = (&services.memories.broken, Hash32::from_bytes(*package.as_bytes()));
    let is_told = told.is_recent(&name);
    if !is_told {
        told.note(name);
    }
    !is_told
}
