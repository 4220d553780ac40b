//! What most scenarios begin with.

use medshare_exchange::api::{EntryStatus, IdentityView, PermissionView};
use medshare_exchange::package::Package;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::BlockId;
use medshare_scenarios::http::{get, post};
use medshare_scenarios::network::Network;
use medshare_scenarios::people::Researcher;
use std::fs::File;
use std::path::Path;

/// The node of the organisation that owns all data sets.
pub const OWNERS_NODE: usize = 0;
/// Another one, which forwards.
pub const OTHER_NODE: usize = 2;

/// A network and a registered researcher.
pub struct World {
    pub network: Network,
    pub alice: Researcher,
}

impl World {
    /// Registers her in a network that runs.
    pub fn of(mut network: Network) -> Self {
        let alice = network.researcher();
        Self { network, alice }
    }

    /// Sends an entry that gets past the door; what becomes of it.
    #[track_caller]
    pub fn decided(&self, entry: &Entry) -> EntryStatus {
        assert_eq!(post(&self.network.url(1, "/v1/entries"), &codec::encode(entry)).status, 202);
        became(&self.network, 1, entry)
    }
}

/// What became of an entry, at a node.
#[track_caller]
pub fn became(network: &Network, node: usize, entry: &Entry) -> EntryStatus {
    get(&network.url(node, &format!("/v1/entries/{}?wait_ms=30000", entry.hash()))).json()
}

/// What somebody holds, as a node has it.
pub fn attributes(network: &Network, node: usize, who: &Researcher) -> Vec<String> {
    get(&network.url(node, &format!("/v1/identities/{}", who.keys.id()))).json::<IdentityView>().attributes
}

/// Where a package stands, as a node has it.
pub fn permission(network: &Network, node: usize, block: BlockId) -> PermissionView {
    get(&network.url(node, &format!("/v1/permissions/{block}"))).json()
}

/// The parent block of a package.
pub fn block_of(package: &Path) -> BlockId {
    Package::read(&mut File::open(package).unwrap()).unwrap().block
}
