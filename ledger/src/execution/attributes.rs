//! Attributes: their public keys, who holds them, and how all of them are taken away.
//!
//! Rule `grant-names-revocations`: a grant holds only behind the revocations that its authority knew of. What was made before the
//! last one brings no access back, however it was dated and however long it was held back.

use super::Effect;
use super::context::{Context, Stop};
use crate::codec::MAX_DECODED_BYTES;
use crate::entry::{AttributeGrant, AttributeKeys, MAX_ATTRIBUTE_BYTES, MAX_HELD_OF_AUTHORITY};
use crate::facts::MAX_PARTIES;
use crate::id::RequestorId;
use crate::rejection::Rejection;
use crate::state::{AccessRecord, AttributeKeyRecord, GrantRecord, StateKey};

const _: () = assert!(
    MAX_HELD_OF_AUTHORITY * MAX_PARTIES * (MAX_ATTRIBUTE_BYTES + 8) < MAX_DECODED_BYTES / 2,
    "what a requestor holds of all authorities is a value that can be read"
);

/// Each key is the next version of its attribute's.
pub(super) fn publish(keys: &AttributeKeys, context: &mut Context<'_>) -> Result<(), Stop> {
    context.not_from_the_future(keys.at)?;
    for key in &keys.keys {
        let current = context.view().attribute_key(&key.attribute)?.map_or(0, |record| record.version);
        Rejection::WrongAttributeVersion.unless(Some(key.version) == current.checked_add(1))?;
        let record = AttributeKeyRecord { version: key.version, public: key.public.clone(), entry: context.entry };
        context.state.put(&StateKey::AttributeKey(key.attribute.clone()), &record);
    }
    Ok(())
}

pub(super) fn grant(grant: &AttributeGrant, context: &mut Context<'_>) -> Result<(), Stop> {
    context.not_from_the_future(grant.at)?;
    let AttributeGrant { requestor, attribute, .. } = grant;
    Rejection::UnknownRequestor.unless(context.view().identity(*requestor)?.is_some())?;
    let key = context.view().attribute_key(attribute)?.ok_or(Rejection::UnknownAttribute)?;
    Rejection::WrongAttributeVersion.unless(key.version == grant.version)?;
    let mut access = context.view().access(*requestor)?.unwrap_or_default();
    Rejection::UnknownRevocation.unless(grant.revocations.count <= access.revocations.count)?;
    Rejection::GrantBeforeRevocation.unless(grant.revocations == access.revocations)?;
    if let Some(current) = context.view().grant(*requestor, attribute)? {
        Rejection::GrantSuperseded.unless(grant.at > current.at)?;
    }
    if let Err(place) = access.attributes.binary_search(attribute) {
        let of_authority = |held: &&String| held.split_once('@').is_some_and(|(_, of)| of == grant.authority.as_str());
        let held = access.attributes.iter().filter(of_authority).count();
        Rejection::TooManyAttributes.unless(held < MAX_HELD_OF_AUTHORITY)?;
        access.attributes.insert(place, attribute.clone());
    }
    access.grants = access.grants.extended(&context.entry);
    let record = GrantRecord { version: grant.version, proxy_key: grant.proxy_key, at: grant.at, entry: context.entry };
    context.state.put(&StateKey::Grant(*requestor, attribute.clone()), &record);
    context.state.put(&StateKey::Access(*requestor), &access);
    context.cause(Effect::AttributeGranted { requestor: *requestor, attribute: attribute.clone() });
    Ok(())
}

/// Takes every attribute of the requestor away, and counts that for the grants that come after.
pub(super) fn revoke_all(requestor: RequestorId, context: &mut Context<'_>) -> Result<(), Stop> {
    let access = context.view().access(requestor)?.unwrap_or_default();
    for attribute in &access.attributes {
        context.state.delete(&StateKey::Grant(requestor, attribute.clone()));
    }
    let revocations = access.revocations.extended(&context.entry);
    let emptied = AccessRecord { attributes: Vec::new(), revocations, ..access };
    context.state.put(&StateKey::Access(requestor), &emptied);
    context.cause(Effect::AccessRevoked { requestor });
    Ok(())
}

/// Notes whether violations of a package wait for its owner, and whether they did before: as long as one does, its requestor has access to nothing.
pub(super) fn note_undecided(
    requestor: RequestorId,
    waited: bool,
    waits: bool,
    context: &mut Context<'_>,
) -> Result<(), Stop> {
    if waited == waits {
        return Ok(());
    }
    let mut access = context.view().access(requestor)?.unwrap_or_default();
    access.undecided = if waits { access.undecided.saturating_add(1) } else { access.undecided.saturating_sub(1) };
    context.state.put(&StateKey::Access(requestor), &access);
    Ok(())
}
