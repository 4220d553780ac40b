//! Taking attributes away, and moving everybody else on.
//!
//! A user is revoked by deleting its proxy keys; one attribute of a user by deleting that key. Both are instant and touch no
//! ciphertext. For the case that a deleted key was copied before, attributes have versions:
//!
//! ```text
//! authority → everybody  P_u' = F(u)^{v'}                      AuthoritySecret::attribute_public(u, v')
//! authority → nodes      v'/v                                  C4 ← C4^{v'/v}         CiphertextUpdate
//! authority → nodes      D = P_u'^{t'}·P_u^{−t}, g1^{t'},      K' ← K'·D,             ProxyKeyUpdate
//!                        for those who stay                    KP' ← g1^{t'}
//! ```
//!
//! **Why t' is a fresh one.** A node knows ρ = v'/v from the files' update. With t' = t it would have `D^{1/(ρ−1)} = P_u^t`, and with that
//! `K'·P_u^{−t} = Z^α·HZ^y`, of which every key of the authority for this user follows. With t' of its own, the update says nothing new: whoever has ρ, the key and the public keys
//! makes such updates without the authority, of the same distribution, with any x: `D = P_u'^x`, `g1^{t'} = KP'^{1/ρ}·g1^x`, where t' = t/ρ + x.
//!
//! Nodes check both with the public keys before they apply them. Updates are secrets between the authority and the nodes: a node that gives v'/v to a revoked user lets it turn ciphertexts
//! back, and a kept key forward. Since t is different for every user and attribute, one user's update is of no use to another. **What stays:** whoever
//! opened a record knows σ. Strict revocation encrypts under a fresh σ and rotates the data key as well.
//!
//! Shares of a divided key have no updates: they are divided anew at the new version, with its t and coefficients ([`super::ProxyKeyShare`]).

mod step;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::oracle::hash_attribute;
use super::row::{C4_AT, Row};
use super::{
    AttributePublic, AuthoritySecret, Ciphertext, IssueError, LAYOUT, ProxyKey, Rows, RowsError, VerifiedRegistration,
};
use crate::encoding::{DecodeError, Decoder, secret_bytes};
use crate::pairing::{G1, G1Table, G2, PreparedG2, SecretScalar, multi_pairing};
use crate::policy::AttributeName;

use step::Step;
pub use step::{UpdateError, WrongUpdate};

/// v'/v, with which nodes move ciphertexts to a new version.
///
/// Layout: `u8 1 ‖ u32 generation ‖ u32 from ‖ u32 to ‖ u16 len ‖ name ‖ v'/v (32)`. Secret: send it sealed.
#[derive(ZeroizeOnDrop)]
pub struct CiphertextUpdate {
    #[zeroize(skip)]
    step: Step,
    ratio: SecretScalar,
}

/// `P_u'^{t'}·P_u^{−t}` and g1^{t'}, with which a node makes one user's key of the old version the one that is issued at the new version.
///
/// Layout: `u8 2 ‖ u32 generation ‖ u32 from ‖ u32 to ‖ u16 len ‖ name ‖ difference (96) ‖ KP' before (48) ‖ KP' after (48)`. Secret: send it sealed.
/// Layout 1 had one t for both versions, and is refused: it gives the authority's key away.
#[derive(ZeroizeOnDrop)]
pub struct ProxyKeyUpdate {
    #[zeroize(skip)]
    step: Step,
    difference: Zeroizing<G2>,
    /// Says whose key it is for: KP' is different for every user and version.
    #[zeroize(skip)]
    kp_before: G1,
    /// Takes its place.
    #[zeroize(skip)]
    kp_after: G1,
}

/// Layout version of [`ProxyKeyUpdate`].
const KEY_UPDATE_LAYOUT: u8 = 2;

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
        let [before, after] = [from, to].map(|version| self.proxy_randomness(user, attribute, version));
        let [old, new] = [(from, &before), (to, &after)].map(|(version, t)| &self.version_key(attribute, version) * t);
        let difference = Zeroizing::new(hash_attribute(attribute) * &(&new - &old));
        let [kp_before, kp_after] = [&before, &after].map(|t| G1Table::generator().mul(t.expose()));
        Ok(ProxyKeyUpdate { step, difference, kp_before, kp_after })
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
    /// Moves the rows of the attribute from the update's version to the new one; returns what [`Rows::update`] does.
    ///
    /// # Errors
    /// As [`Rows::update`].
    pub fn update(&mut self, update: &CiphertextUpdate) -> Result<Option<UpdateError>, UpdateError> {
        let mut rows = self.rows.clone();
        let stays = rows.update(update)?;
        *self = self.with_rows(rows);
        Ok(stays)
    }
}

