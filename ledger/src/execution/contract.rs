//! The publication of owners' own contracts.

use super::context::{Context, Stop};
use crate::entry::ContractCode;
use crate::rejection::Rejection;
use crate::state::{ContractRecord, StateKey};
use medshare_crypto::hash::sha256;

/// An owner's contract, which its packages may carry from now on.
pub(super) fn publish(code: &ContractCode, context: &mut Context<'_>) -> Result<(), Stop> {
    context.not_from_the_future(code.at)?;
    let hash = sha256(&code.code);
    Rejection::ContractExists.unless(context.view().contract(code.owner, hash)?.is_none())?;
    Rejection::ContractRefused.unless(context.contracts.accepts_code(&code.code))?;
    let record = ContractRecord { entry: context.entry, height: context.height };
    context.state.put(&StateKey::Contract(code.owner, hash), &record);
    Ok(())
}
