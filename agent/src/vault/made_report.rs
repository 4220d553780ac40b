//! A report that was made, with what is needed where the ledger does not take it.
//!
//! The envelope is sealed for the owner: what the contract was asked cannot be read out of it. Of a violation that is kept, in a letter of the
//! requestor to herself, so that it can be reported anew under another opening.

use super::{VaultError, own_letter};
use bincode::{Decode, Encode};
use medshare_contract_abi::codec::{Decode as _, Encode as _};
use medshare_contract_abi::usage::{Comment, UsageCall};
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::sign::VerifyingKey;
use medshare_exchange::report::{ReportEnvelope, report_commitment};
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::id::{LeaseId, Timestamp};
use rand_core::{CryptoRng, RngCore};

const PURPOSE: &str = "medshare/asked-of-contract/v2";

/// A report that was made.
#[derive(Clone, Encode, Decode)]
pub struct MadeReport {
    /// As it is handed in.
    pub envelope: ReportEnvelope,
    /// When the lease ends that it was made under, after which an opening under it is not recorded any more; none where a version before
    /// kept the envelope alone.
    pub lease_expires: Option<Timestamp>,
    /// What the contract was asked, in a letter to herself; of a violation only.
    asked: Option<Vec<u8>>,
}

impl MadeReport {
    /// A report that is no violation.
    #[must_use]
    pub const fn new(envelope: ReportEnvelope, lease_expires: Timestamp) -> Self {
        Self { envelope, lease_expires: Some(lease_expires), asked: None }
    }

    /// An envelope that was kept alone.
    pub(super) const fn bare(envelope: ReportEnvelope) -> Self {
        Self { envelope, lease_expires: None, asked: None }
    }

    /// The report of a violation that came of this call, which only the holder of `keys` can read, and nobody else can have written.
    ///
    /// # Errors
    /// [`VaultError::Seal`] when it cannot be sealed to the keys.
    pub fn of_violation(
        self,
        call: &UsageCall,
        keys: &RequestorKeys,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Self, VaultError> {
        let about = self.envelope.report.hash();
        let letter = own_letter::write(keys, PURPOSE, about.as_bytes(), &call.to_bytes(), rng)?;
        Ok(Self { asked: Some(letter), ..self })
    }

    /// As somebody leaves it who can write where it is kept.
    #[cfg(test)]
    pub(crate) fn with_asked(self, asked: Vec<u8>) -> Self {
        Self { asked: Some(asked), ..self }
    }

    /// Whether it is kept what the contract was asked.
    #[must_use]
    pub const fn is_of_violation(&self) -> bool {
        self.asked.is_some()
    }

    /// The action that was the violation, with what its requestor said of it, as the holder of these keys kept it. None where it was not kept,
    /// or by somebody else: a build before sealed it and did not sign it, which anybody does.
    #[must_use]
    pub fn asked(&self, keys: &RequestorKeys) -> Option<(Action, Comment)> {
        let (kept, about) = (self.asked.as_ref()?, self.envelope.report.hash());
        let call = own_letter::read(keys, PURPOSE, about.as_bytes(), kept)?;
        match UsageCall::from_bytes(&call).ok()? {
            UsageCall::Act { action, comment } => Some((action, comment)),
            _ => None,
        }
    }

    /// The action that the report's kind tells. Whose it was, only who signed the report tells.
    #[must_use]
    pub fn action(&self) -> Option<Action> {
        match ReportKind::from_code(self.envelope.report.kind)? {
            ReportKind::Action(action) => Some(action),
            _ => None,
        }
    }

    /// Whether it is the receipt that the keys of this opening were destroyed, by its agent.
    #[must_use]
    pub fn is_receipt_of(&self, lease: LeaseId, agent: &VerifyingKey) -> bool {
        let report = &self.envelope.report;
        let is_receipt = ReportKind::from_code(report.kind) == Some(ReportKind::Retrieved);
        is_receipt && report.lease == lease && self.is_signed_by(agent)
    }

    /// Whether an agent with this key signed it, with these sealed words.
    #[must_use]
    pub fn is_signed_by(&self, agent: &VerifyingKey) -> bool {
        let ReportEnvelope { report, agent_signature, .. } = &self.envelope;
        self.is_whole() && agent.verify(report, agent_signature).is_ok()
    }

    /// Whether its sealed words are those that it commits to.
    pub(super) fn is_whole(&self) -> bool {
        report_commitment(&self.envelope.sealed) == self.envelope.report.commitment
    }
}
