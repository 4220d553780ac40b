//! Bytes of keys and of the messages between signer and mediator.

use zeroize::Zeroizing;

use super::{
    Claim, LAYOUT, MAX_COLUMNS, MAX_ROWS, MediatedRow, MediationRequest, MediatorKey, PendingSignature, SignerKey,
};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::pairing::{G2, SecretScalar};

/// Most attributes of one signer's key.
const MAX_KEY_ATTRIBUTES: usize = 1024;

impl SignerKey {
    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(128 + 256 * self.attributes.len()));
        bytes.push(LAYOUT);
        bytes.extend_from_slice(&self.kb.to_bytes());
        bytes.extend_from_slice(&self.k0.to_bytes());
        bytes.extend_from_slice(&(self.attributes.len() as u16).to_be_bytes());
        for (name, key) in &self.attributes {
            put_short_bytes(&mut bytes, name.as_str().as_bytes());
            bytes.extend_from_slice(&key.to_bytes());
        }
        bytes
    }

    /// Decodes; the points are checked, names must ascend.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "signer key")?;
        let (kb, k0) = (decoder.g1("Kb")?, decoder.g1("K0")?);
        let attributes = decoder.ascending(MAX_KEY_ATTRIBUTES, "attributes", |decoder| {
            Ok((decoder.attribute_name()?, decoder.g1("Ku")?))
        })?;
        decoder.finish()?;
        Ok(Self { kb, k0, attributes })
    }
}

impl MediatorKey {
    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(256));
        bytes.push(LAYOUT);
        put_short_bytes(&mut bytes, self.attribute.as_str().as_bytes());
        bytes.extend_from_slice(&self.k.to_bytes());
        bytes
    }

    /// Decodes; the point is checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "mediator key")?;
        let key = Self { attribute: decoder.attribute_name()?, k: decoder.g1("K")? };
        decoder.finish()?;
        Ok(key)
    }
}

impl MediationRequest {
    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(512 + self.message.len()));
        bytes.push(LAYOUT);
        put_short_bytes(&mut bytes, self.claim.mediator().as_str().as_bytes());
        put_short_bytes(&mut bytes, self.claim.policy().to_string().as_bytes());
        bytes.extend_from_slice(&*self.r0.to_bytes());
        bytes.extend_from_slice(&self.message);
        bytes
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
        let r0 = SecretScalar::from_bytes(&decoder.array("r0")?)?;
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
        let mut bytes = Zeroizing::new(Vec::with_capacity(128 + 48 * self.s.len() + 97 * self.p.len()));
        bytes.push(LAYOUT);
        bytes.extend_from_slice(&self.y.to_bytes());
        bytes.extend_from_slice(&self.w.to_bytes());
        bytes.extend_from_slice(&(self.s.len() as u16).to_be_bytes());
        for point in &self.s {
            bytes.extend_from_slice(&point.to_bytes());
        }
        put_columns(&mut bytes, &self.p);
        bytes
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
