//! The sender of one message that is being answered.

use crate::sender::Sender;
use crate::shares::{Holding, Needed};
use crate::signer::Signer;
use std::sync::OnceLock;

/// The sender of one message, and what is held for it: its connection's place, and room for its body.
pub struct Caller {
    /// Who sends it.
    pub sender: Sender,
    held: Vec<Holding>,
    needed: OnceLock<Vec<Needed>>,
}

impl Caller {
    /// Of a message for which so much is held.
    #[must_use]
    pub const fn new(sender: Sender, held: Vec<Holding>) -> Self {
        Self { sender, held, needed: OnceLock::new() }
    }

    /// Who signed the message is known, by the ledger: what is held for it stays until it is answered, as far as there is room for what stays.
    pub fn is_known(&self, signer: &Signer) {
        self.needed.get_or_init(|| self.held.iter().filter_map(|held| held.need(signer)).collect());
    }
}

impl From<Sender> for Caller {
    /// Of a message for which nothing is held.
    fn from(sender: Sender) -> Self {
        Self::new(sender, Vec::new())
    }
}
