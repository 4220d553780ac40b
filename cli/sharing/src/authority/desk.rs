//! What an authority signs and seals for somebody, and on what grounds.
//!
//! Who gets a proxy key made for a registration that is not hers needs no attribute to open what it is for. So the registration, the revocations
//! and the attribute's key come from states that a quorum certified just now, before anything is signed or sealed, and no node's word counts; a
//! grant is made where such a state has it, and then copies go out. The nodes that copies are sealed to stand in the genesis.

use super::refusals::{named, other_key, refused, revoked_since, superseded};
use crate::told::{Told, refusals};
use medshare_agent::client::{Certified, ClientError, NodeClient, dated};
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::abe::{Registration, VerifiedRegistration};
use medshare_crypto::policy::AttributeName;
use medshare_exchange::proxy_key::{ProxyKeyDelivery, SealedProxyKey, proxy_key_commitment, seal_proxy_key};
use medshare_genesis::dataset::can_be_issued;
use medshare_genesis::keys::AuthorityKeys;
use medshare_ledger::entry::{AttributeGrant, AttributeKey, AttributeKeys, Entry};
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::facts::{Authority, NetworkFacts};
use medshare_ledger::grant_proof::GrantStanding;
use medshare_ledger::id::{RequestorId, Timestamp};
use medshare_ledger::state::{AttributeKeyRecord, GrantRecord};
use rand_core::OsRng;
use serde::Serialize;
use serde_json::Value;

/// Detail of a failure: the attribute whose key was recorded before it.
pub const PUBLISHED: &str = "published";
/// Version of an attribute's first key.
const FIRST_VERSION: u32 = 1;

/// Who is given an attribute.
pub struct To {
    pub requestor: RequestorId,
    pub user: VerifiedRegistration,
    /// The revocations of her access.
    pub revocations: EntryChain,
    /// The attributes that she holds.
    pub held: Vec<String>,
    /// Time of the state that shows this.
    pub time: Timestamp,
}

/// How an attribute's key stands.
pub struct Published {
    /// Its version; none where it has to be published.
    version: Option<u32>,
    /// Time of the state that shows this.
    time: Timestamp,
}

/// An attribute that was issued.
#[derive(Serialize)]
pub struct IssuedAttribute {
    pub attribute: String,
    pub version: u32,
    /// Whether the attribute's key was published just now.
    pub published: bool,
    /// Whether the requestor held it before.
    pub held: bool,
    /// Hash of the grant's entry.
    pub entry: String,
    /// Height of it, where the node that proves it says so.
    pub height: Option<u64>,
    /// Nodes that a proxy key was sealed to.
    pub nodes: usize,
    /// Named nodes that did not take the copies, and what they said.
    pub not_taken_by: Vec<Value>,
}

/// An authority at its nodes.
pub struct Desk<'a> {
    pub facts: &'a NetworkFacts,
    pub node: &'a NodeClient,
    pub keys: &'a AuthorityKeys,
    pub authority: &'a Authority,
}

