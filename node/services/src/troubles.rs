//! What the operator of a node should look at, as its status tells it.

use crate::services::Services;
use medshare_exchange::api::Trouble;
use medshare_ledger::id::NodeId;

/// What this node sees now.
#[must_use]
pub fn of(services: &Services) -> Vec<Trouble> {
    let foreign = services.network.peers().into_iter().filter(|peer| peer.is_foreign).map(|peer| peer.node);
    let foreign = foreign.map(|node| {
        let network = services.chain.facts().network();
        let message = format!(
            "{} is of another network than {network}, or of another version of the program: compare genesis.toml and versions",
            name(services, node)
        );
        trouble("other-network", node, message)
    });
    let doubled = services.instances.in_two_processes().into_iter().map(|node| {
        let message =
            format!("two processes run with the key of {}, and both vote: one must stop", name(services, node));
        trouble("two-processes", node, message)
    });
    let own = services.instances.saying_so_of_this().into_iter().map(|node| {
        let message =
            format!("{} says that a second process runs with this node's key: stop one of them", name(services, node));
        trouble("own-key-twice", node, message)
    });
    let abstains = services.abstains().then(|| {
        let message = "this node lost votes or batches, and does not vote before the others have decided what it may have voted on; stop no other node meanwhile";
        trouble("abstains", services.node, message.to_owned())
    });
    foreign.chain(doubled).chain(own).chain(abstains).collect()
}

fn trouble(code: &str, node: NodeId, message: String) -> Trouble {
    Trouble { code: code.to_owned(), node: node.to_string(), message }
}

/// What people call a node.
fn name(services: &Services, node: NodeId) -> String {
    let id = node.to_string();
    services.config.peers.iter().find(|peer| peer.node == id).map_or(id, |peer| peer.name.clone())
}
