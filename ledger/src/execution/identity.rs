//! Registration of requestors: once, for good.

use super::context::{Context, Stop};
use crate::entry::Identity;
use crate::id::RequestorId;
use crate::rejection::Rejection;
use crate::state::{IdentityRecord, StateKey};

pub(super) fn register(identity: &Identity, context: &mut Context<'_>) -> Result<(), Stop> {
    context.not_from_the_future(identity.at)?;
    let requestor = RequestorId::of_key(&identity.key);
    Rejection::IdentityExists.unless(context.view().identity(requestor)?.is_none())?;
    let record = IdentityRecord { identity: identity.clone(), entry: context.entry };
    context.state.put(&StateKey::Identity(requestor), &record);
    Ok(())
}
