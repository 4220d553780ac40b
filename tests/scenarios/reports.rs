//! Violations that somebody invents, and what an agent that does not play along can and cannot do.

use medshare_contract_abi::usage::{Comment, Statement, UsageCall, UsageState};
use medshare_contract_abi::{Action, ActionSet, ReportKind};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::api::{BlockDetail, PermissionView, SideBlockMade};
use medshare_exchange::report::report_commitment;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{BlockId, LeaseId, Timestamp};
use medshare_ledger::link::Link;
use medshare_ledger::side_block::{SideBlock, SideDetails, SideEvent};
use medshare_scenarios::http::{get, post};
use medshare_scenarios::network::Network;
use medshare_scenarios::opening::{Opening, ask, send};
use medshare_scenarios::people::Researcher;
use medshare_scenarios::scenarios;
use rand_core::OsRng;
use std::fs::File;
use std::path::PathBuf;

use crate::world::{OTHER_NODE, OWNERS_NODE};

/// The network, a package that its requestor opened with an agent of her own, and that opening.
struct World {
    network: Network,
    alice: Researcher,
    package: PathBuf,
    opening: Opening,
    /// Hash of the last report under it.
    last: Hash32,
}

fn found() -> World {
    let mut network = Network::start(30_300);
    let alice = network.researcher();
    let package = network.package(&alice);
    let opening = Opening::of(&network, OTHER_NODE, &alice, &package);
    World { network, alice, package, opening, last: Hash32::ZERO }
}

scenarios!(found:
    an_opening_is_on_the_ledger_though_its_agent_reports_nothing,
    a_report_with_a_forged_agent_signature_is_refused,
    an_owner_cannot_sign_a_violation_in_the_agents_place,
    a_report_whose_sealed_text_was_exchanged_is_refused,
    a_report_under_an_unknown_lease_or_block_is_not_found,
    a_report_whose_number_skips_is_refused,
    a_report_sent_twice_is_recorded_once,
    a_report_that_breaks_the_chain_is_refused,
    a_report_that_the_contract_does_not_make_is_refused,
    a_report_from_other_terms_than_the_packages_is_refused,
    a_side_block_from_outside_is_refused_even_signed_by_the_owners_node,
    nobody_has_invented_a_violation,
    a_data_key_that_was_kept_outlives_every_revocation,
    an_audit_right_after_a_violation_shows_it,
    after_a_violation_elsewhere_it_is_told_which_block_ended_access,
);

fn read() -> UsageCall {
    UsageCall::Act { action: Action::Read, comment: Comment::new("").unwrap() }
}

fn copy() -> UsageCall {
    UsageCall::Act { action: Action::Copy, comment: Comment::new("").unwrap() }
}

/// What the contract remembers after so many reports of an opened package.
fn after(sequence: u32) -> UsageState {
    UsageState { sequence, opened: sequence > 0, withdrawn: false, destroyed: false }
}

impl World {
    #[track_caller]
    fn refused(&self, envelope: &medshare_exchange::report::ReportEnvelope, status: u16, code: &str, words: &str) {
        for node in [OWNERS_NODE, OTHER_NODE] {
            send(&self.network, node, envelope).refused(status, code, words);
        }
    }

    fn permission(&self, node: usize) -> PermissionView {
        get(&self.network.url(node, &format!("/v1/permissions/{}", self.opening.lease.parent))).json()
    }

    fn block(&self) -> BlockDetail {
        get(&self.network.url(OWNERS_NODE, &format!("/v1/audit/blocks/{}", self.opening.lease.parent))).json()
    }
}

fn an_opening_is_on_the_ledger_though_its_agent_reports_nothing(world: &mut World) {
    world.network.agree();
    let block = world.block();
    assert_eq!((block.side_blocks.len(), block.block.side_block_count), (1, 1), "{block:?}");
    for node in 0..4 {
        let permission = world.permission(node);
        assert_eq!((permission.openings, permission.reports), (1, 0), "node {node}");
    }
}

fn a_report_with_a_forged_agent_signature_is_refused(world: &mut World) {
    let made = world.opening.contract_reports(UsageCall::Opened, after(0));
    let mallory = SigningKey::generate(&mut OsRng);
    let forged = world.opening.envelope(made.clone(), Hash32::ZERO, &mallory);
    world.refused(&forged, 401, "bad-signature", "not signed by the agent of its lease");
    let mut changed = world.opening.envelope(made, Hash32::ZERO, &world.opening.agent);
    changed.report.kind = ReportKind::Action(Action::Copy).code();
    world.refused(&changed, 401, "bad-signature", "not signed by the agent of its lease");
}

