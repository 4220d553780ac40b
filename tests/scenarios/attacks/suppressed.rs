//! Violations that somebody would rather not have known, or not have felt.

use medshare_contract_abi::{Action, ReportKind};
use medshare_exchange::api::BlockDetail;
use medshare_exchange::report::ReportEnvelope;
use medshare_ledger::codec;
use medshare_ledger::id::BlockId;
use medshare_scenarios::between::{Between, Question};
use medshare_scenarios::http::{Answer, get};
use medshare_scenarios::network::{Network, RECORDS};
use medshare_scenarios::people::Researcher;
use medshare_scenarios::program::{Said, run};
use std::path::Path;

use crate::world::{OTHER_NODE, OWNERS_NODE, World, block_of, permission};

/// `package VERB FILE …` of somebody, with these nodes named.
fn package(network: &Network, nodes: &str, who: &Researcher, verb: &str, file: &Path, more: &[&str]) -> Said {
    let (file, key) = (file.to_str().unwrap(), who.file.to_str().unwrap());
    let env = network.environment(&[OWNERS_NODE]);
    let env = env.map(|(name, value)| if name == "MEDSHARE_NODE" { (name, nodes.into()) } else { (name, value) });
    run([&["package", verb, file][..], more, &["--key", key]].concat(), &env)
}

/// `package copy` of a file that nobody may copy, whatever it says beforehand.
fn copy(network: &Network, nodes: &str, who: &Researcher, file: &Path) -> Said {
    let to = who.file.with_extension("copy");
    let said = package(network, nodes, who, "copy", file, &["Patient.ndjson", "--to", to.to_str().unwrap(), "--yes"]);
    assert!(!to.exists(), "nothing was copied");
    said
}

/// What the liar answers when it is handed the report of a copy.
fn malformed(question: &Question) -> Option<Answer> {
    let envelope = (question.target == "/v1/reports").then(|| codec::decode::<ReportEnvelope>(&question.body).unwrap());
    let is_a_copys = envelope.is_some_and(|it| it.report.kind == ReportKind::Action(Action::Copy).code());
    is_a_copys.then(|| Answer::made_up(400, "malformed"))
}

fn block(network: &Network, block: BlockId) -> BlockDetail {
    get(&network.url(3, &format!("/v1/audit/blocks/{block}"))).json()
}

pub(super) fn a_report_that_somebody_in_between_refuses_goes_by_another_node_and_stands_in_the_way_until_then(
    world: &mut World,
) {
    let bob = world.network.researcher();
    let file = world.network.package(&bob);
    let parent = block_of(&file);
    let network = &world.network;
    let liar = Between::start(&network.authority(OWNERS_NODE), malformed);
    package(network, &liar.url(), &bob, "open", &file, &[]).done();
    copy(network, &liar.url(), &bob, &file).failed(4, "violation-unreported", "");
    // nothing goes on before it is taken: neither a new opening, whose numbers would begin again, nor what is open
    package(network, &liar.url(), &bob, "open", &file, &[]).failed(3, "report-kept", "");
    package(network, &liar.url(), &bob, "read", &file, &["Patient.ndjson"]).failed(3, "report-kept", "");
    network.agree();
    let standing = permission(network, 3, parent);
    assert_eq!((standing.openings, standing.violations), (1, 0), "{standing:?}");
    // as soon as another node is named, whatever is asked
    let nodes = format!("{},{}", liar.url(), network.url(OTHER_NODE, ""));
    package(network, &nodes, &bob, "open", &file, &[]).failed(4, "revoked", "revoked");
    network.agree();
    let standing = permission(network, 3, parent);
    assert_eq!((standing.openings, standing.violations, standing.status.as_str()), (1, 1, "revoked"), "{standing:?}");
    // the next opening states the one before it
    let (owner, id) = (network.layout().owner_key("NORTH"), parent.to_string());
    let violations = ["owner", "violations", "--key", owner.to_str().unwrap()];
    let violations = network.medshare(OWNERS_NODE, violations).done();
    let listed = violations.as_array().unwrap().iter().find(|one| one["block"] == id.as_str()).unwrap();
    let looked_at = ["--violation", listed["side_block"].as_str().unwrap()];
    let regrant = ["owner", "review", &id, "--decision", "regrant", "--key", owner.to_str().unwrap()];
    network.medshare(OWNERS_NODE, regrant).failed(8, "unseen-violation", &looked_at[1][32..40]);
    network.medshare(OWNERS_NODE, regrant.into_iter().chain(looked_at)).done();
    network.issuing(&bob, &[]).failed(8, "unseen-revocation", "was taken away once");
    network.issuing(&bob, &["--revocations", "0"]).failed(8, "unseen-revocation", "--revocations says 0");
    network.issuing(&bob, &["--revocations", "1"]).done();
    package(network, &liar.url(), &bob, "open", &file, &[]).done();
    network.agree();
    let detail = block(network, parent);
    let openings: Vec<_> = detail.side_blocks.iter().filter(|side| side.event == "opening").collect();
    let [first, second] = openings[..] else { panic!("{detail:?}") };
    assert_eq!((&first.follows, second.follows.as_ref()), (&None, Some(&first.lease)));
    let reported = detail.side_blocks.iter().filter(|side| side.lease == first.lease).map(|side| side.sequence);
    assert_eq!(reported.collect::<Vec<_>>(), [None, Some(1), Some(2)]);
}

pub(super) fn after_a_violation_what_was_open_is_read_nowhere_and_nothing_new_is_made(world: &mut World) {
    let carol = world.network.researcher();
    let [first, second] = [world.network.package(&carol), world.network.package(&carol)];
    let network = &world.network;
    let [here, elsewhere] = [OWNERS_NODE, 3].map(|node| network.url(node, ""));
    let read = |nodes: &str| package(network, nodes, &carol, "read", &second, &["Patient.ndjson"]);
    for file in [&first, &second] {
        package(network, &here, &carol, "open", file, &[]).done();
    }
    assert_eq!(read(&elsewhere).code, 0);
    copy(network, &here, &carol, &first).failed(4, "violation", "reported to the owner");
    network.agree();
    read(&elsewhere).failed(4, "withdrawn", "");
    for node in 0..4 {
        read(&network.url(node, "")).failed(4, "withdrawn", "");
        let said = package(network, &network.url(node, ""), &carol, "open", &second, &[]);
        said.failed(3, "access-ended", "");
        let request = network.request(&carol, |_| ());
        network.send(node, &request.encode()).refused(403, "access-ended", "");
    }
    let (key, out) = (carol.file.to_str().unwrap(), network.desk().join("carols.medshare"));
    let wish = ["request", "submit", "--owner", "NORTH", "--dataset", RECORDS, "--purpose", "HRESCH", "--key", key];
    let said = network.medshare(OTHER_NODE, wish.into_iter().chain(["--out", out.to_str().unwrap()]));
    said.failed(3, "access-ended", "");
    assert_eq!(permission(network, 3, block_of(&second)).openings, 1);
}
