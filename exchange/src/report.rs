//! A contract's report under way to the owner: sealed for the owner's node, signed and numbered by the agent.

use bincode::{Decode, Encode};
use medshare_contract_abi::codec::{Decode as _, Encode as _};
use medshare_contract_abi::usage::{ReportBody, UsageInput};
use medshare_crypto::hash::{Hash32, tagged_hash};
use medshare_crypto::seal::{SealError, SealingPublicKey, SealingSecretKey, open, seal};
use medshare_crypto::sign::Signature;
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, LeaseId};
use medshare_ledger::side_block::Report;
use rand_core::{CryptoRng, RngCore};

/// Longest sealed report in bytes.
pub const MAX_SEALED_REPORT_BYTES: usize = 4096;

/// What only the owner's node reads: the report, and the contract's input that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportText {
    /// What the contract was called with.
    pub input: UsageInput,
    /// What it reported.
    pub body: ReportBody,
}

#[derive(Encode, Decode)]
struct ReportTextBytes {
    input: Vec<u8>,
    body: Vec<u8>,
    salt: [u8; 32],
}

/// A report that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum ReportError {
    /// It does not open with the contract key.
    #[error("the report cannot be opened with this package's contract key")]
    Sealed,
    /// It opens to something else.
    #[error("the report is malformed")]
    Malformed,
}

impl ReportText {
    /// Seals the report to the contract key, bound to its lease and number.
    ///
    /// # Errors
    /// [`SealError`] when the contract key is not a key.
    pub fn seal(
        &self,
        contract_key: &SealingPublicKey,
        parent: BlockId,
        lease: LeaseId,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Vec<u8>, SealError> {
        let mut salt = [0; 32];
        rng.fill_bytes(&mut salt);
        let bytes = ReportTextBytes { input: self.input.to_bytes(), body: self.body.to_bytes(), salt };
        seal(contract_key, INFO, &associated_data(parent, lease, self.body.sequence), &codec::encode(&bytes), rng)
    }

    /// Opens a sealed report.
    ///
    /// # Errors
    /// [`ReportError`] when it is not for this key, lease and number, or malformed.
    pub fn open(contract_key: &SealingSecretKey, report: &Report, sealed: &[u8]) -> Result<Self, ReportError> {
        let aad = associated_data(report.parent, report.lease, report.sequence);
        let bytes = open(contract_key, INFO, &aad, sealed).map_err(|_| ReportError::Sealed)?;
        let text: ReportTextBytes = codec::decode(&bytes).map_err(|_| ReportError::Malformed)?;
        Ok(Self {
            input: UsageInput::from_bytes(&text.input).map_err(|_| ReportError::Malformed)?,
            body: ReportBody::from_bytes(&text.body).map_err(|_| ReportError::Malformed)?,
        })
    }
}

const INFO: &[u8] = b"medshare/report-seal/v2";

fn associated_data(parent: BlockId, lease: LeaseId, sequence: u32) -> Vec<u8> {
    [parent.as_bytes().as_slice(), lease.as_bytes(), &sequence.to_be_bytes()].concat()
}

/// Commitment of the ledger to a sealed report.
#[must_use]
pub fn report_commitment(sealed: &[u8]) -> Hash32 {
    tagged_hash("medshare/sealed-report/v1", &[sealed])
}

/// A report with its signature and sealed text.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ReportEnvelope {
    /// What goes on the ledger.
    pub report: Report,
    /// The agent's signature over it.
    pub agent_signature: Signature,
    /// The sealed [`ReportText`].
    pub sealed: Vec<u8>,
}

#[cfg(test)]
mod tests;
