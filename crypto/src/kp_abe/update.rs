//! Moving a label to a new version, for stored ciphertexts: a node does it.

use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{DomainSecret, KpCiphertext, KpIssueError, LAYOUT, LabelPublic};
use crate::abe::{UpdateError, WrongUpdate};
use crate::encoding::{DecodeError, Decoder, put_short_bytes, secret_bytes};
use crate::pairing::SecretScalar;
use crate::policy::AttributeName;

/// v'/v of a label, for stored ciphertexts. Secret between the owner and the nodes.
///
/// Layout: `u8 1 ‖ u32 from ‖ u32 to ‖ u16 len ‖ label ‖ v'/v (32)`.
#[derive(ZeroizeOnDrop)]
pub struct LabelUpdate {
    #[zeroize(skip)]
    label: AttributeName,
    #[zeroize(skip)]
    from: u32,
    #[zeroize(skip)]
    to: u32,
    pub(super) ratio: SecretScalar,
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
        secret_bytes(1 + 8 + 2 + self.label.as_str().len() + 32, |bytes| {
            bytes.push(LAYOUT);
            bytes.extend_from_slice(&self.from.to_be_bytes());
            bytes.extend_from_slice(&self.to.to_be_bytes());
            put_short_bytes(bytes, self.label.as_str().as_bytes());
            bytes.extend_from_slice(&*self.ratio.to_bytes());
        })
    }

    /// Decodes.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "update")?;
        let (from, to) = (decoder.u32("first version")?, decoder.u32("last version")?);
        let label = decoder.attribute_name()?;
        let ratio = decoder.secret_scalar("ratio")?;
        decoder.finish()?;
        Ok(Self { label, from, to, ratio })
    }
}

impl core::fmt::Debug for LabelUpdate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "LabelUpdate({} {} → {})", self.label, self.from, self.to)
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
        if elements.version != update.from {
            return Err(UpdateError::OtherVersion { from: update.from, found: elements.version });
        }
        elements.points = elements.points.map(|point| point * &update.ratio);
        elements.version = update.to;
        Ok(())
    }
}
