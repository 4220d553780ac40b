//! An owner before whose node somebody stands who keeps decisions back.

use medshare_scenarios::between::{Between, Question};
use medshare_scenarios::http::Answer;
use medshare_scenarios::program::run;
use serde_json::json;

use crate::world::{OTHER_NODE, OWNERS_NODE, World, block_of, permission};

/// What the liar answers: what is handed in counts at once, and stays with it. Everything else is the node's own word.
fn keeps(question: &Question) -> Option<Answer> {
    let applied = json!({"entry": "e", "state": "applied", "code": 0, "error": null, "height": 1});
    let is_entry = question.target.starts_with("/v1/entries");
    is_entry.then(|| Answer { status: 200, body: serde_json::to_vec(&applied).unwrap() })
}

pub(super) fn an_end_of_access_that_somebody_keeps_back_is_not_told_as_made_and_goes_by_another_node(
    world: &mut World,
) {
    let dave = world.network.researcher();
    let block = block_of(&world.network.package(&dave));
    let network = &world.network;
    let liar = Between::start(&network.authority(OWNERS_NODE), keeps);
    let (id, owner) = (block.to_string(), network.layout().owner_key("NORTH"));
    let revoke = |nodes: &str| {
        let env = network.environment(&[OWNERS_NODE]);
        let env = env.map(|(name, value)| if name == "MEDSHARE_NODE" { (name, nodes.into()) } else { (name, value) });
        run(["owner", "revoke", &id, "--reason", "other", "--key", owner.to_str().unwrap()], &env)
    };
    revoke(&liar.url()).failed(6, "decision-unproven", "no node proves that it stands on the ledger");
    assert_eq!(permission(network, OTHER_NODE, block).status, "granted");
    let made = revoke(&format!("{},{}", liar.url(), network.url(OTHER_NODE, ""))).done();
    assert_eq!((&made["status"], &made["sequence"]), (&json!("revoked"), &json!(0)), "{made}");
    network.agree();
    for node in 0..4 {
        assert_eq!(permission(network, node, block).status, "revoked", "node {node}");
    }
    // what is proven, is so whoever hands it over
    revoke(&liar.url()).failed(3, "rejected", "nothing was sent");
}
