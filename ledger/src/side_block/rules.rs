//! How side-blocks follow one another: the same rules in execution, at a node's door and in an audit.

use super::{Lease, Predecessor, Report, SideBlock};
use crate::id::{OwnerId, RequestorId, Timestamp};
use crate::parent_block::ParentBlock;
use crate::rejection::Rejection;
use crate::state::{BlockRecord, LeaseRecord, SideChain};
use medshare_contract_abi::ReportKind;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signature, VerifyingKey};

/// The fields that a side-block repeats of its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParentTerms {
    owner: OwnerId,
    requestor: RequestorId,
    locktime: Timestamp,
    version: u32,
}

impl From<&BlockRecord> for ParentTerms {
    fn from(record: &BlockRecord) -> Self {
        let BlockRecord { owner, requestor, locktime, version, .. } = *record;
        Self { owner, requestor, locktime, version }
    }
}

impl From<&ParentBlock> for ParentTerms {
    fn from(block: &ParentBlock) -> Self {
        let details = &block.details;
        Self {
            owner: details.owner,
            requestor: details.requestor,
            locktime: details.locktime,
            version: block.header.version,
        }
    }
}

impl SideBlock {
    /// Checks that the block repeats its parent's fields.
    ///
    /// # Errors
    /// [`Rejection::ParentDisagrees`].
    pub fn agrees_with(&self, parent: impl Into<ParentTerms>) -> Result<(), Rejection> {
        let details = &self.details;
        let own = ParentTerms {
            owner: details.owner,
            requestor: details.requestor,
            locktime: details.locktime,
            version: self.header.version,
        };
        Rejection::ParentDisagrees.unless(own == parent.into())
    }
}

impl Lease {
    /// Checks the requestor's signature.
    ///
    /// # Errors
    /// [`Rejection::BadRequestorSignature`].
    pub fn signed_by(&self, requestor: &VerifyingKey, signature: &Signature) -> Result<(), Rejection> {
        requestor.verify(self, signature).map_err(|_| Rejection::BadRequestorSignature)
    }

    /// Checks that nothing is missing of what the session did before, given the record of the lease that this one names as its
    /// predecessor: an opening must not skip reports.
    ///
    /// # Errors
    /// [`Rejection`] when there is no such lease, or a report of it is not recorded.
    pub fn follows(&self, record: Option<&LeaseRecord>) -> Result<(), Rejection> {
        match (&self.previous, record) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(Rejection::UnknownPredecessor),
            (Some(previous), Some(record)) => record.holds(previous),
        }
    }

    /// The lease before its first report, opened when the requestor's access had ended so often.
    #[must_use]
    pub const fn opened(&self, revocations: u32) -> LeaseRecord {
        LeaseRecord {
            agent: self.agent,
            next_sequence: 1,
            last_report: Hash32::ZERO,
            expires: self.expires,
            revocations,
            destroyed: false,
        }
    }
}

impl LeaseRecord {
    /// Number of reports under it.
    #[must_use]
    pub const fn reports(&self) -> u32 {
        self.next_sequence.saturating_sub(1)
    }

    /// Whether every report is there that a later opening of the session states. Of more than that, as after a session was
    /// brought back from a copy, nothing is missing.
    ///
    /// # Errors
    /// [`Rejection::ReportsMissing`], or [`Rejection::OtherReports`] when the last one is another.
    pub fn holds(&self, stated: &Predecessor) -> Result<(), Rejection> {
        Rejection::ReportsMissing.unless(self.reports() >= stated.reports)?;
        Rejection::OtherReports.unless(self.reports() > stated.reports || self.last_report == stated.last_report)
    }

    /// Checks the agent's signature.
    ///
    /// # Errors
    /// [`Rejection::BadAgentSignature`].
    pub fn signed(&self, report: &Report, signature: &Signature) -> Result<(), Rejection> {
        self.agent.verify(report, signature).map_err(|_| Rejection::BadAgentSignature)
    }

    /// The lease after this report, which must be the next one.
    ///
    /// # Errors
    /// [`Rejection`] when signature, number or hash of the report before it are wrong, or it says once more that the data is
    /// destroyed.
    pub fn reported(&self, report: &Report, signature: &Signature) -> Result<Self, Rejection> {
        self.signed(report, signature)?;
        Rejection::ReportOutOfSequence.unless(report.sequence == self.next_sequence)?;
        Rejection::ReportChainBroken.unless(report.previous == self.last_report)?;
        let is_receipt = report.kind == ReportKind::Retrieved.code();
        Rejection::ReceiptRepeated.unless(!(is_receipt && self.destroyed))?;
        let next_sequence = self.next_sequence.saturating_add(1);
        let destroyed = self.destroyed || is_receipt;
        Ok(Self { next_sequence, last_report: report.hash(), destroyed, ..self.clone() })
    }
}

impl SideChain {
    /// The chain with `block` behind its head.
    ///
    /// # Errors
    /// [`Rejection`] when the block names another head or counts other violations.
    pub fn extended(&self, block: &SideBlock) -> Result<Self, Rejection> {
        Rejection::SideChainMoved.unless(block.header.previous == self.head)?;
        let violations = self.violations.saturating_add(u32::from(block.details.vln != 0));
        Rejection::WrongActionCounter.unless(block.details.action_counter == violations)?;
        let head = block.header.hash();
        let last_violation = if block.details.vln == 0 { self.last_violation } else { head };
        Ok(Self { count: self.count.saturating_add(1), head, violations, last_violation })
    }
}
