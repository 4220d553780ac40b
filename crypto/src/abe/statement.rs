//! What a node puts its name to when it transforms, alone or with others.
//!
//! An answer is determined by header, registration, proxy keys and the rows that were used, so whether it is right can be found out
//! ([`super::Dispute`]), and whose it is shows its signature. Of a part of a transform nobody can show that it is wrong; its signature
//! keeps out parts of others, and parts that were altered on their way.

use super::{RowsUsed, Transform, TransformShare};
use crate::hash::Hash32;
use crate::sign::Signable;

/// "From these rows of this header I made this transform for this user."
#[derive(Debug, Clone, Copy)]
pub struct TransformStatement<'a> {
    /// Names the header, as [`crate::envelope::Envelope::hash`] does.
    pub header: Hash32,
    /// Whose keys were used: names the registration ([`VerifiedRegistration::hash`](super::VerifiedRegistration::hash)).
    pub user: Hash32,
    /// Which rows were used.
    pub rows: &'a RowsUsed,
    /// What came out.
    pub transform: &'a Transform,
}

impl Signable for TransformStatement<'_> {
    const DOMAIN: &'static str = "medshare/abe/transform/v2";

    /// `header (32) ‖ hash of the registration (32) ‖ rows ‖ A ‖ T`.
    fn signing_bytes(&self) -> Vec<u8> {
        statement(self.header, self.user, &[self.rows.to_bytes(), self.transform.to_bytes()].concat())
    }
}

/// "From this header I made this part of a transform for this user, with my shares."
#[derive(Debug, Clone, Copy)]
pub struct TransformPartStatement<'a> {
    /// Names the header.
    pub header: Hash32,
    /// Whose keys were used: names the registration ([`VerifiedRegistration::hash`](super::VerifiedRegistration::hash)).
    pub user: Hash32,
    /// What came out.
    pub part: &'a TransformShare,
}

impl Signable for TransformPartStatement<'_> {
    const DOMAIN: &'static str = "medshare/abe/transform-part/v1";

    /// `header (32) ‖ hash of the registration (32) ‖ u8 node ‖ u8 needed ‖ u32 division ‖ A ‖ T`.
    fn signing_bytes(&self) -> Vec<u8> {
        statement(self.header, self.user, &self.part.to_bytes())
    }
}

/// `header (32) ‖ hash of the registration (32) ‖ made`.
fn statement(header: Hash32, user: Hash32, made: &[u8]) -> Vec<u8> {
    [header.as_bytes().as_slice(), user.as_bytes(), made].concat()
}