fn an_owner_cannot_sign_a_violation_in_the_agents_place(world: &mut World) {
    let violation = world.opening.contract_reports(copy(), after(1));
    assert!(violation.1.violation);
    for key in [world.network.owner_keys(0).signing, world.network.node_keys(OWNERS_NODE).signing] {
        let invented = world.opening.envelope(violation.clone(), Hash32::ZERO, &key);
        world.refused(&invented, 401, "bad-signature", "not signed by the agent of its lease");
    }
}

fn a_report_that_the_contract_does_not_make_is_refused(world: &mut World) {
    let (input, mut body) = world.opening.contract_reports(read(), after(2));
    body.kind = ReportKind::Action(Action::Copy);
    body.violation = true;
    body.comment = Statement::new("data copied: violation").unwrap();
    let envelope = world.opening.envelope((input, body), world.last, &world.opening.agent);
    world.refused(&envelope, 400, "bad-report", "does not make this report from its input");
}

fn a_report_from_other_terms_than_the_packages_is_refused(world: &mut World) {
    let (mut input, mut body) = world.opening.contract_reports(copy(), after(2));
    // terms under which copying would be allowed
    input.parameters.permitted = ActionSet::ALL;
    body.violation = false;
    body.comment = Statement::new("data copied").unwrap();
    let envelope = world.opening.envelope((input, body), world.last, &world.opening.agent);
    world.refused(&envelope, 400, "bad-report", "does not make this report from its input");
}

fn a_report_whose_sealed_text_was_exchanged_is_refused(world: &mut World) {
    let made = world.opening.contract_reports(UsageCall::Opened, after(0));
    let mut envelope = world.opening.envelope(made.clone(), Hash32::ZERO, &world.opening.agent);
    envelope.sealed[40] ^= 1;
    world.refused(&envelope, 400, "bad-report", "commitment does not fit");
    envelope.report.commitment = report_commitment(&envelope.sealed);
    envelope.agent_signature = world.opening.agent.sign(&envelope.report);
    world.refused(&envelope, 400, "bad-report", "cannot be opened");
    envelope.sealed = vec![0; 5000];
    world.refused(&envelope, 413, "too-large", "too long");
}

fn a_report_under_an_unknown_lease_or_block_is_not_found(world: &mut World) {
    let made = world.opening.contract_reports(UsageCall::Opened, after(0));
    let good = world.opening.envelope(made, Hash32::ZERO, &world.opening.agent);
    let mut lease = good.clone();
    lease.report.lease = LeaseId::from_bytes([1; 16]);
    world.refused(&lease, 404, "not-found", "no such lease");
    let mut block = good;
    block.report.parent = BlockId::from_bytes([1; 32]);
    world.refused(&block, 404, "not-found", "no such parent block");
}

fn a_report_whose_number_skips_is_refused(world: &mut World) {
    let made = world.opening.contract_reports(read(), after(4));
    let skipping = world.opening.envelope(made, Hash32::from_bytes([5; 32]), &world.opening.agent);
    world.refused(&skipping, 400, "rejected", "not the next one of its lease");
}

fn a_report_that_breaks_the_chain_is_refused(world: &mut World) {
    for before in [Hash32::from_bytes([5; 32]), Hash32::ZERO] {
        let made = world.opening.contract_reports(read(), after(2));
        let wrong = world.opening.envelope(made, before, &world.opening.agent);
        world.refused(&wrong, 400, "rejected", "hash of the report before it");
    }
}

fn a_report_sent_twice_is_recorded_once(world: &mut World) {
    let opened = world.opening.contract_reports(UsageCall::Opened, after(0));
    let first = world.opening.envelope(opened, Hash32::ZERO, &world.opening.agent);
    let made: SideBlockMade = send(&world.network, OTHER_NODE, &first).json();
    assert_eq!(made.status, "opened");
    world.refused(&first, 409, "report-known", "on the ledger already");
    // an older report than the last changes nothing; its owner's node knows it as well
    let read = world.opening.contract_reports(read(), after(1));
    let second = world.opening.envelope(read, first.report.hash(), &world.opening.agent);
    let made: SideBlockMade = send(&world.network, OWNERS_NODE, &second).json();
    assert_eq!(made.status, "opened");
    send(&world.network, OWNERS_NODE, &first).refused(409, "report-known", "on the ledger already");
    send(&world.network, OTHER_NODE, &first).refused(400, "rejected", "not the next one of its lease");
    world.last = second.report.hash();
    world.network.agree();
    assert_eq!(world.permission(3).reports, 2);
}

