//! How large a room is, and what its shares are called.

use crate::sender::Sender;

/// How large a room is.
pub(super) struct Limits {
    pub(super) most: usize,
    /// Of one subnet.
    pub(super) most_of_one: usize,
    /// So much one connection of a subnet keeps, whatever is new on the others of the same.
    pub(super) of_connection: usize,
    /// After so long, in milliseconds, what stands still gives way to the first share of a subnet; none where only more gives way to less.
    pub(super) gives_way_ms: Option<u64>,
}

/// A share, by who holds it and its number.
pub(super) type Key = (Sender, u64);
