//! The node's part: what of its answer each authority answers for.

use super::{Dispute, DisputeError, of_authority};
use crate::abe::{ProxyKeys, TransformStatement};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::pairing::Gt;
use crate::policy::AuthorityName;
use crate::sign::{Signable, Signature, SigningKey};

/// The product of an answer's pairings over one authority's attributes, signed by the node.
///
/// Layout: `u16 len ‖ authority ‖ T_θ (576) ‖ signature (64)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    authority: AuthorityName,
    element: Gt,
    signature: Signature,
}

/// "Of this answer, which I made, this is the part of this authority's attributes."
#[derive(Debug, Clone, Copy)]
pub(super) struct FactorStatement<'a> {
    answer: TransformStatement<'a>,
    authority: &'a AuthorityName,
    element: &'a Gt,
}

impl Signable for FactorStatement<'_> {
    const DOMAIN: &'static str = "medshare/abe/factor/v2";

    /// What was signed of the answer, then `u16 len ‖ authority ‖ T_θ`. V1 left A and T out: factors of a wrong answer were those of a later right one.
    fn signing_bytes(&self) -> Vec<u8> {
        let mut bytes = self.answer.signing_bytes();
        put_short_bytes(&mut bytes, self.authority.as_str().as_bytes());
        bytes.extend_from_slice(&self.element.to_bytes());
        bytes
    }
}

impl Dispute<'_> {
    /// One factor for each authority of the rows that the answer names, by the node that gave the answer.
    ///
    /// # Errors
    /// When it is another node's answer, a key is not there any longer, or the answer was not made with these keys: then nothing is signed.
    pub fn factors(&self, keys: &ProxyKeys, node: &SigningKey) -> Result<Vec<Factor>, DisputeError> {
        if node.verifying_key() != self.node {
            return Err(DisputeError::OtherNode);
        }
        let selected = self.selected()?;
        if let Some(row) = selected.rows.iter().find(|row| !keys.serves(row)) {
            return Err(DisputeError::NoKey { attribute: row.attribute.clone() });
        }
        let element = |authority: AuthorityName| (keys.pair(of_authority(&selected, &authority)), authority);
        let elements: Vec<(Gt, AuthorityName)> = self.authorities()?.into_iter().map(element).collect();
        if elements.iter().map(|(element, _)| *element).product::<Gt>() != self.transform.t.element() {
            return Err(DisputeError::OtherKeys);
        }
        let factor = |(element, authority): (Gt, AuthorityName)| {
            let signature = node.sign(&self.statement(&authority, &element));
            Factor { authority, element, signature }
        };
        Ok(elements.into_iter().map(factor).collect())
    }

    /// Checks that the node signed a factor for this answer.
    pub(super) fn check(&self, factor: &Factor) -> Result<(), DisputeError> {
        let statement = self.statement(&factor.authority, &factor.element);
        let verified = self.node.verify(&statement, &factor.signature);
        verified.map_err(|_| DisputeError::Factor { authority: factor.authority.clone() })
    }

    pub(super) fn statement<'s>(&'s self, authority: &'s AuthorityName, element: &'s Gt) -> FactorStatement<'s> {
        let Self { header, rows, transform, .. } = *self;
        let user = self.user.hash();
        FactorStatement { answer: TransformStatement { header, user, rows, transform }, authority, element }
    }
}

impl Factor {
    /// Whose attributes it is of.
    #[must_use]
    pub fn authority(&self) -> &AuthorityName {
        &self.authority
    }

    pub(super) fn element(&self) -> Gt {
        self.element
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1024);
        put_short_bytes(&mut bytes, self.authority.as_str().as_bytes());
        bytes.extend_from_slice(&self.element.to_bytes());
        bytes.extend_from_slice(&self.signature.to_bytes());
        bytes
    }

    /// Decodes; the element is checked, the signature is not.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let factor = Self {
            authority: decoder.authority_name()?,
            element: decoder.gt("factor")?,
            signature: Signature::from_bytes(decoder.array("signature")?),
        };
        decoder.finish()?;
        Ok(factor)
    }
}
