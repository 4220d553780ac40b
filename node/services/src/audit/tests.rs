#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod proven;
mod story;

use super::span::Span;
use super::{blocks, bundle, requests, violations};
use medshare_contract_abi::Action;
use medshare_exchange::request::SignedRequest;
use medshare_ledger::bundle::verify;
use medshare_ledger::event::Stage;
use medshare_ledger::id::{BlockId, LeaseId, RequestorId};
use medshare_ledger::side_block::SideEvent;
use medshare_node_chain::Chain;
use medshare_node_chain::testing::{ATTRIBUTE, Parties};
use medshare_node_refusal::Code;
use medshare_node_store::private::{PrivateStore, WaitingReport};
use std::sync::Arc;
use story::{LEASE, Story};

const NOBODY: RequestorId = RequestorId::from_bytes([7; 16]);
const NOTHING: BlockId = BlockId::from_bytes([7; 32]);

#[test]
fn a_delivered_package_is_seen_the_same_from_thread_owner_and_id() {
    let story = Story::delivered();
    let (chain, parties) = (&story.chain, &story.parties);
    let view = blocks::block(chain, story.parent.id).unwrap();
    assert_eq!((view.id.clone(), view.height), (story.parent.id.to_string(), 3));
    assert_eq!((view.dataset.as_str(), view.purpose.as_str(), view.sensitivity.as_str()), ("cohort", "HRESCH", "high"));
    assert_eq!(view.events.iter().map(|e| e.stage.as_str()).collect::<Vec<_>>(), Stage::ALL.map(Stage::code));
    assert_eq!((view.permission.status.as_str(), view.permission.openings), ("granted", 0));
    assert_eq!(view.side_block_count, 0);
    let (count, thread) = blocks::thread(chain, parties.requestor.id(), Span::WHOLE).unwrap();
    assert_eq!((count, thread.items), (1, vec![view.clone()]));
    assert_eq!(blocks::of_owner(chain, parties.owner(0), Span::WHOLE).unwrap().items, [view]);
    assert!(blocks::of_owner(chain, parties.owner(1), Span::WHOLE).unwrap().items.is_empty());
}

#[test]
fn a_request_is_seen_by_requestor_and_owner_whether_it_was_answered_or_not() {
    let story = Story::delivered();
    let (chain, parties) = (&story.chain, &story.parties);
    let hers = requests::of_requestor(chain, parties.requestor.id(), Span::WHOLE).unwrap().items;
    assert_eq!(requests::of_owner(chain, parties.owner(0), Span::WHOLE).unwrap().items, hers);
    assert!(requests::of_owner(chain, parties.owner(1), Span::WHOLE).unwrap().items.is_empty());
    let asked = |number| hers.iter().find(|one| one.request == parties.request(number).hash().to_string()).unwrap();
    assert_eq!((asked(1).block.clone(), asked(2).block.clone()), (Some(story.parent.id.to_string()), None));
    let (seen, signed) = (asked(2), parties.request(2).request);
    assert_eq!((seen.at, seen.deadline, seen.purpose.as_str()), (signed.created.0, signed.deadline.0, "HRESCH"));
    assert_eq!((seen.dataset.as_str(), seen.state), ("cohort", None));
    let first = requests::of_owner(chain, parties.owner(0), Span { after: None, limit: 1 }).unwrap();
    let rest = requests::of_owner(chain, parties.owner(0), Span { after: first.last, limit: usize::MAX }).unwrap();
    assert_eq!([first.items, rest.items].concat(), hers);
    assert_eq!(requests::of_requestor(chain, NOBODY, Span::WHOLE).unwrap_err().code, Code::NotFound);
}

#[test]
fn a_registered_requestor_without_packages_has_an_empty_thread_and_her_attributes() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let (count, thread) = blocks::thread(&chain, parties.requestor.id(), Span::WHOLE).unwrap();
    assert_eq!((count, thread.items.len()), (0, 0));
    let identity = blocks::identity(&chain, parties.requestor.id()).unwrap();
    assert_eq!((identity.role.as_str(), identity.attributes), ("researcher", vec![ATTRIBUTE.to_owned()]));
}