fn a_side_block_from_outside_is_refused_even_signed_by_the_owners_node(world: &mut World) {
    let violation = world.opening.contract_reports(copy(), after(2));
    let forged = world.opening.envelope(violation, Hash32::ZERO, &SigningKey::generate(&mut OsRng));
    let block = world.block();
    let facts = world.network.facts();
    let keys = world.network.node_keys(OWNERS_NODE);
    let details = SideDetails {
        parent: world.opening.lease.parent,
        action_counter: 1,
        tsv: forged.report.at,
        owner: world.opening.package.manifest.owner,
        requestor: world.alice.keys.id(),
        vln: u16::from(Action::Copy.code()),
        node: keys.id(),
        locktime: Timestamp(block.block.locktime),
        event: SideEvent::Reported { report: forged.report, agent_signature: forged.agent_signature },
    };
    let link = Link {
        previous: world.opening.lease.parent.as_hash(),
        version: block.block.version,
        timestamp: medshare_agent::clock::now(),
        target: facts.parameters().target_bits,
    };
    let side_block = SideBlock::build(details, link).sign(facts.network(), &keys.signing);
    let bytes = codec::encode(&Entry::SideBlock(Box::new(side_block)));
    for node in 0..4 {
        let answer = post(&world.network.url(node, "/v1/entries"), &bytes);
        answer.refused(400, "not-from-outside", "submit a request or a report instead");
    }
}

fn nobody_has_invented_a_violation(world: &mut World) {
    world.network.agree();
    for node in 0..4 {
        let permission = world.permission(node);
        assert_eq!((permission.violations, permission.status.as_str()), (0, "opened"), "node {node}");
    }
    let key = world.network.layout().owner_key("NORTH");
    let said = world.network.medshare(OWNERS_NODE, ["owner", "violations", "--key", key.to_str().unwrap()]).done();
    assert_eq!(said.as_array().map(Vec::len), Some(0), "{said}");
}

/// What the threat model says cannot be enforced: who has read once can read again. What can be: nobody opens it anew.
fn a_data_key_that_was_kept_outlives_every_revocation(world: &mut World) {
    let block = world.opening.lease.parent.to_string();
    let key = world.network.layout().owner_key("NORTH");
    let args = ["owner", "revoke", &block, "--reason", "suspected-misuse", "--key", key.to_str().unwrap()];
    world.network.medshare(OWNERS_NODE, args).done();
    world.network.agree();
    for node in 0..4 {
        let (.., answer) = ask(&world.network, node, &world.alice, &world.opening.package);
        answer.refused(403, "revoked", "access to this package is revoked");
    }
    let mut file = File::open(&world.package).unwrap();
    let package = &world.opening.package;
    let name = &package.manifest.files[0].name;
    let plaintext = package.read_file(name, &world.opening.data_key, &mut file).unwrap();
    assert!(String::from_utf8_lossy(&plaintext).contains("\"resourceType\":"), "the records themselves");
    let guess = medshare_crypto::stream::DataKey::from_bytes(Default::default());
    assert!(package.read_file(name, &guess, &mut file).is_err(), "and nobody else's key opens them");
}

fn an_audit_right_after_a_violation_shows_it(world: &mut World) {
    let bob = world.network.researcher();
    let (package, key) = (world.network.package(&bob), bob.file.to_str().unwrap());
    let (package, copy) = (package.to_str().unwrap(), world.network.desk().join("copy"));
    world.network.medshare(OWNERS_NODE, ["package", "open", package, "--key", key]).done();
    let args = ["package", "copy", package, "Patient.ndjson", "--to", copy.to_str().unwrap(), "--key", key, "--yes"];
    world.network.medshare(OWNERS_NODE, args).failed(4, "violation", "reported to the owner");
    let (requestor, bundle) = (bob.keys.id().to_string(), world.network.desk().join("bob.bundle"));
    let args = ["audit", "export", "--requestor", &requestor, "--out", bundle.to_str().unwrap()];
    world.network.medshare(OWNERS_NODE, args).done();
    let audit = world.network.medshare(OWNERS_NODE, ["audit", "verify", bundle.to_str().unwrap()]).done();
    assert_eq!(audit["packages"][0]["status"], "revoked", "{audit}");
}

/// A violation takes all attributes: another package, which nobody revoked, does not open either.
fn after_a_violation_elsewhere_it_is_told_which_block_ended_access(world: &mut World) {
    let carol = world.network.researcher();
    let key = carol.file.to_str().unwrap();
    let [first, second] = [world.network.package(&carol), world.network.package(&carol)];
    let package = |verb: &str, file: &PathBuf, more: &[&str]| {
        let args = [&["package", verb, file.to_str().unwrap(), "--key", key][..], more].concat();
        world.network.medshare(OWNERS_NODE, args)
    };
    package("open", &first, &[]).done();
    package("delete", &first, &["--yes"]).failed(4, "violation", "reported to the owner");
    world.network.agree();
    let block = medshare_exchange::package::Package::read(&mut File::open(&first).unwrap()).unwrap().block.to_string();
    let said = package("open", &second, &[]);
    said.failed(3, "access-ended", "all your attributes were taken away");
    assert!(said.stderr.contains(&block) && said.stderr.contains("ask NORTH about that block"), "{}", said.stderr);
}
