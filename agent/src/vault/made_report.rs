//! A report that was made, with what is needed where the ledger does not take it.
//!
//! The envelope is sealed for the owner: what the contract was asked cannot be read out of it. Of a violation that is kept, sealed to the
//! requestor herself, so that it can be reported anew under another opening.

use super::VaultError;
use bincode::{Decode, Encode};
use medshare_contract_abi::codec::{Decode as _, Encode as _};
use medshare_contract_abi::usage::{Comment, UsageCall};
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::seal::{SealingPublicKey, SealingSecretKey, open, seal};
use medshare_crypto::sign::VerifyingKey;
use medshare_exchange::report::{ReportEnvelope, report_commitment};
use medshare_ledger::id::Timestamp;
use rand_core::{CryptoRng, RngCore};

const INFO: &[u8] = b"medshare/asked-of-contract/v1";

/// A report that was made.
#[derive(Clone, Encode, Decode)]
pub struct MadeReport {
    /// As it is handed in.
    pub envelope: ReportEnvelope,
    /// When the lease ends that it was made under, after which an opening under it is not recorded any more; none where a version before
    /// kept the envelope alone.
    pub lease_expires: Option<Timestamp>,
    /// What the contract was asked, sealed; of a violation only.
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

    /// The report of a violation that came of this call, which only the holder of `key` can read.
    ///
    /// # Errors
    /// [`VaultError::Seal`] when it cannot be sealed to the key.
    pub fn of_violation(
        self,
        call: &UsageCall,
        key: &SealingPublicKey,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Self, VaultError> {
        let aad = self.envelope.report.hash();
        let sealed = seal(key, INFO, aad.as_bytes(), &call.to_bytes(), rng).map_err(|_| VaultError::Seal)?;
        Ok(Self { asked: Some(sealed), ..self })
    }

    /// Whether it is kept what the contract was asked.
    #[must_use]
    pub const fn is_of_violation(&self) -> bool {
        self.asked.is_some()
    }

    /// What the contract was asked; none where that was not kept, or not for this key.
    fn asked(&self, key: &SealingSecretKey) -> Option<UsageCall> {
        let sealed = self.asked.as_ref()?;
        let call = open(key, INFO, self.envelope.report.hash().as_bytes(), sealed).ok()?;
        UsageCall::from_bytes(&call).ok()
    }

    /// The action that was the violation, with what its requestor said of it. Where that cannot be read, the report's kind tells the action.
    #[must_use]
    pub fn violation(&self, key: &SealingSecretKey) -> Option<(Action, Comment)> {
        match (self.asked(key), ReportKind::from_code(self.envelope.report.kind)) {
            (Some(UsageCall::Act { action, comment }), _) => Some((action, comment)),
            (_, Some(ReportKind::Action(action))) => Some((action, Comment::default())),
            _ => None,
        }
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
