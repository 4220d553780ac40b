//! Authorities: who they are, and the keys that they issue.

use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::attribute_version::AttributeVersion;
use super::oracle::hash_attribute;
use super::{AttributePublic, AuthorityPublic, LAYOUT, ProxyKey, VerifiedRegistration};
use crate::encoding::{DecodeError, Decoder, secret_bytes};
use crate::issuer::Issuer;
use crate::pairing::{G1, G1Table, G2, GtTable, Scalar, SecretScalar};
use crate::policy::{AttributeName, AuthorityName};

const ALPHA_DOMAIN: &str = "MEDSHARE-V01-RW15-AUTHORITY-ALPHA";
const Y_DOMAIN: &str = "MEDSHARE-V01-RW15-AUTHORITY-Y";
const VERSION_DOMAIN: &str = "MEDSHARE-V01-RW15-VERSION-KEY";
/// V01 gave one t to all versions.
const PROXY_DOMAIN: &str = "MEDSHARE-V02-RW15-PROXY-RANDOMNESS";
const DIVISION_DOMAIN: &str = "MEDSHARE-V01-RW15-DIVISION";

/// Why a key was not issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The attribute belongs to another authority.
    #[error("authority {authority} cannot issue {attribute}: it is another authority's")]
    ForeignAttribute {
        /// The one asked.
        authority: AuthorityName,
        /// The attribute.
        attribute: AttributeName,
    },
    /// An update that would lead nowhere.
    #[error("an update leads from one version to another")]
    SameVersion,
}

/// An authority's secret. All of it follows from one seed: α, y, and the version keys and the randomness of proxy keys.
///
/// Layout: `u8 1 ‖ u32 generation ‖ seed (32) ‖ u16 len ‖ name`.
#[derive(Debug, ZeroizeOnDrop)]
pub struct AuthoritySecret {
    issuer: Issuer,
    #[zeroize(skip)]
    generation: u32,
    alpha: SecretScalar,
    y: SecretScalar,
}

impl AuthoritySecret {
    /// A new authority, generation 0.
    #[must_use]
    pub fn generate(name: AuthorityName, rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self::new(Issuer::generate(name, rng), 0)
    }

    /// The same authority under fresh keys. Ciphertexts and proxy keys of the old generation do not fit the new one.
    #[must_use]
    pub fn rotate(&self, rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let generation = self.generation.saturating_add(1);
        Self::new(Issuer::generate(self.name().clone(), rng), generation)
    }

    fn new(issuer: Issuer, generation: u32) -> Self {
        let (alpha, y) = (issuer.secret(ALPHA_DOMAIN), issuer.secret(Y_DOMAIN));
        Self { issuer, generation, alpha, y }
    }

    /// The authority's name.
    #[must_use]
    pub fn name(&self) -> &AuthorityName {
        self.issuer.name()
    }

    /// The public key (E^α, g1^y).
    #[must_use]
    pub fn public(&self) -> AuthorityPublic {
        AuthorityPublic {
            name: self.name().clone(),
            generation: self.generation,
            e_alpha: GtTable::generator().pow(self.alpha.expose()),
            g1_y: G1Table::generator().mul(self.y.expose()),
        }
    }

    /// P_u = F(u)^v for version `version` of the attribute.
    ///
    /// # Errors
    /// When the attribute is another authority's.
    pub fn attribute_public(&self, attribute: &AttributeName, version: u32) -> Result<AttributePublic, IssueError> {
        self.check_own(attribute)?;
        let key = self.version_key(attribute, version);
        Ok(AttributePublic { of: self.version_of(attribute, version), point: hash_attribute(attribute) * &key })
    }

    /// The proxy key with which nodes transform for the registered user: `K' = Z^α·HZ^y·P_u^t`, `KP' = g1^t`.
    /// The same request always gives the same key.
    ///
    /// # Errors
    /// When the attribute is another authority's.
    pub fn issue(
        &self,
        user: &VerifiedRegistration,
        attribute: &AttributeName,
        version: u32,
    ) -> Result<ProxyKey, IssueError> {
        self.check_own(attribute)?;
        let t = self.proxy_randomness(user, attribute, version);
        let vt = &self.version_key(attribute, version) * &t;
        let k = Zeroizing::new(user.z() * &self.alpha + user.hz() * &self.y + hash_attribute(attribute) * &vt);
        let mut key = ProxyKey { of: self.version_of(attribute, version), k, kp: G1Table::generator().mul(t.expose()) };
        // Affine at once, so that nodes need not divide for every Miller loop.
        G2::normalise_batch(core::iter::once(&mut *key.k));
        G1::normalise_batch(core::iter::once(&mut key.kp));
        Ok(key)
    }

    fn version_of(&self, attribute: &AttributeName, version: u32) -> AttributeVersion {
        AttributeVersion { attribute: attribute.clone(), generation: self.generation, version }
    }

    /// α and y.
    pub(super) fn exponents(&self) -> (&Scalar, &Scalar) {
        (self.alpha.expose(), self.y.expose())
    }

    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    pub(super) fn check_own(&self, attribute: &AttributeName) -> Result<(), IssueError> {
        if self.issuer.owns(attribute) {
            Ok(())
        } else {
            Err(IssueError::ForeignAttribute { authority: self.name().clone(), attribute: attribute.clone() })
        }
    }

    /// v = PRF(u, version).
    pub(super) fn version_key(&self, attribute: &AttributeName, version: u32) -> SecretScalar {
        self.issuer.prf(VERSION_DOMAIN, &[attribute.as_str().as_bytes(), &version.to_be_bytes()])
    }

    /// t = PRF(gid, Z, u, version): never shared between users, registrations, attributes or versions.
    pub(super) fn proxy_randomness(
        &self,
        user: &VerifiedRegistration,
        attribute: &AttributeName,
        version: u32,
    ) -> SecretScalar {
        let name = attribute.as_str().as_bytes();
        self.issuer.prf(PROXY_DOMAIN, &[user.gid(), &user.z().to_bytes(), name, &version.to_be_bytes()])
    }

    /// A coefficient of a division of the user's key: PRF(gid, Z, u, version ‖ division, needed ‖ degree).
    pub(super) fn division_coefficient(
        &self,
        user: &VerifiedRegistration,
        attribute: &AttributeName,
        [version, division]: [u32; 2],
        place: [u8; 2],
    ) -> SecretScalar {
        let numbers = [version.to_be_bytes(), division.to_be_bytes()].concat();
        let name = attribute.as_str().as_bytes();
        self.issuer.prf(DIVISION_DOMAIN, &[user.gid(), &user.z().to_bytes(), name, &numbers, &place])
    }

    /// The secret, for key files.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret_bytes(5 + self.issuer.len(), |bytes| {
            bytes.push(LAYOUT);
            bytes.extend_from_slice(&self.generation.to_be_bytes());
            self.issuer.put(bytes);
        })
    }

    /// Reads [`AuthoritySecret::to_bytes`].
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "authority secret")?;
        let generation = decoder.u32("generation")?;
        let issuer = Issuer::decode(&mut decoder)?;
        decoder.finish()?;
        Ok(Self::new(issuer, generation))
    }
}
