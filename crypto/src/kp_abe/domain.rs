//! The owner of a personal domain: its secret, its public keys, the keys that it issues.

use std::collections::BTreeMap;

use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::key::KeyRow;
use super::label::{hash_label, numbered_uses};
use super::{DomainPublic, KpKey, LAYOUT, LabelPublic, MAX_USES};
use crate::encoding::{DecodeError, Decoder, secret_bytes};
use crate::issuer::Issuer;
use crate::pairing::{G1Table, G2, GtTable, SecretScalar};
use crate::policy::{AttributeName, AuthorityName, Lsss, Policy};
use crate::secret::Secret32;

const ALPHA_DOMAIN: &str = "MEDSHARE-V01-FABEO-KP-ALPHA";
const VERSION_DOMAIN: &str = "MEDSHARE-V01-FABEO-KP-VERSION-KEY";
/// V01 gave one r to all versions.
const RANDOMNESS_DOMAIN: &str = "MEDSHARE-V02-FABEO-KP-KEY-RANDOMNESS";

/// Why a key or a public value is not issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KpIssueError {
    /// The label belongs to another domain.
    #[error("{label} is not a label of {domain}")]
    ForeignLabel {
        /// The domain asked.
        domain: AuthorityName,
        /// The label.
        label: AttributeName,
    },
    /// A label stands in the policy more than [`MAX_USES`] times.
    #[error("the policy names {label} more than {MAX_USES} times")]
    TooManyUses {
        /// The label.
        label: AttributeName,
    },
}

/// A domain's secret: a seed, from which α, the version keys and the randomness of keys follow.
///
/// Layout: `u8 1 ‖ seed (32) ‖ u16 len ‖ name`. Labels are names such as `allergies@alice`.
#[derive(Debug, ZeroizeOnDrop)]
pub struct DomainSecret {
    issuer: Issuer,
    alpha: SecretScalar,
}

impl DomainSecret {
    /// A new domain.
    #[must_use]
    pub fn generate(name: AuthorityName, rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self::new(Issuer::generate(name, rng))
    }

    fn new(issuer: Issuer) -> Self {
        Self { alpha: issuer.secret(ALPHA_DOMAIN), issuer }
    }

    /// The domain's name.
    #[must_use]
    pub fn name(&self) -> &AuthorityName {
        self.issuer.name()
    }

    pub(super) fn seed(&self) -> &Secret32 {
        self.issuer.seed()
    }

    /// The public key E^α.
    #[must_use]
    pub fn public(&self) -> DomainPublic {
        DomainPublic { name: self.name().clone(), e_alpha: GtTable::generator().pow(self.alpha.expose()) }
    }

    /// P_u = H(u)^v for all uses of a label.
    ///
    /// # Errors
    /// When the label is another domain's.
    pub fn label_public(&self, label: &AttributeName, version: u32) -> Result<LabelPublic, KpIssueError> {
        self.check_own(label)?;
        let key = self.version_key(label, version);
        Ok(LabelPublic {
            label: label.clone(),
            version,
            points: core::array::from_fn(|nth_use| hash_label(label, nth_use) * &key),
        })
    }

    /// A key for `policy` over the domain's labels. `id` tells this key from others. `versions` says which version of each label; labels that it does not name are at 0.
    /// A key that stays when labels move is issued again with its id, for the versions that are then in force ([`KpKey::renew`]).
    ///
    /// # Errors
    /// When the policy names foreign labels, or one too often.
    pub fn issue(
        &self,
        policy: &Policy,
        id: [u8; 32],
        versions: &BTreeMap<AttributeName, u32>,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<KpKey, KpIssueError> {
        let labels = numbered_uses(policy);
        let versions: Vec<u32> =
            labels.iter().map(|(label, _)| versions.get(*label).copied().unwrap_or_default()).collect();
        let r = self.key_randomness(&id, policy, &versions);
        let lambdas = Lsss::new(policy).share(self.alpha.expose(), rng);
        let mut rows = Vec::with_capacity(labels.len());
        for (((label, nth_use), version), lambda) in labels.into_iter().zip(versions).zip(lambdas.iter()) {
            self.check_own(label)?;
            if nth_use >= MAX_USES {
                let label = label.clone();
                return Err(KpIssueError::TooManyUses { label });
            }
            let vr = &self.version_key(label, version) * &r;
            let k = Zeroizing::new(G1Table::generator().mul(lambda) + hash_label(label, nth_use) * &vr);
            rows.push(KeyRow { version, k });
        }
        Ok(KpKey { policy: policy.clone(), id, g2_r: Zeroizing::new(G2::generator() * &r), rows })
    }

    pub(super) fn check_own(&self, label: &AttributeName) -> Result<(), KpIssueError> {
        if self.issuer.owns(label) {
            Ok(())
        } else {
            Err(KpIssueError::ForeignLabel { domain: self.name().clone(), label: label.clone() })
        }
    }

    pub(super) fn version_key(&self, label: &AttributeName, version: u32) -> SecretScalar {
        let name = label.as_str().as_bytes();
        self.issuer.prf(VERSION_DOMAIN, &[name, &version.to_be_bytes()])
    }

    /// r = PRF(id, policy, versions), with the version of each leaf's label. Depends on the policy, so that rows of two keys never share it even if an id comes
    /// twice, and on the versions, so that no row comes under two versions with one r.
    pub(super) fn key_randomness(&self, id: &[u8; 32], policy: &Policy, versions: &[u32]) -> SecretScalar {
        let versions: Vec<u8> = versions.iter().flat_map(|version| version.to_be_bytes()).collect();
        self.issuer.prf(RANDOMNESS_DOMAIN, &[id, policy.hash().as_bytes(), &versions])
    }

    /// The secret, for key files.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret_bytes(1 + self.issuer.len(), |bytes| {
            bytes.push(LAYOUT);
            self.issuer.put(bytes);
        })
    }

    /// Reads [`DomainSecret::to_bytes`].
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "domain secret")?;
        let issuer = Issuer::decode(&mut decoder)?;
        decoder.finish()?;
        Ok(Self::new(issuer))
    }
}
