//! What an owner signs a header for.
//!
//! One signature serves one purpose. A header that was signed for a payload under a fresh data key lies open in its file: if it read as a change of policy, whoever
//! has it could put it before the old payload, which then opens for nobody.

use super::Payload;
use crate::encoding::{DecodeError, Decoder};
use crate::hash::Hash32;

/// What a header is for.
///
/// Layout: `u8 kind ‖ header before (32), or zeros`; kind 0 (made), 1 (replaces, payload stays), 2 (replaces, payload encrypted again).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A file is made with it.
    Made,
    /// It takes the place of the header that is named so.
    Replaces {
        before: Hash32,
        /// What becomes of the payload behind it.
        payload: Payload,
    },
}

impl Purpose {
    /// Length in bytes.
    pub(super) const LEN: usize = 1 + Hash32::LEN;

    pub(super) fn to_bytes(self) -> [u8; Self::LEN] {
        let (kind, before) = match self {
            Self::Made => (0, Hash32::ZERO),
            Self::Replaces { before, payload: Payload::Keep } => (1, before),
            Self::Replaces { before, payload: Payload::Reencrypt } => (2, before),
        };
        let mut bytes = [0; Self::LEN];
        let [first, rest @ ..] = &mut bytes;
        *first = kind;
        *rest = before.to_bytes();
        bytes
    }

    pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let what = "purpose of a header";
        let (kind, before) = (decoder.u8(what)?, Hash32::from_bytes(decoder.array(what)?));
        match kind {
            0 if before == Hash32::ZERO => Ok(Self::Made),
            1 => Ok(Self::Replaces { before, payload: Payload::Keep }),
            2 => Ok(Self::Replaces { before, payload: Payload::Reencrypt }),
            _ => Err(DecodeError::UnknownTag { what }),
        }
    }
}
