//! Packages on this node's disk that cannot be read: their operator is told of each now and then, however often somebody asks for it.

use crate::services::Services;
use medshare_crypto::hash::Hash32;
use medshare_exchange::package::PackageError;
use medshare_ledger::id::PackageId;
use medshare_node_refusal::Refusal;

/// This node's trouble with a package's file.
pub(crate) fn broken(services: &Services, package: &PackageId, error: &PackageError) -> Refusal {
    let (told, name) = (&services.memories.broken, Hash32::from_bytes(*package.as_bytes()));
    if told.is_recent(&name) {
        return Refusal::known_fault();
    }
    told.note(name);
    tracing::error!(%package, "the file of a package cannot be used");
    Refusal::fault(error)
}
