//! How a user becomes known to authorities without giving z away.

use super::LAYOUT;
use super::oracle::hash_gid;
use crate::dleq::{DleqProof, Relation};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::hash::{Hash32, tagged_hash};
use crate::pairing::G2;

const PROOF_CONTEXT: &[u8] = b"medshare/abe/registration/v1";

/// Longest identity of a user, in bytes.
pub const MAX_GID_LEN: usize = 256;

/// Why a registration is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// The proof does not hold: the two elements have different exponents, or belong to somebody else.
    #[error("the registration's proof does not hold")]
    Proof,
    /// The identity is empty or longer than [`MAX_GID_LEN`].
    #[error("an identity has 1 to {MAX_GID_LEN} bytes")]
    GidLength,
}

/// A user's claim: `Z = g2^{1/z}`, `HZ = H(gid)^{1/z}`, and the proof that the exponents are equal.
///
/// Layout: `u8 1 ‖ u16 len ‖ gid ‖ Z (96) ‖ HZ (96) ‖ proof (64)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    pub(super) gid: Vec<u8>,
    pub(super) z: G2,
    pub(super) hz: G2,
    pub(super) proof: DleqProof,
}

/// A registration whose proof holds. Authorities issue, and nodes transform, for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRegistration(Registration);

/// One's own registration, as it lies beside z in one's key file: bytes until somebody computes with it.
///
/// The proof in it is for others, who must not compute for points that somebody chose. Whoever has z has made these points, and checks nothing of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRegistration(Vec<u8>);

/// What names a registration where a node signs.
fn hash_of(registration: &[u8]) -> Hash32 {
    tagged_hash("medshare/abe/registration/hash/v1", &[registration])
}

/// The two relations that the proof is about.
pub(super) fn relations(gid: &[u8], z: G2, hz: G2) -> [Relation<G2>; 2] {
    [Relation { base: G2::generator(), image: z }, Relation { base: hash_gid(gid), image: hz }]
}

/// Binds the proof to its purpose and to the identity.
pub(super) fn proof_context(gid: &[u8]) -> Vec<u8> {
    [PROOF_CONTEXT, gid].concat()
}

impl Registration {
    /// Who claims it.
    #[must_use]
    pub fn gid(&self) -> &[u8] {
        &self.gid
    }

    /// Checks the proof.
    ///
    /// # Errors
    /// When it does not hold.
    pub fn verify(self) -> Result<VerifiedRegistration, RegistrationError> {
        if self.gid.is_empty() || self.gid.len() > MAX_GID_LEN {
            return Err(RegistrationError::GidLength);
        }
        let [first, second] = relations(&self.gid, self.z, self.hz);
        let holds = self.proof.holds(&proof_context(&self.gid), &first, &second);
        // Z = HZ = 1 would satisfy the proof; decoding refuses them, and so does this.
        if holds && !self.z.is_identity() && !self.hz.is_identity() {
            Ok(VerifiedRegistration(self))
        } else {
            Err(RegistrationError::Proof)
        }
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        put_short_bytes(&mut bytes, &self.gid);
        bytes.extend_from_slice(&self.z.to_bytes());
        bytes.extend_from_slice(&self.hz.to_bytes());
        bytes.extend_from_slice(&self.proof.to_bytes());
        bytes
    }

    /// Decodes; the points are checked, the proof is not.
    ///
    /// # Errors
    /// When the bytes are of another layout or an element is invalid.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "registration")?;
        let registration = Self {
            gid: decoder.short_bytes(MAX_GID_LEN, "identity")?.to_vec(),
            z: decoder.g2("Z")?,
            hz: decoder.g2("HZ")?,
            proof: decoder.dleq()?,
        };
        decoder.finish()?;
        Ok(registration)
    }
}

impl VerifiedRegistration {
    /// The claim, for storing and sending on.
    #[must_use]
    pub fn registration(&self) -> &Registration {
        &self.0
    }

    /// The user's identity.
    #[must_use]
    pub fn gid(&self) -> &[u8] {
        &self.0.gid
    }

    /// Names it where a node signs.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        hash_of(&self.0.to_bytes())
    }

    pub(super) fn z(&self) -> G2 {
        self.0.z
    }

    pub(super) fn hz(&self) -> G2 {
        self.0.hz
    }
}

impl OwnRegistration {
    /// What [`Registration::to_bytes`] gave, out of one's own key file.
    #[must_use]
    pub fn from_own_key(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// Names it where a node signs.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        hash_of(&self.0)
    }

    /// The registration, to compute with. Its points are checked, its proof is not.
    ///
    /// # Errors
    /// When the bytes are of another layout or an element is invalid.
    pub fn read(&self) -> Result<VerifiedRegistration, DecodeError> {
        Registration::from_bytes(&self.0).map(VerifiedRegistration)
    }
}