impl Desk<'_> {
    /// The requestor as the ledger has her now, the proof of her registration checked here.
    ///
    /// # Errors
    /// When no node proves that, she is not registered, or her registration is not of this RID.
    pub fn registered(&self, requestor: RequestorId) -> Result<To, Failure> {
        let ask = |one: &NodeClient, certified| one.proven_identity(self.facts, requestor, certified);
        let standing = self.node.proven_now(self.facts, ask, |standing| standing.time).map_err(Told::told)?;
        let record = standing.identity.ok_or_else(|| {
            Failure::new(Exit::Refused, "unknown-requestor", format!("{requestor} is not registered"))
                .hint("an organisation registers a requestor with `medshare owner register`")
        })?;
        let user = Registration::from_bytes(&record.identity.registration).ok().and_then(|claim| claim.verify().ok());
        let user = user.filter(|user| user.gid() == requestor.as_bytes()).ok_or_else(|| {
            let message = format!("the registration of {requestor} does not verify");
            Failure::new(Exit::Verification, "registration", message)
        })?;
        let (revocations, held) = (standing.access.revocations, standing.access.attributes);
        Ok(To { requestor, user, revocations, held, time: standing.time })
    }

    /// How the attribute's key stands now. One that is not published may be, where a data set's policy names it or somebody insists.
    ///
    /// # Errors
    /// When no node proves that, the published key is not this key file's, or nobody may publish it.
    pub fn published(
        &self,
        requestor: RequestorId,
        attribute: &AttributeName,
        insisted: bool,
    ) -> Result<Published, Failure> {
        let ask = |one: &NodeClient, certified| self.proven(one, requestor, attribute, certified);
        let standing = self.node.proven_now(self.facts, ask, |standing| standing.time).map_err(Told::told)?;
        let time = standing.time;
        let Some(known) = standing.key else {
            can_be_issued(attribute).map_err(|wrong| Failure::argument(wrong.to_string()))?;
            let may_be = if insisted { Ok(()) } else { named(self.facts, attribute) };
            return may_be.map(|()| Published { version: None, time });
        };
        if self.public(attribute, known.version)? == known.public {
            Ok(Published { version: Some(known.version), time })
        } else {
            Err(other_key(attribute))
        }
    }

    /// Issues the attribute to whom it was looked at, where her access was not taken away since. Its key is looked at again, however long that of
    /// others took.
    ///
    /// # Errors
    /// When that is not proven, or not that it is issued; with the attribute as `published` where its key was recorded just before.
    pub fn issue(&self, attribute: &AttributeName, insisted: bool, looked_at: &To) -> Result<IssuedAttribute, Failure> {
        let published = self.published(looked_at.requestor, attribute, insisted)?;
        let is_news = published.version.is_none();
        let version = published.version.map_or_else(|| self.publish(attribute, published.time, looked_at), Ok)?;
        let issued = self.grant(attribute, version, looked_at);
        let issued = issued.map(|issued| IssuedAttribute { published: is_news, ..issued });
        issued.map_err(|failure| if is_news { failure.detail(PUBLISHED, attribute.as_str()) } else { failure })
    }

    /// Grants the attribute, whose key is published, and hands the copies out.
    fn grant(&self, attribute: &AttributeName, version: u32, looked_at: &To) -> Result<IssuedAttribute, Failure> {
        let to = self.registered(looked_at.requestor)?;
        if to.revocations != looked_at.revocations {
            return Err(revoked_since(&to));
        }
        let proxy_key = self.keys.secret.issue(&to.user, attribute, version).map_err(refused)?.to_bytes();
        let copies = self.copies(&proxy_key)?;
        let nodes = copies.len();
        let (at, commitment) = (dated(self.facts, to.time), proxy_key_commitment(&proxy_key));
        let grant = AttributeGrant {
            network: self.facts.network(),
            authority: self.authority.name.clone(),
            requestor: to.requestor,
            attribute: attribute.to_string(),
            version,
            proxy_key: commitment,
            revocations: to.revocations,
            at,
        };
        // one is signed, whatever nodes say of it
        let delivery = ProxyKeyDelivery::sign(grant, copies, &self.keys.signing);
        let entry = delivery.grant.hash();
        // the same issued at the same moment, and again, is as good
        let is_it = |grant: &GrantRecord| grant.entry == entry || (grant.proxy_key == commitment && grant.at > at);
        let brought = self.node.bring(
            &delivery.grant,
            |one, certified| self.proven(one, to.requestor, attribute, certified),
            |standing| (standing.grant.as_ref().is_some_and(|grant| is_it(grant) || grant.at >= at), standing.height),
        );
        let brought = brought.map_err(|error| self.not_issued(error, &to))?;
        if !brought.standing.grant.as_ref().is_some_and(is_it) {
            return Err(superseded(attribute));
        }
        // no copy leaves for a grant that does not stand: a refused one would be a key all the same at a node that keeps it
        let said = self.node.hand_to_each(|one| one.deliver_proxy_key(&delivery));
        if said.iter().all(|said| said.refusal.is_some()) {
            return Err(ClientError::Untaken { said }.told());
        }
        Ok(IssuedAttribute {
            attribute: attribute.to_string(),
            version,
            published: false,
            held: to.held.iter().any(|held| held == attribute.as_str()),
            entry: entry.to_string(),
            height: brought.height,
            nodes,
            not_taken_by: refusals(&said),
        })
    }

    /// Publishes the first key of an attribute.
    fn publish(&self, attribute: &AttributeName, time: Timestamp, to: &To) -> Result<u32, Failure> {
        let public = self.public(attribute, FIRST_VERSION)?;
        let key = AttributeKey { attribute: attribute.to_string(), version: FIRST_VERSION, public: public.clone() };
        let keys = AttributeKeys {
            network: self.facts.network(),
            authority: self.authority.name.clone(),
            keys: vec![key],
            at: dated(self.facts, time),
        };
        let signature = self.keys.signing.sign(&keys);
        let entry = Entry::AttributeKeys(keys, signature);
        let is_it = |key: &AttributeKeyRecord| key.version == FIRST_VERSION && key.public == public;
        let brought = self.node.bring(
            &entry,
            |one, certified| self.proven(one, to.requestor, attribute, certified),
            |standing| (standing.key.is_some(), standing.height),
        );
        let brought = brought.map_err(Told::told)?;
        if brought.standing.key.as_ref().is_some_and(is_it) { Ok(FIRST_VERSION) } else { Err(other_key(attribute)) }
    }

    /// Why an attribute is not issued: that access was taken away meanwhile is proven, too.
    fn not_issued(&self, error: ClientError, to: &To) -> Failure {
        match self.registered(to.requestor) {
            Ok(now) if now.revocations != to.revocations => revoked_since(&now),
            _ => error.told(),
        }
    }

    fn proven(
        &self,
        one: &NodeClient,
        requestor: RequestorId,
        attribute: &AttributeName,
        certified: Certified,
    ) -> Result<GrantStanding, ClientError> {
        one.proven_grant(self.facts, requestor, attribute.as_str(), certified)
    }

    fn public(&self, attribute: &AttributeName, version: u32) -> Result<Vec<u8>, Failure> {
        Ok(self.keys.secret.attribute_public(attribute, version).map_err(refused)?.to_bytes())
    }

    /// A copy for every validator, ascending by node, as the validator set is ordered.
    fn copies(&self, proxy_key: &[u8]) -> Result<Vec<SealedProxyKey>, Failure> {
        let validators = self.facts.validators().as_slice().iter();
        let copies =
            validators.map(|validator| seal_proxy_key(proxy_key, validator.id, &validator.sealing_key, &mut OsRng));
        copies
            .collect::<Result<_, _>>()
            .map_err(|e| Failure::new(Exit::Failure, "genesis", format!("a validator's key cannot be used: {e}")))
    }
}
