//! Entries from outside: what breaks a rule is refused at the door, or rejected by the ledger, and changes nothing.

use medshare_agent::clock;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signable, Signature, SigningKey};
use medshare_exchange::api::EntryState;
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::codec;
use medshare_ledger::entry::{AttributeGrant, Decision, Entry, Identity, IdentityCard, OwnerDecision, Revocation};
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::id::{NetworkId, RequestorId};
use medshare_scenarios::http::post;
use medshare_scenarios::network::Network;
use medshare_scenarios::scenarios;
use rand_core::OsRng;

use crate::world::{World, attributes, block_of};

fn found() -> World {
    World::of(Network::start(30_180))
}

scenarios!(found:
    an_entry_that_cannot_be_read_is_refused,
    an_entry_of_another_network_is_refused,
    an_entry_signed_by_nobody_known_is_refused,
    a_registration_that_the_requestor_did_not_sign_is_refused,
    a_grant_by_the_wrong_authority_is_refused,
    a_grant_of_an_attribute_without_a_key_is_given_up_and_not_ordered,
    an_entry_of_another_time_is_refused_at_the_door,
    a_decision_on_anothers_package_is_rejected_by_the_ledger,
    a_grant_from_before_a_revocation_never_brings_access_back,
);

fn sign<T: Signable>(key: &SigningKey, value: &T) -> Signature {
    key.sign(value)
}

impl World {
    #[track_caller]
    fn refused(&self, entry: &Entry, status: u16, words: &str) {
        post(&self.network.url(1, "/v1/entries"), &codec::encode(entry)).refused(status, "rejected", words);
    }

    /// What no time makes good is rejected by the ledger; what lacks something is given up and takes no place in the history.
    #[track_caller]
    fn rejected(&self, entry: &Entry, code: u16, words: &str, is_recorded: bool) {
        let receipt = self.decided(entry);
        assert_eq!((receipt.state, receipt.code), (EntryState::Rejected, code), "{receipt:?}");
        assert_eq!(receipt.height.is_some(), is_recorded, "{receipt:?}");
        assert!(receipt.error.as_ref().is_some_and(|error| error.message.contains(words)), "{receipt:?}");
    }

    fn identity(&self, keys: &RequestorKeys, owner: usize) -> Identity {
        let id = RequestorId::of_key(&keys.signing.verifying_key());
        let registration = keys.attributes.registration(id.as_bytes(), &mut OsRng).unwrap();
        Identity {
            network: self.network.facts().network(),
            key: keys.signing.verifying_key(),
            sealing_key: keys.sealing.public_key(),
            registration: registration.to_bytes(),
            role: "researcher".parse().unwrap(),
            organisation: self.network.owner_keys(owner).id(),
            at: clock::now(),
        }
    }

    fn grant(&self, authority: &str, attribute: &str) -> AttributeGrant {
        AttributeGrant {
            network: self.network.facts().network(),
            authority: authority.parse().unwrap(),
            requestor: self.alice.keys.id(),
            attribute: attribute.to_owned(),
            version: 1,
            proxy_key: Hash32::ZERO,
            revocations: EntryChain::default(),
            at: clock::now(),
        }
    }

    fn signed_grant(&self, grant: AttributeGrant, authority: &str) -> Entry {
        let signature = self.network.authority_keys(authority).signing.sign(&grant);
        Entry::AttributeGrant(grant, signature)
    }

    fn attributes(&self, node: usize) -> Vec<String> {
        attributes(&self.network, node, &self.alice)
    }
}

fn an_entry_that_cannot_be_read_is_refused(world: &mut World) {
    let good = codec::encode(&world.signed_grant(world.grant("UNIVERSITY", "RESEARCHER@UNIVERSITY"), "UNIVERSITY"));
    let mut unknown_kind = good.clone();
    unknown_kind[3] = 99;
    let trailing = [good.as_slice(), &[0]].concat();
    for bytes in [&good[..good.len() - 1], &unknown_kind, &trailing] {
        let answer = post(&world.network.url(1, "/v1/entries"), bytes);
        answer.refused(400, "malformed", "not the expected document");
    }
}

fn an_entry_of_another_network_is_refused(world: &mut World) {
    let keys = RequestorKeys::generate(&mut OsRng);
    let mut identity = world.identity(&keys, 1);
    identity.network = NetworkId::from_bytes([3; 32]);
    let vouched = sign(&world.network.owner_keys(1).signing, &identity);
    let own = sign(&keys.signing, &IdentityCard(&identity));
    world.refused(&Entry::Identity(identity, vouched, own), 400, "made for another network");
}

