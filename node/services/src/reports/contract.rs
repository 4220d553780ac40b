//! The contract of a package, as its node runs it again: all of it stands on the ledger but its code, which this program brings, and the
//! package only where another version of this program made it. Whatever becomes of a package's file, reports about it are believed; only
//! against a text that does not open does the package have a word.

use crate::broken_packages::{broken, of_another_key};
use crate::services::Services;
use medshare_contract_abi::usage::UsageParameters;
use medshare_contract_abi::{ActionSet, Sensitivity};
use medshare_contract_host::USAGE_WASM;
use medshare_crypto::hash::sha256;
use medshare_crypto::seal::SealingPublicKey;
use medshare_exchange::manifest::Manifest;
use medshare_exchange::report::ReportError;
use medshare_ledger::entry::Entry;
use medshare_ledger::parent_block::Details;
use medshare_ledger::state::{BlockRecord, StateFault};
use medshare_node_refusal::{Code, Refusal};
use std::borrow::Cow;

/// What the parent block says of its package.
///
/// # Errors
/// [`Refusal`] when this node cannot read its log.
pub(super) fn details(services: &Services, record: &BlockRecord) -> Result<Details, Refusal> {
    match services.chain.entry(&record.entry)? {
        Some((Entry::ParentBlock(block), _)) => Ok(block.details),
        _ => Err(StateFault::Corrupt { what: "parent block of a record" }.into()),
    }
}

/// The parameters of the contract in the package; none where a code is unknown here.
pub(super) fn parameters(details: &Details) -> Option<UsageParameters> {
    Some(UsageParameters {
        package: *details.request.as_bytes(),
        owner: *details.owner.as_bytes(),
        requestor: *details.requestor.as_bytes(),
        sensitivity: Sensitivity::from_code(details.sensitivity)?,
        permitted: ActionSet::from_bits(details.violations_mask)?.complement(),
        exempt: ActionSet::from_bits(details.exempt_mask)?,
        purpose: details.purpose.reason.number(),
        expires_at_ms: details.locktime.0,
    })
}

/// The code of the contract in the package.
///
/// # Errors
/// [`Refusal`] when another version of this program brought it, and its package is lost or damaged.
pub(super) fn code(services: &Services, details: &Details) -> Result<Cow<'static, [u8]>, Refusal> {
    if details.contract == sha256(USAGE_WASM) {
        return Ok(USAGE_WASM.into());
    }
    let code = manifest(services, details)?.map(|manifest| manifest.contract);
    code.filter(|code| sha256(code) == details.contract).map(Cow::Owned).ok_or_else(|| {
        let message = "this node no longer has the package with the contract that the report is of";
        Refusal::new(Code::PackageMissing, message)
    })
}

/// Why a sealed text that does not open with this key is not believed. It speaks against the text only where the package says that its
/// reports are sealed to this key. Where it names another one, or nothing names one any more, the fault is this node's: the agent keeps
/// the report, for when the key, or the package, is back.
pub(super) fn unopened(services: &Services, details: &Details, key: &SealingPublicKey) -> Refusal {
    match manifest(services, details) {
        Ok(Some(manifest)) if manifest.contract_key == *key => {
            Refusal::new(Code::BadReport, ReportError::Sealed.to_string())
        }
        Ok(Some(_)) => of_another_key(services, &details.package),
        Ok(None) => Refusal::new(
            Code::PackageMissing,
            "this node cannot open the report, and no longer has the package, which says whose key the report is sealed to: its operator brings it back",
        ),
        Err(refusal) => refusal,
    }
}

/// The manifest of the package, whatever became of what is behind it.
fn manifest(services: &Services, details: &Details) -> Result<Option<Manifest>, Refusal> {
    let package = &details.package;
    services.packages.manifest(package).map_err(|error| broken(services, package, &error))
}
