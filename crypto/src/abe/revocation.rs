//! Taking attributes away, and moving everybody else on.
//!
//! A user is revoked by deleting its proxy keys; one attribute of a user by deleting that key. Both are instant and touch no
//! ciphertext. For the case that a deleted key was copied before, attributes have versions:
//!
//! ```text
//! authority → everybody  P_u' = F(u)^{v'}                      AuthoritySecret::attribute_public(u, v')
//! authority → nodes      v'/v                                  C4 ← C4^{v'/v}         CiphertextUpdate
//! authority → nodes      F(u)^{(v'−v)·t}, for those who stay   K' ← K'·F(u)^{(v'−v)·t}  ProxyKeyUpdate
//! ```
//!
//! Nodes check both with the public keys before they apply them. Updates are secrets between the authority and the nodes: a node that gives v'/v to a revoked user lets it turn ciphertexts
//! back. Since t is different for every user and attribute, one user's update is of no use to another. **What stays:** whoever
//! opened a record knows σ. Strict revocation encrypts under a fresh σ and rotates the data key as well.

mod step;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::oracle::hash_attribute;
use super::row::{C4_AT, Row};
use super::{
    AttributePublic, AuthoritySecret, Ciphertext, IssueError, ProxyKey, Rows, RowsError, VerifiedRegistration,
};
use crate::encoding::{DecodeError, Decoder, secret_bytes};
use crate::pairing::{G1, G1Table, G2, PreparedG2, SecretScalar, multi_pairing};
use crate::policy::AttributeName;

use step::Step;
pub use step::{UpdateError, WrongUpdate};

/// v'/v, with which nodes move ciphertexts to a new version.
///
/// Layout: `u8 1 ‖ u32 generation ‖ u32 from ‖ u32 to ‖ u16 len ‖ name ‖ v'/v (32)`. Secret: send it sealed.
pub struct CiphertextUpdate {
    step: Step,
    ratio: SecretScalar,
}

impl ZeroizeOnDrop for CiphertextUpdate {}

/// `F(u)^{(v'−v)·t}`, with which a node moves one user's key to a new version.
///
/// Layout: `u8 1 ‖ u32 generation ‖ u32 from ‖ u32 to ‖ u16 len ‖ name ‖ difference (96) ‖ KP' (48)`. Secret: send it sealed.
pub struct ProxyKeyUpdate {
    step: Step,
    difference: Zeroizing<G2>,
    /// Says whose key it is for: KP' is different for every user.
    kp: G1,
}

impl ZeroizeOnDrop for ProxyKeyUpdate {}

impl AuthoritySecret {
    /// What nodes need to move ciphertexts from version `from` of the attribute to `to`.
    ///
    /// # Errors
    /// When the attribute is another authority's.
    pub fn ciphertext_update(
        &self,
        attribute: &AttributeName,
        from: u32,
        to: u32,
    ) -> Result<CiphertextUpdate, IssueError> {
        let step = self.step(attribute, from, to)?;
        let old = self.version_key(attribute, from).invert();
        Ok(CiphertextUpdate { step, ratio: &self.version_key(attribute, to) * &old })
    }

    /// What a node needs to move the user's key from version `from` to `to`. Not made for those who are revoked.
    ///
    /// # Errors
    /// When the attribute is another authority's.
    pub fn proxy_key_update(
        &self,
        user: &VerifiedRegistration,
        attribute: &AttributeName,
        from: u32,
        to: u32,
    ) -> Result<ProxyKeyUpdate, IssueError> {
        let step = self.step(attribute, from, to)?;
        let t = self.proxy_randomness(user, attribute);
        let change = &self.version_key(attribute, to) - &self.version_key(attribute, from);
        let difference = Zeroizing::new(hash_attribute(attribute) * &(&change * &t));
        Ok(ProxyKeyUpdate { step, difference, kp: G1Table::generator().mul(t.expose()) })
    }

    fn step(&self, attribute: &AttributeName, from: u32, to: u32) -> Result<Step, IssueError> {
        self.check_own(attribute)?;
        if from == to {
            return Err(IssueError::SameVersion);
        }
        Ok(Step { attribute: attribute.clone(), generation: self.generation(), from, to })
    }
}

impl Ciphertext {
    /// Moves every row of the attribute to the new version.
    ///
    /// # Errors
    /// When no row has the attribute, one is of another version, or a point is not valid; then nothing is changed.
    pub fn update(&mut self, update: &CiphertextUpdate) -> Result<(), UpdateError> {
        let mut rows = self.rows.clone();
        rows.update(update)?;
        *self = self.with_rows(rows);
        Ok(())
    }
}

