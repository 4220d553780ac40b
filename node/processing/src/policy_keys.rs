//! Encryption under a policy with the public keys that the ledger has; their tables are built once per change.

use medshare_crypto::abe::{AttributePublic, AuthorityPublic, Ciphertext, PublicKeys, encrypt};
use medshare_crypto::policy::{AttributeName, Policy};
use medshare_crypto::secret::AttributeSecret;
use medshare_node_chain::Chain;
use medshare_node_refusal::{Code, Refusal};
use rand_core::OsRng;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

#[derive(Default)]
struct Known {
    versions: BTreeMap<String, u32>,
    keys: PublicKeys,
}

/// Public keys by attribute.
#[derive(Default)]
pub struct PolicyKeys(RwLock<Known>);

impl PolicyKeys {
    /// Encrypts a fresh secret under `policy` for `context`.
    ///
    /// # Errors
    /// [`Refusal`] when an authority or attribute of the policy has published no key.
    pub fn encrypt(
        &self,
        policy: &Policy,
        context: &[u8],
        chain: &Chain,
    ) -> Result<(Ciphertext, AttributeSecret), Refusal> {
        for attribute in policy.attributes() {
            self.refresh(&attribute, chain)?;
        }
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        encrypt(policy, &known.keys, context, &mut OsRng)
            .map_err(|e| Refusal::new(Code::AttributeUnpublished, e.to_string()))
    }

    fn refresh(&self, attribute: &AttributeName, chain: &Chain) -> Result<(), Refusal> {
        let missing = || {
            let message = format!(
                "{attribute} has no published key yet; its authority publishes it when it first issues the attribute"
            );
            Refusal::new(Code::AttributeUnpublished, message)
        };
        let record = chain.state().attribute_key(attribute.as_str())?.ok_or_else(missing)?;
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if known.versions.get(attribute.as_str()) == Some(&record.version) {
            return Ok(());
        }
        drop(known);
        let name = attribute.authority();
        let label = name.as_str().parse().map_err(|_| missing())?;
        let authority = chain.facts().authority(&label).ok_or_else(missing)?;
        let authority = AuthorityPublic::from_bytes(&authority.public).map_err(|_| missing())?;
        let key = AttributePublic::from_bytes(&record.public).map_err(|_| missing())?;
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let suffix = format!("@{name}");
        if !known.versions.keys().any(|a| a.ends_with(&suffix)) {
            known.keys.add_authority(&authority);
        }
        known.keys.add_attribute(&key).map_err(|_| missing())?;
        known.versions.insert(attribute.as_str().to_owned(), record.version);
        Ok(())
    }
}
