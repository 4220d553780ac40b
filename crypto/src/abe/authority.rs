//! Authorities: who they are, and the keys that they issue.

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::oracle::hash_attribute;
use super::{ProxyKey, VerifiedRegistration};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::pairing::{G1, G1Table, G2, Gt, GtTable, Scalar, SecretScalar, hash_to_scalar};
use crate::policy::{AttributeName, AuthorityName, MAX_NAME_LEN};
use crate::secret::Secret32;

const LAYOUT: u8 = 1;
const ALPHA_DOMAIN: &str = "MEDSHARE-V01-RW15-AUTHORITY-ALPHA";
const Y_DOMAIN: &str = "MEDSHARE-V01-RW15-AUTHORITY-Y";
const VERSION_DOMAIN: &str = "MEDSHARE-V01-RW15-VERSION-KEY";
const PROXY_DOMAIN: &str = "MEDSHARE-V01-RW15-PROXY-RANDOMNESS";

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
#[derive(Debug)]
pub struct AuthoritySecret {
    name: AuthorityName,
    generation: u32,
    seed: Secret32,
    alpha: SecretScalar,
    y: SecretScalar,
}

impl AuthoritySecret {
    /// A new authority, generation 0.
    #[must_use]
    pub fn generate(name: AuthorityName, rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self::from_seed(name, 0, Secret32::generate(rng))
    }

    /// The same authority under fresh keys. Ciphertexts and proxy keys of the old generation do not fit the new one.
    #[must_use]
    pub fn rotate(&self, rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let generation = self.generation.saturating_add(1);
        Self::from_seed(self.name.clone(), generation, Secret32::generate(rng))
    }

    fn from_seed(name: AuthorityName, generation: u32, seed: Secret32) -> Self {
        Self {
            alpha: SecretScalar::from_hash(ALPHA_DOMAIN, seed.expose()),
            y: SecretScalar::from_hash(Y_DOMAIN, seed.expose()),
            name,
            generation,
            seed,
        }
    }

    /// The authority's name.
    #[must_use]
    pub fn name(&self) -> &AuthorityName {
        &self.name
    }

    /// The public key (E^α, g1^y).
    #[must_use]
    pub fn public(&self) -> AuthorityPublic {
        AuthorityPublic {
            name: self.name.clone(),
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
        Ok(AttributePublic {
            attribute: attribute.clone(),
            generation: self.generation,
            version,
            point: hash_attribute(attribute) * &key,
        })
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
        let t = self.proxy_randomness(user, attribute);
        let vt = self.version_key(attribute, version) * t;
        let k = user.z() * self.alpha.expose() + user.hz() * self.y.expose() + hash_attribute(attribute) * &vt;
        let mut key = ProxyKey {
            attribute: attribute.clone(),
            generation: self.generation,
            version,
            k,
            kp: G1Table::generator().mul(&t),
        };
        // Affine at once, so that nodes need not divide for every Miller loop.
        G2::normalise_batch(core::iter::once(&mut key.k));
        G1::normalise_batch(core::iter::once(&mut key.kp));
        Ok(key)
    }

    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    pub(super) fn check_own(&self, attribute: &AttributeName) -> Result<(), IssueError> {
        if attribute.authority() == self.name {
            Ok(())
        } else {
            Err(IssueError::ForeignAttribute { authority: self.name.clone(), attribute: attribute.clone() })
        }
    }

    /// v = PRF(u, version).
    pub(super) fn version_key(&self, attribute: &AttributeName, version: u32) -> Scalar {
        self.prf(VERSION_DOMAIN, &[attribute.as_str().as_bytes(), &version.to_be_bytes()])
    }

    /// t = PRF(gid, Z, u): never shared between users, registrations or attributes.
    pub(super) fn proxy_randomness(&self, user: &VerifiedRegistration, attribute: &AttributeName) -> Scalar {
        let name = attribute.as_str().as_bytes();
        self.prf(PROXY_DOMAIN, &[user.gid(), &user.z().to_bytes(), name])
    }

    fn prf(&self, domain: &'static str, inputs: &[&[u8]]) -> Scalar {
        let mut message = Zeroizing::new(self.seed.expose().to_vec());
        for input in inputs {
            put_short_bytes(&mut message, input);
        }
        hash_to_scalar(domain, &message)
    }

    /// The secret, for key files.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(128));
        bytes.push(LAYOUT);
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(self.seed.expose());
        put_short_bytes(&mut bytes, self.name.as_str().as_bytes());
        bytes
    }

    /// Reads [`AuthoritySecret::to_bytes`].
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "authority secret")?;
        let generation = decoder.u32("generation")?;
        let seed = Secret32::from_bytes(Zeroizing::new(decoder.array("seed")?));
        let name = decoder.authority_name()?;
        decoder.finish()?;
        Ok(Self::from_seed(name, generation, seed))
    }
}

/// An authority's public key.
///
/// Layout: `u8 1 ‖ u32 generation ‖ u16 len ‖ name ‖ E^α (576) ‖ g1^y (48)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityPublic {
    pub(super) name: AuthorityName,
    pub(super) generation: u32,
    pub(super) e_alpha: Gt,
    pub(super) g1_y: G1,
}

impl AuthorityPublic {
    /// The authority's name.
    #[must_use]
    pub fn name(&self) -> &AuthorityName {
        &self.name
    }

    /// How often the authority has rotated its keys.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        put_short_bytes(&mut bytes, self.name.as_str().as_bytes());
        bytes.extend_from_slice(&self.e_alpha.to_bytes());
        bytes.extend_from_slice(&self.g1_y.to_bytes());
        bytes
    }

    /// Decodes; both elements are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout or an element is invalid.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "authority key")?;
        let key = Self {
            generation: decoder.u32("generation")?,
            name: decoder.authority_name()?,
            e_alpha: decoder.gt("E^alpha")?,
            g1_y: decoder.g1("g1^y")?,
        };
        decoder.finish()?;
        Ok(key)
    }
}

/// The public value P_u of one version of an attribute.
///
/// Layout: `u8 1 ‖ u32 generation ‖ u32 version ‖ u16 len ‖ name ‖ P_u (96)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributePublic {
    pub(super) attribute: AttributeName,
    pub(super) generation: u32,
    pub(super) version: u32,
    pub(super) point: G2,
}

impl AttributePublic {
    /// The attribute.
    #[must_use]
    pub fn attribute(&self) -> &AttributeName {
        &self.attribute
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(&self.version.to_be_bytes());
        put_short_bytes(&mut bytes, self.attribute.as_str().as_bytes());
        bytes.extend_from_slice(&self.point.to_bytes());
        bytes
    }

    /// Decodes; the point is checked.
    ///
    /// # Errors
    /// When the bytes are of another layout or the point is invalid.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "attribute key")?;
        let key = Self {
            generation: decoder.u32("generation")?,
            version: decoder.u32("version")?,
            attribute: decoder.attribute_name()?,
            point: decoder.g2("P_u")?,
        };
        decoder.finish()?;
        Ok(key)
    }
}

impl Decoder<'_> {
    pub(crate) fn authority_name(&mut self) -> Result<AuthorityName, DecodeError> {
        let what = "authority name";
        let text = self.text(MAX_NAME_LEN, what)?;
        text.parse().map_err(|_| DecodeError::InvalidText { what })
    }

    pub(crate) fn attribute_name(&mut self) -> Result<AttributeName, DecodeError> {
        let what = "attribute name";
        let text = self.text(MAX_NAME_LEN, what)?;
        text.parse().map_err(|_| DecodeError::InvalidText { what })
    }
}
