//! What a session remembers from command to command.

use super::made_report::MadeReport;
use bincode::{Decode, Encode};
use medshare_contract_abi::codec::{Decode as _, Encode as _};
use medshare_contract_abi::usage::UsageState;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_crypto::stream::DataKey;
use medshare_ledger::codec::{self, CodecError};
use medshare_ledger::id::Timestamp;
use medshare_ledger::side_block::{Lease, Predecessor};
use zeroize::{Zeroize as _, Zeroizing};

/// So many reports that were made anew are remembered: each was a violation, and ended access.
const MAX_ANEW: usize = 256;

/// That none was, in bytes.
const NONE_ANEW: [u8; 8] = [0; 8];

/// A session at rest.
#[derive(Clone, Encode, Decode)]
pub struct SessionRecord {
    /// The lease under which the package was opened.
    pub lease: Lease,
    /// Hash of the latest report, zero before the first.
    pub last_report: Hash32,
    /// Number of the latest report, zero before the first.
    pub reports: u32,
    /// A report that no node has acknowledged yet.
    pub pending: Option<MadeReport>,
    /// The node that says that it recorded the opening, as it is named.
    pub opener: String,
    /// The last opening of the session that was proven to be on the ledger, and how far its reports were then; it may be this one.
    pub recorded: Option<Predecessor>,
    /// When the ledger was last looked at.
    pub looked: Timestamp,
    usage: Vec<u8>,
    data_key: Option<[u8; 32]>,
    agent: Option<[u8; 32]>,
    /// Whether others are proven to have gone on under this opening. What told so may be removed then.
    pub went_on: bool,
    /// Hashes of the reports that were made anew, the latest last: none is made anew twice.
    pub anew: Vec<Hash32>,
}

impl SessionRecord {
    /// A session that was just opened, as `opener` says: nothing reported yet.
    #[must_use]
    pub fn opened(lease: Lease, opener: String, data_key: &DataKey, agent: &SigningKey) -> Self {
        Self {
            looked: lease.created,
            lease,
            last_report: Hash32::ZERO,
            reports: 0,
            pending: None,
            opener,
            recorded: None,
            usage: UsageState::default().to_bytes(),
            data_key: Some(*data_key.expose()),
            agent: Some(*agent.seed()),
            went_on: false,
            anew: Vec::new(),
        }
    }

    /// Reads a session; one of a version before ends before the reports that were made anew.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::decode(bytes).or_else(|_| codec::decode(&Zeroizing::new([bytes, &NONE_ANEW].concat())))
    }

    /// Reads one of a version before that: it ends before the mark that others went on, too, which stands elsewhere then.
    pub(super) fn from_bytes_of_before(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::decode(&Zeroizing::new([bytes, &[0], &NONE_ANEW].concat()))
    }

    /// Whether the report of this hash was made anew.
    #[must_use]
    pub fn was_made_anew(&self, report: &Hash32) -> bool {
        self.anew.contains(report)
    }

    /// Remembers that the report of this hash was made anew, and of more than fit the latest.
    pub fn made_anew(&mut self, report: Hash32) {
        let over = self.anew.len().saturating_add(1).saturating_sub(MAX_ANEW);
        self.anew.drain(..over);
        self.anew.push(report);
    }

    /// What the next opening states of this one.
    #[must_use]
    pub const fn as_predecessor(&self) -> Predecessor {
        Predecessor { lease: self.lease.id, reports: self.reports, last_report: self.last_report }
    }

    /// What the contract remembers; `None` when the record does not hold a contract's state.
    #[must_use]
    pub fn usage(&self) -> Option<UsageState> {
        UsageState::from_bytes(&self.usage).ok()
    }

    /// Replaces what the contract remembers.
    pub fn remember(&mut self, usage: UsageState) {
        self.usage = usage.to_bytes();
    }

    /// The data key, while access stands.
    #[must_use]
    pub fn data_key(&self) -> Option<DataKey> {
        self.data_key.map(|bytes| DataKey::from_bytes(Zeroizing::new(bytes)))
    }

    /// Goes on behind this report, which the ledger has under the lease.
    pub fn go_on_behind(&mut self, reports: u32, last_report: Hash32) {
        (self.reports, self.last_report, self.went_on) = (reports, last_report, false);
        if let Some(usage) = self.usage() {
            self.remember(UsageState { sequence: reports, ..usage });
        }
    }

    /// The agent's key of this lease, until it is destroyed.
    #[must_use]
    pub fn agent(&self) -> Option<SigningKey> {
        self.agent.map(|seed| SigningKey::from_seed(Zeroizing::new(seed)))
    }

    /// Ends access: only a new opening, which the ledger must allow, brings the data key back.
    pub fn drop_data_key(&mut self) {
        self.data_key.zeroize();
        self.data_key = None;
    }

    /// Destroys all keys: no report can be signed any more.
    pub fn destroy_keys(&mut self) {
        self.drop_data_key();
        self.agent.zeroize();
        self.agent = None;
    }
}

impl Drop for SessionRecord {
    fn drop(&mut self) {
        self.destroy_keys();
    }
}
