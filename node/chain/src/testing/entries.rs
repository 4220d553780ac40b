//! What the fixture's people sign: registrations, keys of attributes, grants, contracts, requests.

use super::{ATTRIBUTE, Parties, label};
use medshare_crypto::hash::Hash32;
use medshare_exchange::request::{DataRequest, SignedRequest};
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::entry::{
    AttributeGrant, AttributeKey, AttributeKeys, ContractCode, Entry, Identity, IdentityCard,
};
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::facts::RecordType;
use medshare_ledger::id::Timestamp;
use medshare_ledger::purpose::{ActReason, Purpose};
use rand::rngs::OsRng;

impl Parties {
    /// The requestor's registration.
    #[must_use]
    pub fn identity(&self) -> Entry {
        self.identity_of(&self.requestor)
    }

    /// The registration of somebody with these keys.
    #[must_use]
    pub fn identity_of(&self, keys: &RequestorKeys) -> Entry {
        self.identity_by(1, keys)
    }

    /// The registration of somebody with these keys by the organisation of this index.
    #[must_use]
    pub fn identity_by(&self, organisation: usize, keys: &RequestorKeys) -> Entry {
        let registration = keys.attributes.registration(keys.id().as_bytes(), &mut OsRng).unwrap();
        let identity = Identity {
            network: self.facts.network(),
            key: keys.signing.verifying_key(),
            sealing_key: keys.sealing.public_key(),
            registration: registration.to_bytes(),
            role: label("researcher"),
            organisation: self.owner(organisation),
            at: self.at,
        };
        let signature = self.owners[organisation].sign(&identity);
        let card = keys.signing.sign(&IdentityCard(&identity));
        Entry::Identity(identity, signature, card)
    }

    /// Public keys of attributes.
    #[must_use]
    pub fn attribute_keys(&self, names: &[&str]) -> Entry {
        let public = |name: &&str| {
            let public = self.authority.secret.attribute_public(&name.parse().unwrap(), 1).unwrap();
            AttributeKey { attribute: (*name).to_owned(), version: 1, public: public.to_bytes() }
        };
        let keys = AttributeKeys {
            network: self.facts.network(),
            authority: label("university"),
            keys: names.iter().map(public).collect(),
            at: self.at,
        };
        let signature = self.authority.signing.sign(&keys);
        Entry::AttributeKeys(keys, signature)
    }

    /// The grant of [`ATTRIBUTE`] to the requestor.
    #[must_use]
    pub fn grant(&self, at: u64, proxy_key: Hash32) -> Entry {
        self.grant_behind(EntryChain::default(), at, proxy_key)
    }

    /// The same by an authority that knew of these revocations.
    #[must_use]
    pub fn grant_behind(&self, revocations: EntryChain, at: u64, proxy_key: Hash32) -> Entry {
        let grant = AttributeGrant {
            network: self.facts.network(),
            authority: label("university"),
            requestor: self.requestor.id(),
            attribute: ATTRIBUTE.to_owned(),
            version: 1,
            proxy_key,
            revocations,
            at: Timestamp(at),
        };
        let signature = self.authority.signing.sign(&grant);
        Entry::AttributeGrant(grant, signature)
    }

    /// A contract that the first owner publishes.
    #[must_use]
    pub fn contract_code(&self, code: Vec<u8>) -> Entry {
        let code = ContractCode { network: self.facts.network(), owner: self.owner(0), code, at: self.at };
        let signature = self.owners[0].sign(&code);
        Entry::ContractCode(code, signature)
    }

    /// A request for the data set, unsigned.
    pub fn asked(&self, nonce: u8) -> DataRequest {
        DataRequest {
            network: self.facts.network(),
            key: self.requestor.signing.verifying_key(),
            owner: self.owner(0),
            dataset: label("cohort"),
            terms_version: 1,
            record_type: RecordType::Table,
            purpose: Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: Vec::new() },
            created: self.at,
            deadline: self.at.plus_ms(3_600_000),
            nonce: [nonce; 16],
        }
    }

    /// A request for the data set, signed.
    #[must_use]
    pub fn request(&self, nonce: u8) -> SignedRequest {
        SignedRequest::sign(self.asked(nonce), &self.requestor.signing)
    }

    /// A request for the data set of the owner at this index, signed.
    #[must_use]
    pub fn request_to(&self, owner: usize, nonce: u8) -> SignedRequest {
        let asked = self.asked(nonce);
        let request = DataRequest { owner: self.owner(owner), dataset: self.dataset_of(owner).id, ..asked };
        SignedRequest::sign(request, &self.requestor.signing)
    }
}
