//! Rooms for the bytes that people send and ask for, and how large they are: bodies on their way here, answers on their way out.

use crate::shares::Shares;
use crate::under_way::{OPENING_BYTES_OF_ONE, REPORTS_OF_ONE};
use medshare_exchange::manifest::MAX_MANIFEST_BYTES;
use medshare_ledger::entry::MAX_CONTRACT_BYTES;
use std::sync::Arc;
use std::time::Duration;

/// Longest body of a request, a report and the like.
pub(crate) const SHORT_BODY: usize = 16 * 1024;
/// What stands around the longest part of a document.
pub(crate) const AROUND_DOCUMENT: usize = 128 * 1024;
/// Bytes of long bodies that a node holds.
pub(crate) const LONG_OF_ALL: usize = 64 * 1024 * 1024;
/// Bytes of long bodies that a node holds of one address; a proxy is one.
pub(crate) const LONG_OF_ONE: usize = 16 * 1024 * 1024;
/// Connections for which there is room for short bodies at least, in all and of one address.
const CONNECTIONS: (usize, usize) = (1024, 256);
/// Bytes of short bodies that a node holds at least.
const SHORT_OF_ALL: usize = CONNECTIONS.0 * SHORT_BODY;

const _: () = assert!(
    OPENING_BYTES_OF_ONE <= LONG_OF_ALL / 3 && REPORTS_OF_ONE * SHORT_BODY <= SHORT_OF_ALL / 3,
    "what waits for one requestor leaves room for others, from however many addresses it came"
);
const _: () =
    assert!(LONG_OF_ONE >= 4 * (MAX_MANIFEST_BYTES + AROUND_DOCUMENT) && MAX_MANIFEST_BYTES >= MAX_CONTRACT_BYTES);

/// The rooms for bytes of bodies.
pub struct Bodies {
    pub(crate) short: Arc<Shares>,
    pub(crate) long: Arc<Shares>,
}

impl Bodies {
    /// Of a node that takes so many connections, and so many of one address: each has room for a short body, whoever sends others.
    #[must_use]
    pub fn new(connections: usize, of_one_address: usize) -> Self {
        let short = |connections: usize, least: usize| connections.max(least).saturating_mul(SHORT_BODY);
        let (of_all, of_one) = (short(connections, CONNECTIONS.0), short(of_one_address, CONNECTIONS.1));
        Self {
            short: Shares::new(of_all, of_one, SHORT_BODY),
            // Such a room would be large that each had one there: the one that began first gives way, unless it is known whose it is.
            long: Shares::new(LONG_OF_ALL, LONG_OF_ONE, 0),
        }
    }
}

impl Default for Bodies {
    fn default() -> Self {
        Self::new(CONNECTIONS.0, CONNECTIONS.1)
    }
}

/// Bytes of a file that is read while it is written.
pub(crate) const READ_AT_ONCE: usize = 16 * 1024;
/// What is held of an answer that is made while it is read: what is written, and what was read behind it.
pub(crate) const HELD_OF_STREAM: usize = 3 * READ_AT_ONCE;
/// Bytes of answers that a node holds at least.
const UNREAD_OF_ALL: usize = 64 * 1024 * 1024;
/// Bytes of answers that a node holds for one address at least. A longer answer, of which there may be one at a time, counts as so much.
const UNREAD_OF_ONE: usize = 16 * 1024 * 1024;
/// An answer of which nothing was read for so long gives way to the first one of an address that has none, however many share the room.
const GIVES_WAY: Duration = Duration::from_secs(5);

/// The room for bytes of answers that were not read yet.
pub struct Unread(pub Arc<Shares>);

impl Unread {
    /// Of a node that takes so many connections, and so many of one address: on each a package is read, whatever else is asked for.
    #[must_use]
    pub fn new(connections: usize, of_one_address: usize) -> Self {
        let room = |connections: usize, least: usize| connections.saturating_mul(HELD_OF_STREAM).max(least);
        let (of_all, of_one) = (room(connections, UNREAD_OF_ALL), room(of_one_address, UNREAD_OF_ONE));
        Self(Shares::giving_way(of_all, of_one, HELD_OF_STREAM, GIVES_WAY))
    }
}

impl Default for Unread {
    fn default() -> Self {
        Self::new(CONNECTIONS.0, CONNECTIONS.1)
    }
}
