//! Bytes of keys and of the messages between signer and mediator.

use zeroize::Zeroizing;

use super::{
    Claim, LAYOUT, MAX_COLUMNS, MAX_ROWS, MEDIATOR_KEY_LAYOUT, MediatedRow, MediationRequest, MediatorKey,
    PendingSignature, SignerKey,
};
use crate::encoding::{DecodeError, Decoder, put_short_bytes, secret_bytes};
use crate::pairing::{G1, G2};

/// Most attributes of one signer's key.
const MAX_KEY_ATTRIBUTES: usize = 1024;

impl SignerKey {
    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let attributes = self.attributes.keys().map(|name| 2 + name.as_str().len() + G1::LEN).sum::<usize>();
        secret_bytes(1 + 2 * G1::LEN + 2 + attributes, |bytes| {
            bytes.push(LAYOUT);
            bytes.extend_from_slice(&self.kb.to_bytes());
            bytes.extend_from_slice(&self.k0.to_bytes());
            bytes.extend_from_slice(&(self.attributes.len() as u16).to_be_bytes());
            for (name, key) in &self.attributes {
                put_short_bytes(bytes, name.as_str().as_bytes());
                bytes.extend_from_slice(&key.to_bytes());
            }
        })
    }

    /// Decodes; the points are checked, names must ascend.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "signer key")?;
        let (kb, k0) = (Zeroizing::new(decoder.g1("Kb")?), Zeroizing::new(decoder.g1("K0")?));
        let attributes = decoder.ascending(MAX_KEY_ATTRIBUTES, "attributes", |decoder| {
            Ok((decoder.attribute_name()?, Zeroizing::new(decoder.g1("Ku")?)))
        })?;
        decoder.finish()?;
        Ok(Self { kb, k0, attributes })
    }
}

impl MediatorKey {
    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let name = self.attribute.as_str().as_bytes();
        secret_bytes(1 + 2 + name.len() + G1::LEN, |bytes| {
            bytes.push(MEDIATOR_KEY_LAYOUT);
            put_short_bytes(bytes, name);
            bytes.extend_from_slice(&self.k.to_bytes());
        })
    }

    /// Decodes; the point is checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(MEDIATOR_KEY_LAYOUT, "mediator key")?;
        let key = Self { attribute: decoder.attribute_name()?, k: Zeroizing::new(decoder.g1("K")?) };
        decoder.finish()?;
        Ok(key)
    }
}

impl MediationRequest {
    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let (mediator, policy) = (self.claim.mediator().as_str(), self.claim.policy().to_string());
        secret_bytes(1 + 2 + mediator.len() + 2 + policy.len() + 32 + self.message.len(), |bytes| {
            bytes.push(LAYOUT);
            put_short_bytes(bytes, mediator.as_bytes());
            put_short_bytes(bytes, policy.as_bytes());
            bytes.extend_from_slice(&*self.r0.to_bytes());
            bytes.extend_from_slice(&self.message);
        })
    }

    /// Decodes; the policy must end with the mediator's attribute, as every claim's does.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "mediation request")?;
        let mediator = decoder.attribute_name()?;
        let whole = decoder.policy()?;
        let claim = Claim::from_whole(whole, mediator).map_err(|_| DecodeError::OutOfBounds { what: "claim" })?;
        let r0 = decoder.secret_scalar("r0")?;
        Ok(Self { message: decoder.rest().to_vec(), claim, r0 })
    }
}

/// `u16 count ‖ (u8 0 | u8 1 ‖ P_j (96))*`: before both parts are added, a column may be neutral.
fn put_columns(bytes: &mut Vec<u8>, columns: &[G2]) {
    bytes.extend_from_slice(&(columns.len() as u16).to_be_bytes());
    for point in columns {
        bytes.push(u8::from(!point.is_identity()));
        if !point.is_identity() {
            bytes.extend_from_slice(&point.to_bytes());
        }
    }
}

fn columns(decoder: &mut Decoder<'_>) -> Result<Vec<G2>, DecodeError> {
    let count = decoder.count(MAX_COLUMNS, "columns")?;
    let column = |_| match decoder.u8("P")? {
        0 => Ok(G2::identity()),
        1 => decoder.g2("P"),
        _ => Err(DecodeError::UnknownTag { what: "P" }),
    };
    (0..count).map(column).collect()
}

impl PendingSignature {
    /// Encodes: `u8 1 ‖ Y (48) ‖ W (48) ‖ u16 rows ‖ S_i (48)* ‖ columns`.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let len = 1 + 2 * G1::LEN + 2 + G1::LEN * self.s.len() + 2 + (1 + G2::LEN) * self.p.len();
        secret_bytes(len, |bytes| {
            bytes.push(LAYOUT);
            bytes.extend_from_slice(&self.y.to_bytes());
            bytes.extend_from_slice(&self.w.to_bytes());
            bytes.extend_from_slice(&(self.s.len() as u16).to_be_bytes());
            for point in &self.s {
                bytes.extend_from_slice(&point.to_bytes());
            }
            put_columns(bytes, &self.p);
        })
    }

    /// Decodes; the points are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "pending signature")?;
        let (y, w) = (decoder.g1("Y")?, decoder.g1("W")?);
        let rows = decoder.count(MAX_ROWS, "rows")?;
        let s = (0..rows).map(|_| decoder.g1("S")).collect::<Result<_, _>>()?;
        let p = columns(&mut decoder)?;
        decoder.finish()?;
        Ok(Self { y, w, s, p })
    }
}

impl MediatedRow {
    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.s.to_bytes());
        put_columns(&mut bytes, &self.p);
        bytes
    }

    /// Decodes; the points are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "mediated row")?;
        let s = decoder.g1("S")?;
        let p = columns(&mut decoder)?;
        decoder.finish()?;
        Ok(Self { s, p })
    }
}
