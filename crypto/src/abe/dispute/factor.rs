//! The node's part: what of its answer each authority answers for.

use super::{Dispute, DisputeError, of_authority};
use crate::abe::statement::statement;
use crate::abe::{ProxyKeys, RowsUsed, VerifiedRegistration};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::hash::Hash32;
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

/// "Of the answer that I made from these rows of this header for this user, this is the part of this authority's attributes."
#[derive(Debug, Clone, Copy)]
pub(super) struct FactorStatement<'a> {
    header: Hash32,
    user: &'a VerifiedRegistration,
    rows: &'a RowsUsed,
    authority: &'a AuthorityName,
    element: &'a Gt,
}

impl Signable for FactorStatement<'_> {
    const DOMAIN: &'static str = "medshare/abe/factor/v1";

    /// `header (32) ‖ hash of the registration (32) ‖ rows ‖ u16 len ‖ authority ‖ T_θ`.
    fn signing_bytes(&self) -> Vec<u8> {
        let mut made = self.rows.to_bytes();
        put_short_bytes(&mut made, self.authority.as_str().as_bytes());
        made.extend_from_slice(&self.element.to_bytes());
        statement(self.header, self.user, &made)
    }
}

impl Dispute<'_> {
    /// One factor for each authority of the rows that the answer names, by the node that gave the answer.
    ///
    /// # Errors
    /// When it is another node's answer, or a key is not there any longer.
    pub fn factors(&self, keys: &ProxyKeys, node: &SigningKey) -> Result<Vec<Factor>, DisputeError> {
        if node.verifying_key() != self.node {
            return Err(DisputeError::OtherNode);
        }
        let selected = self.selected()?;
        if let Some(row) = selected.rows.iter().find(|row| !keys.serves(row)) {
            return Err(DisputeError::NoKey { attribute: row.attribute.clone() });
        }
        let factor = |authority: AuthorityName| {
            let element = keys.pair(of_authority(&selected, &authority));
            let signature = node.sign(&self.statement(&authority, &element));
            Factor { authority, element, signature }
        };
        Ok(self.authorities()?.into_iter().map(factor).collect())
    }

    /// Checks that the node signed a factor for this answer.
    pub(super) fn check(&self, factor: &Factor) -> Result<(), DisputeError> {
        let statement = self.statement(&factor.authority, &factor.element);
        let verified = self.node.verify(&statement, &factor.signature);
        verified.map_err(|_| DisputeError::Factor { authority: factor.authority.clone() })
    }

    pub(super) fn statement<'s>(&'s self, authority: &'s AuthorityName, element: &'s Gt) -> FactorStatement<'s> {
        FactorStatement { header: self.header, user: self.user, rows: self.rows, authority, element }
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
