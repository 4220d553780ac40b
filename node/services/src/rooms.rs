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
/// Bytes of short bodies that a node holds.
const SHORT_OF_ALL: usize = 16 * 1024 * 1024;
/// Bytes of short bodies that a node holds of one address.
const SHORT_OF_ONE: usize = 4 * 1024 * 1024;

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

impl Default for Bodies {
    fn default() -> Self {
        Self { short: Shares::new(SHORT_OF_ALL, SHORT_OF_ONE), long: Shares::new(LONG_OF_ALL, LONG_OF_ONE) }
    }
}

/// Bytes of answers that a node holds.
const UNREAD_OF_ALL: usize = 64 * 1024 * 1024;
/// Bytes of answers that a node holds for one address. A longer answer, of which there may be one at a time, counts as so much.
const UNREAD_OF_ONE: usize = 16 * 1024 * 1024;
/// An answer of which nothing was read for so long gives way to the first one of an address that has none, however many share the room.
const GIVES_WAY: Duration = Duration::from_secs(5);

/// The room for bytes of answers that were not read yet.
pub struct Unread(pub Arc<Shares>);

impl Default for Unread {
    fn default() -> Self {
        Self(Shares::giving_way(UNREAD_OF_ALL, UNREAD_OF_ONE, GIVES_WAY))
    }
}