impl Rows {
    /// Moves every row of the attribute to the new version, also in a pool. `C4` of these rows is checked before, other points stay as they are.
    ///
    /// # Errors
    /// When no row has the attribute, one is of another version, or a point is not valid; then nothing is changed.
    pub fn update(&mut self, update: &CiphertextUpdate) -> Result<(), UpdateError> {
        let (policy, attribute) = (self.read()?, &update.step.attribute);
        if !policy.leaves().contains(&attribute) {
            return Err(UpdateError::OtherAttribute { attribute: attribute.clone() });
        }
        let mut rows = self.raw().to_vec();
        let concerned = rows.iter_mut().zip(policy.leaves()).filter(|(_, name)| *name == attribute);
        for (row, _) in concerned {
            let (generation, version) = Row::stamp(row);
            update.step.check(generation, version)?;
            let (front, c4) = row.split_at_mut(C4_AT);
            let point = RowsError::at(attribute, Decoder::new(c4).g2("C4"))?;
            c4.copy_from_slice(&(point * &update.ratio).to_bytes());
            let [_, _, _, _, stated @ ..] = front else { continue };
            for (byte, new) in stated.iter_mut().zip(update.step.to.to_be_bytes()) {
                *byte = new;
            }
        }
        *self = self.with(&rows);
        Ok(())
    }
}

impl ProxyKey {
    /// Moves the key to the new version.
    ///
    /// # Errors
    /// When the update is for another attribute, version or user; then nothing is changed.
    pub fn update(&mut self, update: &ProxyKeyUpdate) -> Result<(), UpdateError> {
        if self.of.attribute != update.step.attribute {
            let attribute = update.step.attribute.clone();
            return Err(UpdateError::OtherAttribute { attribute });
        }
        update.step.check(self.of.generation, self.of.version)?;
        if self.kp != update.kp {
            return Err(UpdateError::OtherUser);
        }
        *self.k += *update.difference;
        self.of.version = update.step.to;
        Ok(())
    }
}

impl CiphertextUpdate {
    /// Checks `P_u^{v'/v} = P_u'` with the authority's public keys, among which both versions are. An update that leads elsewhere would
    /// destroy every ciphertext that it is applied to.
    ///
    /// # Errors
    /// When it does, or a version is missing.
    pub fn check(&self, keys: &[AttributePublic]) -> Result<(), WrongUpdate> {
        let (old, new) = self.step.published(keys)?;
        if old * &self.ratio == new { Ok(()) } else { Err(self.step.leads_elsewhere()) }
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret_bytes(self.step.len() + 32, |bytes| {
            self.step.put(bytes);
            bytes.extend_from_slice(&*self.ratio.to_bytes());
        })
    }

    /// Decodes.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let update = Self { step: Step::decode(&mut decoder)?, ratio: decoder.secret_scalar("ratio")? };
        decoder.finish()?;
        Ok(update)
    }
}

impl ProxyKeyUpdate {
    /// Checks `e(g1, difference) = e(KP', P_u'/P_u)` with the authority's public keys.
    ///
    /// # Errors
    /// As [`CiphertextUpdate::check`].
    pub fn check(&self, keys: &[AttributePublic]) -> Result<(), WrongUpdate> {
        let (old, new) = self.step.published(keys)?;
        let (published, here) = (PreparedG2::new(&(new - old)), PreparedG2::new(&self.difference));
        let quotient = multi_pairing(&[(self.kp, &published), (-G1::generator(), &here)]);
        if quotient.is_one() { Ok(()) } else { Err(self.step.leads_elsewhere()) }
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret_bytes(self.step.len() + G2::LEN + G1::LEN, |bytes| {
            self.step.put(bytes);
            bytes.extend_from_slice(&self.difference.to_bytes());
            bytes.extend_from_slice(&self.kp.to_bytes());
        })
    }

    /// Decodes; the points are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let step = Step::decode(&mut decoder)?;
        let update = Self { step, difference: Zeroizing::new(decoder.g2("difference")?), kp: decoder.g1("KP'")? };
        decoder.finish()?;
        Ok(update)
    }
}

macro_rules! redacted {
    ($name:ident) => {
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let Step { attribute, from, to, .. } = &self.step;
                write!(f, concat!(stringify!($name), "({} {} → {})"), attribute, from, to)
            }
        }
    };
}

redacted!(CiphertextUpdate);
redacted!(ProxyKeyUpdate);

#[cfg(test)]
mod tests;
