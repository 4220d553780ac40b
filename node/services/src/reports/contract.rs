//! The contract of a package, as its node runs it again: all of it stands on the ledger but its code, which this program brings, and the
//! package only where another version of this program made it. Whatever becomes of a package's file, reports about it are believed.

use crate::broken_packages::broken;
use crate::services::Services;
use medshare_contract_abi::usage::UsageParameters;
use medshare_contract_abi::{ActionSet, Sensitivity};
use medshare_contract_host::USAGE_WASM;
use medshare_crypto::hash::sha256;
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
    let package = &details.package;
    let manifest = services.packages.manifest(package).map_err(|error| broken(services, package, &error))?;
    let code = manifest.map(|manifest| manifest.contract).filter(|code| sha256(code) == details.contract);
    code.map(Cow::Owned).ok_or_else(|| {
        let message = "this node no longer has the package with the contract that the report is of";
        Refusal::new(Code::PackageMissing, message)
    })
}
