//! Entries that were refused once, posted again by whoever overheard them.

use medshare_agent::clock;
use medshare_contract_abi::Action;
use medshare_contract_abi::usage::{Comment, UsageCall, UsageState};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{DecisionCount, EntryState};
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::codec;
use medshare_ledger::entry::{Decision, Entry, OwnerDecision};
use medshare_ledger::id::{BlockId, SideBlockId};
use medshare_scenarios::http::{get, post};
use medshare_scenarios::network::Network;
use medshare_scenarios::opening::{Opening, ask, send};

use crate::world::{OTHER_NODE, OWNERS_NODE, World, attributes, became, block_of, permission};

/// A re-grant for the last violation, as its owner signs it.
fn regrant(network: &Network, block: BlockId, judged: Hash32, sequence: u32) -> Entry {
    let owner = network.owner_keys(OWNERS_NODE);
    let decision = OwnerDecision {
        network: network.facts().network(),
        owner: owner.id(),
        parent: block,
        sequence,
        decision: Decision::Regrant,
        judged,
        at: clock::now(),
    };
    let signature = owner.signing.sign(&decision);
    Entry::OwnerDecision(decision, signature)
}

fn last_violation(network: &Network, block: BlockId) -> Hash32 {
    let count: DecisionCount = get(&network.url(OWNERS_NODE, &format!("/v1/owner/decisions/{block}"))).json();
    count.last_violation.expect("a violation").parse().unwrap()
}

/// Her own agent reports that she copied, behind what it reported last.
fn copies(network: &Network, opening: &Opening, last: &ReportEnvelope) -> ReportEnvelope {
    let sequence = last.report.sequence;
    let state = UsageState { sequence, opened: true, withdrawn: false, destroyed: false };
    let call = UsageCall::Act { action: Action::Copy, comment: Comment::new("").unwrap() };
    let copied = opening.envelope(opening.contract_reports(call, state), last.report.hash(), &opening.agent);
    let answer = send(network, OTHER_NODE, &copied);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    copied
}

pub(super) fn a_regrant_that_was_refused_gives_nothing_back_when_a_stranger_posts_it_later(world: &mut World) {
    let dave = world.network.researcher();
    let file = world.network.package(&dave);
    let block = block_of(&file);
    let opening = Opening::of(&world.network, OTHER_NODE, &dave, &file);
    let fresh = UsageState { sequence: 0, opened: false, withdrawn: false, destroyed: false };
    let made = opening.contract_reports(UsageCall::Opened, fresh);
    let opened = opening.envelope(made, Hash32::ZERO, &opening.agent);
    assert_eq!(send(&world.network, OTHER_NODE, &opened).status, 200);
    let first = copies(&world.network, &opening, &opened);
    world.network.agree();

    let judged = last_violation(&world.network, block);
    assert_eq!(world.decided(&regrant(&world.network, block, judged, 0)).state, EntryState::Applied);
    // another one is superfluous, and refused
    let superfluous = regrant(&world.network, block, judged, 1);
    let history = || world.network.status(OWNERS_NODE).unwrap().history_size;
    let before = history();
    for time in 0..60 {
        let answer = post(&world.network.url(time % 4, "/v1/entries"), &codec::encode(&superfluous));
        assert!(answer.status == 202 || answer.error().code == "rejected", "{answer:?}");
        if time == 0 {
            assert_eq!(became(&world.network, 0, &superfluous).state, EntryState::Rejected);
        }
    }
    world.network.agree();
    assert!(history() <= before + 1, "{} copies of one entry", history() - before);

    world.network.issuing(&dave, &["--revocations", "1"]).done();
    copies(&world.network, &opening, &first);
    world.network.agree();
    assert_eq!(permission(&world.network, 3, block).violations, 2);
    for node in 0..4 {
        let answer = post(&world.network.url(node, "/v1/entries"), &codec::encode(&superfluous));
        if answer.status == 202 {
            assert_eq!(became(&world.network, node, &superfluous).state, EntryState::Rejected);
        } else {
            assert_eq!(answer.error().code, "rejected");
        }
    }
    world.network.agree();
    for node in 0..4 {
        assert_eq!(permission(&world.network, node, block).status, "revoked", "node {node}");
        assert!(attributes(&world.network, node, &dave).is_empty(), "node {node}");
        let (.., answer) = ask(&world.network, node, &dave, &opening.package);
        assert_eq!((answer.status, answer.error().code.as_str()), (403, "revoked"), "node {node}");
    }
    // the owner's own word for that violation counts, and not what she says of the one before
    let (id, owner) = (block.to_string(), world.network.layout().owner_key("NORTH"));
    let (older, newer) = (judged, last_violation(&world.network, block));
    let named = SideBlockId::under(block, &older).to_string();
    let review =
        ["owner", "review", &id, "--decision", "regrant", "--violation", &named, "--key", owner.to_str().unwrap()];
    let said = world.network.medshare(OWNERS_NODE, review);
    said.failed(3, "rejected", "the decision does not count");
    assert!(said.stderr.contains(&SideBlockId::under(block, &newer).to_string()), "{said:?}");
    let judged = newer;
    assert_eq!(world.decided(&regrant(&world.network, block, judged, 1)).state, EntryState::Applied);
}
