//! The six actions of the paper and how closely they are watched.

use alloc::vec::Vec;

use crate::codec::{Decode, DecodeError, Encode, Reader, coded};

coded! {
    /// What can be done with data once a package is open: the six actions that the paper's `getAction` tells apart.
    pub enum Action {
        /// Look at records.
        Read = 1,
        /// Change records.
        Write = 2,
        /// Remove records.
        Delete = 3,
        /// Make a second copy beside the first.
        Duplicate = 4,
        /// Take records to another place.
        Move = 5,
        /// Hand out a copy of records.
        Copy = 6,
    }
}

impl Action {
    /// The action's name, as it is typed and printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Duplicate => "duplicate",
            Self::Move => "move",
            Self::Copy => "copy",
        }
    }
}

coded! {
    /// How closely a package's use is watched. The processing node ranks it from the identifiers in the data.
    pub enum Sensitivity {
        /// Every action is reported.
        High = 1,
        /// Actions that the package exempts are not reported.
        Low = 2,
    }
}

/// A set of actions: one byte, in which bit `code − 1` stands for an action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionSet(u8);

impl ActionSet {
    /// No action.
    pub const EMPTY: Self = Self(0);
    /// All six actions.
    pub const ALL: Self = Self(0b0011_1111);

    /// The set of the actions given.
    #[must_use]
    pub fn of(actions: &[Action]) -> Self {
        actions.iter().fold(Self::EMPTY, |set, action| set.with(*action))
    }

    /// The set that a byte stands for; no other bit than those of the six actions may be set.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits & !Self::ALL.0 == 0 { Some(Self(bits)) } else { None }
    }

    /// The byte that stands for the set.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// This set and one action more.
    #[must_use]
    pub const fn with(self, action: Action) -> Self {
        Self(self.0 | Self::bit(action))
    }

    /// This set but for one action.
    #[must_use]
    pub const fn without(self, action: Action) -> Self {
        Self(self.0 & !Self::bit(action))
    }

    /// The actions that are not in this set.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }

    /// Whether an action is in the set.
    #[must_use]
    pub const fn contains(self, action: Action) -> bool {
        self.0 & Self::bit(action) != 0
    }

    /// Whether the two sets share an action.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether no action is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The number of actions in the set: for violations, the paper's action counter.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// The actions of the set in the order of their codes.
    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL.iter().copied().filter(move |action| self.contains(*action))
    }

    const fn bit(action: Action) -> u8 {
        1 << (action.code() - 1)
    }
}

impl FromIterator<Action> for ActionSet {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        actions.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl Encode for ActionSet {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.0);
    }
}

impl Decode for ActionSet {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::from_bits(u8::decode(reader)?).ok_or(DecodeError::UnknownCode)
    }
}