#[test]
fn what_the_ledger_does_not_know_is_not_found() {
    let story = Story::delivered();
    let chain = &story.chain;
    for code in [
        blocks::thread(chain, NOBODY, Span::WHOLE).unwrap_err().code,
        blocks::identity(chain, NOBODY).unwrap_err().code,
        blocks::block(chain, NOTHING).unwrap_err().code,
        blocks::permission(chain, NOTHING).unwrap_err().code,
        bundle::export(chain, NOBODY).unwrap_err().code,
    ] {
        assert_eq!(code, Code::NotFound);
    }
}

#[test]
fn a_violation_stands_under_its_package_with_the_words_that_only_the_owners_node_has() {
    let story = Story::opened();
    let private = PrivateStore::open(story.parties.home.path()).unwrap();
    let (chain, owner) = (&story.chain, story.parties.owner(0));
    let violated = |owner| violations::of_owner(chain, &private, owner, Span::WHOLE).unwrap().items;
    assert!(violated(owner).is_empty());
    let copied = story.copied();

    assert_eq!(blocks::block(chain, story.parent.id).unwrap().side_block_count, 2);
    let sides = blocks::side_blocks(chain, story.parent.id, Span::WHOLE).unwrap().items;
    let events: Vec<_> = sides.iter().map(|side| (side.event.as_str(), side.vln, side.sequence)).collect();
    assert_eq!(events, [("opening", 0, None), ("copy", u16::from(Action::Copy.code()), Some(1))]);
    assert!(sides.iter().all(|side| side.lease == LEASE.to_string() && side.follows.is_none()));
    let permission = blocks::permission(chain, story.parent.id).unwrap();
    assert_eq!((permission.status.as_str(), permission.openings, permission.violations), ("revoked", 1, 1));

    let seen = violated(owner);
    assert_eq!((seen.len(), seen[0].action.as_str()), (1, "copy"));
    assert_eq!((&seen[0].statement, &seen[0].comment), (&None, &None), "it is not at this node");
    assert_eq!((seen[0].dataset.as_str(), seen[0].status.as_str()), ("cohort", "revoked"));
    let SideEvent::Reported { report, .. } = &copied.details.event else { unreachable!("it is a report") };
    assert_eq!([0, 1].map(|place| sides[place].commitment.clone()), [None, Some(report.commitment.to_string())]);
    let waiting =
        WaitingReport { received: report.at, parent: report.parent, lease: report.lease, sequence: report.sequence };
    private.put_words(&report.hash(), "data copied: violation; comment: on a stick", &waiting).unwrap();
    let told = &violated(owner)[0];
    assert_eq!((told.statement.as_deref(), told.comment.as_deref()), (Some("data-copied"), Some("on a stick")));
    assert!(violated(story.parties.owner(1)).is_empty());
}

#[test]
fn a_violation_waits_until_its_owner_decides_and_a_later_one_waits_again_although_the_package_is_upheld() {
    let story = Story::opened();
    let private = PrivateStore::open(story.parties.home.path()).unwrap();
    let told = |after, limit| {
        let span = Span { after, limit };
        let stretch = violations::of_owner(&story.chain, &private, story.parties.owner(0), span).unwrap();
        let waits: Vec<_> = stretch.items.iter().map(|one| (one.status.clone(), one.waits)).collect();
        (waits, stretch.last)
    };
    let undecided = || blocks::permission(&story.chain, story.parent.id).unwrap().undecided;
    let upheld = |waits| ("upheld".to_owned(), waits);
    let first = story.copied();
    assert_eq!((told(None, 9).0, undecided()), (vec![("revoked".to_owned(), true)], 1));
    story.upheld(0);
    assert_eq!((told(None, 9).0, undecided()), (vec![upheld(false)], 0));
    story.copied_again(&first);
    assert_eq!((told(None, 9).0, undecided()), (vec![upheld(false), upheld(true)], 1));
    let (page, last) = told(None, 1);
    assert_eq!((page, told(last, 1).0), (vec![upheld(false)], vec![upheld(true)]), "page by page, too");
    story.upheld(1);
    assert_eq!((told(None, 9).0, undecided()), (vec![upheld(false), upheld(false)], 0));
}

