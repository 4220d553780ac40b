//! What most scenarios begin with.

use medshare_scenarios::network::Network;
use medshare_scenarios::people::Researcher;

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
}