impl Rows {
    /// Moves the rows of the attribute from the update's version to the new one, also in a pool. `C4` of these rows is checked before, other points stay as they are.
    /// So do rows at another version: what an owner adds to a file that was moved may be of before, and follows then. Returns why one stays that is not at the new version
    /// yet, beside those that move.
    ///
    /// # Errors
    /// When no row has the attribute, all that have it are of another version or generation, or a point is not valid; then nothing is changed.
    pub fn update(&mut self, update: &CiphertextUpdate) -> Result<Option<UpdateError>, UpdateError> {
        let (policy, attribute) = (self.read()?, &update.step.attribute);
        if !policy.leaves().contains(&attribute) {
            return Err(UpdateError::OtherAttribute { attribute: attribute.clone() });
        }
        let mut rows = self.raw().to_vec();
        let (mut moves, mut stays, mut lags) = (false, None, None);
        for (row, _) in rows.iter_mut().zip(policy.leaves()).filter(|(_, name)| *name == attribute) {
            let (generation, version) = Row::stamp(row);
            if let Err(reason) = update.step.check(generation, version) {
                if (generation, version) != (update.step.generation, update.step.to) {
                    lags.get_or_insert_with(|| reason.clone());
                }
                stays.get_or_insert(reason);
                continue;
            }
            moves = true;
            let (front, c4) = row.split_at_mut(C4_AT);
            let point = RowsError::at(attribute, Decoder::new(c4).g2("C4"))?;
            c4.copy_from_slice(&(point * &update.ratio).to_bytes());
            let [_, _, _, _, stated @ ..] = front else { continue };
            for (byte, new) in stated.iter_mut().zip(update.step.to.to_be_bytes()) {
                *byte = new;
            }
        }
        if let Some(reason) = stays.filter(|_| !moves) {
            return Err(reason);
        }
        *self = self.with(&rows);
        Ok(lags)
    }
}

impl ProxyKey {
    /// Moves the key to the new version.
    ///
    /// # Errors
    /// When the update is for another attribute, generation, version or user, or the key was issued by a build that had one t for all versions; then nothing is changed.
    pub fn update(&mut self, update: &ProxyKeyUpdate) -> Result<(), UpdateError> {
        update.step.check_attribute(&self.of.attribute)?;
        update.step.check(self.of.generation, self.of.version)?;
        if self.kp != update.kp_before {
            return Err(UpdateError::OtherUser);
        }
        *self.k += *update.difference;
        self.kp = update.kp_after;
        self.of.version = update.step.to;
        Ok(())
    }
}

impl CiphertextUpdate {
    /// Checks `P_u^{v'/v} = P_u'` with the authority's public keys, among which both versions are. An update that leads elsewhere would
    /// destroy every ciphertext that it is applied to.
    ///
    /// # Errors
    /// When it does, a version is missing, or the keys are of another generation.
    pub fn check(&self, keys: &[AttributePublic]) -> Result<(), WrongUpdate> {
        let (old, new) = self.step.published(keys)?;
        if old * &self.ratio == new { Ok(()) } else { Err(self.step.leads_elsewhere()) }
    }

    /// Whether a key is for what this moves, so that it takes an update as well, where its user stays.
    ///
    /// # Errors
    /// When it is for another attribute, version or generation.
    pub fn concerns(&self, key: &ProxyKey) -> Result<(), UpdateError> {
        self.step.check_attribute(&key.of.attribute)?;
        self.step.check(key.of.generation, key.of.version)
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret_bytes(self.step.len() + 32, |bytes| {
            self.step.put(LAYOUT, bytes);
            bytes.extend_from_slice(&*self.ratio.to_bytes());
        })
    }

    /// Decodes.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let step = Step::decode(LAYOUT, &mut decoder, "update of files")?;
        let update = Self { step, ratio: decoder.secret_scalar("ratio")? };
        decoder.finish()?;
        Ok(update)
    }
}

impl ProxyKeyUpdate {
    /// Checks `e(g1, difference) = e(KP' after, P_u') / e(KP' before, P_u)` with the authority's public keys.
    ///
    /// # Errors
    /// As [`CiphertextUpdate::check`].
    pub fn check(&self, keys: &[AttributePublic]) -> Result<(), WrongUpdate> {
        let (old, new) = self.step.published(keys)?;
        let [old, new] = [old, new].map(|point| PreparedG2::new(&point));
        let difference = Zeroizing::new(PreparedG2::new(&self.difference));
        let terms = [(self.kp_after, &new), (-self.kp_before, &old), (-G1::generator(), &*difference)];
        let quotient = multi_pairing(&terms);
        if quotient.is_one() { Ok(()) } else { Err(self.step.leads_elsewhere()) }
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret_bytes(self.step.len() + G2::LEN + 2 * G1::LEN, |bytes| {
            self.step.put(KEY_UPDATE_LAYOUT, bytes);
            bytes.extend_from_slice(&self.difference.to_bytes());
            bytes.extend_from_slice(&self.kp_before.to_bytes());
            bytes.extend_from_slice(&self.kp_after.to_bytes());
        })
    }

    /// Decodes; the points are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout, such as layout 1.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let step = Step::decode(KEY_UPDATE_LAYOUT, &mut decoder, "update of a key")?;
        let difference = Zeroizing::new(decoder.g2("difference")?);
        let (kp_before, kp_after) = (decoder.g1("KP' before")?, decoder.g1("KP' after")?);
        decoder.finish()?;
        Ok(Self { step, difference, kp_before, kp_after })
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
