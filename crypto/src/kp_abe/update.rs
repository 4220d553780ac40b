//! Moving a label to a new version: ciphertexts by a node, keys by their owners' requests.

use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::label::{hash_label, numbered_uses};
use super::{DomainSecret, KpCiphertext, KpIssueError, KpKey, LAYOUT, LabelPublic, MAX_USES};
use crate::abe::{UpdateError, WrongUpdate};
use crate::encoding::{DecodeError, Decoder, put_short_bytes, secret_bytes};
use crate::pairing::{G1, SecretScalar};
use crate::policy::{AttributeName, Policy};

/// v'/v of a label, for stored ciphertexts. Secret between the owner and the nodes.
///
/// Layout: `u8 1 ‖ u32 from ‖ u32 to ‖ u16 len ‖ label ‖ v'/v (32)`.
pub struct LabelUpdate {
    label: AttributeName,
    from: u32,
    to: u32,
    ratio: SecretScalar,
}

impl ZeroizeOnDrop for LabelUpdate {}

/// `H(u|j)^{(v'−v)·r}` for each use of the label in one key. Secret: send it sealed to the key's holder.
///
/// Layout: `u8 1 ‖ u32 from ‖ u32 to ‖ u16 len ‖ label ‖ id (32) ‖ u16 uses ‖ difference (48)*`.
pub struct KpKeyUpdate {
    label: AttributeName,
    from: u32,
    to: u32,
    id: [u8; 32],
    differences: Vec<Zeroizing<G1>>,
}

impl ZeroizeOnDrop for KpKeyUpdate {}

/// Length of what [`put_head`] appends.
fn head_len(label: &AttributeName) -> usize {
    1 + 8 + 2 + label.as_str().len()
}

/// What both updates begin with.
fn put_head(bytes: &mut Vec<u8>, from: u32, to: u32, label: &AttributeName) {
    bytes.push(LAYOUT);
    bytes.extend_from_slice(&from.to_be_bytes());
    bytes.extend_from_slice(&to.to_be_bytes());
    put_short_bytes(bytes, label.as_str().as_bytes());
}

fn decode_head(decoder: &mut Decoder<'_>) -> Result<(u32, u32, AttributeName), DecodeError> {
    decoder.tag(LAYOUT, "update")?;
    let (from, to) = (decoder.u32("first version")?, decoder.u32("last version")?);
    Ok((from, to, decoder.attribute_name()?))
}

impl LabelUpdate {
    /// Checks `P_{u|j}^{v'/v} = P_{u|j}'` with the domain's public keys, among which both versions are. An update that leads elsewhere, such as another
    /// domain's owner could make, would destroy every ciphertext that it is applied to.
    ///
    /// # Errors
    /// When it does, or a version is missing.
    pub fn check(&self, keys: &[LabelPublic]) -> Result<(), WrongUpdate> {
        let attribute = || self.label.clone();
        let points = |version| {
            let found = keys.iter().find(|key| key.label == self.label && key.version == version);
            found.map(|key| key.points).ok_or_else(|| WrongUpdate::Unpublished { attribute: attribute(), version })
        };
        let (old, new) = (points(self.from)?, points(self.to)?);
        let leads = old.iter().zip(&new).all(|(old, new)| *old * &self.ratio == *new);
        if leads {
            Ok(())
        } else {
            Err(WrongUpdate::LeadsElsewhere { attribute: attribute(), from: self.from, to: self.to })
        }
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret_bytes(head_len(&self.label) + 32, |bytes| {
            put_head(bytes, self.from, self.to, &self.label);
            bytes.extend_from_slice(&*self.ratio.to_bytes());
        })
    }

    /// Decodes.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let (from, to, label) = decode_head(&mut decoder)?;
        let ratio = decoder.secret_scalar("ratio")?;
        decoder.finish()?;
        Ok(Self { label, from, to, ratio })
    }
}

