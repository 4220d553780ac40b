//! Requestors in numbers, registered and equipped as one would be.

use super::stage::Stage;
use anyhow::{Context as _, Result, anyhow};
use medshare_agent::card::Card;
use medshare_agent::clock;
use medshare_crypto::abe::VerifiedRegistration;
use medshare_crypto::policy::AttributeName;
use medshare_exchange::proxy_key::{ProxyKeyDelivery, proxy_key_commitment, seal_proxy_key};
use medshare_genesis::keys::{AuthorityKeys, OwnerKeys, RequestorKeys, StoredKeys as _};
use medshare_ledger::entry::{AttributeGrant, AttributeKey, AttributeKeys, Entry};
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::facts::DataSet;
use medshare_ledger::id::Label;
use rand_core::OsRng;

const VERSION: u32 = 1;
/// Registrations that are sent at once.
const AT_ONCE: usize = 100;

/// The attributes of the measured policy with their authorities.
pub const ATTRIBUTES: [(&str, &str); 2] =
    [("UNIVERSITY", "RESEARCHER@UNIVERSITY"), ("ETHICS-BOARD", "APPROVED@ETHICS-BOARD")];

impl Stage {
    /// The measured data set.
    ///
    /// # Errors
    /// When the genesis has none.
    pub fn dataset(&self) -> Result<&DataSet> {
        self.facts.genesis().datasets.first().context("the genesis has no data set")
    }

    /// The keys of an authority.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn authority(&self, name: &str) -> Result<AuthorityKeys> {
        Ok(AuthorityKeys::load(&self.layout.authority_key(name), None)?)
    }

    /// Publishes the keys of these attributes, all of one authority.
    ///
    /// # Errors
    /// When the network does not take them.
    pub fn publish(&self, authority: &AuthorityKeys, name: &str, attributes: &[String]) -> Result<()> {
        let mut keys = Vec::new();
        for attribute in attributes {
            let parsed: AttributeName = attribute.parse()?;
            let public = authority.secret.attribute_public(&parsed, VERSION)?.to_bytes();
            keys.push(AttributeKey { attribute: attribute.clone(), version: VERSION, public });
        }
        keys.sort_by(|a, b| a.attribute.cmp(&b.attribute));
        let name: Label = name.parse()?;
        let entry = AttributeKeys { network: self.facts.network(), authority: name, keys, at: clock::now() };
        let signature = authority.signing.sign(&entry);
        self.client(0)?.submit_entry(&Entry::AttributeKeys(entry, signature))?;
        Ok(())
    }

    /// New requestors, registered by the first organisation.
    ///
    /// # Errors
    /// When the network does not take them.
    pub fn requestors(&self, count: usize) -> Result<Vec<RequestorKeys>> {
        let owner_name = self.founded.nodes.first().context("no owner")?;
        let owner_keys = OwnerKeys::load(&self.layout.owner_key(owner_name), None)?;
        let owner = self.facts.owner(owner_keys.id()).context("the owner is not in the genesis")?.clone();
        let role: Label = "researcher".parse()?;
        let workers: Vec<_> = (0..count).map(|_| RequestorKeys::generate(&mut OsRng)).collect();
        let register = |keys: &RequestorKeys| -> Result<()> {
            let card = Card::sign(keys, self.facts.network(), &owner, role.clone(), &mut OsRng)?;
            self.client(0)?.submit_entry(&card.countersigned(&owner_keys.signing, clock::now()))?;
            Ok(())
        };
        for group in workers.chunks(AT_ONCE) {
            std::thread::scope(|scope| {
                let threads: Vec<_> = group.iter().map(|keys| scope.spawn(|| register(keys))).collect();
                threads.into_iter().try_for_each(|t| t.join().map_err(|_| anyhow!("a thread failed"))?)
            })?;
        }
        Ok(workers)
    }

    /// Issues the measured policy's attributes to a requestor.
    ///
    /// # Errors
    /// When the network does not take them.
    pub fn equip(&self, requestor: &RequestorKeys) -> Result<()> {
        for (name, attribute) in ATTRIBUTES {
            let authority = self.authority(name)?;
            let registration = requestor.attributes.registration(requestor.id().as_bytes(), &mut OsRng)?.verify()?;
            self.issue(&authority, name, attribute, requestor, &registration)?;
        }
        Ok(())
    }

    fn issue(
        &self,
        authority: &AuthorityKeys,
        name: &str,
        attribute: &str,
        requestor: &RequestorKeys,
        registration: &VerifiedRegistration,
    ) -> Result<()> {
        let parsed: AttributeName = attribute.parse()?;
        let key = authority.secret.issue(registration, &parsed, VERSION)?.to_bytes();
        let mut copies = Vec::new();
        for validator in self.facts.validators().as_slice() {
            copies.push(seal_proxy_key(&key, validator.id, &validator.sealing_key, &mut OsRng)?);
        }
        let grant = AttributeGrant {
            network: self.facts.network(),
            authority: name.parse()?,
            requestor: requestor.id(),
            attribute: attribute.to_owned(),
            version: VERSION,
            proxy_key: proxy_key_commitment(&key),
            revocations: EntryChain::default(),
            at: clock::now(),
        };
        let delivery = ProxyKeyDelivery::sign(grant, copies, &authority.signing);
        self.client(0)?.deliver_proxy_key(&delivery)?;
        Ok(())
    }
}
