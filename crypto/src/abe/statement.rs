//! What a node puts its name to when it transforms.
//!
//! A blame proof shows that a transform is wrong; this shows whose it is.

use super::{Transform, VerifiedRegistration};
use crate::hash::{Hash32, tagged_hash};
use crate::sign::Signable;

/// "From this header I made this transform for this user."
#[derive(Debug, Clone, Copy)]
pub struct TransformStatement<'a> {
    /// Names the header, as [`crate::envelope::Envelope::hash`] does.
    pub header: Hash32,
    /// Whose keys were used.
    pub user: &'a VerifiedRegistration,
    /// What came out.
    pub transform: &'a Transform,
}

impl Signable for TransformStatement<'_> {
    const DOMAIN: &'static str = "medshare/abe/transform/v1";

    /// `header (32) ‖ hash of the registration (32) ‖ A ‖ T`.
    fn signing_bytes(&self) -> Vec<u8> {
        let registration = self.user.registration().to_bytes();
        let user = tagged_hash("medshare/abe/registration/hash/v1", &[&registration]);
        [self.header.as_bytes().as_slice(), user.as_bytes(), &self.transform.to_bytes()].concat()
    }
}
