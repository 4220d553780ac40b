//! What a report can be about.

use alloc::vec::Vec;

use crate::Action;
use crate::codec::{Decode, DecodeError, Encode, Reader};

/// What a report says happened. Its code is one byte: the six actions keep theirs, the others follow from 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportKind {
    /// A package was opened: the paper's first report, "decrypted data".
    Decrypted,
    /// An action was done or attempted.
    Action(Action),
    /// The data was retrieved: keys and caches are destroyed, and this is the receipt.
    Retrieved,
}

impl ReportKind {
    const DECRYPTED: u8 = 16;
    const RETRIEVED: u8 = 17;

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Decrypted => Self::DECRYPTED,
            Self::Action(action) => action.code(),
            Self::Retrieved => Self::RETRIEVED,
        }
    }

    /// What a code stands for.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            Self::DECRYPTED => Some(Self::Decrypted),
            Self::RETRIEVED => Some(Self::Retrieved),
            _ => match Action::from_code(code) {
                Some(action) => Some(Self::Action(action)),
                None => None,
            },
        }
    }

    /// The action that the report is about, if it is about one.
    #[must_use]
    pub const fn action(self) -> Option<Action> {
        match self {
            Self::Action(action) => Some(action),
            Self::Decrypted | Self::Retrieved => None,
        }
    }

    /// The contract's statement of what happened, without a verdict.
    #[must_use]
    pub const fn statement(self) -> &'static str {
        match self {
            Self::Decrypted => "decrypted data",
            Self::Retrieved => "data destroyed",
            Self::Action(Action::Read) => "data read",
            Self::Action(Action::Write) => "data written",
            Self::Action(Action::Delete) => "data deleted",
            Self::Action(Action::Duplicate) => "data duplicated",
            Self::Action(Action::Move) => "data moved",
            Self::Action(Action::Copy) => "data copied",
        }
    }
}

impl Encode for ReportKind {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.code());
    }
}

impl Decode for ReportKind {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::from_code(u8::decode(reader)?).ok_or(DecodeError::UnknownCode)
    }
}