impl KpKeyUpdate {
    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let len = head_len(&self.label) + self.id.len() + 2 + G1::LEN * self.differences.len();
        secret_bytes(len, |bytes| {
            put_head(bytes, self.from, self.to, &self.label);
            bytes.extend_from_slice(&self.id);
            bytes.extend_from_slice(&(self.differences.len() as u16).to_be_bytes());
            for difference in &self.differences {
                bytes.extend_from_slice(&difference.to_bytes());
            }
        })
    }

    /// Decodes; the points are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let (from, to, label) = decode_head(&mut decoder)?;
        let id = decoder.array("id")?;
        let uses = decoder.count(MAX_USES, "uses")?;
        let differences = (0..uses).map(|_| decoder.g1("difference").map(Zeroizing::new)).collect::<Result<_, _>>()?;
        decoder.finish()?;
        Ok(Self { label, from, to, id, differences })
    }
}

impl core::fmt::Debug for LabelUpdate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "LabelUpdate({} {} → {})", self.label, self.from, self.to)
    }
}

impl core::fmt::Debug for KpKeyUpdate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "KpKeyUpdate({} {} → {})", self.label, self.from, self.to)
    }
}

impl DomainSecret {
    /// What a node needs to move ciphertexts.
    ///
    /// # Errors
    /// When the label is another domain's.
    pub fn label_update(&self, label: &AttributeName, from: u32, to: u32) -> Result<LabelUpdate, KpIssueError> {
        self.check_own(label)?;
        let old = self.version_key(label, from).invert();
        Ok(LabelUpdate { label: label.clone(), from, to, ratio: &self.version_key(label, to) * &old })
    }

    /// What the holder of `key` needs to move it; not made for a holder who is revoked.
    ///
    /// # Errors
    /// When the label is another domain's.
    pub fn key_update(
        &self,
        key: &KpKey,
        label: &AttributeName,
        from: u32,
        to: u32,
    ) -> Result<KpKeyUpdate, KpIssueError> {
        self.key_update_for(key.id, &key.policy, label, from, to)
    }

    /// [`DomainSecret::key_update`] for an owner who did not keep the key, only its id and policy.
    ///
    /// # Errors
    /// When the label is another domain's.
    pub fn key_update_for(
        &self,
        id: [u8; 32],
        policy: &Policy,
        label: &AttributeName,
        from: u32,
        to: u32,
    ) -> Result<KpKeyUpdate, KpIssueError> {
        self.check_own(label)?;
        let r = self.key_randomness(&id, policy);
        let change = &(&self.version_key(label, to) - &self.version_key(label, from)) * &r;
        let of_label = numbered_uses(policy);
        let of_label = of_label.into_iter().filter(|(name, _)| *name == label);
        Ok(KpKeyUpdate {
            label: label.clone(),
            from,
            to,
            id,
            differences: of_label.map(|(_, nth_use)| Zeroizing::new(hash_label(label, nth_use) * &change)).collect(),
        })
    }
}

impl KpCiphertext {
    /// Moves the label to the new version.
    ///
    /// # Errors
    /// When the label is not there or at another version; then nothing is changed.
    pub fn update(&mut self, update: &LabelUpdate) -> Result<(), UpdateError> {
        let Some(elements) = self.labels.get_mut(&update.label) else {
            let attribute = update.label.clone();
            return Err(UpdateError::OtherAttribute { attribute });
        };
        check_version(elements.version, update.from)?;
        elements.points = elements.points.map(|point| point * &update.ratio);
        elements.version = update.to;
        Ok(())
    }
}

impl KpKey {
    /// Moves the label's rows to the new version.
    ///
    /// # Errors
    /// When the update is for another key, the label is not there or at another version; then nothing is changed.
    pub fn update(&mut self, update: &KpKeyUpdate) -> Result<(), UpdateError> {
        if self.id != update.id {
            return Err(UpdateError::OtherUser);
        }
        let leaves = self.policy.leaves();
        let mut rows: Vec<_> = self
            .rows
            .iter_mut()
            .zip(leaves)
            .filter_map(|(row, label)| (*label == update.label).then_some(row))
            .collect();
        if rows.is_empty() || rows.len() != update.differences.len() {
            let attribute = update.label.clone();
            return Err(UpdateError::OtherAttribute { attribute });
        }
        for row in &rows {
            check_version(row.version, update.from)?;
        }
        for (row, difference) in rows.iter_mut().zip(&update.differences) {
            *row.k += **difference;
            row.version = update.to;
        }
        Ok(())
    }
}

fn check_version(found: u32, from: u32) -> Result<(), UpdateError> {
    if found == from { Ok(()) } else { Err(UpdateError::OtherVersion { from, found }) }
}