#[test]
fn an_agent_learns_how_far_its_opening_is_reported_and_whether_access_has_ended_since() {
    let story = Story::opened();
    let lease = || blocks::lease(&story.chain, story.parent.id, LEASE).unwrap();
    assert_eq!((lease().reports, lease().access_ended, lease().permission.status.as_str()), (0, false, "opened"));
    story.copied();
    assert_eq!((lease().reports, lease().access_ended, lease().permission.status.as_str()), (1, true, "revoked"));
    let unknown = blocks::lease(&story.chain, story.parent.id, LeaseId::from_bytes([6; 16]));
    assert_eq!(unknown.unwrap_err().code, Code::NotFound);
}

#[test]
fn a_list_goes_on_where_it_ended_although_it_grew() {
    let story = Story::opened();
    let (chain, parent) = (&story.chain, story.parent.id);
    let first = blocks::side_blocks(chain, parent, Span { after: None, limit: 1 }).unwrap();
    assert_eq!((first.items.len(), first.last), (1, None), "there is one yet");
    story.copied();
    let first = blocks::side_blocks(chain, parent, Span { after: None, limit: 1 }).unwrap();
    assert_eq!((first.items[0].event.as_str(), first.last.is_some()), ("opening", true));
    let second = blocks::side_blocks(chain, parent, Span { after: first.last, limit: 1 }).unwrap();
    assert_eq!((second.items[0].event.as_str(), second.last), ("copy", None));
}

#[test]
fn an_exported_bundle_verifies_and_holds_the_whole_story() {
    let story = Story::opened();
    story.copied();
    // The anchor's state root is that after the height before it.
    story.parties.decide(&story.chain, Vec::new());
    let network = story.parties.facts.network();
    let bytes = bundle::export(&story.chain, story.parties.requestor.id()).unwrap();
    let report = verify(&bytes, Some(network)).unwrap();
    assert_eq!((report.requestor, report.signers), (story.parties.requestor.id(), 4));
    assert_eq!(report.packages.iter().map(|package| package.parent).collect::<Vec<_>>(), [story.parent.id]);
    assert!(report.attributes.is_empty(), "the violation took them away");
}

#[test]
fn a_bundle_reads_a_batch_once_however_many_of_its_entries_it_holds() {
    let story = Story::delivered();
    let (chain, parties) = (&story.chain, &story.parties);
    let request = |number: u16| {
        let mut asked = parties.asked(0);
        asked.nonce[..2].copy_from_slice(&number.to_be_bytes());
        SignedRequest::sign(asked, &parties.requestor.signing).entry()
    };
    parties.decide(chain, (1..=500).map(request).collect());
    parties.decide(chain, Vec::new());
    let source = bundle::Source::of(chain);
    let bytes = bundle::export_of(&source, parties.requestor.id()).unwrap();
    let report = verify(&bytes, Some(parties.facts.network())).unwrap();
    assert_eq!((report.requests.len(), report.packages.len()), (509, 1));
    assert_eq!(source.batches_read(), 4, "her identity, her grant with nine requests, the package, the other requests");
}

#[test]
fn a_chain_without_batches_has_no_bundle_yet() {
    let parties = Parties::new();
    let chain = Chain::open(parties.home.path(), Arc::clone(&parties.facts)).unwrap();
    assert_eq!(bundle::export(&chain, parties.requestor.id()).unwrap_err().code, Code::TooEarly);
}