fn an_entry_signed_by_nobody_known_is_refused(world: &mut World) {
    let keys = RequestorKeys::generate(&mut OsRng);
    let nobody = SigningKey::generate(&mut OsRng);
    let mut identity = world.identity(&keys, 1);
    let own = sign(&keys.signing, &IdentityCard(&identity));
    let entry = Entry::Identity(identity.clone(), sign(&nobody, &identity), own);
    world.refused(&entry, 400, "signature of the owner does not verify");
    identity.organisation = medshare_ledger::id::OwnerId::of_key(&nobody.verifying_key());
    let (vouched, own) = (sign(&nobody, &identity), sign(&keys.signing, &IdentityCard(&identity)));
    world.refused(&Entry::Identity(identity, vouched, own), 400, "owner is not known to this network");
    let grant = world.grant("NOBODY", "RESEARCHER@NOBODY");
    let signature = sign(&nobody, &grant);
    world.refused(&Entry::AttributeGrant(grant, signature), 400, "authority is not known to this network");
}

fn a_registration_that_the_requestor_did_not_sign_is_refused(world: &mut World) {
    let keys = RequestorKeys::generate(&mut OsRng);
    let identity = world.identity(&keys, 1);
    let vouched = sign(&world.network.owner_keys(1).signing, &identity);
    let entry = Entry::Identity(identity, vouched, vouched);
    world.refused(&entry, 401, "signature of the requestor does not verify");
}

fn a_grant_by_the_wrong_authority_is_refused(world: &mut World) {
    let stolen = world.signed_grant(world.grant("UNIVERSITY", "RESEARCHER@UNIVERSITY"), "ETHICS");
    world.refused(&stolen, 400, "signature of the authority does not verify");
    let foreign = world.signed_grant(world.grant("ETHICS", "RESEARCHER@UNIVERSITY"), "ETHICS");
    world.refused(&foreign, 400, "name@authority with the authority that signed");
}

fn a_grant_of_an_attribute_without_a_key_is_given_up_and_not_ordered(world: &mut World) {
    let entry = world.signed_grant(world.grant("UNIVERSITY", "DEAN@UNIVERSITY"), "UNIVERSITY");
    world.rejected(&entry, 303, "no published key", false);
    assert_eq!(world.attributes(0), ["RESEARCHER@UNIVERSITY"]);
}

fn an_entry_of_another_time_is_refused_at_the_door(world: &mut World) {
    let dated = |ahead_ms: i64| {
        let mut grant = world.grant("UNIVERSITY", "RESEARCHER@UNIVERSITY");
        grant.at.0 = grant.at.0.saturating_add_signed(ahead_ms);
        world.signed_grant(grant, "UNIVERSITY")
    };
    let post = |entry: &Entry| post(&world.network.url(1, "/v1/entries"), &codec::encode(entry));
    let hour_ms = 60 * 60 * 1000;
    post(&dated(hour_ms)).refused(400, "from-the-future", "dated in the future");
    post(&dated(-hour_ms)).refused(400, "expired", "made too long ago");
}

fn a_decision_on_anothers_package_is_rejected_by_the_ledger(world: &mut World) {
    let file = world.network.package(&world.alice);
    let block = block_of(&file);
    let thief = world.network.owner_keys(1);
    let decision = OwnerDecision {
        network: world.network.facts().network(),
        owner: thief.id(),
        parent: block,
        sequence: 0,
        decision: Decision::Retrieve,
        judged: Hash32::ZERO,
        at: clock::now(),
    };
    let signature = sign(&thief.signing, &decision);
    world.rejected(&Entry::OwnerDecision(decision, signature), 335, "belongs to another owner", true);
}

fn a_grant_from_before_a_revocation_never_brings_access_back(world: &mut World) {
    let file = world.network.package(&world.alice);
    let grant = world.grant("UNIVERSITY", "RESEARCHER@UNIVERSITY");
    let used = world.signed_grant(grant, "UNIVERSITY");
    assert_eq!(world.decided(&used).state, EntryState::Applied);
    let kept_back = world.signed_grant(world.grant("UNIVERSITY", "RESEARCHER@UNIVERSITY"), "UNIVERSITY");
    let owner = world.network.owner_keys(0);
    let revocation = Revocation {
        network: world.network.facts().network(),
        owner: owner.id(),
        parent: block_of(&file),
        sequence: 0,
        reason: 1,
        at: clock::now(),
    };
    let signature = sign(&owner.signing, &revocation);
    let revocation = Entry::Revocation(revocation, signature);
    assert_eq!(world.decided(&revocation).state, EntryState::Applied);
    world.network.agree();
    assert!(world.attributes(1).is_empty());

    // one that was signed before and never sent
    world.refused(&kept_back, 400, "access was revoked after the grant was made");
    // one that was applied already is named as such, and not applied again
    let height = world.decided(&used).height;
    assert!(height < world.decided(&revocation).height, "it keeps its place in history");
    // the owner's word, repeated, is the same word
    assert_eq!(world.decided(&revocation).state, EntryState::Applied);
    for node in 0..4 {
        assert!(world.attributes(node).is_empty(), "node {node}");
    }
}
